//! From a file's bytes to its terms.
//!
//! The file's root says which syntax it is in; from there every term is looked for where [`terms`](crate::terms) says it
//! stands.

use std::collections::BTreeMap;

use crate::path::{Found, Path};
use crate::terms::{Definition, Group, Kind, PARTS, Term};
use crate::tree::{Node, Tree};
use crate::{Content, EInvoice, ReadError, Row, Syntax, Unreadable, numbers};

/// The most rows of all groups together. 20,000: more than any file within the other limits has.
pub const ROWS_MAX: usize = 20_000;
/// Characters of one text; longer ones are cut. 4,000: a page of notes.
const TEXT_CHARACTERS_MAX: usize = 4_000;
/// Contents of one term in one place; further ones are left out.
const CONTENTS_MAX: usize = 100;
/// Bytes of a root's name that an error shows.
const ROOT_CHARACTERS_MAX: usize = 64;

/// Whether a file begins as XML does. Says nothing about what is in it.
pub fn looks_like_xml(bytes: &[u8]) -> bool {
    let text = match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => rest,
        [0xff, 0xfe, b'<', 0, ..] | [0xfe, 0xff, 0, b'<', ..] => return true,
        plain => plain,
    };
    text.trim_ascii_start().starts_with(b"<")
}

/// Reads an electronic invoice.
///
/// # Errors
/// [`ReadError`], where the file isn't one, or passes a limit. A single number or date that can't be read is left out and
/// said to be [unreadable](EInvoice::unreadable).
pub fn read(bytes: &[u8]) -> Result<EInvoice, ReadError> {
    let tree = Tree::read(bytes)?;
    let root = tree.root().ok_or_else(|| ReadError::Malformed { reason: "it is empty".to_owned() })?;
    let syntax = syntax(root)?;
    let mut reading = Reading { syntax, currency: None, accounting_currency: None, unreadable: Vec::new() };
    let text =
        |term: &str, header: &Row| match Term::of_code(term).and_then(|term| header.get(&term)?.first()) {
            Some(Content::Text(text)) => Some(text.clone()),
            Some(Content::Date(_) | Content::Number(_)) | None => None,
        };
    // What an amount is of can only be told once the currencies are known.
    let currencies = reading.row(root, &reading.paths(|term| matches!(term.code(), "BT-5" | "BT-6")));
    reading.currency = text("BT-5", &currencies);
    reading.accounting_currency = text("BT-6", &currencies);
    let header = reading.row(root, &reading.paths(|term| term.group().is_none()));
    let mut rows: BTreeMap<Group, Vec<Row>> = BTreeMap::new();
    let mut rows_left = ROWS_MAX;
    for group in Group::ALL {
        let paths = reading.paths(|term| term.group() == Some(group));
        let nodes = reading.path(reading.by_syntax(group.cii(), group.ubl())).nodes(root);
        rows_left = rows_left.checked_sub(nodes.len()).ok_or(ReadError::TooManyRows)?;
        let billed = nodes.into_iter().filter(|node| group != Group::Lines || is_billed(*node));
        let found: Vec<Row> = billed.map(|node| reading.row(node, &paths)).collect();
        let found: Vec<Row> = found.into_iter().filter(|row| is_row(group, row)).collect();
        if !found.is_empty() {
            rows.insert(group, found);
        }
    }
    Ok(EInvoice { syntax, header, rows, unreadable: reading.unreadable })
}

/// Tells the syntax by the root's name.
fn syntax(root: Node<'_>) -> Result<Syntax, ReadError> {
    // ZUGFeRD 1 has orders with the root of its invoices.
    let guideline = Path::new("ExchangedDocumentContext/GuidelineSpecifiedDocumentContextParameter/ID");
    let guideline = guideline.found(root).into_iter().next().map(|found| found.text).unwrap_or_default();
    let is_order = guideline.contains(":order:");
    match root.name() {
        "CrossIndustryDocument" if !is_order => Ok(Syntax::Zugferd1),
        "CrossIndustryInvoice" if !is_order => Ok(Syntax::CrossIndustryInvoice),
        "Invoice" | "CreditNote" if has_child(root, "LegalMonetaryTotal") => Ok(Syntax::Ubl),
        name => {
            let name = if is_order { "an order" } else { name };
            Err(ReadError::NotAnInvoice { root: name.chars().take(ROOT_CHARACTERS_MAX).collect() })
        }
    }
}

