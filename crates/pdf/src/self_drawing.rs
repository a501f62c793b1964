//! Forms that draw themselves, straight or by way of others: viewers draw such a form once, and not within itself.
//!
//! Called where a page was refused because forms lie too deep within one another. The interpreter knows no way to
//! leave a drawing out, and doesn't say which form it draws; so the forms of the pages are followed by their content,
//! the names that lead back are taken out of their resources, and the file is written anew in memory.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use hayro::hayro_syntax::Pdf;
use hayro::hayro_syntax::content::TypedIter;
use hayro::hayro_syntax::content::ops::TypedInstruction;
use hayro::hayro_syntax::object::{Dict, Name, ObjectIdentifier, Stream};
use hayro::hayro_syntax::page::{Page, Resources};
use hayro::hayro_syntax::xref::XRef;
use lopdf::{Dictionary, Document, Object, ObjectId};

use crate::error::ReadError;
use crate::limits::Limits;
use crate::model::ReadWarning;
use crate::open::{self, Opened};
use crate::survey::Survey;

/// What a form draws of itself.
struct Circle {
    form: ObjectIdentifier,
    /// What the form calls the one that it lies within, or itself.
    name: Vec<u8>,
    /// Whose resources the form draws with.
    resources: Owner,
}

/// What has resources.
#[derive(Clone, Copy)]
enum Owner {
    /// A page, by its number from 1.
    Page(u32),
    Form(ObjectIdentifier),
}

/// Does `work` with a file; where forms are nested too deep because some draw themselves, does it again with the file in
/// which they don't, which takes the file's place. `pages` are the numbers of those that `work` looks at.
pub(crate) fn retried<T>(
    opened: &mut Opened,
    pages: &[u32],
    limits: &Limits,
    work: impl Fn(&Opened) -> Result<T, ReadError>,
) -> Result<T, ReadError> {
    let result = work(opened);
    match &result {
        Err(ReadError::LimitExceeded { limit, .. }) if limit == "nesting_max" => {
            match without_circles(opened, pages, limits) {
                Some(mended) => {
                    *opened = mended;
                    work(opened)
                }
                None => result,
            }
        }
        Ok(_) | Err(_) => result,
    }
}

/// The file in which no form of these pages draws itself; none if none does, or if the file can't be written anew.
fn without_circles(opened: &Opened, pages: &[u32], limits: &Limits) -> Option<Opened> {
    let mut survey = Survey::new(opened.pdf.xref(), limits, false);
    let mut search = Search { xref: opened.pdf.xref(), seen: HashMap::new(), circles: Vec::new() };
    for &number in pages {
        let page = crate::at(opened.pdf.pages(), number)?;
        // Decodes what is followed here, so it has to be within the limits.
        survey.add(page, number).ok()?;
        search.follow_page(page, number);
    }
    let forms = search.circles.iter().map(|circle| circle.form).collect::<BTreeSet<_>>().len();
    if forms == 0 {
        return None;
    }
    let mut document = open::load(&opened.bytes, Some(&opened.password), limits).ok()?;
    for circle in &search.circles {
        cut(&mut document, circle)?;
    }
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).ok()?;
    let bytes = Arc::new(bytes);
    let pdf = Pdf::new(Arc::clone(&bytes)).ok()?;
    let warning = ReadWarning::FormsInThemselves { forms: u32::try_from(forms).unwrap_or(u32::MAX) };
    let warnings = opened.warnings.iter().cloned().chain([warning]).collect();
    Some(Opened { pdf, bytes, password: String::new(), warnings })
}

/// Follows forms by what they draw, depth first, each once.
struct Search<'a> {
    xref: &'a XRef,
    /// The forms that were come by, and whether what is followed now lies within them.
    seen: HashMap<ObjectIdentifier, bool>,
    circles: Vec<Circle>,
}

/// A page or a form on the way down.
struct Drawing<'a> {
    form: Option<ObjectIdentifier>,
    resources: Resources<'a>,
    owner: Owner,
    /// Names of what it draws that weren't followed yet.
    names: BTreeSet<Vec<u8>>,
}

