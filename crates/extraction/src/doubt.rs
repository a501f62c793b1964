//! Which values the text alone doesn't prove, although it stands where they were read.
//!
//! Used by [`examined`](crate::record::examined) before equations prove what they can. That a value stands on its line
//! doesn't show that it answers the question; what speaks against that is found here. It changes no value and no place:
//! a doubted value is verified by nothing, and keeps its page, box and text for who looks at it.

use std::collections::{BTreeMap, BTreeSet};

use docmill_arithmetic::{Equation, TermRole};
use docmill_contract::outcome::{Warning, WarningCode};

use crate::assemble::{Assembled, AssembledLeaf};
use crate::credible::{Reading, without_witness};
use crate::ground::leaf::Proof;
use crate::ground::pages::Pages;
use crate::labelled::{Labels, asked_by_text};
use crate::mistaken::mistaken;
use crate::prove::{Proved, proved_by_equations};
use crate::schema::{LeafKind, Shape};

/// What is proved before any equation, and what isn't any more.
#[derive(Debug, Default)]
pub(crate) struct Doubts<'a> {
    /// Leaves whose own words don't prove them.
    pub(crate) doubted: BTreeSet<&'a str>,
    /// Those of them that seem to answer another question, and why.
    pub(crate) mistaken: BTreeMap<&'a str, String>,
    /// The reading as a whole, where it was caught in so many errors that the model's word alone proves nothing.
    pub(crate) disbelieved: Option<Reading>,
    /// Whether the other leaves are proved by text or data, without those that the pages contradict.
    pub(crate) proved: Proved<'a>,
}

/// Doubts what violates the schema (`violations` are its warnings), the members of equations that don't hold, what
/// is [`mistaken`](crate::mistaken::mistaken) unless an equation confirms it, and what a reading says that
/// [isn't believed](crate::credible).
pub(crate) fn doubts<'a>(
    shape: &'a Shape,
    assembled: &'a Assembled<'_>,
    pages: &Pages<'_>,
    equations: &'a [Equation],
    violations: &[Warning],
) -> Doubts<'a> {
    let asked = asked_by_text(shape, assembled);
    let labels = Labels::of(shape, pages);
    let leaves: BTreeMap<&str, &AssembledLeaf<'_>> =
        assembled.leaves.iter().map(|leaf| (leaf.pointer.as_str(), leaf)).collect();
    let is_by_text_alone = |pointer: &str| leaves.get(pointer).is_some_and(|leaf| is_by_text_alone(leaf));
    let violating = violations.iter().filter(|warning| warning.code == WarningCode::SchemaViolation);
    let violating: BTreeSet<&str> = violating.filter_map(|warning| warning.pointer.as_deref()).collect();
    let mut doubts = Doubts::default();
    for leaf in assembled.leaves.iter().filter(|leaf| !leaf.value.page_disagrees()) {
        let is_unfit = is_by_text_alone(&leaf.pointer) && violating.contains(leaf.pointer.as_str());
        let is_proved = leaf.value.embedded.is_some() || matches!(leaf.value.proof, Proof::Text { .. });
        doubts.proved.insert(&leaf.pointer, is_proved && !is_unfit);
        if is_unfit {
            doubts.doubted.insert(&leaf.pointer);
        }
    }
    let confirmed = confirmed(equations, &leaves, &doubts.proved);
    for equation in equations.iter().filter(|equation| !equation.holds) {
        let doubtful = members(equation).filter(|pointer| !confirmed.contains(pointer));
        doubts.doubted.extend(doubtful.filter(|pointer| is_by_text_alone(pointer)));
    }
    doubts.mistaken = mistaken(shape, assembled, &asked, &labels, pages);
    doubts.mistaken.retain(|pointer, _| !confirmed.contains(pointer));
    doubts.doubted.extend(doubts.mistaken.keys());
    let by_equation = proved_by_equations(equations, doubts.proved.clone());
    // A text may be printed otherwise than the schema wants it; what should be a number or a date and isn't was misread.
    let unfit = asked.iter().filter(|asked| asked.leaf.kind != LeafKind::Text);
    let unfit =
        unfit.map(|asked| asked.assembled.pointer.as_str()).filter(|pointer| violating.contains(pointer));
    let misread: BTreeSet<&str> = doubts.mistaken.keys().copied().chain(unfit).collect();
    let reading = Reading::of(assembled, &misread, &by_equation);
    if reading.is_doubtful() {
        let mut proved = doubts.proved.clone();
        proved.extend(by_equation.into_iter().map(|pointer| (pointer, true)));
        let alone =
            without_witness(assembled, &asked, &labels, &self::confirmed(equations, &leaves, &proved));
        doubts.disbelieved = alone.iter().any(|pointer| !doubts.doubted.contains(pointer)).then_some(reading);
        doubts.doubted.extend(alone);
    }
    // An equation that could prove them has had its say: no other does.
    for pointer in &doubts.doubted {
        doubts.proved.remove(pointer);
    }
    doubts
}

/// The pointers of an equation's members that the record has.
pub(crate) fn members(equation: &Equation) -> impl Iterator<Item = &str> {
    let terms = equation.terms.iter().filter(|term| term.value.is_some()).map(|term| term.pointer.as_str());
    terms.chain([equation.result_pointer.as_str()])
}

/// Members of equations that hold between proved values, each of which was read from words of its own: a number that
/// was read twice from the same place always equals itself.
fn confirmed<'a>(
    equations: &'a [Equation],
    leaves: &BTreeMap<&str, &AssembledLeaf<'_>>,
    proved: &Proved<'_>,
) -> BTreeSet<&'a str> {
    let mut confirmed = BTreeSet::new();
    for equation in equations.iter().filter(|equation| equation.holds) {
        let mut places = BTreeSet::new();
        let is_sound = members(equation).all(|pointer| {
            let spans = leaves.get(pointer).map(|leaf| leaf.value.spans()).unwrap_or_default();
            let first = spans.first().map(|span| (span.line, span.words.start));
            proved.get(pointer) == Some(&true) && first.is_none_or(|place| places.insert(place))
        });
        // Whatever is multiplied by zero gives zero.
        let is_product = equation.terms.iter().any(|term| matches!(term.role, TermRole::Factor));
        if is_sound && !(is_product && equation.found.is_zero()) {
            confirmed.extend(members(equation));
        }
    }
    confirmed
}

fn is_by_text_alone(leaf: &AssembledLeaf<'_>) -> bool {
    leaf.value.embedded.is_none() && matches!(leaf.value.proof, Proof::Text { .. })
}
