//! What is asked once more: rows that are missing, and values that contradict each other.
//!
//! Called by the processor once a record is examined. Only the lines and fields in question are asked about, each stage
//! once; what is still missing or contradicts itself then stays a warning.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use docmill_arithmetic::Equation;

use crate::assemble::{Assembled, LeafPlace};
use crate::ground::rows::{GroundedRow, GroundedSlot};
use crate::labels::{is_label, labels_of};
use crate::part::Chosen;
use crate::plan::Plan;
use crate::question::{Purpose, Question};
use crate::record::{Examined, Gap};
use crate::schema::SlotKind;
use crate::task::Task;

/// Missing rows this many lines apart are asked for together.
const STRETCH_GAP_MAX: usize = 3;
/// The most questions about missing rows of one document.
const GAP_QUESTIONS_MAX: usize = 16;
/// The most questions about equations of one document: one for each rule that doesn't hold.
const EQUATION_QUESTIONS_MAX: usize = 8;
/// Rows of one rule that are asked about together, at most.
const BROKEN_ROWS_MAX: usize = 40;
/// A row's values stand on at most this many lines.
const ROW_LINES_MAX: usize = 8;
/// A table with a row this close above missing ones shows what its columns mean where it has no headings.
const EXAMPLE_LINES_MAX: usize = 8;

/// What can be asked once more, in this order: rows first, for a sum over rows may only lack one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Rows that the pages have and the record hasn't.
    MissingRows,
    /// The members of equations that don't hold.
    Equations,
}

impl Stage {
    /// All, in order.
    pub const ALL: [Self; 2] = [Self::MissingRows, Self::Equations];
}

/// The equations of one rule that don't hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Broken {
    /// The fields that are members.
    fields: BTreeSet<usize>,
    /// The columns that are members, by the table's slot.
    columns: BTreeMap<usize, BTreeSet<usize>>,
    /// The lines their values were read from.
    lines: BTreeSet<usize>,
}

/// The equations that don't hold, by their rule, those with the fewest members first: what mends them may mend the
/// others.
pub(crate) fn broken(
    assembled: &Assembled<'_>,
    slots: &[GroundedSlot],
    equations: &[Equation],
) -> Vec<Broken> {
    let failing: Vec<&Equation> = equations.iter().filter(|equation| !equation.holds).collect();
    if failing.is_empty() {
        return Vec::new();
    }
    let places: BTreeMap<&str, LeafPlace> =
        assembled.leaves.iter().filter_map(|leaf| Some((leaf.pointer.as_str(), leaf.place?))).collect();
    let mut rules: Vec<(usize, &str, Broken, usize)> = Vec::new();
    for equation in failing {
        let terms = equation.terms.iter().filter(|term| term.value.is_some()).map(|term| &term.pointer);
        let members: Vec<LeafPlace> = terms
            .chain([&equation.result_pointer])
            .filter_map(|pointer| places.get(pointer.as_str()).copied())
            .collect();
        let index = match rules.iter().position(|(_, rule, ..)| *rule == equation.rule) {
            Some(index) => index,
            None => {
                let none =
                    Broken { fields: BTreeSet::new(), columns: BTreeMap::new(), lines: BTreeSet::new() };
                rules.push((members.len(), &equation.rule, none, 0));
                rules.len() - 1
            }
        };
        if let Some((size, _, broken, count)) = rules.get_mut(index).filter(|rule| rule.3 < BROKEN_ROWS_MAX) {
            (*size, *count) = ((*size).min(members.len()), *count + 1);
            members.into_iter().for_each(|place| broken.add(place, slots));
        }
    }
    rules.sort_by_key(|(size, ..)| *size);
    rules.into_iter().map(|(_, _, broken, _)| broken).take(EQUATION_QUESTIONS_MAX).collect()
}

impl Broken {
    fn add(&mut self, place: LeafPlace, slots: &[GroundedSlot]) {
        match place {
            LeafPlace::Field { slot } => {
                self.fields.insert(slot);
                if let Some(GroundedSlot::Leaf(Some(value))) = slots.get(slot) {
                    self.lines.extend(value.spans().iter().map(|span| span.line));
                }
            }
            LeafPlace::Cell { slot, row, column } => {
                self.columns.entry(slot).or_default().insert(column);
                if let Some(GroundedSlot::Table(rows)) = slots.get(slot)
                    && let Some(row) = rows.get(row)
                {
                    self.lines.extend(lines_of_row(row));
                }
            }
        }
    }

