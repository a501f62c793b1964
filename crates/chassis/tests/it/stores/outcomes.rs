//! Outcomes: compare-and-swap, large ones, listing, counting, following.

use docmill_chassis::delivery::Trace;
use docmill_chassis::stores::{Kept, ReplaceError, StoreError};
use docmill_contract::names::{self, MESSAGE_BYTES_MAX};
use docmill_contract::outcome::Outcome;
use futures_util::StreamExt as _;

use super::{Stocked, collection, document, outcome, trace, write_outcomes};
use crate::harness::soon;

#[tokio::test]
async fn of_two_writers_one_wins_and_the_other_is_told() {
    let stocked = Stocked::start().await;
    let outcomes = &stocked.stores.outcomes;
    let trace = Trace::default();
    let first = outcomes.replace(&outcome("q3", "a", 1, 10), 0, &trace).await.unwrap();
    let late = outcomes.replace(&outcome("q3", "a", 1, 11), 0, &trace).await;
    assert!(matches!(late, Err(ReplaceError::Superseded)), "{late:?}");
    let second = outcomes.replace(&outcome("q3", "a", 2, 12), first, &trace).await.unwrap();
    let late = outcomes.replace(&outcome("q3", "a", 2, 13), first, &trace).await;
    assert!(matches!(late, Err(ReplaceError::Superseded)), "{late:?}");
    let kept = outcomes.current(&collection("q3"), &document("a")).await.unwrap().unwrap();
    assert_eq!((kept.value, kept.sequence), (outcome("q3", "a", 2, 12), second));

    let racing = (0..16).map(|number| outcome("q3", "b", 1, number));
    let racing: Vec<Outcome> = racing.collect();
    let results =
        futures_util::future::join_all(racing.iter().map(|one| outcomes.replace(one, 0, &trace))).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "{results:?}");
    assert_eq!(outcomes.current(&collection("q3"), &document("c")).await.unwrap(), None);
}

#[tokio::test]
async fn an_outcome_too_large_for_a_message_comes_back_whole() {
    let stocked = Stocked::start().await;
    let outcomes = &stocked.stores.outcomes;
    let sizes = [MESSAGE_BYTES_MAX / 2, MESSAGE_BYTES_MAX + 1, 5 * MESSAGE_BYTES_MAX];
    for (number, characters) in sizes.into_iter().enumerate() {
        let large = outcome("q3", &format!("d{number}"), 1, characters);
        let sequence = outcomes.replace(&large, 0, &trace()).await.unwrap();
        let kept = outcomes.current(&large.collection, &large.document).await.unwrap().unwrap();
        assert_eq!((&kept.value, kept.sequence), (&large, sequence));

        // What others see: the message itself is small and says where the whole is.
        let stream = stocked.nats.jetstream.get_stream(names::STREAM_OUTCOMES).await.unwrap();
        let message = stream.get_raw_message(sequence).await.unwrap();
        assert_eq!(
            message.headers.get("traceparent").map(|value| value.as_str()),
            trace().traceparent.as_deref()
        );
        let is_elsewhere = message.headers.get(names::HEADER_PAYLOAD).is_some();
        assert_eq!(is_elsewhere, characters > MESSAGE_BYTES_MAX);
        let seen: Outcome = serde_json::from_slice(&message.payload).unwrap();
        assert_eq!(seen.data.is_none(), is_elsewhere);
    }
    let mut all = outcomes.of_collection(&collection("q3")).await.unwrap();
    all.sort_by(|one, other| one.value.document.cmp(&other.value.document));
    let lengths: Vec<usize> =
        all.iter().map(|kept| kept.value.data.as_ref().unwrap()["text"].as_str().unwrap().len()).collect();
    assert_eq!(lengths, sizes);

    let huge = outcome("q3", "huge", 1, 65 << 20);
    let refused = outcomes.replace(&huge, 0, &trace()).await;
    assert!(matches!(refused, Err(ReplaceError::Store(StoreError::TooLarge { .. }))), "{refused:?}");
}

#[tokio::test]
async fn a_collection_of_thousands_is_listed_counted_and_forgotten() {
    const DOCUMENTS: usize = 3_000;
    let stocked = Stocked::start().await;
    let outcomes = &stocked.stores.outcomes;
    write_outcomes(&stocked.stores, "q3", DOCUMENTS).await;
    write_outcomes(&stocked.stores, "q4", 3).await;
    let q3 = collection("q3");
    let first = outcomes.current(&q3, &document("d00000")).await.unwrap().unwrap();
    let newest = outcomes.replace(&outcome("q3", "d00000", 2, 20), first.sequence, &trace()).await.unwrap();

    let all = outcomes.of_collection(&q3).await.unwrap();
    assert_eq!(all.len(), DOCUMENTS);
    assert!(all.windows(2).all(|pair| pair[0].sequence < pair[1].sequence));
    let last = all.last().unwrap();
    assert_eq!((last.value.revision, last.sequence), (2, newest));
    let mut documents: Vec<_> = all.iter().map(|kept| kept.value.document.clone()).collect();
    documents.sort();
    documents.dedup();
    assert_eq!(documents.len(), DOCUMENTS);
    assert_eq!(outcomes.count(&q3).await.unwrap(), DOCUMENTS as u64);
    assert_eq!(outcomes.newest(&q3).await.unwrap(), Some((newest, last.stored)));

    assert_eq!(outcomes.purge(&q3).await.unwrap(), DOCUMENTS as u64 + 1);
    assert_eq!(outcomes.of_collection(&q3).await.unwrap(), []);
    assert_eq!(outcomes.count(&q3).await.unwrap(), 0);
    assert_eq!(outcomes.newest(&q3).await.unwrap(), None);
    assert_eq!(outcomes.count(&collection("q4")).await.unwrap(), 3);
    // Listings leave no consumers behind.
    let stream = stocked.nats.jetstream.get_stream(names::STREAM_OUTCOMES).await.unwrap();
    assert_eq!(stream.cached_info().state.consumer_count, 0);
}

#[tokio::test]
async fn a_subscriber_sees_what_is_there_and_what_comes() {
    let stocked = Stocked::start().await;
    let outcomes = &stocked.stores.outcomes;
    write_outcomes(&stocked.stores, "q3", 2).await;
    let mut seen = Box::pin(outcomes.subscribe(&collection("q3")).await.unwrap());
    let mut documents = Vec::new();
    for _ in 0..2 {
        let Kept { value, .. } = soon("an outcome", seen.next()).await.unwrap().unwrap();
        documents.push(value.document.to_string());
    }
    documents.sort();
    assert_eq!(documents, ["d00000", "d00001"]);
    outcomes.replace(&outcome("q4", "x", 1, 1), 0, &trace()).await.unwrap();
    let sequence = outcomes.replace(&outcome("q3", "y", 1, 1), 0, &trace()).await.unwrap();
    let kept = soon("an outcome", seen.next()).await.unwrap().unwrap();
    assert_eq!((kept.value, kept.sequence), (outcome("q3", "y", 1, 1), sequence));
}