impl<'a> Search<'a> {
    fn follow_page(&mut self, page: &Page<'a>, number: u32) {
        let drawing = |names| Drawing {
            form: None,
            resources: page.resources().clone(),
            owner: Owner::Page(number),
            names,
        };
        self.follow(drawing(page.page_stream().map(names_drawn).unwrap_or_default()));
    }

    fn follow(&mut self, page: Drawing<'a>) {
        let mut way = vec![page];
        while let Some(drawing) = way.last_mut() {
            let Some(name) = drawing.names.pop_first() else {
                // Finished: whoever draws this form now doesn't lie within it.
                self.seen.extend(drawing.form.map(|form| (form, false)));
                way.pop();
                continue;
            };
            let Some(form) = drawing.resources.x_objects.get_ref(&name).map(ObjectIdentifier::from) else {
                continue;
            };
            match (self.seen.get(&form), drawing.form) {
                (Some(true), Some(within)) => {
                    self.circles.push(Circle { form: within, name, resources: drawing.owner });
                }
                (Some(_), _) => {}
                (None, _) => {
                    let inner = drawing_of(self.xref, form, drawing);
                    self.seen.insert(form, inner.is_some());
                    way.extend(inner);
                }
            }
        }
    }
}

/// What a form draws, which has the resources of what draws it unless it has its own; none if it is no form.
fn drawing_of<'a>(xref: &'a XRef, form: ObjectIdentifier, outer: &Drawing<'a>) -> Option<Drawing<'a>> {
    let stream = xref.get::<Stream<'a>>(form)?;
    let dictionary = stream.dict();
    if dictionary.get::<Name<'a>>(b"Subtype")?.as_ref() != b"Form" {
        return None;
    }
    let (resources, owner) = match dictionary.get::<Dict<'a>>(b"Resources") {
        Some(own) => (Resources::new(own), Owner::Form(form)),
        None => (outer.resources.clone(), outer.owner),
    };
    let names = names_drawn(&stream.decoded_data().ok()?);
    Some(Drawing { form: Some(form), resources, owner, names })
}

fn names_drawn(content: &[u8]) -> BTreeSet<Vec<u8>> {
    let mut names = BTreeSet::new();
    let mut instructions = TypedIter::new(content);
    while let Some(instruction) = instructions.next() {
        if let TypedInstruction::XObject(drawn) = instruction {
            names.insert(drawn.0.as_ref().to_vec());
        }
    }
    names
}

/// Gives a form resources of its own that lack the name.
fn cut(document: &mut Document, circle: &Circle) -> Option<()> {
    let mut resources = match circle.resources {
        Owner::Form(form) => {
            let form = document.get_object(id(form)?).ok()?.as_stream().ok()?;
            form.dict.get_deref(b"Resources", document).ok()?.as_dict().ok()?.clone()
        }
        Owner::Page(number) => {
            let page = document.page_iter().nth(usize::try_from(number).ok()?.checked_sub(1)?)?;
            resources_of(document, page)?
        }
    };
    let mut x_objects = resources.get_deref(b"XObject", document).ok()?.as_dict().ok()?.clone();
    x_objects.remove(&circle.name);
    resources.set("XObject", x_objects);
    let form = document.get_object_mut(id(circle.form)?).ok()?.as_stream_mut().ok()?;
    form.dict.set("Resources", resources);
    Some(())
}

/// A page's resources, its own or inherited.
fn resources_of(document: &Document, page: ObjectId) -> Option<Dictionary> {
    let (own, inherited) = document.get_page_resources(page).ok()?;
    let inherited = || document.get_object(*inherited.first()?).and_then(Object::as_dict).ok();
    own.or_else(inherited).cloned()
}

fn id(object: ObjectIdentifier) -> Option<ObjectId> {
    Some((object.obj_number, u16::try_from(object.gen_number).ok()?))
}
