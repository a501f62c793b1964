//! Encrypts a PDF so that it opens with a password only.
//!
//! Called for the sample `encrypted`. The bytes differ each time: AES needs random numbers.

use std::collections::BTreeMap;
use std::sync::Arc;

use lopdf::encryption::crypt_filters::{Aes128CryptFilter, CryptFilter};
use lopdf::{Document, EncryptionState, EncryptionVersion, Permissions};

/// What opens the sample `encrypted`.
pub const PASSWORD: &str = "grindstone";

/// Why a PDF can't be encrypted.
#[derive(Debug, thiserror::Error)]
pub enum EncryptError {
    /// The library refused it.
    #[error("the PDF can't be encrypted")]
    Encrypt(#[from] lopdf::Error),
    /// The result couldn't be written.
    #[error("the encrypted PDF can't be written")]
    Write(#[from] std::io::Error),
}

/// `pdf` encrypted with AES-128 and [`PASSWORD`].
pub(super) fn encrypt(pdf: &[u8]) -> Result<Vec<u8>, EncryptError> {
    let mut document = Document::load_mem(pdf)?;
    let filter: Arc<dyn CryptFilter> = Arc::new(Aes128CryptFilter);
    let version = EncryptionVersion::V4 {
        document: &document,
        encrypt_metadata: true,
        crypt_filters: BTreeMap::from([(b"StdCF".to_vec(), filter)]),
        stream_filter: b"StdCF".to_vec(),
        string_filter: b"StdCF".to_vec(),
        owner_password: PASSWORD,
        user_password: PASSWORD,
        permissions: Permissions::all(),
    };
    let state = EncryptionState::try_from(version)?;
    document.encrypt(&state)?;
    let mut encrypted = Vec::new();
    document.save_to(&mut encrypted)?;
    Ok(encrypted)
}
