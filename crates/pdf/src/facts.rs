//! What a PDF says about itself: metadata, page labels, outline, form fields, signatures, encryption.
//!
//! Made by [`facts`](crate::facts()), for people who inspect a file and for whoever wants evidence beside the text.
//! All of it is what the file claims; nothing here was checked against anything. Like the model of the pages, every
//! type keeps to what a binary serde format can carry and holds no PDF library's types.

use serde::{Deserialize, Serialize};

/// What a PDF says about itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Who made the file, when and with what.
    pub metadata: Metadata,
    /// The language the document is in by its catalog, as BCP 47 names it: `de-DE`.
    pub language: Option<String>,
    /// What each page is called ("iv", "A-3"), the first page's first; empty where the file doesn't say.
    pub page_labels: Vec<String>,
    /// The outline's entries (bookmarks) as they read from top to bottom.
    pub outline: Vec<OutlineItem>,
    /// The fields of its form in the form's order, signature fields included.
    pub form_fields: Vec<FormField>,
    /// Whether it carries an XFA form, whose fields and texts are not read: its pages may say next to nothing.
    pub has_xfa_form: bool,
    /// The signatures in it, in the order of their fields.
    pub signatures: Vec<Signature>,
    /// How it is encrypted; none where it isn't.
    pub encryption: Option<Encryption>,
    /// The parts of this that go on beyond what is read at most.
    pub truncated: Vec<FactsPart>,
}

/// A part of [`Facts`] that can be cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum FactsPart {
    /// [`Facts::page_labels`].
    PageLabels,
    /// [`Facts::outline`].
    Outline,
    /// [`Facts::form_fields`], and with them [`Facts::signatures`].
    FormFields,
}

/// The file's information dictionary; what is absent or empty there is none here.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    /// What the document is called.
    pub title: Option<String>,
    /// Who wrote it.
    pub author: Option<String>,
    /// What it is about.
    pub subject: Option<String>,
    /// Words to find it by, as one text.
    pub keywords: Option<String>,
    /// The program it was written with.
    pub creator: Option<String>,
    /// The program that made the PDF.
    pub producer: Option<String>,
    /// When it was created: ISO 8601, as precise as the file says, from `2026` to `2026-01-31T12:00:00+01:00`.
    pub created_at: Option<String>,
    /// When it was last changed, in the same form.
    pub modified_at: Option<String>,
}

/// One entry of the outline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutlineItem {
    /// What it reads.
    pub title: String,
    /// How deep it stands, from 1.
    pub level: u32,
    /// The page it leads to, from 1; none where it leads nowhere in this file.
    pub page: Option<u32>,
}

/// One field of a form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormField {
    /// Its full name: its own and those above it, joined by dots.
    pub name: String,
    /// What one enters.
    pub kind: FieldKind,
    /// What is entered; several chosen options stand on a line each. None where it is empty, for push buttons, for
    /// signatures, and for passwords, which nobody should find in a result.
    pub value: Option<String>,
    /// The page it is first shown on, from 1, where that is known.
    pub page: Option<u32>,
}

/// What one enters in a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FieldKind {
    /// Text.
    Text,
    /// A tick; the value is the name of the state, `Off` if it isn't ticked.
    CheckBox,
    /// One of several buttons; the value is the name of its state.
    RadioButton,
    /// A button without a value.
    PushButton,
    /// One or several options of a list.
    Choice,
    /// A signature.
    Signature,
    /// The file doesn't say, or says something else.
    Unknown,
}

/// A signature in the file. That it is there says nothing on whether it is valid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// The full name of its field.
    pub field: String,
    /// Who signed, as the signature's dictionary claims.
    pub signer: Option<String>,
    /// When, as it claims; in the form of [`Metadata::created_at`].
    pub signed_at: Option<String>,
    /// How it is encoded (`SubFilter`): `adbe.pkcs7.detached`, `ETSI.CAdES.detached`, `ETSI.RFC3161` for a time stamp.
    pub encoding: Option<String>,
    /// Whether it speaks for every byte of the file but itself. An earlier signature of several doesn't, nor does
    /// one after which the file was added to.
    pub covers_whole_file: bool,
}

/// How a file is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Encryption {
    /// By which method.
    pub method: EncryptionMethod,
    /// How long its key is, in bits.
    pub key_bits: u32,
}

/// The methods of the standard security handler.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum EncryptionMethod {
    /// RC4, long broken.
    Rc4,
    /// AES.
    Aes,
    /// Declared encrypted, with content left as it is.
    Identity,
    /// None of these.
    Unknown,
}
