//! Files that do harm, by the thousand, through real children: nobody but their own child may suffer.
//!
//! Samples, and real hostile files where they are at hand, are cut off, overwritten and rewired by a fixed sequence of
//! random numbers; `bombs` are built to exhaust something.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bytes::Bytes;
use docmill_contract::pages::PageSelection;
use docmill_pdf::Limits;
use docmill_reader::{ReaderError, ReaderSettings, Readers};
use futures_util::StreamExt as _;
use nix::sys::resource::{UsageWho, getrusage};

/// A page takes milliseconds; a file that makes it seconds is stopped.
const READ_TIME_MAX: Duration = Duration::from_secs(3);
/// Noticing that time is up, and reaping a child, on a machine with other things to do.
const SLACK: Duration = Duration::from_secs(2);
const MEMORY_BYTES_MAX: u64 = 1 << 30;
/// Larger files are read as they are, but not mutated a hundred times.
const MUTATED_BYTES_MAX: usize = 40_000;
const MUTANTS: usize = 1_500;
/// Readers at once, and files in flight: none waits for another, so that each one's time is its own.
const READERS: usize = 2;

/// A fixed sequence of numbers without pattern (SplitMix64).
struct Random(u64);

impl Random {
    /// A number below `bound`.
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % u64::try_from(bound.max(1)).unwrap()).unwrap()
    }
}

/// One file made worse.
fn mutate(mut bytes: Vec<u8>, random: &mut Random) -> Vec<u8> {
    let place = random.below(bytes.len());
    match random.below(6) {
        0 => bytes.truncate(place),
        1 => {
            for _ in 0..=random.below(32) {
                let place = random.below(bytes.len());
                bytes[place] ^= 1 << random.below(8);
            }
        }
        // Lengths, counts, offsets and references, a few at once: too large, negative, or somebody else's.
        2 | 3 => {
            for _ in 0..=random.below(8) {
                let from = random.below(bytes.len());
                let number = bytes[from..].iter().position(u8::is_ascii_digit).map(|start| from + start);
                let Some(start) = number else { continue };
                let end = bytes[start..].iter().position(|byte| !byte.is_ascii_digit());
                let end = end.map_or(bytes.len(), |length| start + length);
                let other = match random.below(4) {
                    0 => "4294967295".to_owned(),
                    1 => "-1".to_owned(),
                    _ => random.below(40).to_string(),
                };
                bytes.splice(start..end, other.into_bytes());
            }
        }
        4 => {
            let inserted = ["[", "<<", "<</A ", "(", "q ", "endobj ", "stream\n"][random.below(7)];
            let inserted = inserted.repeat(1 + random.below(10_000));
            bytes.splice(place..place, inserted.into_bytes());
        }
        _ => {
            let end = (place + random.below(2_000)).min(bytes.len());
            let moved: Vec<u8> = bytes.drain(place..end).collect();
            let to = random.below(bytes.len());
            bytes.splice(to..to, moved);
        }
    }
    bytes
}

fn pdfs(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "pdf"));
    files.sort();
    files
}

/// Samples, then hostile files of others.
fn originals() -> Vec<(String, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let hostile = pdfs(&root.join("../shared/data/hostile"));
    if hostile.is_empty() {
        println!("skipped: hostile files of others, since ../shared/data is absent");
    }
    let files = pdfs(&root.join("samples/invoice")).into_iter().chain(hostile);
    files.map(|file| (file.display().to_string(), std::fs::read(&file).unwrap())).collect()
}

/// Reads and draws one file; says how each ended.
async fn outcomes(readers: &Readers, name: &str, bytes: Bytes) -> [&'static str; 2] {
    let started = Instant::now();
    let read = readers.read(bytes.clone(), None, PageSelection::all()).await.map(drop);
    let between = Instant::now();
    let drawn = readers.render(bytes, None, vec![1], 300).await.map(drop);
    let times = [between - started, between.elapsed()];
    assert!(times.into_iter().all(|time| time < READ_TIME_MAX + SLACK), "{name}: {times:?}");
    [read, drawn].map(|outcome| match outcome {
        Ok(()) => "done",
        Err(ReaderError::Refused(_)) => "refused",
        Err(ReaderError::TimedOut { .. }) => {
            println!("timed out: {name}");
            "timed out"
        }
        Err(ReaderError::OutOfMemory { .. }) => {
            println!("out of memory: {name}");
            "out of memory"
        }
        Err(ReaderError::Died { how }) => {
            println!("died: {name}: {how}");
            "died"
        }
        Err(ReaderError::Unavailable(error)) => panic!("{name} cost the worker its readers: {error}"),
    })
}

async fn read_all(files: Vec<(String, Vec<u8>)>) -> BTreeMap<&'static str, usize> {
    let readers = Readers::new(
        PathBuf::from(env!("CARGO_BIN_EXE_docmill-processor")),
        ReaderSettings {
            readers: NonZeroUsize::new(READERS).unwrap(),
            memory_bytes_max: MEMORY_BYTES_MAX,
            documents_per_child: 500,
            limits: Limits { time_max: READ_TIME_MAX, ..Limits::default() },
        },
    );
    let mut tally = BTreeMap::new();
    let readers_of_all = &readers;
    let mut all = futures_util::stream::iter(files)
        .map(|(name, bytes)| async move { outcomes(readers_of_all, &name, bytes.into()).await })
        .buffer_unordered(READERS);
    while let Some(outcomes) = all.next().await {
        for outcome in outcomes {
            *tally.entry(outcome).or_insert(0) += 1;
        }
    }
    drop(all);
    // The pool is as good as new.
    let sample = std::fs::read(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples/invoice/english-classic.pdf"),
    );
    assert!(readers.read(sample.unwrap().into(), None, PageSelection::all()).await.is_ok());
    readers.close().await;
    let peak_kib = getrusage(UsageWho::RUSAGE_CHILDREN).unwrap().max_rss();
    println!("{tally:?}, at most {peak_kib} KiB in one child");
    assert!(u64::try_from(peak_kib).unwrap() * 1024 <= MEMORY_BYTES_MAX);
    tally
}

#[tokio::test]
async fn mutated_files_hurt_nobody_else() {
    let originals = originals();
    let mutable: Vec<&(String, Vec<u8>)> =
        originals.iter().filter(|(_, bytes)| (1..=MUTATED_BYTES_MAX).contains(&bytes.len())).collect();
    let mut random = Random(3);
    let mut files = Vec::new();
    for number in 0..MUTANTS {
        let (name, bytes) = mutable[number % mutable.len()];
        files.push((format!("{name}, mutant {number}"), mutate(bytes.clone(), &mut random)));
    }
    let tally = read_all(files).await;
    assert_eq!(tally.values().sum::<usize>(), 2 * MUTANTS);
    assert!(tally["done"] > 0 && tally["refused"] > 0, "{tally:?}");
}

#[tokio::test]
async fn hostile_files_hurt_nobody_else() {
    read_all(originals()).await;
}

#[tokio::test]
async fn bombs_hurt_nobody_else() {
    read_all(docmill_testkit::hostile::bombs()).await;
}
