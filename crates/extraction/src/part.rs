//! Parts of a schema: as many leaves as one question asks for.
//!
//! Made by [`Task::new`](crate::Task::new), and smaller ones of them where only something is asked again. Models lose
//! values of schemas with hundreds of leaves, so a wide one is asked for in several questions about the same lines. A
//! table stays in one part where it can; one that is wider by itself is split by its columns, and the rows of its parts
//! are put together by the line they stand on.

use serde_json::Value;

use crate::ground::rows::{GroundedRow, GroundedSlot};
use crate::lower::wire_schema;
use crate::schema::{LeafKind, Shape, Slot, SlotKind, Table};

/// The most leaves that one question asks for.
pub(crate) const PART_LEAVES_MAX: usize = 40;

/// Some of a schema's slots, as a schema of its own.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Part {
    /// The slots, in the schema's order.
    pub(crate) shape: Shape,
    /// Which of the whole schema's they are.
    chosen: Vec<Chosen>,
    /// The schema a model is asked to answer in.
    pub(crate) wire: Value,
}

/// A slot of the whole schema.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Chosen {
    /// Its place.
    pub(crate) slot: usize,
    /// Of a table, which columns; empty stands for all.
    pub(crate) columns: Vec<Chosen>,
}

impl Chosen {
    /// The whole slot.
    pub(crate) fn whole(slot: usize) -> Self {
        Self { slot, columns: Vec::new() }
    }
}

/// The parts that together ask for everything, in the schema's order.
pub(crate) fn parts_of(shape: &Shape) -> Vec<Part> {
    groups(shape, PART_LEAVES_MAX).into_iter().map(|chosen| Part::of(shape, chosen)).collect()
}

impl Part {
    /// These slots of the whole schema.
    pub(crate) fn of(whole: &Shape, chosen: Vec<Chosen>) -> Self {
        let shape = chosen_shape(whole, &chosen);
        let wire = wire_schema(&shape);
        Self { shape, chosen, wire }
    }

    /// Those of its slots that are at these places of its own shape.
    pub(crate) fn only(&self, whole: &Shape, slots: &[usize]) -> Self {
        Self::of(whole, slots.iter().filter_map(|&slot| self.chosen.get(slot)).cloned().collect())
    }

    /// Its two halves, for when even its schema is too long. None of one slot.
    pub(crate) fn halves(&self, whole: &Shape) -> Option<(Self, Self)> {
        let (first, second) = self.chosen.split_at(self.chosen.len() / 2);
        (!first.is_empty()).then(|| (Self::of(whole, first.to_vec()), Self::of(whole, second.to_vec())))
    }

    /// Which slots of the whole schema it asks for.
    pub(crate) fn chosen(&self) -> &[Chosen] {
        &self.chosen
    }

    /// What was answered about its slots as slots of the whole schema, the others empty.
    pub(crate) fn widened(&self, whole: &Shape, slots: Vec<GroundedSlot>) -> Vec<GroundedSlot> {
        widened(whole, &self.chosen, slots)
    }
}

/// Slots of which nothing is known.
pub(crate) fn empty_slots(shape: &Shape) -> Vec<GroundedSlot> {
    let empty = |slot: &Slot| match slot.kind {
        SlotKind::Leaf(_) => GroundedSlot::Leaf(None),
        SlotKind::List(_) => GroundedSlot::List(Vec::new()),
        SlotKind::Table(_) => GroundedSlot::Table(Vec::new()),
    };
    shape.slots.iter().map(empty).collect()
}

