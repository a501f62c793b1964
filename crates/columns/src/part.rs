//! What was read of some documents, to be kept: a collection that grew by ten documents reads ten.
//!
//! Kept by the analyser under the digest of the documents' bytes and of the plan. Parts of any documents, added to a decoder in
//! any order, give the tables that reading all documents at once gives. Bytes of a part are believed in nothing: what doesn't
//! fit the plan, or itself, is no part.

use serde::{Deserialize, Serialize};

use crate::bits::Bits;
use crate::block::Block;
use crate::cells::{CellValues, Cells};
use crate::day;
use crate::dictionary::KEY_BYTES_MAX;
use crate::layout::Kind;
use crate::plan::{Plan, PlanColumn};
use crate::read::Reader;

/// Changes when the bytes of a part do.
const PART_VERSION: u8 = 1;

/// Documents that were read.
#[derive(Debug, Serialize, Deserialize)]
pub struct Part {
    /// Of each dictionary, the texts by their numbers.
    pub(crate) texts: Vec<Vec<Box<str>>>,
    pub(crate) block: Block,
    pub(crate) first_line: u64,
}

/// Why bytes are no part of this plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PartError {
    /// They are of another version of docmill, or of another plan.
    #[error("the part was kept by another version, or with another layout: read its documents again")]
    Stale,
    /// They are broken.
    #[error("the part is broken: read its documents again")]
    Broken,
}

impl Part {
    /// Reads documents that are separate texts: as many as are worth keeping together, no more than a gigabyte. `first_line` is what the first is known by, if it has no id, from 1.
    pub fn read(plan: &Plan, documents: &[&[u8]], first_line: u64) -> Self {
        let mut reader = Reader::new(plan);
        let mut block = Block::new(plan, None);
        documents.iter().for_each(|document| reader.line(&mut block, document));
        block.settle_currencies(plan);
        Self { texts: reader.into_texts(), block, first_line: first_line.saturating_sub(1) }
    }

    /// The part as bytes, for as long as version and plan stay the same.
    pub fn to_bytes(&self, plan: &Plan) -> Vec<u8> {
        // Lists and numbers always have a form in bytes.
        postcard::to_stdvec(&(PART_VERSION, plan.digest(), self)).unwrap_or_default()
    }

    /// The part that these bytes are.
    pub fn from_bytes(plan: &Plan, bytes: &[u8]) -> Result<Self, PartError> {
        let (header, rest) =
            postcard::take_from_bytes::<(u8, [u8; 32])>(bytes).map_err(|_| PartError::Broken)?;
        if header != (PART_VERSION, plan.digest()) {
            return Err(PartError::Stale);
        }
        let (mut part, rest) = postcard::take_from_bytes::<Self>(rest).map_err(|_| PartError::Broken)?;
        // Texts that nothing refers to are left out, as from documents that were broken off.
        part.block.notes.has_stray_texts = true;
        let sound = rest.is_empty()
            && part.texts_are_sound(plan)
            && part.block.is_sound(plan, &part.texts, part.first_line);
        if sound { Ok(part) } else { Err(PartError::Broken) }
    }

    /// Documents that have a record.
    pub fn documents(&self) -> usize {
        self.block.documents.len()
    }

    /// Keeps the documents whose id is one of those to keep, as if the others had never been read.
    ///
    /// # Errors
    /// [`PartError::Stale`] where something is noted of its documents that can't be taken back from one of them: read those
    /// that are to be kept again.
    pub fn retain(&mut self, plan: &Plan, is_kept: impl Fn(&str) -> bool) -> Result<(), PartError> {
        let notes = &self.block.notes;
        let noted = notes.not_arrays.iter().sum::<u64>()
            + notes.without_record
            + notes.repeated_names
            + notes.unreadable.len() as u64;
        let kept: Vec<bool> =
            (0..self.documents()).map(|document| self.block.id(document).is_some_and(&is_kept)).collect();
        if kept.iter().all(|kept| *kept) {
            return Ok(());
        }
        if noted > 0 {
            return Err(PartError::Stale);
        }
        self.block.retain(plan, &kept);
        Ok(())
    }

    fn texts_are_sound(&self, plan: &Plan) -> bool {
        let is_key = |text: &str| !text.is_empty() && text.len() <= KEY_BYTES_MAX && text.trim() == text;
        let mut texts = self.texts.iter().flatten();
        self.texts.len() == plan.dictionaries && texts.all(|text| is_key(text))
    }
}

