//! What is promised of `/metrics`, asked for by panels and by alerts, is what running workers serve.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use docmill_contract::outcome::Status;
use docmill_tests::repository;
use regex::Regex;

use crate::rig::{Rig, WorkerProcess, eventually};
use crate::seen_from_outside::get;

/// What a worker serves: the type of each metric, and all samples by name, each with its labels.
#[derive(Debug, Default)]
struct Served {
    types: BTreeMap<String, String>,
    samples: BTreeMap<String, Vec<BTreeMap<String, String>>>,
}

/// `name{label="value",…} value`
static SAMPLE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^(\w+)(?:\{(.*)\})? \S+$").unwrap());
static LABEL: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#"(\w+)="([^"]*)""#).unwrap());

impl Served {
    fn read(text: &str) -> Self {
        let mut served = Self::default();
        for line in text.lines() {
            if let Some(named) = line.strip_prefix("# TYPE ") {
                let (name, kind) = named.split_once(' ').unwrap();
                // A counter's samples, which are what everybody asks for, have the suffix.
                let suffix = if kind == "counter" { "_total" } else { "" };
                served.types.insert(format!("{name}{suffix}"), kind.to_owned());
            } else if let Some(found) = SAMPLE.captures(line) {
                let labels = found.get(2).map_or("", |labels| labels.as_str());
                let pairs = LABEL.captures_iter(labels).map(|pair| (pair[1].to_owned(), pair[2].to_owned()));
                served.samples.entry(found[1].to_owned()).or_default().push(pairs.collect());
            }
        }
        served
    }

    /// A metric as the page lists it: type and names of labels.
    fn promised(&self) -> BTreeMap<String, (String, BTreeSet<String>)> {
        let labels = |name: &String| {
            let of = |sample: &str| self.samples.get(sample).into_iter().flatten().flat_map(BTreeMap::keys);
            let of_histogram = format!("{name}_bucket");
            of(name).chain(of(&of_histogram)).filter(|label| *label != "le").cloned().collect()
        };
        self.types.iter().map(|(name, kind)| (name.clone(), (kind.clone(), labels(name)))).collect()
    }
}

/// Both workers with everything that can be counted switched on, after a few documents, one of which fails.
async fn run(rig: &mut Rig) -> (WorkerProcess, WorkerProcess) {
    rig.set("DOCMILL_LLM__QUOTA__REQUESTS_PER_MINUTE", "6000")
        .set("DOCMILL_LLM__PROMPT_PRICE", "0.40")
        .set("DOCMILL_LLM__COMPLETION_PRICE", "1.60");
    let workers = (rig.processor(), rig.analyser());
    rig.submit("invoice/english-classic.pdf", "good").await;
    rig.submit("invoice/broken.pdf", "bad").await;
    assert_eq!(rig.outcome("good").await.status, Status::Verified);
    assert_eq!(rig.outcome("bad").await.status, Status::Failed);
    workers
}

async fn served(worker: &WorkerProcess) -> Served {
    eventually("metrics", async || Some(Served::read(&get(worker, "/metrics").await?.1))).await
}

/// The tables of `docs/metrics.md`, by heading.
fn tables() -> BTreeMap<String, BTreeMap<String, (String, BTreeSet<String>)>> {
    let page = std::fs::read_to_string(repository().join("docs/metrics.md")).unwrap();
    let mut tables: BTreeMap<String, BTreeMap<_, _>> = BTreeMap::new();
    let mut heading = "";
    for line in page.lines() {
        if let Some(text) = line.strip_prefix("## ") {
            heading = text;
        } else if let Some(row) = line.strip_prefix("| `") {
            let cells: Vec<&str> = row.split('|').map(str::trim).collect();
            let [name, kind, labels, ..] = cells.as_slice() else { panic!("{line}") };
            let labels = labels.split(", ").map(|label| label.trim_matches('`').to_owned());
            let labels = labels.filter(|label| !label.is_empty()).collect();
            let row = (name.trim_matches('`').to_owned(), ((*kind).to_owned(), labels));
            tables.entry(heading.to_owned()).or_default().extend([row]);
        }
    }
    tables
}

