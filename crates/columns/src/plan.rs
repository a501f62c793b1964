//! A layout, checked and compiled: the tree of names that a reader of documents walks along, and where the values go.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use foldhash::fast::RandomState;
use sha2::{Digest, Sha256};

use crate::layout::{Folding, Kind, Layout};
use crate::pointer::{self, Step};
use crate::scan::Name;

/// The most columns of a layout.
pub const COLUMNS_MAX: usize = 4096;

/// The most steps of a pointer, with those of the record before it: the reader recurses as deep.
const STEPS_MAX: usize = 64;

/// Names of one object up to which looking through them is quicker than a table.
const NAMES_LOOKED_THROUGH: usize = 16;

/// Changes when the same layout comes to something else than before.
const PLAN_VERSION: u8 = 1;

/// What is wrong with a layout.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LayoutError {
    /// A pointer is none.
    #[error(
        "\"{0}\" is no JSON pointer: write it as in \"/lines/*/amount\", with ~1 for a slash and ~0 for a tilde in a name"
    )]
    NotAPointer(String),
    /// A pointer has too many steps.
    #[error("the pointer \"{0}\" has more than {STEPS_MAX} steps")]
    TooManySteps(String),
    /// `*` where it can't be.
    #[error("the pointer \"{0}\" has a * where none can be: one, in a column's or its currency's pointer")]
    TooManyRows(String),
    /// A column points at the whole record.
    #[error("column \"{0}\" has no pointer: say where its values are, as in \"/total\"")]
    Whole(String),
    /// An amount's currency is in the rows of another array.
    #[error(
        "column \"{0}\" has its currency in other rows than its amounts: point into the same array, or at a value of the record"
    )]
    CurrencyElsewhere(String),
    /// Two columns have one name.
    #[error("there are two columns named \"{0}\"")]
    SameName(String),
    /// A column has more decimals than can be computed with.
    #[error("column \"{0}\" asks for more than {max} decimals", max = crate::number::POWERS.len() - 1)]
    TooManyDecimals(String),
    /// Too many columns.
    #[error("there are more than {COLUMNS_MAX} columns")]
    TooManyColumns,
}

/// A compiled layout.
#[derive(Debug)]
pub struct Plan {
    pub(crate) nodes: Vec<Node>,
    pub(crate) columns: Vec<PlanColumn>,
    /// Columns of the record.
    pub(crate) record_columns: Vec<usize>,
    pub(crate) sets: Vec<RowSet>,
    pub(crate) dictionaries: usize,
    digest: [u8; 32],
}

/// A place that pointers lead through.
#[derive(Debug, Default)]
pub(crate) struct Node {
    pub(crate) named: Vec<(Name, usize)>,
    /// Where each of many names is among those. A few are looked through.
    positions: HashMap<String, usize, RandomState>,
    pub(crate) every: Option<usize>,
    /// Those of `named` that an array has, too, in order.
    pub(crate) indexed: Vec<(usize, usize)>,
    /// Columns whose value is here.
    pub(crate) leaves: Vec<usize>,
    /// The rows whose array is here.
    pub(crate) set: Option<usize>,
    pub(crate) is_id: bool,
    pub(crate) is_record: bool,
}

/// A column as the reader sees it.
#[derive(Debug)]
pub(crate) struct PlanColumn {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) set: Option<usize>,
    /// Which interner, if it is of keys.
    pub(crate) dictionary: Option<usize>,
    /// Which column says the currency.
    pub(crate) currency: Option<usize>,
}

/// The rows of one array.
#[derive(Debug)]
pub(crate) struct RowSet {
    pub(crate) pointer: String,
    pub(crate) columns: Vec<usize>,
}

impl Plan {
    /// Checks a layout, and compiles it.
    pub fn new(layout: &Layout) -> Result<Self, LayoutError> {
        if layout.columns.len() > COLUMNS_MAX {
            return Err(LayoutError::TooManyColumns);
        }
        let mut plan = Self {
            nodes: vec![Node::default()],
            columns: Vec::new(),
            record_columns: Vec::new(),
            sets: Vec::new(),
            dictionaries: 0,
            digest: digest(layout),
        };
        let record = named_steps(&layout.record)?;
        let at = plan.node(&record);
        plan.mark(at, |node| node.is_record = true);
        if let Some(id) = &layout.id {
            let at = plan.node(&named_steps(id)?);
            plan.mark(at, |node| node.is_id = true);
        }
        let mut places = Places { record, sets: BTreeMap::new(), keys: BTreeMap::new() };
        let mut names = BTreeSet::new();
        for asked in &layout.columns {
            if !names.insert(asked.name.as_str()) {
                return Err(LayoutError::SameName(asked.name.clone()));
            }
            plan.add_asked(asked, &mut places)?;
        }
        plan.add_currencies(layout, &places)?;
        for node in &mut plan.nodes {
            let indexed =
                node.named.iter().filter_map(|(name, child)| Some((pointer::index(name.text())?, *child)));
            node.indexed = indexed.collect();
            node.indexed.sort_unstable();
            if node.named.len() > NAMES_LOOKED_THROUGH {
                let names = node.named.iter().enumerate();
                node.positions =
                    names.map(|(position, (name, _))| (name.text().to_owned(), position)).collect();
            }
        }
        Ok(plan)
    }

