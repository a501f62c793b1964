//! The fields of the file's form with their values, and its signatures.
//!
//! Fields form a tree; type, flags and value are inherited, names are put together from the top. A leaf may be shown
//! by several widgets, which are no fields of their own.

use std::collections::{BTreeMap, BTreeSet};

use hayro::hayro_syntax::Pdf;
use hayro::hayro_syntax::object::{Array, Dict};
use lopdf::{Dictionary, Document, Object, ObjectId};

use super::pages::PageNumbers;
use super::signature;
use super::text::{self, Texts};
use crate::facts::{FieldKind, FormField, Signature};

/// Fields and widgets visited. 50,000: the longest forms of authorities have some thousand.
const NODES_MAX: usize = 50_000;
/// How deep fields are followed. 64: names of ten parts are rare.
const LEVELS_MAX: u32 = 64;
/// Characters kept of a full name. 1,000: generated names have some hundred.
const NAME_CHARACTERS_MAX: usize = 1_000;
/// Characters kept of a value. 10,000: three pages of text in one field.
const VALUE_CHARACTERS_MAX: usize = 10_000;
/// Bytes read of a value kept as a stream; longer ones are left out. Enough for the characters kept of it.
const VALUE_BYTES_MAX: usize = 64 * 1024;
/// Chosen options read of one list. 1,000: more are not chosen by hand.
const OPTIONS_MAX: usize = 1_000;

/// Bits of the field flags, counted from 0 here.
const FLAG_PASSWORD: i64 = 1 << 13;
const FLAG_RADIO: i64 = 1 << 15;
const FLAG_PUSH_BUTTON: i64 = 1 << 16;

/// What a form holds.
#[derive(Default)]
pub(super) struct Form {
    pub(super) fields: Vec<FormField>,
    pub(super) signatures: Vec<Signature>,
    pub(super) has_xfa: bool,
    pub(super) is_truncated: bool,
}

/// A field with what it inherits.
#[derive(Clone)]
struct Node<'a> {
    object: &'a Object,
    name: String,
    level: u32,
    kind: Option<&'a [u8]>,
    flags: i64,
    value: Option<&'a Object>,
}

/// Whether the catalog, as `hayro` sees it, mentions a form with fields.
pub(super) fn mentions_fields(pdf: &Pdf) -> bool {
    let catalog = pdf.xref().get::<Dict<'_>>(pdf.xref().root_id());
    let form = catalog.and_then(|catalog| catalog.get::<Dict<'_>>(b"AcroForm"));
    let fields = form.and_then(|form| form.get::<Array<'_>>(b"Fields"));
    fields.is_some_and(|fields| fields.raw_iter().next().is_some())
}

/// Reads the form of `bytes`, the file as it was sent.
pub(super) fn read<'a>(
    texts: &mut Texts<'a>,
    pages: &PageNumbers,
    catalog: &'a Dictionary,
    bytes: &[u8],
) -> Form {
    let document = texts.document;
    let mut form = Form::default();
    let Ok(root) = catalog.get_deref(b"AcroForm", document).and_then(Object::as_dict) else {
        return form;
    };
    form.has_xfa = root.get_deref(b"XFA", document).is_ok_and(|xfa| !xfa.is_null());
    let widgets = widgets(document, pages);
    let mut seen = BTreeSet::new();
    let mut nodes_left = NODES_MAX;
    let mut open = Vec::new();
    let top =
        Node { object: &Object::Null, name: String::new(), level: 0, kind: None, flags: 0, value: None };
    if let Ok(fields) = root.get_deref(b"Fields", document).and_then(Object::as_array) {
        let kept = take(fields, &mut nodes_left, &mut form.is_truncated);
        push(&mut open, kept.iter(), &top);
    }
    while let Some(mut node) = open.pop() {
        if texts.is_spent() {
            form.is_truncated = true;
            break;
        }
        let Ok((id, Object::Dictionary(field))) = document.dereference(node.object) else { continue };
        if id.is_some_and(|id| !seen.insert(id)) {
            continue;
        }
        inherit(&mut node, texts, field);
        let kids =
            field.get_deref(b"Kids", document).and_then(Object::as_array).map_or(&[][..], Vec::as_slice);
        let kids = take(kids, &mut nodes_left, &mut form.is_truncated);
        let fields_below: Vec<&Object> = kids.iter().filter(|kid| is_field(document, kid)).collect();
        if fields_below.is_empty() {
            let page = page(document, pages, &widgets, id, field, kids);
            leaf(&mut form, texts, &node, page, bytes);
        } else if node.level >= LEVELS_MAX {
            form.is_truncated = true;
        } else {
            push(&mut open, fields_below.into_iter(), &node);
        }
    }
    form
}

/// As many of the objects as may still be visited; says if that is not all.
fn take<'a>(objects: &'a [Object], nodes_left: &mut usize, is_truncated: &mut bool) -> &'a [Object] {
    let kept = objects.get(..*nodes_left).unwrap_or(objects);
    *nodes_left -= kept.len();
    *is_truncated |= kept.len() < objects.len();
    kept
}

