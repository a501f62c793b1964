//! The records of one set: their columns put together from excerpts, and what is computed of them.

use docmill_columns::{Decoder, Id, Layout, LayoutError, Part, Plan, Tables};
use docmill_contract::analysis::{Figure, Finding, Place};
use docmill_contract::excerpt::Excerpt;
use docmill_contract::section::Section;
use docmill_contract::spec::AnalysisSpec;
use rayon::prelude::*;

use crate::documents::Documents;
use crate::findings;
use crate::profiles::RecordSet;
use crate::studies::{self, Frame, Unfit, Witness};
use crate::{ReportError, duplicates, excerpt, unproved};

/// The specification of a set as columns.
pub(crate) struct Prepared {
    pub(crate) plan: Plan,
    layout: Layout,
    /// Columns that can't be read, and why.
    unfit: Vec<LayoutError>,
}

/// What was computed of a set's records.
#[derive(Default)]
pub(crate) struct Computed {
    pub(crate) figures: Vec<Figure>,
    pub(crate) sections: Vec<Section>,
    pub(crate) findings: Vec<Finding>,
    /// What the analyses found: said unless it is known to be so anyway.
    pub(crate) studied: Vec<Finding>,
}

impl Prepared {
    /// # Errors
    /// Where even what is left of the specification can't be read.
    pub(crate) fn new(spec: &AnalysisSpec) -> Result<Self, LayoutError> {
        let (layout, unfit) = studies::usable(studies::layout(spec, "/data", Some("/document")));
        Ok(Self { plan: Plan::new(&layout)?, layout, unfit })
    }
}

/// Everything that is computed of a set.
///
/// # Errors
/// [`ReportError`] where an excerpt has to be made anew, or there is too much.
pub(crate) fn computed(
    set: &RecordSet<'_>,
    excerpts: &[Excerpt],
    documents: &Documents<'_>,
) -> Result<Computed, ReportError> {
    let prepared = match Prepared::new(set.spec) {
        Ok(prepared) => prepared,
        Err(error) => {
            let findings = vec![findings::note("analyses_unmade", said(set, &error.to_string()))];
            return Ok(Computed { findings, ..Computed::default() });
        }
    };
    let tables = tables(set, excerpts, documents, &prepared.plan)?;
    let witness = ById(documents);
    let frame = Frame { tables: &tables, spec: set.spec, layout: &prepared.layout, witness: &witness };
    let titled = |title: &str| set.titled(title);
    let described = studies::figures(&frame, &titled);
    let mut findings = duplicates::same_values(&frame, &|ids| one_work(documents, ids));
    findings.extend(prepared.unfit.iter().map(|error| unfit(&error.to_string())));
    findings.extend(described.unfit.iter().map(|Unfit(why)| unfit(why)));
    findings.extend(described.notes);
    findings.extend(studies::rejected(&frame, &titled));
    findings.extend(unproved::noted(&frame, documents, &titled));
    let (mut sections, studied) = studies::studies(&frame, set.spec);
    if let Some(profile) = set.key.profile.as_ref().filter(|_| set.is_named) {
        for section in &mut sections {
            section.title = set.titled(&section.title);
            section.id = format!("{profile}-{}", section.id);
        }
    }
    Ok(Computed { figures: described.figures, sections, findings, studied })
}

/// The set's records of all excerpts, as one.
fn tables(
    set: &RecordSet<'_>,
    excerpts: &[Excerpt],
    documents: &Documents<'_>,
    plan: &Plan,
) -> Result<Tables, ReportError> {
    let parts: Result<Vec<Vec<Part>>, ReportError> = excerpts
        .par_iter()
        .enumerate()
        .map(|(at, kept)| {
            let stale = || ReportError::Stale { after: kept.after };
            let of_set = kept.records.iter().filter(|records| records.set == set.key);
            let parts = of_set.map(|records| {
                let bytes = excerpt::part_bytes(records).ok_or_else(stale)?;
                let mut part = Part::from_bytes(plan, &bytes).map_err(|_| stale())?;
                part.retain(plan, |id| documents.is_latest(id, at)).map_err(|_| stale())?;
                Ok(part)
            });
            parts.collect()
        })
        .collect();
    let mut decoder = Decoder::new(plan);
    parts?.into_iter().flatten().for_each(|part| decoder.part(part));
    Ok(decoder.finish()?)
}

/// Whether all documents are one and the same work: that they are the same file says all there is to say.
fn one_work(documents: &Documents<'_>, ids: &[Id<'_>]) -> bool {
    let found = ids.iter().map(|id| match id {
        Id::Named(id) => documents.get(id),
        Id::Line(_) => None,
    });
    let Some(found) = found.collect::<Option<Vec<_>>>() else { return false };
    let first = found.first().map(|document| &document.work_key);
    found.iter().all(|document| Some(&document.work_key) == first && document.sha256.is_some())
}

fn said(set: &RecordSet<'_>, why: &str) -> String {
    format!("{}: {why}.", set.titled("The specification's analyses were not made"))
}

fn unfit(why: &str) -> Finding {
    findings::note("column_unfit", format!("A column was left out: {why}."))
}

/// Documents by their id. Where a value was read is in its outcome: see [`crate::Draft`].
struct ById<'a>(&'a Documents<'a>);

impl Witness for ById<'_> {
    fn place(&self, document: Id<'_>, pointer: Option<&str>) -> Place {
        let known = match document {
            Id::Named(id) => self.0.get(id),
            Id::Line(_) => None,
        };
        match known {
            Some(known) => Place { pointer: pointer.map(str::to_owned), ..findings::line_place(&known.line) },
            None => crate::records::named_place(document, pointer),
        }
    }
}
