//! How the file is encrypted.
//!
//! Read after the file was opened, so what it says of its encryption is known to be right.

use lopdf::Document;

use crate::facts::{Encryption, EncryptionMethod};

/// The key's length where a file doesn't say; the standard's default.
const KEY_BITS_DEFAULT: usize = 40;

/// The method and key of an opened document; none where it was never encrypted.
pub(super) fn read(document: &Document) -> Option<Encryption> {
    let state = document.encryption_state.as_ref()?;
    let filter = state.get_stream_filter();
    let rc4_bits = u32::try_from(state.key_length().unwrap_or(KEY_BITS_DEFAULT)).unwrap_or(u32::MAX);
    let (method, key_bits) = match (state.version(), filter.method()) {
        (1, _) => (EncryptionMethod::Rc4, 40),
        (2 | 3, _) => (EncryptionMethod::Rc4, rc4_bits),
        (_, b"V2") => (EncryptionMethod::Rc4, 128),
        (_, b"AESV2") => (EncryptionMethod::Aes, 128),
        (_, b"AESV3") => (EncryptionMethod::Aes, 256),
        (_, b"Identity") => (EncryptionMethod::Identity, 0),
        (_, _) => (EncryptionMethod::Unknown, 0),
    };
    Some(Encryption { method, key_bits })
}