/// Puts fields on the stack, the first on top.
fn push<'a>(open: &mut Vec<Node<'a>>, fields: impl DoubleEndedIterator<Item = &'a Object>, above: &Node<'a>) {
    open.extend(fields.rev().map(|object| Node { object, level: above.level + 1, ..above.clone() }));
}

/// Whether something below a field is a field, too, and not just a widget that shows it.
fn is_field(document: &Document, object: &Object) -> bool {
    matches!(document.dereference(object), Ok((_, Object::Dictionary(kid))) if kid.has(b"T"))
}

/// Adds to what a field inherits what it says itself.
fn inherit<'a>(node: &mut Node<'a>, texts: &mut Texts<'a>, field: &'a Dictionary) {
    let document = texts.document;
    let room = NAME_CHARACTERS_MAX.saturating_sub(node.name.chars().count());
    if let Some(name) = texts.line(field, b"T", room) {
        if !node.name.is_empty() {
            node.name.push('.');
        }
        node.name.push_str(&name);
    }
    if let Ok(kind) = field.get_deref(b"FT", document).and_then(Object::as_name) {
        node.kind = Some(kind);
    }
    if let Ok(flags) = field.get_deref(b"Ff", document).and_then(Object::as_i64) {
        node.flags = flags;
    }
    if let Ok(value) = field.get_deref(b"V", document) {
        node.value = Some(value);
    }
}

fn leaf(form: &mut Form, texts: &mut Texts<'_>, node: &Node<'_>, page: Option<u32>, bytes: &[u8]) {
    let kind = match node.kind {
        Some(b"Tx") => FieldKind::Text,
        Some(b"Btn") if node.flags & FLAG_PUSH_BUTTON != 0 => FieldKind::PushButton,
        Some(b"Btn") if node.flags & FLAG_RADIO != 0 => FieldKind::RadioButton,
        Some(b"Btn") => FieldKind::CheckBox,
        Some(b"Ch") => FieldKind::Choice,
        Some(b"Sig") => FieldKind::Signature,
        Some(_) | None => FieldKind::Unknown,
    };
    let name = node.name.clone();
    let value = match kind {
        FieldKind::Signature => {
            let dictionary = node.value.and_then(|value| value.as_dict().ok());
            form.signatures
                .extend(dictionary.map(|dictionary| signature::read(texts, dictionary, name.clone(), bytes)));
            None
        }
        FieldKind::Text if node.flags & FLAG_PASSWORD != 0 => None,
        FieldKind::PushButton => None,
        FieldKind::Text
        | FieldKind::CheckBox
        | FieldKind::RadioButton
        | FieldKind::Choice
        | FieldKind::Unknown => node.value.and_then(|object| value(texts, object)),
    };
    form.fields.push(FormField { name, kind, value: value.filter(|value| !value.is_empty()), page });
}

fn value(texts: &mut Texts<'_>, object: &Object) -> Option<String> {
    let document = texts.document;
    match object {
        Object::Array(options) => {
            let mut lines: Vec<String> = Vec::new();
            for option in options.iter().take(OPTIONS_MAX) {
                let option = document.dereference(option).ok().and_then(|(_, option)| text::bytes(option));
                lines.extend(option.map(|bytes| texts.decode(bytes, VALUE_CHARACTERS_MAX)));
            }
            Some(lines.join("\n"))
        }
        Object::Stream(stream) => {
            let bytes = stream.get_plain_content_with_limit(VALUE_BYTES_MAX).ok()?;
            Some(texts.decode(&bytes, VALUE_CHARACTERS_MAX))
        }
        Object::Integer(number) => Some(number.to_string()),
        Object::Real(number) => Some(number.to_string()),
        other => Some(texts.decode(text::bytes(other)?, VALUE_CHARACTERS_MAX)),
    }
}

/// Every annotation that is an object of its own, with its page.
fn widgets(document: &Document, pages: &PageNumbers) -> BTreeMap<ObjectId, u32> {
    let mut widgets = BTreeMap::new();
    for (page, annotation) in pages.annotations(document) {
        if let Ok(id) = annotation.as_reference() {
            widgets.entry(id).or_insert(page);
        }
    }
    widgets
}

/// The page that shows a field: by its widgets, the field itself being one or having some below it.
fn page(
    document: &Document,
    pages: &PageNumbers,
    widgets: &BTreeMap<ObjectId, u32>,
    id: Option<ObjectId>,
    field: &Dictionary,
    kids: &[Object],
) -> Option<u32> {
    let kid_ids = kids.iter().filter_map(|kid| kid.as_reference().ok());
    let on_page = id.into_iter().chain(kid_ids).find_map(|id| widgets.get(&id).copied());
    on_page.or_else(|| {
        let kids = kids.iter().filter_map(|kid| document.dereference(kid).ok()?.1.as_dict().ok());
        std::iter::once(field).chain(kids).find_map(|widget| pages.number(widget.get(b"P").ok()?))
    })
}
