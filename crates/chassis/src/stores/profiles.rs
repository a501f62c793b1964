//! Profiles, in the KV `docmill-profiles`: by the name users registered them under, and by the digest of their
//! content as they were used.

use async_nats::jetstream;
use bytes::Bytes;
use docmill_contract::identity::Sha256Hex;
use docmill_contract::names::{BUCKET_PROFILES, MESSAGE_BYTES_MAX};
use docmill_contract::profile::Profile;

use super::StoreError;
use super::keys::Keys;

/// What the keys of used profiles begin with: not names.
const CONTENT_KEY_PREFIX: &str = "sha256-";

/// What to extract. Clones share the bucket.
#[derive(Debug, Clone)]
pub struct Profiles {
    keys: Keys,
}

/// A profile that a job can name.
#[derive(Debug, Clone, PartialEq)]
pub struct ListedProfile {
    /// The name.
    pub name: String,
    /// What the name stands for now.
    pub profile: Profile,
    /// Whether it comes with docmill. A registered one of the same name takes its place.
    pub is_built_in: bool,
}

impl Profiles {
    pub(super) fn new(jetstream: &jetstream::Context) -> Self {
        Self { keys: Keys::new(jetstream, BUCKET_PROFILES) }
    }

    /// The profile of this name: a registered one, else a built-in one.
    ///
    /// # Errors
    /// If the bucket is absent, NATS doesn't answer, or what is there isn't a profile.
    pub async fn resolve(&self, name: &str) -> Result<Option<Profile>, StoreError> {
        Ok(self.read(name).await?.or_else(|| Profile::built_in(name)))
    }

    /// The profile with this content, if it was ever used.
    ///
    /// # Errors
    /// If the bucket is absent, NATS doesn't answer, or what is there isn't a profile.
    pub async fn by_digest(&self, digest: &Sha256Hex) -> Result<Option<Profile>, StoreError> {
        self.read(&Profile::content_key(digest)).await
    }

    /// Keeps the content of a profile that is used, so that it can be recalled by its digest, and returns that. It is looked for
    /// each time: a bucket that was lost and made anew has none.
    ///
    /// # Errors
    /// If the bucket is absent or full, or NATS doesn't answer.
    pub async fn keep(&self, profile: &Profile) -> Result<Sha256Hex, StoreError> {
        let digest = profile.digest();
        let key = Profile::content_key(&digest);
        if self.keys.get(&key).await?.is_none() {
            self.write(&key, profile).await?;
        }
        Ok(digest)
    }

    /// Every profile that a job can name, by name.
    ///
    /// # Errors
    /// If the bucket is absent, NATS doesn't answer, or one of them isn't a profile.
    pub async fn list(&self) -> Result<Vec<ListedProfile>, StoreError> {
        let mut listed = Vec::new();
        for name in self.keys.keys().await?.into_iter().filter(|key| !key.starts_with(CONTENT_KEY_PREFIX)) {
            if let Some(profile) = self.read(&name).await? {
                listed.push(ListedProfile { name, profile, is_built_in: false });
            }
        }
        for name in Profile::built_in_names() {
            if !listed.iter().any(|registered| registered.name == name)
                && let Some(profile) = Profile::built_in(name)
            {
                listed.push(ListedProfile { name: name.to_owned(), profile, is_built_in: true });
            }
        }
        listed.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(listed)
    }

    /// Registers a profile under a name, in place of whatever is there.
    ///
    /// # Errors
    /// If the name can't be a key, the bucket is absent or full, or NATS doesn't answer.
    pub async fn put(&self, name: &str, profile: &Profile) -> Result<(), StoreError> {
        self.write(name, profile).await
    }

    async fn read(&self, key: &str) -> Result<Option<Profile>, StoreError> {
        let Some(value) = self.keys.get(key).await? else { return Ok(None) };
        let read = serde_json::from_slice(&value);
        read.map(Some).map_err(|error| StoreError::unreadable(format!("profile {key:?}"), error))
    }

    async fn write(&self, key: &str, profile: &Profile) -> Result<(), StoreError> {
        let what = || format!("profile {key:?}");
        let value = serde_json::to_vec(profile).map_err(|error| StoreError::unreadable(what(), error))?;
        if value.len() > MESSAGE_BYTES_MAX {
            let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
            let (bytes, bytes_max) = (count(value.len()), count(MESSAGE_BYTES_MAX));
            return Err(StoreError::TooLarge { what: what(), bytes, bytes_max });
        }
        self.keys.put(key, Bytes::from(value)).await
    }
}