impl Block {
    /// Whether everything in it fits the plan, and each other.
    fn is_sound(&self, plan: &Plan, texts: &[Vec<Box<str>>], first_line: u64) -> bool {
        self.documents_are_sound(first_line)
            && self.ends.len() == plan.sets.len()
            && self.ends.iter().all(|ends| ends.len() == self.documents.len() && ends.is_sorted())
            && self.notes.not_arrays.len() == plan.sets.len()
            && self.notes.not_arrays.iter().all(|count| *count <= self.documents.len() as u64)
            && self.columns.len() == plan.columns.len()
            && self.columns.iter().zip(&plan.columns).all(|(cells, asked)| {
                let rows = asked.set.map_or(self.documents.len(), |set| self.rows_count(set) as usize);
                let texts = asked.dictionary.and_then(|at| texts.get(at)).map_or(0, Vec::len);
                cells.is_sound(asked, rows, texts)
            })
            && self.amounts_have_currencies(plan)
    }

    fn documents_are_sound(&self, first_line: u64) -> bool {
        let notes = &self.notes;
        let mut at = 0;
        let ids = self.documents.iter().all(|document| {
            let before = std::mem::replace(&mut at, document.id_end);
            let id = self.ids.get(before as usize..document.id_end as usize);
            id.is_some_and(|id| id.is_empty() != document.has_id && id.len() <= KEY_BYTES_MAX)
        });
        let in_order = |mut lines: Box<dyn Iterator<Item = u64> + '_>| {
            let mut next = 0;
            lines.all(|line| {
                let rises = line >= next && line < notes.lines;
                next = line.saturating_add(1);
                rises
            })
        };
        let counted = (self.documents.len() as u64)
            .checked_add(notes.unreadable.len() as u64)
            .and_then(|counted| counted.checked_add(notes.without_record));
        ids && at as usize == self.ids.len()
            && in_order(Box::new(self.documents.iter().map(|document| document.line)))
            && in_order(Box::new(notes.unreadable.iter().map(|(line, _)| *line)))
            && counted.is_some_and(|counted| counted <= notes.lines)
            && notes.repeated_names <= self.documents.len() as u64
            && first_line.checked_add(notes.lines).is_some_and(|lines| lines < LINES_MAX)
    }

    fn amounts_have_currencies(&self, plan: &Plan) -> bool {
        plan.columns.iter().zip(&self.columns).all(|(asked, amounts)| {
            let Some(currency) = asked.currency else { return true };
            let (Some(currency_plan), Some(cells)) = (plan.columns.get(currency), self.columns.get(currency))
            else {
                return false;
            };
            match asked.set.filter(|_| currency_plan.set.is_none()) {
                None => amounts
                    .valid
                    .words()
                    .iter()
                    .zip(cells.valid.words())
                    .all(|(amounts, known)| amounts & !known == 0),
                Some(set) => (0..self.documents.len())
                    .filter(|document| !cells.valid.get(*document))
                    .all(|document| self.rows(set, document).all(|row| !amounts.valid.get(row as usize))),
            }
        })
    }
}

/// Lines that can be counted without going over.
const LINES_MAX: u64 = 1 << 48;

impl Cells {
    fn is_sound(&self, asked: &PlanColumn, rows: usize, texts: usize) -> bool {
        let valid = |row: usize| self.valid.get(row);
        let values = match (&self.values, &asked.kind) {
            (
                CellValues::Numbers { units, decimals },
                Kind::Money { scale, .. } | Kind::Decimal { scale },
            ) => {
                let zero = |(row, units): (usize, &i64)| {
                    valid(row) || (*units == 0 && decimals.get(row) == Some(&0))
                };
                units.len() == rows
                    && decimals.len() == rows
                    && decimals.iter().all(|decimals| *decimals <= scale.decimals_max())
                    && units.iter().enumerate().all(zero)
            }
            (CellValues::Days(days), Kind::Date) => {
                let sound =
                    |(row, day): (usize, &i32)| if valid(row) { day::DAYS.contains(day) } else { *day == 0 };
                days.len() == rows && days.iter().enumerate().all(sound)
            }
            (CellValues::Keys(keys), Kind::Key { .. }) => {
                let sound =
                    |(row, key): (usize, &u32)| if valid(row) { (*key as usize) < texts } else { *key == 0 };
                keys.len() == rows && keys.iter().enumerate().all(sound)
            }
            (CellValues::Bools(bools), Kind::Bool) => {
                bools.len() == rows && bools.is_sound() && is_within(bools, &self.valid)
            }
            _ => false,
        };
        // In order, each once, and none of a row that has a value.
        let rejected = self.rejected.is_sorted_by(|(before, _), (row, _)| before < row)
            && self.rejected.iter().all(|(row, _)| (*row as usize) < rows && !valid(*row as usize));
        self.valid.is_sound() && self.valid.len() == rows && values && rejected
    }
}

