//! The same outcomes give the same bytes: in any order of arrival, on any number of threads.

use crate::Recalled;
use proptest::prelude::*;
use rayon::ThreadPoolBuilder;
use serde_json::json;

use crate::tests::outcomes::{invoice, read};
use crate::tests::report::reported;

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

fn bytes(recalled: &[Recalled], threads: usize) -> String {
    let pool = ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    serde_json::to_string(&pool.install(|| reported(recalled))).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn order_and_threads_change_nothing(
        (ordered, shuffled) in prop::collection::vec(-1_000_000_i64..1_000_000, 1..300)
            .prop_map(|totals| collection(&totals))
            .prop_flat_map(|outcomes| (Just(outcomes.clone()), Just(outcomes).prop_shuffle()))
    ) {
        let expected = bytes(&ordered, 1);
        for threads in [1, 2, 8] {
            prop_assert_eq!(&bytes(&shuffled, threads), &expected, "{} threads", threads);
        }
    }
}
