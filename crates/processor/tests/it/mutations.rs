//! Files that do harm, by the thousand, through real children: nobody but their own child may suffer.
//!
//! Samples, and real hostile files where they are at hand, are cut off, overwritten and rewired by a fixed sequence of
//! random numbers; the bombs of the test kit are built to exhaust something, and each must be refused by its name. Hostile
//! files are read with the default limits, the others with less time, so that a hang is noticed soon.

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

/// A page takes milliseconds; a file that makes it seconds is stopped.
const READ_TIME_MAX: Duration = Duration::from_secs(3);
/// Noticing that time is up, and reaping a child, on a machine with other things to do.
const SLACK: Duration = Duration::from_secs(2);
const MEMORY_BYTES_MAX: u64 = 1 << 30;
/// Larger files are read as they are, but not mutated a hundred times.
const MUTATED_BYTES_MAX: usize = 40_000;
const MUTANTS: usize = 1_500;
/// What some streams are replaced by inflates to this: more than they should, less than what is refused.
const BOMB_BYTES: usize = 16 << 20;
/// Keys whose numbers somebody believes.
const BELIEVED: [&str; 16] = [
    "/Count",
    "/Length",
    "/Size",
    "/Prev",
    "/First",
    "/N",
    "/Width",
    "/Height",
    "/BitsPerComponent",
    "/Columns",
    "/Predictor",
    "/Colors",
    "/FirstChar",
    "/LastChar",
    "/Rotate",
    "/BBox",
];
/// What they are told.
const LIES: [&str; 8] = ["0", "-1", "1", "255", "65536", "2147483647", "4294967295", "[0 0 1e38 -1e38]"];
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
fn mutate(mut bytes: Vec<u8>, random: &mut Random, bomb: &[u8]) -> Vec<u8> {
    let place = random.below(bytes.len());
    match random.below(9) {
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
        5 => {
            let key = BELIEVED[random.below(BELIEVED.len())].as_bytes();
            let keys = places(&bytes, key);
            let Some(&at) = keys.get(random.below(keys.len())) else { return bytes };
            let start = at + key.len();
            let end = bytes[start..].iter().position(|byte| matches!(byte, b'/' | b'>' | b'\n'));
            let lie = format!(" {} ", LIES[random.below(LIES.len())]);
            bytes.splice(start..end.map_or(start, |length| start + length), lie.into_bytes());
        }
        // A circle: references lead to the object they stand in.
        6 => {
            let objects = places(&bytes, b" obj");
            let references = places(&bytes, b" 0 R");
            for _ in 0..=random.below(4) {
                let Some(&at) = references.get(random.below(references.len())) else { break };
                let number = |end: usize| {
                    let digits = bytes[..end].iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
                    end - digits..end
                };
                let Some(&object) = objects.iter().rev().find(|&&object| object < at) else { continue };
                let own = bytes[number(object.saturating_sub(2))].to_vec();
                // As many digits, so that everything else stays where it is.
                let range = number(at);
                if own.len() <= range.len() {
                    let padding = range.len() - own.len();
                    bytes.splice(range, [vec![b'0'; padding], own].concat());
                }
            }
        }
        7 => {
            let streams = places(&bytes, b">>stream\n").into_iter().map(|at| at + 9);
            let streams: Vec<usize> =
                streams.chain(places(&bytes, b">>\nstream\n").into_iter().map(|at| at + 10)).collect();
            let Some(&start) = streams.get(random.below(streams.len())) else { return bytes };
            let end =
                places(&bytes[start..], b"endstream").first().map_or(bytes.len(), |length| start + length);
            bytes.splice(start..end, bomb.iter().copied());
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

/// Where `what` stands.
fn places(bytes: &[u8], what: &[u8]) -> Vec<usize> {
    let windows = bytes.windows(what.len()).enumerate();
    windows.filter(|(_, window)| *window == what).map(|(place, _)| place).collect()
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
        ReaderError::TimedOut { .. } | ReaderError::OutOfMemory { .. } | ReaderError::Died { .. } => {
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
    let drawn = ending(name, readers.render(bytes.clone(), None, vec![1], 300).await);
    let drawn_at = started.elapsed();
    let facts = ending(name, readers.facts(bytes, None).await);
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
        let is_death = |end: &String| matches!(end.as_str(), "Died" | "OutOfMemory" | "TimedOut");
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
