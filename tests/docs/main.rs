//! Holds what the documentation shows against the programs: configuration, jobs, profiles, links.
#![cfg(test)]

mod runbooks;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use docmill_analyser::config::AnalyserSettings;
use docmill_chassis::boot::WorkerSettings;
use docmill_chassis::config::{Problems, Sections};
use docmill_contract::collection::Manifest;
use docmill_contract::job::ProcessJob;
use docmill_contract::profile::Profile;
use docmill_contract::spec::AnalysisSpec;
use docmill_processor::config::ProcessorSettings;
use docmill_tests::repository;

fn page(name: &str) -> String {
    std::fs::read_to_string(repository().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The fenced blocks of a page in one language.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    page.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap_or_default().to_owned()).collect()
}

fn settings<S: WorkerSettings + std::fmt::Debug>(toml: &str, environment: &[(&str, &str)]) -> String {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), toml).unwrap();
    let mut problems = Problems::default();
    let environment = environment.iter().map(|&(key, value)| (key.to_owned(), value.to_owned()));
    let sections = Sections::load(Some(file.path()), environment, &mut problems);
    let settings = S::read(&sections, &mut problems);
    assert!(problems.is_empty(), "{problems}");
    format!("{settings:#?}")
}

#[test]
fn the_analyses_shown_are_specifications_and_all_kinds_are_shown() {
    let page = page("docs/analyses.md");
    let specs: Vec<AnalysisSpec> =
        blocks(&page, "yaml").iter().map(|block| serde_saphyr::from_str(block).unwrap()).collect();
    let shown: BTreeSet<&str> =
        specs.iter().flat_map(|spec| &spec.analyses).map(|study| study.method.kind()).collect();
    let schema = self::page("docs/schemas/analysis-spec.json");
    let kinds = regex::Regex::new(r#""kind": \{\s*"type": "string",\s*"const": "([a-z_]+)""#).unwrap();
    let all: BTreeSet<&str> =
        kinds.captures_iter(&schema).filter_map(|found| found.get(1)).map(|kind| kind.as_str()).collect();
    assert_eq!(shown, all);
    assert!(all.iter().all(|kind| page.contains(&format!("| `{kind}` |"))), "a kind has no row");
}

#[test]
fn the_configuration_shown_is_the_default() {
    let shown = blocks(&page("docs/configuration.md"), "toml").remove(0);
    let required =
        [("DOCMILL_LLM__BASE_URL", "http://127.0.0.1:8081/v1"), ("DOCMILL_LLM__MODEL", "mock-llm")];
    assert_eq!(settings::<ProcessorSettings>(&shown, &[]), settings::<ProcessorSettings>("", &required));
    assert_eq!(settings::<AnalyserSettings>(&shown, &[]), settings::<AnalyserSettings>("", &[]));
}

/// Settings are logged and panicked with as `Debug`.
#[test]
fn no_settings_show_a_secret() {
    const SECRET: &str = "hunter2";
    let check = |secrets: &[&str], others: &[(&str, &str)]| {
        let secrets = secrets.iter().map(|&key| (key, SECRET));
        let environment: Vec<(&str, &str)> = secrets.chain(others.iter().copied()).collect();
        let shown = settings::<ProcessorSettings>("", &environment);
        assert!(shown.contains("***") && !shown.contains(SECRET), "{shown}");
        let shown = settings::<AnalyserSettings>("", &environment);
        assert!(shown.contains("***") && !shown.contains(SECRET), "{shown}");
    };
    let llm = [("DOCMILL_LLM__BASE_URL", "http://127.0.0.1:8081/v1"), ("DOCMILL_LLM__MODEL", "mock-llm")];
    let user = [llm[0], llm[1], ("DOCMILL_NATS__USER", "me")];
    check(&["DOCMILL_NATS__PASSWORD", "DOCMILL_LLM__API_KEY"], &user);
    check(&["DOCMILL_NATS__TOKEN", "DOCMILL_LLM__API_KEY"], &llm);
}

#[test]
fn the_keys_that_are_commented_out_exist() {
    let shown = blocks(&page("docs/configuration.md"), "toml").remove(0);
    // Each alone: some exclude each other. A key that doesn't exist is an unknown field.
    let mut section = String::new();
    let mut tried = 0;
    for line in shown.lines() {
        if line.starts_with('[') {
            section = line.split(']').next().unwrap_or_default().to_owned() + "]";
        } else if let Some(key) = line.strip_prefix("# ") {
            let mut problems = Problems::default();
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(file.path(), format!("{section}\n{key}\n")).unwrap();
            let sections = Sections::load(Some(file.path()), [], &mut problems);
            ProcessorSettings::read(&sections, &mut problems);
            let unknown = problems.as_slice().iter().find(|problem| problem.contains("unknown field"));
            assert_eq!(unknown, None);
            tried += 1;
        }
    }
    assert!(tried > 10, "{tried}");
}

#[test]
fn the_jobs_shown_are_jobs() {
    let page = page("docs/jobs-and-outcomes.md");
    let (lists, jobs): (Vec<String>, Vec<String>) =
        blocks(&page, "json").into_iter().partition(|block| block.contains("\"documents\""));
    for list in lists {
        let manifest: Manifest = serde_json::from_str(&list).unwrap();
        assert_eq!(manifest.listed, u64::try_from(manifest.documents.len()).ok());
        let job = manifest.documents[0].whole_job(&manifest.collection).unwrap().unwrap();
        assert_eq!(job.name.as_deref(), Some("RE/17.pdf"));
    }
    for job in jobs {
        ProcessJob::read(job.as_bytes()).unwrap_or_else(|error| panic!("{error}\n{job}"));
    }
    let quoted = page.lines().filter_map(|line| line.split_once("nats req ")?.1.split('\'').nth(1));
    for job in quoted {
        ProcessJob::read(job.as_bytes()).unwrap_or_else(|error| panic!("{error}\n{job}"));
    }
}

#[test]
fn the_profile_shown_is_a_profile() {
    let shown = blocks(&page("docs/profiles.md"), "json").remove(0);
    let profile: Profile = serde_json::from_str(&shown).unwrap();
    docmill_extraction::Task::new(&profile.schema, &profile.instructions, &profile.rules).unwrap();
    for name in Profile::built_in_names() {
        let profile = Profile::built_in(name).unwrap();
        docmill_extraction::Task::new(&profile.schema, &profile.instructions, &profile.rules).unwrap();
    }
}

#[test]
fn links_lead_somewhere() {
    let mut pages =
        vec!["README.md".to_owned(), "CONTRIBUTING.md".to_owned(), "samples/README.md".to_owned()];
    for folder in ["docs", "docs/decisions", "docs/runbooks"] {
        let entries = std::fs::read_dir(repository().join(folder)).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        pages.extend(names.filter(|name| name.ends_with(".md")).map(|name| format!("{folder}/{name}")));
    }
    for name in pages {
        let text = page(&name);
        let folder = Path::new(&name).parent().unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let target = link.split('#').next().unwrap_or_default();
            if !target.is_empty() && !target.contains("://") {
                assert!(repository().join(folder).join(target).exists(), "{name} links to {link}");
            }
        }
    }
}