fn has_child(node: Node<'_>, name: &str) -> bool {
    node.children().any(|child| child.name() == name)
}

/// Whether a line is one that counts: not the sum of other lines, and not for information only.
fn is_billed(line: Node<'_>) -> bool {
    let reasons = Path::new("AssociatedDocumentLineDocument/LineStatusReasonCode").found(line);
    !reasons.iter().any(|reason| matches!(reason.text.as_str(), "GROUP" | "INFORMATION"))
}

/// Whether a row says anything: ZUGFeRD 1 has lines that are nothing but a text between others.
fn is_row(group: Group, row: &Row) -> bool {
    let says = |code: &str| Term::of_code(code).is_some_and(|term| row.contains_key(&term));
    match group {
        Group::Lines => says("BT-153") || says("BT-129") || says("BT-131"),
        Group::Allowances | Group::Charges | Group::Taxes => !row.is_empty(),
    }
}

/// A term and the paths it may stand at.
type Paths = Vec<(Term, Vec<Path>)>;

/// What reading a file's terms depends on.
struct Reading {
    syntax: Syntax,
    currency: Option<String>,
    accounting_currency: Option<String>,
    unreadable: Vec<Unreadable>,
}

impl Reading {
    fn by_syntax<T>(&self, cii: T, ubl: T) -> T {
        match self.syntax {
            Syntax::Zugferd1 | Syntax::CrossIndustryInvoice => cii,
            Syntax::Ubl => ubl,
        }
    }

    /// A path from the root or a row, its first part spelled out.
    fn path(&self, path: &'static str) -> Path {
        match PARTS.iter().find_map(|(short, long)| Some((long, path.strip_prefix(short)?))) {
            Some((long, rest)) => Path::joined(long, rest),
            None => Path::new(path),
        }
    }

    fn paths(&self, is_wanted: impl Fn(Term) -> bool) -> Paths {
        let of = |definition: &'static Definition| {
            self.by_syntax(definition.cii, definition.ubl).iter().map(|path| self.path(path)).collect()
        };
        let wanted = Term::all().filter(|term| is_wanted(*term));
        wanted.filter_map(|term| Some((term, of(term.definition()?)))).collect()
    }

    /// The terms at `node`.
    fn row(&mut self, node: Node<'_>, paths: &Paths) -> Row {
        let mut row = Row::new();
        for (term, paths) in paths {
            let mut found = paths.iter().map(|path| path.found(node)).find(|found| !found.is_empty());
            let found = found.get_or_insert_default();
            found.retain(|found| self.is_of_currency(*term, found));
            found.truncate(CONTENTS_MAX);
            let contents: Vec<Content> =
                found.iter().filter_map(|found| self.content(*term, found)).collect();
            if !contents.is_empty() {
                row.insert(*term, contents);
            }
        }
        row
    }

    /// VAT is said twice where it is accounted for in another currency.
    fn is_of_currency(&self, term: Term, found: &Found) -> bool {
        let said = found.currency.as_deref();
        match term.code() {
            "BT-110" => said.is_none() || self.currency.is_none() || said == self.currency.as_deref(),
            "BT-111" => {
                said.is_some()
                    && said == self.accounting_currency.as_deref()
                    && self.accounting_currency != self.currency
            }
            _ => true,
        }
    }

    fn content(&mut self, term: Term, found: &Found) -> Option<Content> {
        let text: String = found.text.chars().take(TEXT_CHARACTERS_MAX).collect();
        let content = match term.kind() {
            Kind::Text => Some(Content::Text(text.clone())),
            Kind::Date => numbers::date(&text, found.format.as_deref()).map(Content::Date),
            Kind::Number => numbers::number(&text).map(Content::Number),
        };
        if content.is_none() && self.unreadable.len() < CONTENTS_MAX {
            self.unreadable.push(Unreadable { term, text });
        }
        content
    }
}
