//! Documents: chunks, limits, replacement.

use async_nats::jetstream::object_store::ObjectStore;
use bytes::Bytes;
use docmill_chassis::stores::StoreError;
use docmill_contract::names::BUCKET_DOCUMENTS;

use super::Stocked;

/// Bytes that differ along the way, so that chunks in the wrong order are seen.
fn pdf(bytes: usize) -> Bytes {
    (0..bytes).map(|index| u8::try_from((index / 7 + index / 65_536) % 251).unwrap()).collect()
}

async fn bucket(stocked: &Stocked) -> ObjectStore {
    stocked.nats.jetstream.get_object_store(BUCKET_DOCUMENTS).await.unwrap()
}

async fn messages(stocked: &Stocked) -> u64 {
    stocked.nats.jetstream.get_stream("OBJ_docmill-documents").await.unwrap().cached_info().state.messages
}

#[tokio::test]
async fn documents_of_any_size_come_back_as_they_were() {
    let stocked = Stocked::start().await;
    let documents = &stocked.stores.documents;
    for bytes in [0, 1, 512 * 1024, 512 * 1024 + 1, 3_000_000] {
        let pdf = pdf(bytes);
        let object = documents.put(&pdf).await.unwrap();
        assert_eq!(documents.get(&object, 3_000_000).await.unwrap(), pdf, "{bytes}");
        let info = bucket(&stocked).await.info(&object).await.unwrap();
        assert_eq!(info.chunks, bytes.div_ceil(512 * 1024), "{bytes}");
    }
    let before = messages(&stocked).await;
    documents.put(&pdf(3_000_000)).await.unwrap();
    assert_eq!(messages(&stocked).await, before, "what is there isn't written again");
}

#[tokio::test]
async fn a_document_that_others_stored_is_read_and_its_size_looked_at_first() {
    let stocked = Stocked::start().await;
    let documents = &stocked.stores.documents;
    // The nats CLI writes 128 KiB chunks, and names are free.
    let name = "RE/17 ü.pdf";
    bucket(&stocked).await.put(name, &mut pdf(300_000).as_ref()).await.unwrap();
    assert_eq!(documents.get(name, 300_000).await.unwrap(), pdf(300_000));
    match documents.get(name, 299_999).await {
        Err(StoreError::TooLarge { bytes: 300_000, bytes_max: 299_999, .. }) => {}
        other => panic!("{other:?}"),
    }
    documents.put_named(name, &pdf(5)).await.unwrap();
    assert_eq!(documents.get(name, 5).await.unwrap(), pdf(5));
    assert!(documents.delete(name).await.unwrap());
    assert!(!documents.delete(name).await.unwrap());
    for missing in [name, "never", ""] {
        let found = documents.get(missing, 5).await;
        assert!(matches!(found, Err(StoreError::NotFound { .. })), "{missing:?}: {found:?}");
    }
}

#[tokio::test]
async fn a_document_whose_chunks_are_gone_is_not_there_and_can_be_put_again() {
    let stocked = Stocked::start().await;
    let documents = &stocked.stores.documents;
    let object = documents.put(&pdf(700_000)).await.unwrap();
    let info = bucket(&stocked).await.info(&object).await.unwrap();
    let stream = stocked.nats.jetstream.get_stream("OBJ_docmill-documents").await.unwrap();
    stream.purge().filter(format!("$O.{BUCKET_DOCUMENTS}.C.{}", info.nuid)).await.unwrap();
    let found = documents.get(&object, 700_000).await;
    assert!(matches!(found, Err(StoreError::NotFound { .. })), "{found:?}");
    documents.put_named(&object, &pdf(700_000)).await.unwrap();
    assert_eq!(documents.get(&object, 700_000).await.unwrap(), pdf(700_000));
}