#[tokio::test]
async fn the_page_of_metrics_is_what_workers_serve() {
    let mut rig = Rig::start().await;
    let (processor, analyser) = run(&mut rig).await;
    let mut tables = tables();
    let both = tables.remove("Both workers").unwrap();
    assert_eq!(served(&analyser).await.promised(), both, "the analyser");
    let all: BTreeMap<_, _> = both.into_iter().chain(tables.into_values().flatten()).collect();
    assert_eq!(served(&processor).await.promised(), all, "the processor");
}

#[tokio::test]
async fn the_page_names_the_stages_that_are_timed() {
    let mut rig = Rig::start().await;
    let (processor, analyser) = run(&mut rig).await;
    let page = std::fs::read_to_string(repository().join("docs/metrics.md")).unwrap();
    let row = page.lines().find(|line| line.starts_with("| `docmill_stage_seconds`")).unwrap();
    for worker in [&processor, &analyser] {
        // Each stage of its jobs has been timed, once it had some.
        let stages = eventually("all stages", async || {
            let text = get(worker, "/metrics").await?.1;
            let counts = text.lines().filter(|line| line.starts_with("docmill_stage_seconds_count"));
            let counts: Vec<(String, bool)> = counts
                .map(|line| (LABEL.captures(line).unwrap()[2].to_owned(), !line.ends_with(" 0")))
                .collect();
            counts.iter().all(|(_, is_timed)| *is_timed).then_some(counts)
        })
        .await;
        assert!(stages.len() >= 3);
        assert!(stages.iter().all(|(stage, _)| row.contains(&format!("`{stage}`"))), "{stages:?}");
    }
}

/// Labels that a scraper adds, and the one of histograms.
const OF_SCRAPERS: [&str; 4] = ["namespace", "pod", "instance", "le"];

/// Every expression of the alerts and of the dashboard.
fn expressions() -> Vec<String> {
    let read = |name: &str| {
        std::fs::read_to_string(repository().join("charts/docmill/monitoring").join(name)).unwrap()
    };
    let alerts: serde_json::Value = serde_saphyr::from_str(&read("alerts.yaml")).unwrap();
    let dashboard: serde_json::Value = serde_json::from_str(&read("dashboard.json")).unwrap();
    let groups = alerts["groups"].as_array().unwrap().iter();
    let rules = groups.flat_map(|group| group["rules"].as_array().unwrap());
    let panels = dashboard["panels"].as_array().unwrap().iter();
    let targets = panels.filter_map(|panel| panel["targets"].as_array()).flatten();
    rules.chain(targets).map(|asked| asked["expr"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn what_alerts_and_panels_ask_for_is_served() {
    let mut rig = Rig::start().await;
    let (processor, analyser) = run(&mut rig).await;
    let mut samples = served(&processor).await.samples;
    for (name, more) in served(&analyser).await.samples {
        samples.entry(name).or_default().extend(more);
    }
    let metric = Regex::new(r"\b(docmill_\w+)(?:\{([^}]*)\})?").unwrap();
    let matcher = Regex::new(r#"(\w+)(=~?)"([^"]*)""#).unwrap();
    let grouping = Regex::new(r"\b(?:by|on) \(([^)]*)\)").unwrap();
    let expressions = expressions();
    assert!(expressions.len() > 40, "{}", expressions.len());
    for expression in &expressions {
        let mut known: BTreeSet<&str> = OF_SCRAPERS.into();
        for asked in metric.captures_iter(expression) {
            let name = &asked[1];
            let found = samples.get(name).unwrap_or_else(|| panic!("no {name} for {expression}"));
            known.extend(found.iter().flat_map(BTreeMap::keys).map(String::as_str));
            for wanted in matcher.captures_iter(asked.get(2).map_or("", |matchers| matchers.as_str())) {
                if OF_SCRAPERS.contains(&&wanted[1]) {
                    continue;
                }
                // Each value that is asked for, since an alternative that nobody serves is a mistake.
                for value in wanted[3].split('|') {
                    let is_served = |labels: &BTreeMap<String, String>| {
                        labels.get(&wanted[1]).is_some_and(|found| found == value)
                    };
                    // The rig has one lane.
                    let is_other_lane = &wanted[1] == "lane" && value == "priority";
                    assert!(is_other_lane || found.iter().any(is_served), "{value} for {expression}");
                }
            }
        }
        for group in grouping.captures_iter(expression) {
            for label in group[1].split(',').map(str::trim).filter(|label| !label.is_empty()) {
                assert!(known.contains(label), "{label} for {expression}");
            }
        }
    }
}
