//! XML as a tree of elements, within limits.
//!
//! Used by [`read`](crate::read()). Names have no namespace prefix: the terms are told apart by where they stand, and real
//! files get namespaces wrong. The names of ZUGFeRD 1 are turned into those of its successors.

use std::collections::BTreeMap;

use encoding_rs::{Encoding, UTF_8};
use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};

use crate::ReadError;

/// Bytes of a file. 16 MiB: an invoice with 10,000 lines.
pub const XML_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Elements of a file, of which each takes some 100 bytes of memory. 400,000: an invoice line has some 30.
pub const ELEMENTS_MAX: usize = 400_000;
/// Elements within each other. 32: the deepest term stands 10 deep.
pub const DEPTH_MAX: usize = 32;
/// Attributes of an element. 64: the root declares a dozen namespaces.
pub const ATTRIBUTES_MAX: usize = 64;

/// How far from the start an XML declaration ends.
const DECLARATION_BYTES_MAX: usize = 256;
/// Characters kept of what the parser says.
const REASON_CHARACTERS_MAX: usize = 120;

/// A document's elements, the root first.
#[derive(Debug)]
pub(crate) struct Tree {
    elements: Vec<Element>,
    names: Vec<String>,
}

#[derive(Debug)]
struct Element {
    name: usize,
    attributes: Vec<(String, String)>,
    text: String,
    children: Vec<usize>,
}

/// One element of a tree.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Node<'a> {
    tree: &'a Tree,
    element: &'a Element,
}

impl Tree {
    /// Reads a file.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, ReadError> {
        if bytes.len() > XML_BYTES_MAX {
            return Err(ReadError::TooLarge { bytes: bytes.len() });
        }
        let text = decoded(bytes)?;
        let mut builder = Builder::default();
        let mut reader = Reader::from_str(&text);
        loop {
            match reader.read_event().map_err(|error| malformed(&error))? {
                Event::Start(start) => builder.open(&start)?,
                Event::Empty(start) => {
                    builder.open(&start)?;
                    builder.close();
                }
                Event::End(_) => builder.close(),
                Event::Text(text) => builder.text(&text),
                Event::CData(text) => builder.text(&text),
                Event::GeneralRef(reference) => builder.text(&character(&reference)?),
                Event::DocType(_) => return Err(ReadError::DocumentType),
                Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
                Event::Eof => break,
            }
        }
        builder.finished()
    }

    /// The outermost element.
    pub(crate) fn root(&self) -> Option<Node<'_>> {
        Some(Node { tree: self, element: self.elements.first()? })
    }
}

impl<'a> Node<'a> {
    /// Its name, without prefix.
    pub(crate) fn name(self) -> &'a str {
        self.tree.names.get(self.element.name).map_or("", String::as_str)
    }

    /// Its own text with single spaces; empty where there is none.
    pub(crate) fn text(self) -> String {
        self.element.text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// An attribute, by its name without prefix.
    pub(crate) fn attribute(self, name: &str) -> Option<&'a str> {
        let found = self.element.attributes.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }

    /// The elements in it.
    pub(crate) fn children(self) -> impl Iterator<Item = Self> {
        let elements = self.element.children.iter().filter_map(move |&child| self.tree.elements.get(child));
        elements.map(move |element| Self { tree: self.tree, element })
    }
}

#[derive(Debug, Default)]
struct Builder {
    elements: Vec<Element>,
    names: Vec<String>,
    known: BTreeMap<String, usize>,
    open: Vec<usize>,
}

impl Builder {
    fn open(&mut self, start: &BytesStart<'_>) -> Result<(), ReadError> {
        if self.open.len() >= DEPTH_MAX {
            return Err(ReadError::TooDeep);
        }
        let index = self.elements.len();
        if index >= ELEMENTS_MAX {
            return Err(ReadError::TooManyElements);
        }
        match self.open.last().and_then(|&parent| self.elements.get_mut(parent)) {
            Some(parent) => parent.children.push(index),
            None if index > 0 => {
                return Err(ReadError::Malformed { reason: "it has several root elements".to_owned() });
            }
            None => {}
        }
        let mut attributes = Vec::new();
        // Without checks: looking for repeated ones takes the square of their number.
        for attribute in start.attributes().with_checks(false) {
            let attribute = attribute.map_err(|error| malformed(&error))?;
            if attributes.len() >= ATTRIBUTES_MAX {
                return Err(ReadError::TooManyElements);
            }
            let name = attribute.key.local_name().into_inner().to_owned();
            // Codes and formats: none of them needs an entity.
            attributes.push((name, attribute.value.into_owned()));
        }
        let name = self.name(start.local_name().into_inner());
        self.elements.push(Element { name, attributes, text: String::new(), children: Vec::new() });
        self.open.push(index);
        Ok(())
    }