    /// The question about its members, on their lines and those with the fields' labels; none where that is too much,
    /// or nothing.
    fn question(&self, task: &Task, plan: &Plan) -> Option<Question> {
        let mut lines = self.lines.clone();
        for &slot in &self.fields {
            let labels = labels_of(task.shape.slots.get(slot)?);
            let all = plan.lines().iter().enumerate();
            let labelled = all.filter(|(_, line)| line.text.split(" | ").any(|cell| is_label(cell, &labels)));
            // The value may stand below its label.
            lines.extend(labelled.flat_map(|(index, _)| [index, index + 1]));
        }
        let fields = self.fields.iter().map(|&slot| Chosen::whole(slot));
        let tables = self.columns.iter().map(|(&slot, columns)| Chosen {
            slot,
            columns: columns.iter().map(|&column| Chosen::whole(column)).collect(),
        });
        let mut chosen: Vec<Chosen> = fields.chain(tables).collect();
        chosen.sort();
        let chunk = plan.of_lines(lines)?;
        Some(Question::about(&task.shape, chosen, chunk, Purpose::Equation))
    }
}

fn lines_of_row(row: &GroundedRow) -> BTreeSet<usize> {
    let Some(anchor) = row.anchor else { return BTreeSet::new() };
    let values = row.slots.iter().flat_map(|slot| match slot {
        GroundedSlot::Leaf(value) => value.as_slice(),
        GroundedSlot::List(values) => values,
        GroundedSlot::Table(_) => &[],
    });
    let spans = values.flat_map(|value| value.spans()).map(|span| span.line);
    // A value may be a heading over several rows, far above them.
    spans.filter(|line| (anchor..anchor + ROW_LINES_MAX).contains(line)).chain([anchor]).collect()
}

impl Examined {
    /// What to ask once more at this stage; nothing where nothing is wrong.
    pub fn questions(&self, task: &Task, plan: &Plan, stage: Stage) -> Vec<Question> {
        match stage {
            Stage::MissingRows => {
                let questions = self.gaps.iter().flat_map(|gap| gap_questions(task, plan, gap));
                questions.take(GAP_QUESTIONS_MAX).collect()
            }
            Stage::Equations => self.broken.iter().filter_map(|broken| broken.question(task, plan)).collect(),
        }
    }
}

/// The missing stretches of a table's lines, each asked of every part of the schema that has columns of it.
fn gap_questions(task: &Task, plan: &Plan, gap: &Gap) -> Vec<Question> {
    let columns = task.parts.iter().flat_map(|part| part.chosen()).filter(|chosen| chosen.slot == gap.slot);
    let columns: Vec<&Chosen> = columns.collect();
    if !matches!(task.shape.slots.get(gap.slot).map(|slot| &slot.kind), Some(SlotKind::Table(_))) {
        return Vec::new();
    }
    let chunks = plan.about(&stretches(gap, plan));
    let about = |chunk: crate::chunk::Chunk| {
        columns.iter().map(move |&chosen| {
            Question::about(&task.shape, vec![chosen.clone()], chunk.clone(), Purpose::MissingRows)
        })
    };
    chunks.into_iter().flat_map(about).collect()
}

/// The lines of missing rows, those near each other in one stretch.
fn stretches(gap: &Gap, plan: &Plan) -> Vec<Range<usize>> {
    let mut stretches: Vec<Range<usize>> = Vec::new();
    for row in &gap.missing {
        match stretches.last_mut() {
            Some(last) if row.start <= last.end + STRETCH_GAP_MAX => last.end = last.end.max(row.end),
            Some(_) | None => stretches.push(row.clone()),
        }
    }
    for stretch in &mut stretches {
        let has_headings = plan.lines().get(stretch.start).is_some_and(|line| !line.headings.is_empty());
        let example = gap.found.range(..stretch.start).next_back().copied();
        let is_near = |line: &usize| line + EXAMPLE_LINES_MAX >= stretch.start;
        if let Some(line) = example.filter(is_near).filter(|_| !has_headings) {
            stretch.start = line;
        }
    }
    stretches
}
