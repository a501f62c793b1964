//! Files that do harm, by the thousand, through real children: nobody but their own child may suffer.
//!
//! Samples, and real hostile files where they are at hand, are cut off, overwritten and rewired by a fixed sequence of
//! random numbers; the bombs of the test kit are built to exhaust something, and each must be refused by its name. Hostile
//! files are read with the default limits, the others with less time, so that a hang is noticed soon.

mod mutants;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bytes::Bytes;
use docmill_contract::pages::PageSelection;
use docmill_pdf::{Limits, ReadError};
use docmill_reader::{ReaderError, ReaderSettings, Readers};
use docmill_testkit::hostile;
use futures_util::StreamExt as _;
use nix::sys::resource::{UsageWho, getrusage};

use self::mutants::{Random, mutate};

/// A page takes milliseconds. None is stopped by time, but where a machine has other things to do, all take their time.
const READ_TIME_MAX: Duration = Duration::from_secs(20);
/// Noticing that time is up, and reaping a child, on a machine with other things to do.
const SLACK: Duration = Duration::from_secs(2);
const MEMORY_BYTES_MAX: u64 = 1 << 30;
/// Larger files are read as they are, but not mutated a hundred times.
const MUTATED_BYTES_MAX: usize = 40_000;
const MUTANTS: usize = 1_500;
/// What some streams are replaced by inflates to this: more than they should, less than what is refused.
const BOMB_BYTES: usize = 16 << 20;
/// Readers at once, and files in flight: none waits for another, so that each one's time is its own.
const READERS: usize = 2;

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

/// How something ended: `done`, or the cause that the error names.
fn ending<T>(name: &str, outcome: Result<T, ReaderError>) -> String {
    let error = match outcome {
        Ok(_) => return "done".to_owned(),
        Err(error) => error,
    };
    match &error {
        ReaderError::Refused(ReadError::LimitExceeded { limit, .. }) => limit.clone(),
        ReaderError::Refused(error) => {
            let kind = format!("{error:?}");
            kind.split(' ').next().unwrap_or_default().to_owned()
        }
        ReaderError::TimedOut { .. }
        | ReaderError::OutOfMemory { .. }
        | ReaderError::OutOfStack { .. }
        | ReaderError::Died { .. } => {
            println!("{name}: {error}");
            let kind = format!("{error:?}");
            kind.split(' ').next().unwrap_or_default().to_owned()
        }
        ReaderError::Unavailable(error) => panic!("{name} cost the worker its readers: {error}"),
    }
}

/// Reads one file, draws it and asks what it says of itself; says how each ended.
async fn endings(readers: &Readers, name: &str, bytes: Bytes, time_max: Duration) -> [String; 3] {
    let started = Instant::now();
    let read = ending(name, readers.read(bytes.clone(), None, PageSelection::all()).await);
    let read_at = started.elapsed();
    let drawn = ending(name, readers.render(bytes.clone(), None, vec![1], 300, None).await);
    let drawn_at = started.elapsed();
    let facts = ending(name, readers.inspect(bytes, None, PageSelection::all()).await);
    let times = [read_at, drawn_at - read_at, started.elapsed() - drawn_at];
    assert!(times.into_iter().all(|time| time < time_max + SLACK), "{name}: {times:?}");
    [read, drawn, facts]
}

/// Reads all of them, as many at once as there are readers; how each file's three readings ended, and how many ended so.
async fn read_all(files: Vec<(String, Vec<u8>)>, time_max: Duration) -> BTreeMap<String, [String; 3]> {
    let readers = Readers::new(
        PathBuf::from(env!("CARGO_BIN_EXE_docmill-processor")),
        ReaderSettings {
            readers: NonZeroUsize::new(READERS).unwrap(),
            memory_bytes_max: MEMORY_BYTES_MAX,
            documents_per_child: 500,
            fallback_font: None,
            limits: Limits { time_max, ..Limits::default() },
        },
    );
    let readers_of_all = &readers;
    let ends: BTreeMap<String, [String; 3]> = futures_util::stream::iter(files)
        .map(|(name, bytes)| async move {
            let ends = endings(readers_of_all, &name, bytes.into(), time_max).await;
            (name, ends)
        })
        .buffer_unordered(READERS)
        .collect()
        .await;
    // The pool is as good as new.
    let sample = std::fs::read(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples/invoice/english-classic.pdf"),
    );
    assert!(readers.read(sample.unwrap().into(), None, PageSelection::all()).await.is_ok());
    readers.close().await;
    for (number, what) in ["read", "drawn", "facts"].into_iter().enumerate() {
        let mut tally = BTreeMap::new();
        for ends in ends.values() {
            *tally.entry(ends[number].as_str()).or_insert(0) += 1;
        }
        println!("{what}: {tally:?}");
    }
    let peak_kib = getrusage(UsageWho::RUSAGE_CHILDREN).unwrap().max_rss();
    println!("at most {peak_kib} KiB in one child");
    assert!(u64::try_from(peak_kib).unwrap() * 1024 <= MEMORY_BYTES_MAX);
    ends
}

/// No child was lost: what a file asks for too much of is refused by name, and not by the child's death.
#[track_caller]
fn check_that_nobody_died(ends: &BTreeMap<String, [String; 3]>) {
    for (name, ends) in ends {
        let is_death =
            |end: &String| matches!(end.as_str(), "Died" | "OutOfMemory" | "OutOfStack" | "TimedOut");
        assert!(!ends.iter().any(is_death), "{name}: {ends:?}");
    }
}

#[tokio::test]
async fn mutated_files_hurt_nobody_else() {
    let originals = originals();
    let mutable: Vec<&(String, Vec<u8>)> =
        originals.iter().filter(|(_, bytes)| (1..=MUTATED_BYTES_MAX).contains(&bytes.len())).collect();
    let mut random = Random(3);
    let bomb = hostile::compressed(BOMB_BYTES);
    let mut files = Vec::new();
    for number in 0..MUTANTS {
        let (name, bytes) = mutable[number % mutable.len()];
        files.push((format!("{name}, mutant {number}"), mutate(bytes.clone(), &mut random, &bomb)));
    }
    let ends = read_all(files, READ_TIME_MAX).await;
    assert_eq!(ends.len(), MUTANTS);
    assert!(
        ends.values().any(|[read, ..]| read == "done") && ends.values().any(|[read, ..]| read == "Damaged")
    );
    check_that_nobody_died(&ends);
}

#[tokio::test]
async fn hostile_files_hurt_nobody_else() {
    let ends = read_all(originals(), Limits::default().time_max).await;
    check_that_nobody_died(&ends);
}

#[tokio::test]
async fn bombs_are_refused_by_name() {
    let bombs = hostile::bombs();
    let files = bombs.iter().map(|bomb| (bomb.name.to_owned(), bomb.bytes.clone())).collect();
    let ends = read_all(files, READ_TIME_MAX).await;
    let found: Vec<_> = bombs
        .iter()
        .map(|bomb| (bomb.name, ends[bomb.name][0].as_str(), ends[bomb.name][1].as_str()))
        .collect();
    let expected: Vec<_> = bombs.iter().map(|bomb| (bomb.name, bomb.read, bomb.drawn)).collect();
    let different: Vec<_> =
        found.iter().zip(&expected).filter(|(found, expected)| found != expected).collect();
    assert!(different.is_empty(), "found, expected: {different:#?}");
}