fn widened(whole: &Shape, chosen: &[Chosen], slots: Vec<GroundedSlot>) -> Vec<GroundedSlot> {
    let mut wide = empty_slots(whole);
    for (chosen, grounded) in chosen.iter().zip(slots) {
        let Some((slot, place)) = whole.slots.get(chosen.slot).zip(wide.get_mut(chosen.slot)) else {
            continue;
        };
        *place = match (&slot.kind, grounded) {
            (SlotKind::Table(table), GroundedSlot::Table(rows)) if !chosen.columns.is_empty() => {
                let row = |row: GroundedRow| GroundedRow {
                    slots: widened(&table.row, &chosen.columns, row.slots),
                    ..row
                };
                GroundedSlot::Table(rows.into_iter().map(row).collect())
            }
            (_, grounded) => grounded,
        };
    }
    wide
}

fn chosen_shape(whole: &Shape, chosen: &[Chosen]) -> Shape {
    let slots: Vec<Slot> = chosen
        .iter()
        .filter_map(|chosen| {
            let slot = whole.slots.get(chosen.slot)?;
            let kind = match &slot.kind {
                SlotKind::Table(table) if !chosen.columns.is_empty() => SlotKind::Table(Table {
                    description: table.description.clone(),
                    row: chosen_shape(&table.row, &chosen.columns),
                }),
                kind => kind.clone(),
            };
            Some(Slot { path: slot.path.clone(), kind })
        })
        .collect();
    let is_above = |path: &[String]| slots.iter().any(|slot| slot.path.starts_with(path));
    let objects = whole.objects.iter().filter(|(path, _)| is_above(path)).cloned().collect();
    Shape { slots, objects }
}

/// The slots in groups of at most `leaves_max` leaves.
fn groups(shape: &Shape, leaves_max: usize) -> Vec<Vec<Chosen>> {
    let mut groups: Vec<Vec<Chosen>> = Vec::new();
    let mut open: Vec<Chosen> = Vec::new();
    let mut leaves = 0;
    for (slot, weight) in shape.slots.iter().map(|slot| weight(&slot.kind)).enumerate() {
        if let Some(Slot { kind: SlotKind::Table(table), .. }) = shape.slots.get(slot)
            && weight > leaves_max
        {
            let columns = column_groups(&table.row, leaves_max);
            groups.extend(columns.into_iter().map(|columns| vec![Chosen { slot, columns }]));
            continue;
        }
        if leaves + weight > leaves_max && !open.is_empty() {
            groups.push(std::mem::take(&mut open));
            leaves = 0;
        }
        open.push(Chosen::whole(slot));
        leaves += weight;
    }
    if !open.is_empty() {
        groups.push(open);
    }
    // In the schema's order, though the slots around a wide table may be of one group.
    groups.sort();
    groups
}

/// The columns of a wide table in groups; each has the one that tells a row from others, so that a wrong line is noticed.
fn column_groups(row: &Shape, leaves_max: usize) -> Vec<Vec<Chosen>> {
    let is_telling = |slot: &Slot, kinds: &[LeafKind]| match &slot.kind {
        SlotKind::Leaf(leaf) => !leaf.inferred && kinds.contains(&leaf.kind),
        SlotKind::List(_) | SlotKind::Table(_) => false,
    };
    let place = |kinds: &[LeafKind]| row.slots.iter().position(|slot| is_telling(slot, kinds));
    let key =
        place(&[LeafKind::Text]).or_else(|| place(&[LeafKind::Date, LeafKind::Number, LeafKind::Integer]));
    let columns = groups(row, leaves_max.saturating_sub(1).max(1));
    let with_key = |mut columns: Vec<Chosen>| {
        if let Some(key) = key.filter(|&key| !columns.iter().any(|column| column.slot == key)) {
            columns.insert(0, Chosen::whole(key));
            columns.sort();
        }
        columns
    };
    columns.into_iter().map(with_key).collect()
}

/// How many leaves a slot asks for.
pub(crate) fn weight(kind: &SlotKind) -> usize {
    match kind {
        SlotKind::Leaf(_) | SlotKind::List(_) => 1,
        SlotKind::Table(table) => table.row.slots.iter().map(|slot| weight(&slot.kind)).sum(),
    }
}
