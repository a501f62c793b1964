//! Every NATS name in chart, manifests and their manual is one of the contract's; nothing here spells one.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use docmill_contract::names::{self, Lane, Work};
use regex::Regex;
use serde_json::Value;

use crate::helm::{all_scenarios, named, objects, of_kind, root, variable};

/// Where names are written down for operators.
const WRITTEN: [&str; 4] = ["charts", "keda", "deploy", "docs/kubernetes.md"];

/// Variables and placeholders that look like a stream's name.
const NOT_STREAMS: [&str; 1] = ["DOCMILL_CONFIG"];

fn work_of(component: &Value) -> Work {
    match component.as_str() {
        Some("processor") => Work::Process,
        Some("analyser") => Work::Analyse,
        other => panic!("{other:?} is not a worker"),
    }
}

/// Holds each ScaledObject's trigger against the worker it scales; says which consumers are watched.
fn check_triggers(objects: &[Value]) -> BTreeSet<String> {
    of_kind(objects, "ScaledObject")
        .map(|scaled_object| {
            let deployment = named(objects, "Deployment", &scaled_object["spec"]["scaleTargetRef"]["name"]);
            let pod = &deployment["spec"]["template"];
            let lane: Lane = variable(&pod["spec"], "DOCMILL_WORKER__LANE").unwrap().parse().unwrap();
            let work = work_of(&pod["metadata"]["labels"]["app.kubernetes.io/component"]);

            let triggers = scaled_object["spec"]["triggers"].as_array().unwrap();
            let [trigger] = triggers.as_slice() else { panic!("one trigger, not {triggers:?}") };
            assert_eq!(trigger["type"], "nats-jetstream");
            assert_eq!(trigger["metadata"]["stream"], work.stream());
            assert_eq!(trigger["metadata"]["consumer"], names::consumer(work, lane));
            names::consumer(work, lane)
        })
        .collect()
}

#[test]
fn triggers_watch_the_consumer_that_the_worker_pulls_from() {
    for (scenario, objects) in all_scenarios() {
        let config =
            of_kind(objects, "ConfigMap").find_map(|map| map["data"]["docmill.toml"].as_str()).unwrap();
        let lanes: Vec<Lane> =
            Lane::ALL.into_iter().filter(|lane| config.contains(&format!("\"{lane}\""))).collect();
        let expected: BTreeSet<String> = Work::ALL
            .iter()
            .flat_map(|&work| lanes.iter().map(move |&lane| names::consumer(work, lane)))
            .collect();
        let watched = check_triggers(objects);
        if *scenario == "no-keda" {
            assert_eq!(watched, BTreeSet::new());
        } else {
            assert_eq!(watched, expected, "{scenario}");
        }
    }
}

/// Does a subject lie within a pattern? Both may have `*`, which a pattern's `*` takes too.
fn within(subject: &str, pattern: &str) -> bool {
    let (subject, pattern): (Vec<&str>, Vec<&str>) =
        (subject.split('.').collect(), pattern.split('.').collect());
    subject.len() == pattern.len()
        && subject.iter().zip(pattern).all(|(token, wanted)| wanted == "*" || *token == wanted)
}

fn subjects() -> Vec<String> {
    let jobs = Work::ALL.into_iter().flat_map(|work| names::job_subjects(work, &Lane::ALL));
    let kept = [names::OUTCOME_SUBJECTS, names::DEAD_SUBJECTS].into_iter();
    let kept = kept.chain(names::ANALYSIS_SUBJECTS).chain(names::COLLECTION_SUBJECTS);
    jobs.chain(kept.map(str::to_owned)).collect()
}

