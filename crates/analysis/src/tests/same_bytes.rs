//! The same outcomes give the same bytes: in any order of arrival, on any number of threads.

use crate::Recalled;
use proptest::prelude::*;
use rayon::ThreadPoolBuilder;
use serde_json::json;

use crate::tests::outcomes::{invoice, read};
use crate::tests::report::{profiles, reported_in};

fn collection(totals: &[i64]) -> Vec<Recalled> {
    let outcomes = totals.iter().enumerate().map(|(number, total)| {
        let document = format!("d{number:04}");
        let supplier = ["ACME", "acme ", "Beta", "Gamma"][number % 4];
        let currency = ["EUR", "USD", "EUR"][number % 3];
        match number % 7 {
            6 => read(&document, "general", json!({"sender": supplier, "amount": total}), &["/amount"]),
            _ => {
                let mut invoice = invoice(&document, supplier, currency, json!(total));
                let data = invoice.outcome.data.as_mut().unwrap();
                data["invoice_number"] = json!(number / 3);
                data["net"] = json!(total + i64::try_from(number % 5).unwrap());
                data["tax"] = json!(0);
                invoice
            }
        }
    });
    outcomes.collect()
}

fn bytes(recalled: &[Recalled], threads: usize, per_excerpt: usize) -> String {
    let pool = ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let report = || reported_in(recalled, per_excerpt, &profiles(), None);
    serde_json::to_string(&pool.install(report)).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn order_and_threads_change_nothing(
        (ordered, shuffled) in prop::collection::vec(-1_000_000_i64..1_000_000, 1..300)
            .prop_map(|totals| collection(&totals))
            .prop_flat_map(|outcomes| (Just(outcomes.clone()), Just(outcomes).prop_shuffle()))
    ) {
        let expected = bytes(&ordered, 1, 1_000);
        for (threads, per_excerpt) in [(1, 1_000), (2, 7), (8, 50)] {
            prop_assert_eq!(&bytes(&shuffled, threads, per_excerpt), &expected, "{} threads", threads);
        }
    }

    /// A collection in which documents were read again: what was kept of the outcomes before leaves nothing behind.
    #[test]
    fn what_was_replaced_leaves_nothing_behind(
        totals in prop::collection::vec(-1_000_000_i64..1_000_000, 1..120),
        again in prop::collection::vec((any::<prop::sample::Index>(), -1_000_i64..1_000), 0..40),
        per_excerpt in 1_usize..60,
    ) {
        let mut all = collection(&totals);
        let mut latest = all.clone();
        for (sequence, (which, total)) in (2..).zip(again) {
            let position = which.index(totals.len());
            let mut outcome = latest[position].clone();
            outcome.sequence = sequence;
            // Other decimals and another supplier than any other document has.
            let data = outcome.outcome.data.as_mut().unwrap();
            data["total"] = json!(format!("{total}.{sequence}"));
            data["supplier"] = json!(format!("Only {sequence}"));
            latest[position] = outcome.clone();
            all.push(outcome);
        }
        let expected = bytes(&latest, 1, 1_000);
        prop_assert_eq!(bytes(&all, 2, per_excerpt), expected);
    }
}