fn is_within(bits: &Bits, outer: &Bits) -> bool {
    bits.words().iter().zip(outer.words()).all(|(bits, outer)| bits & !outer == 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::{Column, Folding, Layout, Scale};
    use crate::rejection::Rejection;

    fn plan() -> Plan {
        let column = |pointer: &str, kind: Kind| Column {
            name: pointer.to_owned(),
            pointer: pointer.to_owned(),
            kind,
        };
        let money = || Kind::Money { scale: Scale::Found, currency: "/c".to_owned() };
        let columns = vec![
            column("/a", money()),
            column("/c", Kind::Key { folding: Folding::CaseAndSpace }),
            column("/l/*/a", money()),
            column("/l/*/d", Kind::Date),
            column("/l/*/b", Kind::Bool),
        ];
        Plan::new(&Layout { id: Some("/id".to_owned()), columns, ..Layout::default() }).unwrap()
    }

    /// Breaks one thing of a sound part: it must not be read any more.
    #[track_caller]
    fn check(what: impl FnOnce(&mut Part)) {
        let plan = plan();
        let documents: [&[u8]; 2] = [
            br#"{"id":"x","a":1.5,"c":"EUR","l":[{"a":1,"d":"2024-01-01","b":true},{"a":"bad"},{}]}"#,
            br#"{"id":"y","a":2,"c":"USD","l":[]}"#,
        ];
        let mut part = Part::read(&plan, &documents, 1);
        assert!(Part::from_bytes(&plan, &part.to_bytes(&plan)).is_ok());
        what(&mut part);
        assert_eq!(Part::from_bytes(&plan, &part.to_bytes(&plan)).err(), Some(PartError::Broken));
    }

    fn numbers(part: &mut Part, column: usize) -> (&mut Vec<i64>, &mut Vec<u8>) {
        let CellValues::Numbers { units, decimals } = &mut part.block.columns[column].values else {
            panic!("other values")
        };
        (units, decimals)
    }

    #[test]
    fn what_does_not_fit_is_no_part() {
        // Values, each in its kind's way.
        check(|part| numbers(part, 0).0.push(0));
        check(|part| numbers(part, 0).1[0] = 7);
        check(|part| numbers(part, 2).0[2] = 1);
        check(|part| part.block.columns[1].values = CellValues::Keys(vec![0, 2]));
        check(|part| part.block.columns[3].values = CellValues::Days(vec![4_000_000, 0, 0]));
        check(|part| part.block.columns[3].values = CellValues::Days(vec![1, 1, 0]));
        check(|part| part.block.columns[3].values = CellValues::Keys(vec![0, 0, 0]));
        check(|part| part.block.columns[4].valid.clear(0));
        check(|part| part.block.columns[0].valid.truncate(1));
        // Amounts without their currency, of the record and of its rows.
        check(|part| {
            part.block.columns[1].valid.clear(1);
            part.block.columns[1].values = CellValues::Keys(vec![0, 0]);
        });
        check(|part| {
            part.block.columns[1].valid.clear(0);
            part.block.columns[0].valid.clear(0);
            let (units, decimals) = numbers(part, 0);
            (units[0], decimals[0]) = (0, 0);
        });
        // Rejections.
        check(|part| part.block.columns[2].rejected.push((1, Rejection::WrongType)));
        check(|part| part.block.columns[2].rejected[0].0 = 0);
        check(|part| part.block.columns[2].rejected[0].0 = 3);
        // Rows, documents and lines.
        check(|part| part.block.ends[0] = vec![3, 2]);
        check(|part| part.block.ends[0] = vec![3]);
        check(|part| part.block.ends.clear());
        check(|part| part.block.documents[0].id_end = 0);
        check(|part| part.block.documents[1].id_end = 9);
        check(|part| part.block.documents[1].line = 0);
        check(|part| part.block.notes.lines = 1);
        check(|part| part.block.notes.without_record = u64::MAX);
        check(|part| part.block.notes.repeated_names = 3);
        check(|part| part.block.notes.not_arrays = vec![3]);
        check(|part| part.first_line = u64::MAX);
        check(|part| part.block.ids.push('z'));
        // Texts.
        check(|part| part.texts[0].push("".into()));
        check(|part| part.texts[0].push(" x".into()));
        check(|part| part.texts.clear());
        check(|part| drop(part.block.columns.pop()));
    }
}
