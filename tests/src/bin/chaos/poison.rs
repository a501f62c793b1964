//! Documents that their reader dies of, or gives up on: each must cost itself alone.

use bytes::Bytes;
use docmill_testkit::hostile;
use docmill_tests::site::Failure;

/// Those of the hostile files that are soon through: a run is about what follows, not about how long they take.
const CHOSEN: [&str; 6] = [
    // More memory than a reader may take: it dies of its own limit before it meets that of the page.
    "content of 300 MiB as run lengths",
    // The parser panics.
    "rows of no columns",
    "forms that laugh",
    "two million characters on a page",
    "forms 30 deep",
    "objects without end",
];

/// The files.
#[derive(Debug)]
pub(crate) struct Poisons(Vec<Bytes>);

impl Poisons {
    /// Makes them, which takes seconds.
    pub(crate) fn make() -> Result<Self, Failure> {
        let bombs = hostile::bombs().into_iter().filter(|bomb| CHOSEN.contains(&bomb.name));
        let files: Vec<Bytes> = bombs.map(|bomb| Bytes::from(bomb.bytes)).collect();
        if files.len() == CHOSEN.len() { Ok(Self(files)) } else { Err("a hostile file is missing".into()) }
    }

    /// The one of this number.
    pub(crate) fn get(&self, which: u64) -> Bytes {
        let count = u64::try_from(self.0.len()).unwrap_or(1).max(1);
        let index = usize::try_from(which % count).unwrap_or(0);
        self.0.get(index).cloned().unwrap_or_default()
    }
}
