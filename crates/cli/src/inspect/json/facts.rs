//! What the file says about itself, in the JSON of `docmill inspect`.

use docmill_pdf::{
    Encryption, EncryptionMethod, Facts, FactsPart, Metadata, OutlineItem, Signature as PdfSignature,
};
use serde::Serialize;

#[derive(Debug, Serialize)]
pub(super) struct FactsView<'a> {
    metadata: MetadataView<'a>,
    page_labels: &'a [String],
    outline: Vec<OutlineView<'a>>,
    signatures: Vec<SignatureView<'a>>,
    encryption: Option<EncryptionView>,
    has_xfa_form: bool,
    /// The parts that go on beyond what is read at most.
    truncated: Vec<&'static str>,
}

#[derive(Debug, Serialize)]
struct MetadataView<'a> {
    title: Option<&'a str>,
    author: Option<&'a str>,
    subject: Option<&'a str>,
    keywords: Option<&'a str>,
    creator: Option<&'a str>,
    producer: Option<&'a str>,
    created_at: Option<&'a str>,
    modified_at: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct OutlineView<'a> {
    title: &'a str,
    level: u32,
    page: Option<u32>,
}

/// A signature as it describes itself; nobody checked it.
#[derive(Debug, Serialize)]
struct SignatureView<'a> {
    field: &'a str,
    signer: Option<&'a str>,
    signed_at: Option<&'a str>,
    encoding: Option<&'a str>,
    covers_whole_file: bool,
}

#[derive(Debug, Serialize)]
struct EncryptionView {
    method: &'static str,
    key_bits: u32,
}

impl<'a> FactsView<'a> {
    pub(super) fn of(facts: &'a Facts) -> Self {
        let outline = facts.outline.iter().map(|OutlineItem { title, level, page }| OutlineView {
            title,
            level: *level,
            page: *page,
        });
        Self {
            metadata: metadata(&facts.metadata),
            page_labels: &facts.page_labels,
            outline: outline.collect(),
            signatures: facts.signatures.iter().map(signature).collect(),
            encryption: facts.encryption.map(|Encryption { method, key_bits }| EncryptionView {
                method: method_name(method),
                key_bits,
            }),
            has_xfa_form: facts.has_xfa_form,
            truncated: facts.truncated.iter().copied().map(part_name).collect(),
        }
    }
}

fn metadata(metadata: &Metadata) -> MetadataView<'_> {
    MetadataView {
        title: metadata.title.as_deref(),
        author: metadata.author.as_deref(),
        subject: metadata.subject.as_deref(),
        keywords: metadata.keywords.as_deref(),
        creator: metadata.creator.as_deref(),
        producer: metadata.producer.as_deref(),
        created_at: metadata.created_at.as_deref(),
        modified_at: metadata.modified_at.as_deref(),
    }
}

fn signature(signature: &PdfSignature) -> SignatureView<'_> {
    SignatureView {
        field: &signature.field,
        signer: signature.signer.as_deref(),
        signed_at: signature.signed_at.as_deref(),
        encoding: signature.encoding.as_deref(),
        covers_whole_file: signature.covers_whole_file,
    }
}

/// A method's name, here and in the text for people.
pub(in crate::inspect) fn method_name(method: EncryptionMethod) -> &'static str {
    match method {
        EncryptionMethod::Rc4 => "RC4",
        EncryptionMethod::Aes => "AES",
        EncryptionMethod::Identity => "Identity",
        EncryptionMethod::Unknown => "unknown",
    }
}

fn part_name(part: FactsPart) -> &'static str {
    match part {
        FactsPart::PageLabels => "page_labels",
        FactsPart::Outline => "outline",
        FactsPart::FormFields => "form_fields",
    }
}