/// Every place where a text spells a name that the contract doesn't know.
fn misspelled(text: &str) -> Vec<String> {
    let streams = [
        names::STREAM_PROCESS,
        names::STREAM_ANALYSE,
        names::STREAM_OUTCOMES,
        names::STREAM_ANALYSES,
        names::STREAM_DEAD,
        names::STREAM_COLLECTIONS,
    ];
    let buckets = [
        names::BUCKET_DOCUMENTS,
        names::BUCKET_PAYLOADS,
        names::BUCKET_PROFILES,
        names::BUCKET_REPLIES,
        names::BUCKET_QUOTA,
        names::BUCKET_STARTS,
    ];
    let consumers: Vec<String> =
        Work::ALL.iter().flat_map(|&work| Lane::ALL.map(|lane| names::consumer(work, lane))).collect();
    let subjects = subjects();

    let spelled = |pattern: &str| -> Vec<String> {
        let pattern = Regex::new(pattern).unwrap();
        pattern.captures_iter(text).map(|found| found[1].trim_end_matches('.').to_owned()).collect()
    };
    let mut wrong = spelled(r"\b(DOCMILL_[A-Z]+)\b");
    wrong.retain(|name| !streams.contains(&name.as_str()) && !NOT_STREAMS.contains(&name.as_str()));
    let mut wrong_subjects =
        spelled(r"\b(docmill\.(?:jobs|outcome|analysis|dead|collection)[A-Za-z0-9_.*>-]*)");
    wrong_subjects.retain(|name| !subjects.iter().any(|pattern| within(name, pattern)));
    let mut wrong_buckets = spelled(r"\bnats (?:object|kv) [a-z]+ (\S+)");
    wrong_buckets.retain(|name| !buckets.contains(&name.as_str()));
    let mut wrong_consumers = spelled(r"\bnats consumer [a-z]+ \S+ (\S+)");
    wrong_consumers.retain(|name| !consumers.contains(name));
    [wrong, wrong_subjects, wrong_buckets, wrong_consumers].concat()
}

fn files_under(path: &Path, found: &mut Vec<std::path::PathBuf>) {
    if path.is_dir() {
        fs::read_dir(path).unwrap().for_each(|entry| files_under(&entry.unwrap().path(), found));
    } else {
        found.push(path.to_owned());
    }
}

#[test]
fn nothing_that_operators_read_misspells_a_name() {
    let mut files = Vec::new();
    WRITTEN.iter().for_each(|written| files_under(&root().join(written), &mut files));
    for file in files {
        // The account of an example is not a stream; it stands in quotes or after `account:`.
        let text = fs::read_to_string(&file).unwrap();
        assert_eq!(misspelled(&text), Vec::<String>::new(), "{}", file.display());
    }
}

#[test]
fn misspelled_names_are_seen() {
    let check = |text: &str, expected: &[&str]| assert_eq!(misspelled(text), expected, "{text}");
    check("stream: DOCMILL_PROCESS, DOCMILL_CONFIG, DOCMILL_WORKER__LANE, DOCMILL", &[]);
    check("stream: DOCMILL_PROCES", &["DOCMILL_PROCES"]);
    check("nats req docmill.jobs.process.bulk.q3 and docmill.jobs.process.", &[]);
    check("nats sub 'docmill.outcome.q3.*'", &[]);
    check("docmill.jobs.process.slow.q3", &["docmill.jobs.process.slow.q3"]);
    check("docmill.outcomes.q3.a", &["docmill.outcomes.q3.a"]);
    check("nats object put docmill-document a.pdf", &["docmill-document"]);
    check("nats consumer info DOCMILL_PROCESS processor-bulk", &["processor-bulk"]);
}

#[test]
fn raw_triggers_watch_what_raw_workers_pull_from() {
    for folders in [&["keda", "deploy/base"][..], &["deploy/kyma"]] {
        let mut files = Vec::new();
        folders.iter().for_each(|folder| files_under(&root().join(folder), &mut files));
        let all: Vec<Value> =
            files.iter().flat_map(|file| objects(&fs::read_to_string(file).unwrap())).collect();
        assert_eq!(check_triggers(&all).len(), 2, "{folders:?}");
    }
}