    /// What layout it is of, and what version of this crate's reading: the same digest, the same columns.
    pub fn digest(&self) -> [u8; 32] {
        self.digest
    }

    fn add_asked(&mut self, asked: &crate::layout::Column, places: &mut Places) -> Result<(), LayoutError> {
        if let Kind::Money { scale, .. } | Kind::Decimal { scale } = &asked.kind
            && usize::from(scale.decimals_max()) >= crate::number::POWERS.len()
        {
            return Err(LayoutError::TooManyDecimals(asked.name.clone()));
        }
        let column = self.add(&asked.name, &asked.pointer, asked.kind.clone(), places)?;
        if let Kind::Key { folding: Folding::CaseAndSpace } = asked.kind {
            places.keys.entry(asked.pointer.clone()).or_insert(column);
        }
        Ok(())
    }

    /// Finds the currencies of amounts among the keys, and adds those that nobody asked for.
    fn add_currencies(&mut self, layout: &Layout, places: &Places) -> Result<(), LayoutError> {
        let mut places = places.clone();
        for (position, asked) in layout.columns.iter().enumerate() {
            let Kind::Money { currency, .. } = &asked.kind else { continue };
            let key = match places.keys.get(currency) {
                Some(key) => *key,
                None => {
                    let kind = Kind::Key { folding: Folding::CaseAndSpace };
                    let key = self.add(currency, currency, kind, &mut places)?;
                    places.keys.insert(currency.clone(), key);
                    key
                }
            };
            let key_set = self.columns.get(key).and_then(|column| column.set);
            if let Some(column) = self.columns.get_mut(position) {
                if key_set.is_some() && key_set != column.set {
                    return Err(LayoutError::CurrencyElsewhere(asked.name.clone()));
                }
                column.currency = Some(key);
            }
        }
        Ok(())
    }

    fn add(&mut self, name: &str, path: &str, kind: Kind, places: &mut Places) -> Result<usize, LayoutError> {
        let steps = pointer::steps(path).ok_or_else(|| LayoutError::NotAPointer(path.to_owned()))?;
        if steps.is_empty() {
            return Err(LayoutError::Whole(name.to_owned()));
        }
        if steps.len() + places.record.len() > STEPS_MAX {
            return Err(LayoutError::TooManySteps(path.to_owned()));
        }
        let set = match steps.iter().filter(|step| **step == Step::Every).count() {
            0 => None,
            1 => Some(self.set(path, &steps, places)),
            _ => return Err(LayoutError::TooManyRows(path.to_owned())),
        };
        let column = self.columns.len();
        let dictionary = matches!(kind, Kind::Key { .. }).then_some(self.dictionaries);
        self.dictionaries += usize::from(dictionary.is_some());
        self.columns.push(PlanColumn { name: name.to_owned(), kind, set, dictionary, currency: None });
        let whole: Vec<Step> = places.record.iter().cloned().chain(steps).collect();
        let at = self.node(&whole);
        self.mark(at, |node| node.leaves.push(column));
        match set.and_then(|set| self.sets.get_mut(set)) {
            Some(set) => set.columns.push(column),
            None => self.record_columns.push(column),
        }
        Ok(column)
    }

    /// The rows that a pointer's `*` stands for.
    fn set(&mut self, path: &str, steps: &[Step], places: &mut Places) -> usize {
        let before: Vec<Step> = steps.iter().take_while(|step| **step != Step::Every).cloned().collect();
        let array: Vec<Step> = places.record.iter().cloned().chain(before).collect();
        let at = self.node(&array);
        if let Some(&set) = places.sets.get(&at) {
            return set;
        }
        let set = self.sets.len();
        // A name that begins with a star isn't one: "/*" behind nothing but names is where it is.
        let mut pointer = path.split("/*/").next().unwrap_or(path).to_owned();
        if steps.last() == Some(&Step::Every) {
            pointer.truncate(path.len() - "/*".len());
        }
        self.sets.push(RowSet { pointer, columns: Vec::new() });
        self.mark(at, |node| node.set = Some(set));
        places.sets.insert(at, set);
        set
    }

    /// The node at the end of these steps, made where it isn't yet.
    fn node(&mut self, steps: &[Step]) -> usize {
        steps.iter().fold(0, |at, step| {
            let next = self.nodes.len();
            let Some(node) = self.nodes.get_mut(at) else { return at };
            let known = match step {
                Step::Every => node.every,
                Step::Named(name) => {
                    node.named.iter().find(|(known, _)| known.text() == name).map(|(_, child)| *child)
                }
            };
            if let Some(known) = known {
                return known;
            }
            match step {
                Step::Every => node.every = Some(next),
                Step::Named(name) => node.named.push((Name::new(name), next)),
            }
            self.nodes.push(Node::default());
            next
        })
    }