    fn name(&mut self, name: &str) -> usize {
        let name = canonical(name);
        if let Some(&known) = self.known.get(name) {
            return known;
        }
        let index = self.names.len();
        self.names.push(name.to_owned());
        self.known.insert(name.to_owned(), index);
        index
    }

    fn text(&mut self, text: &str) {
        if let Some(element) = self.open.last().and_then(|&open| self.elements.get_mut(open)) {
            element.text.push_str(text);
        }
    }

    fn close(&mut self) {
        self.open.pop();
    }

    fn finished(self) -> Result<Tree, ReadError> {
        if self.elements.is_empty() || !self.open.is_empty() {
            let reason = "it ends within an element, or has none".to_owned();
            return Err(ReadError::Malformed { reason });
        }
        Ok(Tree { elements: self.elements, names: self.names })
    }
}

/// What ZUGFeRD 1 and UBL's credit notes call things, in the words of the others.
fn canonical(name: &str) -> &str {
    match name {
        "HeaderExchangedDocument" => "ExchangedDocument",
        "SpecifiedExchangedDocumentContext" => "ExchangedDocumentContext",
        "SpecifiedSupplyChainTradeTransaction" => "SupplyChainTradeTransaction",
        "ApplicableSupplyChainTradeAgreement" => "ApplicableHeaderTradeAgreement",
        "ApplicableSupplyChainTradeDelivery" => "ApplicableHeaderTradeDelivery",
        "ApplicableSupplyChainTradeSettlement" => "ApplicableHeaderTradeSettlement",
        "SpecifiedSupplyChainTradeAgreement" => "SpecifiedLineTradeAgreement",
        "SpecifiedSupplyChainTradeDelivery" => "SpecifiedLineTradeDelivery",
        "SpecifiedSupplyChainTradeSettlement" => "SpecifiedLineTradeSettlement",
        "SpecifiedTradeSettlementHeaderMonetarySummation"
        | "SpecifiedTradeSettlementLineMonetarySummation" => "SpecifiedTradeSettlementMonetarySummation",
        "ApplicablePercent" => "RateApplicablePercent",
        "CreditNoteLine" => "InvoiceLine",
        "CreditedQuantity" => "InvoicedQuantity",
        "CreditNoteTypeCode" => "InvoiceTypeCode",
        other => other,
    }
}

/// The file's text: by its byte order mark, else in the encoding its declaration names, else UTF-8.
fn decoded(bytes: &[u8]) -> Result<String, ReadError> {
    let (encoding, mark_bytes) = Encoding::for_bom(bytes).unwrap_or_else(|| {
        let head = bytes.get(..DECLARATION_BYTES_MAX.min(bytes.len())).unwrap_or_default();
        (declared(head).unwrap_or(UTF_8), 0)
    });
    let text = encoding
        .decode_without_bom_handling_and_without_replacement(bytes.get(mark_bytes..).unwrap_or_default());
    // White space before the declaration is against the rules, and harms nobody.
    text.map(|text| text.trim_start().to_owned()).ok_or(ReadError::Encoding)
}

/// The encoding that an XML declaration names.
fn declared(head: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(head);
    let declaration = head.get(..head.find("?>")?)?;
    let value = declaration.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    let label = value.get(1..)?.split(quote).next()?;
    // A declaration that could be read byte by byte isn't in UTF-16, whatever it says.
    Encoding::for_label(label.as_bytes()).map(
        |encoding| {
            if encoding.is_ascii_compatible() { encoding } else { UTF_8 }
        },
    )
}

/// The character that a reference stands for.
fn character(reference: &BytesRef<'_>) -> Result<String, ReadError> {
    if let Some(character) = reference.resolve_char_ref().map_err(|error| malformed(&error))? {
        return Ok(character.to_string());
    }
    let character = match &**reference {
        "amp" => "&",
        "lt" => "<",
        "gt" => ">",
        "quot" => "\"",
        "apos" => "'",
        _ => return Err(ReadError::Entity),
    };
    Ok(character.to_owned())
}

fn malformed(error: &impl std::fmt::Display) -> ReadError {
    ReadError::Malformed { reason: error.to_string().chars().take(REASON_CHARACTERS_MAX).collect() }
}