/// Every `.rs` file below a folder.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let (folders, files): (Vec<PathBuf>, Vec<PathBuf>) = entries.partition(|path| path.is_dir());
    let below = folders.iter().flat_map(|folder| sources(folder));
    files.into_iter().filter(|path| path.extension().is_some_and(|kind| kind == "rs")).chain(below).collect()
}

#[test]
fn every_control_names_tests_that_exist() {
    let roots = [repository().join("crates"), repository().join("tests")];
    let text: String = roots
        .iter()
        .flat_map(|root| sources(root))
        .map(|file| std::fs::read_to_string(file).unwrap())
        .collect();
    let tests =
        regex::Regex::new(r"#\[(?:tokio::)?test(?:\(.*\))?\]\s+(?:#\[.*\]\s+)*(?:async )?fn (\w+)").unwrap();
    let there: BTreeSet<&str> =
        tests.captures_iter(&text).filter_map(|found| found.get(1)).map(|name| name.as_str()).collect();
    assert!(there.len() > 500, "{}", there.len());
    let page = page("docs/security.md");
    let mut controls = 0;
    for row in page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| threat |")) {
        let tried_by = row.trim_end_matches(['|', ' ']).rsplit_once(" | ").unwrap().1;
        let named: Vec<&str> = tried_by.split('`').skip(1).step_by(2).collect();
        assert!(!named.is_empty(), "nobody tries it: {row}");
        for name in named {
            assert!(there.contains(name), "there is no test {name}: {row}");
        }
        controls += 1;
    }
    assert!(controls > 15, "{controls}");
}
