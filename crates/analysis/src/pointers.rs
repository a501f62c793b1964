//! The order in which a person reads the leaves of a record.

use std::cmp::Ordering;

/// The order of a reader's eye: `/lines/2` before `/lines/10`.
pub(crate) fn compare(left: &str, right: &str) -> Ordering {
    let key = |segment: &str| segment.parse::<u64>().map_or((1, 0), |number| (0, number));
    let (mut lefts, mut rights) = (left.split('/'), right.split('/'));
    loop {
        match (lefts.next(), rights.next()) {
            (None, None) => return left.cmp(right),
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(left), Some(right)) => match key(left).cmp(&key(right)).then_with(|| left.cmp(right)) {
                Ordering::Equal => {}
                order @ (Ordering::Less | Ordering::Greater) => return order,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers_are_ordered_by_number() {
        let mut pointers = ["/lines/10/a", "/lines/2/b", "/lines/2/a", "/lines", "/total"];
        pointers.sort_by(|left, right| compare(left, right));
        assert_eq!(pointers, ["/lines", "/lines/2/a", "/lines/2/b", "/lines/10/a", "/total"]);
    }
}