    fn mark(&mut self, at: usize, mark: impl FnOnce(&mut Node)) {
        if let Some(node) = self.nodes.get_mut(at) {
            mark(node);
        }
    }
}

/// What compiling remembers.
#[derive(Debug, Clone)]
struct Places {
    record: Vec<Step>,
    /// Sets by the node of their array.
    sets: BTreeMap<usize, usize>,
    /// Columns of folded keys by their pointer: what an amount's currency may be.
    keys: BTreeMap<String, usize>,
}

fn named_steps(path: &str) -> Result<Vec<Step>, LayoutError> {
    let steps = pointer::steps(path).ok_or_else(|| LayoutError::NotAPointer(path.to_owned()))?;
    if steps.contains(&Step::Every) {
        return Err(LayoutError::TooManyRows(path.to_owned()));
    }
    if steps.len() > STEPS_MAX {
        return Err(LayoutError::TooManySteps(path.to_owned()));
    }
    Ok(steps)
}

fn digest(layout: &Layout) -> [u8; 32] {
    // Plain data always has a form in bytes.
    let bytes = postcard::to_stdvec(&(PLAN_VERSION, layout)).unwrap_or_default();
    Sha256::digest(bytes).into()
}

impl Node {
    /// Where a member of this name is among those that are read.
    #[inline]
    pub(crate) fn position(&self, name: &str) -> Option<usize> {
        if self.positions.is_empty() {
            return self.named.iter().position(|(known, _)| known.text() == name);
        }
        self.positions.get(name).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::{Column, Scale};

    fn layout(columns: &[(&str, &str, Kind)]) -> Layout {
        let column = |(name, pointer, kind): &(&str, &str, Kind)| Column {
            name: (*name).to_owned(),
            pointer: (*pointer).to_owned(),
            kind: kind.clone(),
        };
        Layout { columns: columns.iter().map(column).collect(), ..Layout::default() }
    }

    fn money(currency: &str) -> Kind {
        Kind::Money { scale: Scale::Found, currency: currency.to_owned() }
    }

    #[test]
    fn layouts_are_checked() {
        use LayoutError as E;
        let check = |columns: &[(&str, &str, Kind)], expected: Option<LayoutError>| {
            assert_eq!(Plan::new(&layout(columns)).err(), expected, "{columns:?}");
        };
        check(&[], None);
        check(
            &[("a", "/total", money("/currency")), ("b", "/lines/*/amount", money("/lines/*/currency"))],
            None,
        );
        check(&[("a", "/lines/*", Kind::Bool), ("b", "/lines/0", Kind::Bool)], None);
        check(&[("a", "total", Kind::Bool)], Some(E::NotAPointer("total".to_owned())));
        check(&[("a", "", Kind::Bool)], Some(E::Whole("a".to_owned())));
        check(&[("a", "/x", Kind::Bool), ("a", "/y", Kind::Bool)], Some(E::SameName("a".to_owned())));
        check(&[("a", "/x/*/y/*/z", Kind::Bool)], Some(E::TooManyRows("/x/*/y/*/z".to_owned())));
        check(&[("a", "/x/*/y", money("/z/*/c"))], Some(E::CurrencyElsewhere("a".to_owned())));
        check(&[("a", "/x", money("/x/*/c"))], Some(E::CurrencyElsewhere("a".to_owned())));
        let scale = |decimals| Kind::Decimal { scale: Scale::Fixed(decimals) };
        check(&[("a", "/x", scale(18))], None);
        check(&[("a", "/x", scale(19))], Some(E::TooManyDecimals("a".to_owned())));
        let deep = "/x".repeat(65);
        check(&[("a", &deep, Kind::Bool)], Some(E::TooManySteps(deep.clone())));
        let many: Vec<_> = (0..=COLUMNS_MAX).map(|_| ("a", "/x", Kind::Bool)).collect();
        check(&many, Some(E::TooManyColumns));
    }

    #[test]
    fn rows_are_named_by_their_array() {
        let check = |pointer: &str, expected: &str| {
            let plan = Plan::new(&layout(&[("a", pointer, Kind::Bool)])).unwrap();
            assert_eq!(plan.sets[0].pointer, expected, "{pointer}");
        };
        check("/lines/*/amount", "/lines");
        check("/lines/*", "/lines");
        check("/a~1b/**/*/x", "/a~1b/**");
        check("/*/x", "");
    }

    #[test]
    fn the_digest_is_of_the_layout() {
        let one = layout(&[("a", "/x", Kind::Bool)]);
        let other = layout(&[("a", "/y", Kind::Bool)]);
        assert_eq!(Plan::new(&one).unwrap().digest(), Plan::new(&one).unwrap().digest());
        assert_ne!(Plan::new(&one).unwrap().digest(), Plan::new(&other).unwrap().digest());
    }
}
