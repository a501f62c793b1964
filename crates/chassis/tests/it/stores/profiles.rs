//! Profiles and replies.

use docmill_contract::names::{BUCKET_PROFILES, MESSAGE_BYTES_MAX};
use docmill_contract::profile::Profile;

use super::Stocked;

#[tokio::test]
async fn a_registered_profile_takes_a_built_in_ones_place() {
    let stocked = Stocked::start().await;
    let profiles = &stocked.stores.profiles;
    let built_in = Profile::built_in("invoice").unwrap();
    assert_eq!(profiles.resolve("invoice").await.unwrap(), Some(built_in.clone()));
    for unknown in ["nonsense", "not a key", ""] {
        assert_eq!(profiles.resolve(unknown).await.unwrap(), None, "{unknown:?}");
    }
    let mine = Profile { title: "mine".into(), ..built_in };
    profiles.put("invoice", &mine).await.unwrap();
    profiles.put("zz", &mine).await.unwrap();
    assert_eq!(profiles.resolve("invoice").await.unwrap(), Some(mine.clone()));

    profiles.keep(&mine).await.unwrap();
    assert_eq!(profiles.by_digest(&mine.digest()).await.unwrap(), Some(mine.clone()));
    let listed = profiles.list().await.unwrap();
    let names: Vec<_> = listed.iter().map(|one| (one.name.as_str(), one.is_built_in)).collect();
    let expected = [
        ("bank-statement", true),
        ("financial-statement", true),
        ("general", true),
        ("invoice", false),
        ("zz", false),
    ];
    assert_eq!(names, expected);
    profiles.put("not a key", &mine).await.unwrap_err();
}

#[tokio::test]
async fn a_used_profile_is_written_once() {
    let stocked = Stocked::start().await;
    let profile = Profile::built_in("general").unwrap();
    assert_eq!(stocked.stores.profiles.by_digest(&profile.digest()).await.unwrap(), None);
    for _ in 0..3 {
        stocked.stores.profiles.keep(&profile).await.unwrap();
        // Another process.
        docmill_chassis::stores::Stores::new(&stocked.nats).profiles.keep(&profile).await.unwrap();
    }
    let stream = stocked.nats.jetstream.get_stream(format!("KV_{BUCKET_PROFILES}")).await.unwrap();
    assert_eq!(stream.cached_info().state.last_sequence, 1);
}

#[tokio::test]
async fn the_first_reply_stays_and_huge_ones_are_not_kept() {
    let stocked = Stocked::start().await;
    let replies = &stocked.stores.replies;
    assert_eq!(replies.get("k").await.unwrap(), None);
    assert!(!replies.put("k", b"first").await.unwrap());
    assert!(replies.put("k", b"second").await.unwrap());
    assert_eq!(replies.get("k").await.unwrap().as_deref(), Some(b"first".as_slice()));
    assert!(!replies.put("huge", &vec![b'x'; MESSAGE_BYTES_MAX + 1]).await.unwrap());
    assert_eq!(replies.get("huge").await.unwrap(), None);
}
