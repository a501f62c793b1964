//! Any text as a specification (YAML, of which JSON is a part), and after a line `%%` any bytes as records: it is refused, or records are
//! analysed by it, to the same analysis on any number of threads.
#![no_main]

use std::sync::LazyLock;

use docmill_analysis::{RecordPlan, RecordShape};
use docmill_contract::analysis::Analysis;
use docmill_contract::identity::CollectionId;
use docmill_contract::spec::{AnalysisSpec, Method};
use libfuzzer_sys::fuzz_target;
use rayon::{ThreadPool, ThreadPoolBuilder};

/// Where the text of the specification ends.
const END: &[u8] = b"\n%%\n";
/// Intervals drawn more often are only slow.
const REPLICATES_MAX: u32 = 200;
/// Analyses after these are left out: a thousand of the same are only slow.
const ANALYSES_MAX: usize = 20;
/// What is analysed where the input has no records of its own.
const RECORDS: &[u8] = include_bytes!("../records.jsonl");

static ONE: LazyLock<ThreadPool> = LazyLock::new(|| pool(1));
static TWO: LazyLock<ThreadPool> = LazyLock::new(|| pool(2));

fuzz_target!(|bytes: &[u8]| {
    let end = bytes.windows(END.len()).position(|window| window == END);
    let (text, records) = end.map_or((bytes, RECORDS), |end| (&bytes[..end], &bytes[end + END.len()..]));
    let Ok(text) = std::str::from_utf8(text) else { return };
    let Ok(mut spec) = serde_saphyr::from_str::<AnalysisSpec>(text) else { return };
    let written = serde_json::to_string(&spec).expect("a specification is written");
    let read: AnalysisSpec = serde_json::from_str(&written).expect("what was written is read");
    assert_eq!(read, spec);
    let _unknown = docmill_analysis::pointers(&spec);
    spec.analyses.truncate(ANALYSES_MAX);
    for study in &mut spec.analyses {
        if let Method::Interval { replicates, .. } = &mut study.method {
            *replicates = (*replicates).min(REPLICATES_MAX);
        }
    }
    let shape = RecordShape { record: String::new(), id: Some("/id".to_owned()) };
    let Ok(plan) = RecordPlan::new(spec, &shape) else { return };
    let alone = ONE.install(|| analysed(&plan, records));
    assert!(TWO.install(|| analysed(&plan, records)) == alone, "another number of threads, another analysis");
    serde_json::to_string(&alone).expect("an analysis is written");
});

fn analysed(plan: &RecordPlan, records: &[u8]) -> Analysis {
    let mut reader = plan.reader();
    reader.lines(records);
    reader.analysis(&CollectionId::default_collection()).expect("there are few")
}

fn pool(threads: usize) -> ThreadPool {
    ThreadPoolBuilder::new().num_threads(threads).build().expect("threads are started")
}
