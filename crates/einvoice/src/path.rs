//! Where a term stands: a path of element names from the element its group starts at.
//!
//! Used by [`read`](crate::read()) with the paths of [`terms`](crate::terms). `A/B` are elements, `A[B/C=v]` those whose
//! `B/C` says `v`, `A[@x=v]` those whose attribute does, `A/@x` is the attribute itself.

use crate::tree::Node;

/// A path, taken apart.
#[derive(Debug, Clone)]
pub(crate) struct Path {
    steps: Vec<Step>,
    attribute: Option<&'static str>,
}

#[derive(Debug, Clone)]
struct Step {
    name: &'static str,
    condition: Option<Condition>,
}

#[derive(Debug, Clone)]
struct Condition {
    /// Elements to go down, then an attribute, if its name isn't empty.
    elements: Vec<&'static str>,
    attribute: &'static str,
    value: &'static str,
}

/// What stands at the end of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) text: String,
    /// How a date is written, as UN/CEFACT counts the ways.
    pub(crate) format: Option<String>,
    /// The currency of an amount.
    pub(crate) currency: Option<String>,
}

impl Path {
    pub(crate) fn new(path: &'static str) -> Self {
        let mut steps = Vec::new();
        let mut attribute = None;
        for step in split(path) {
            match step.strip_prefix('@') {
                Some(name) => attribute = Some(name),
                None => steps.push(Step::new(step)),
            }
        }
        Self { steps, attribute }
    }

    /// The path `below` from the end of the path `above`.
    pub(crate) fn joined(above: &'static str, below: &'static str) -> Self {
        let (above, below) = (Self::new(above), Self::new(below));
        Self { steps: above.steps.into_iter().chain(below.steps).collect(), attribute: below.attribute }
    }

    /// Every element at the end of the path.
    pub(crate) fn nodes<'a>(&self, from: Node<'a>) -> Vec<Node<'a>> {
        let mut nodes = vec![from];
        for step in &self.steps {
            let below = nodes.into_iter().flat_map(|node| node.children().filter(|child| step.fits(*child)));
            nodes = below.collect();
        }
        nodes
    }

    /// Every text that isn't empty at the end of the path.
    pub(crate) fn found(&self, from: Node<'_>) -> Vec<Found> {
        let read = |node: Node<'_>| {
            let text = match self.attribute {
                Some(name) => node.attribute(name).map(str::to_owned)?,
                None => node.text(),
            };
            Some(Found {
                text,
                format: node.attribute("format").map(str::to_owned),
                currency: node.attribute("currencyID").map(str::to_owned),
            })
        };
        let found = self.nodes(from).into_iter().filter_map(read);
        found.filter(|found| !found.text.is_empty()).collect()
    }
}

impl Step {
    fn new(step: &'static str) -> Self {
        let Some((name, condition)) = step.split_once('[') else {
            return Self { name: step, condition: None };
        };
        let (path, value) = condition.trim_end_matches(']').split_once('=').unwrap_or((condition, ""));
        let mut elements: Vec<&str> = path.split('/').collect();
        let attribute = elements.last().and_then(|last| last.strip_prefix('@'));
        if attribute.is_some() {
            elements.pop();
        }
        let attribute = attribute.unwrap_or_default();
        Self { name, condition: Some(Condition { elements, attribute, value }) }
    }

    fn fits(&self, node: Node<'_>) -> bool {
        node.name() == self.name && self.condition.as_ref().is_none_or(|condition| condition.holds(node))
    }
}

impl Condition {
    fn holds(&self, node: Node<'_>) -> bool {
        let mut nodes = vec![node];
        for name in &self.elements {
            let below =
                nodes.into_iter().flat_map(|node| node.children().filter(|child| child.name() == *name));
            nodes = below.collect();
        }
        nodes.into_iter().any(|node| {
            if self.attribute.is_empty() {
                node.text().eq_ignore_ascii_case(self.value)
            } else {
                node.attribute(self.attribute).is_some_and(|value| value.eq_ignore_ascii_case(self.value))
            }
        })
    }
}

/// The steps of a path; what is in brackets belongs to its step.
fn split(path: &'static str) -> Vec<&'static str> {
    let mut depth = 0_u32;
    path.split(move |character| {
        match character {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        character == '/' && depth == 0
    })
    .filter(|step| !step.is_empty())
    .collect()
}
