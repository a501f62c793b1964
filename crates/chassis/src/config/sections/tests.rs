use serde::Deserialize;

use super::*;
use crate::config::{LogFormat, Secret, Settings, WorkerDefaults};

/// A section as a worker has one.
#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Llm {
    base_url: Option<String>,
    api_key: Option<Secret>,
    vision: bool,
    attempts: u32,
    reply_tokens_max: u32,
    temperature: f64,
    hosts: Vec<String>,
    ports: Vec<u16>,
    quota: Quota,
}

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Quota {
    slot_seconds: u64,
}

fn environment(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())).collect()
}

fn file(text: &str) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    file
}

fn llm(toml: &str, pairs: &[(&str, &str)]) -> (Llm, Vec<String>) {
    let file = file(toml);
    let mut problems = Problems::default();
    let sections = Sections::load(Some(file.path()), environment(pairs), &mut problems);
    let llm = sections.section("llm", &mut problems);
    (llm, problems.as_slice().to_vec())
}

#[test]
fn variables_take_the_type_their_field_needs() {
    let check = |pairs: &[(&str, &str)], expected: Llm| assert_eq!(llm("", pairs), (expected, vec![]));
    check(&[("DOCMILL_LLM__VISION", "true")], Llm { vision: true, ..Llm::default() });
    check(&[("DOCMILL_LLM__ATTEMPTS", "3")], Llm { attempts: 3, ..Llm::default() });
    check(&[("DOCMILL_LLM__TEMPERATURE", "0.5")], Llm { temperature: 0.5, ..Llm::default() });
    check(&[("DOCMILL_LLM__TEMPERATURE", "1")], Llm { temperature: 1.0, ..Llm::default() });
    check(
        &[("DOCMILL_LLM__HOSTS", "a, b,c")],
        Llm { hosts: vec!["a".into(), "b".into(), "c".into()], ..Llm::default() },
    );
    check(&[("DOCMILL_LLM__HOSTS", "1")], Llm { hosts: vec!["1".into()], ..Llm::default() });
    check(
        &[("DOCMILL_LLM__HOSTS", r#"["a","b"]"#)],
        Llm { hosts: vec!["a".into(), "b".into()], ..Llm::default() },
    );
    check(&[("DOCMILL_LLM__PORTS", "80,443")], Llm { ports: vec![80, 443], ..Llm::default() });
    check(&[("DOCMILL_LLM__PORTS", "80")], Llm { ports: vec![80], ..Llm::default() });
    check(
        &[("DOCMILL_LLM__QUOTA__SLOT_SECONDS", "5")],
        Llm { quota: Quota { slot_seconds: 5 }, ..Llm::default() },
    );
    check(
        &[("DOCMILL_LLM__BASE_URL", "http://h:1/v1")],
        Llm { base_url: Some("http://h:1/v1".into()), ..Llm::default() },
    );
    check(&[("DOCMILL_LLM__ATTEMPTS", "")], Llm::default());
}

#[test]
fn keys_that_look_like_something_else_stay_keys() {
    for key in ["0123", "123456789012345678901234567890", "1e5", "true", "null", "a,b", "[1]"] {
        let (llm, problems) = llm("", &[("DOCMILL_LLM__API_KEY", key)]);
        assert_eq!(problems, Vec::<String>::new());
        assert_eq!(llm.api_key.unwrap().expose(), key);
    }
}

#[test]
fn the_environment_wins_over_the_file() {
    let toml = "[llm]\nattempts = 2\nvision = true\n[llm.quota]\nslot_seconds = 9\n";
    let (llm, problems) = llm(toml, &[("DOCMILL_LLM__ATTEMPTS", "7")]);
    assert_eq!(problems, Vec::<String>::new());
    assert_eq!((llm.attempts, llm.vision, llm.quota.slot_seconds), (7, true, 9));
}

#[test]
fn every_problem_is_reported_and_the_rest_still_read() {
    let toml =
        "[llm]\nattempts = -1\nvison = true\ntemperature = 0.25\nports = [80, 70000]\n[lmm]\nmodel = 'x'\n";
    let variables = [
        ("DOCMILL_LLM__QUOTA__SLOT_SECONDS", "soon"),
        ("DOCMILL_LLM__QUOTA__SLOTS", "5"),
        ("DOCMILL_LMN__MODEL", "x"),
        ("DOCMILL_NATS_PORT", "tcp://10.0.0.1:4222"),
    ];
    let (llm, problems) = llm(toml, &variables);
    assert_eq!(llm.temperature, 0.25);
    let expected = [
        "lmm: is not a section",
        "lmn: is not a section",
        "llm.attempts: invalid value: integer `-1`",
        "llm.vison: unknown field `vison`, expected one of `base_url`",
        "llm.ports: invalid value: integer `70000`",
        r#"DOCMILL_LLM__QUOTA__SLOT_SECONDS: invalid type: string "soon", expected u64"#,
        "DOCMILL_LLM__QUOTA__SLOTS: unknown field `slots`, expected `slot_seconds`",
    ];
    for start in expected {
        assert!(
            problems.iter().any(|problem| problem.starts_with(start)),
            "{start} is missing in {problems:#?}"
        );
    }
    assert_eq!(problems.len(), expected.len(), "{problems:#?}");
}

#[test]
fn types_are_read_strictly() {
    for toml in
        ["attempts = 2.5", "attempts = true", "vision = 1", "vision = 'yes'", "hosts = 'a'", "base_url = 1"]
    {
        let (_, problems) = llm(&format!("[llm]\n{toml}\n"), &[]);
        assert_eq!(problems.len(), 1, "{toml}: {problems:?}");
    }
}

#[test]
fn secrets_are_never_shown() {
    const SECRET: &str = "hunter2";
    let typed = [
        format!("[llm]\napi_key = ['{SECRET}']\n"),
        format!("[llm]\napi_keyy = '{SECRET}'\n"),
        format!("[llm]\napi_key = {{ value = '{SECRET}' }}\n"),
        format!("[llm]\napi_key = '{SECRET}\n"),
        format!("[llm]\napi_key = \"{SECRET}\" x\n"),
        format!("[llm]\napi_key = {SECRET}\n"),
        format!("llm = '{SECRET}'\n"),
    ];
    for toml in typed {
        let (_, problems) = llm(&toml, &[]);
        assert!(!problems.is_empty(), "{toml}");
        assert!(!problems.concat().contains(SECRET), "{problems:?}");
    }
    let (llm, problems) = llm("", &[("DOCMILL_LLM__API_KEY", SECRET), ("DOCMILL_LLM__PASS_WORD", SECRET)]);
    assert!(!problems.concat().contains(SECRET), "{problems:?}");
    let secret = llm.api_key.clone().unwrap();
    assert_eq!(secret.expose(), SECRET);
    assert_eq!(format!("{secret} {secret:?}"), "*** ***");
    assert!(!format!("{llm:?}").contains(SECRET));
    let mut problems = Problems::default();
    let sections = Sections::load(None, environment(&[("DOCMILL_NATS__TOKEN", SECRET)]), &mut problems);
    let settings = Settings::read(&sections, WorkerDefaults { concurrency: 1 }, &mut problems);
    assert!(!format!("{sections:?}{settings:?}").contains(SECRET));
}

#[test]
fn of_a_wrong_secret_only_what_is_expected_is_shown() {
    let (_, problems) = llm("[llm]\napi_key = ['hunter2']\nreply_tokens_max = 'many'\n", &[]);
    let expected = [
        "llm.api_key: can't be read (its value is not shown), expected a string",
        r#"llm.reply_tokens_max: invalid type: string "many", expected u32"#,
    ];
    assert_eq!(problems, expected);
}

#[test]
fn a_file_that_cannot_be_read_is_one_problem() {
    let mut problems = Problems::default();
    Sections::load(Some(Path::new("/nowhere/docmill.toml")), environment(&[]), &mut problems);
    assert_eq!(problems.as_slice().len(), 1);
    assert!(problems.to_string().contains("/nowhere/docmill.toml"));
}

fn settings(pairs: &[(&str, &str)]) -> (Settings, Vec<String>) {
    let mut problems = Problems::default();
    let sections = Sections::load(None, environment(pairs), &mut problems);
    let settings = Settings::read(&sections, WorkerDefaults { concurrency: 8 }, &mut problems);
    (settings, problems.as_slice().to_vec())
}

#[test]
fn the_defaults_work() {
    let (settings, problems) = settings(&[]);
    assert_eq!(problems, Vec::<String>::new());
    assert_eq!(settings.nats.ack_wait.as_secs(), 60);
    assert_eq!(settings.worker.concurrency, 8);
    assert_eq!(settings.worker.drain.as_secs(), 50);
    assert_eq!(settings.http.listen.port(), 8080);
    assert_eq!(settings.log.format, LogFormat::Auto);
}

#[test]
fn a_user_has_an_inbox_of_its_own() {
    let check = |pairs: &[(&str, &str)], expected: &str| {
        let (settings, problems) = settings(pairs);
        assert_eq!((settings.nats.inbox_prefix.as_str(), problems), (expected, Vec::new()), "{pairs:?}");
    };
    check(&[], "_INBOX");
    let password = ("DOCMILL_NATS__PASSWORD", "x");
    check(&[("DOCMILL_NATS__USER", "processor"), password], "_INBOX.processor");
    check(&[("DOCMILL_NATS__USER", "me@example.com"), password], "_INBOX");
    check(&[("DOCMILL_NATS__INBOX_PREFIX", "_INBOX.mine")], "_INBOX.mine");
}

/// What is wrong with these settings begins so.
#[track_caller]
fn check_problems(pairs: &[(&str, &str)], starts: &[&str]) {
    let (_, problems) = settings(pairs);
    assert_eq!(problems.len(), starts.len(), "{pairs:?} {problems:#?}");
    for (problem, start) in problems.iter().zip(starts) {
        assert!(problem.starts_with(start), "{problem:?} does not start with {start:?}");
    }
}

#[test]
fn settings_that_cannot_work_are_refused() {
    let check = check_problems;
    check(&[("DOCMILL_NATS__LANES", "bulk,priority"), ("DOCMILL_WORKER__LANE", "priority")], &[]);
    check(&[("DOCMILL_WORKER__LANE", "priority")], &["worker.lane: priority is not among nats.lanes (bulk)"]);
    check(
        &[("DOCMILL_WORKER__LANE", "fast")],
        &["DOCMILL_WORKER__LANE: unknown variant `fast`, expected `bulk` or"],
    );
    check(
        &[("DOCMILL_NATS__LANES", "priority")],
        &["nats.lanes: bulk is missing", "worker.lane: bulk is not among"],
    );
    check(&[("DOCMILL_NATS__URL", "nats://a:4222, tls://b")], &[]);
    check(&[("DOCMILL_NATS__URL", "http://a")], &["nats.url: \"http://a\" is not nats://host:port"]);
    check(&[("DOCMILL_NATS__URL", "nats://me:hunter2@a")], &["nats.url: holds credentials"]);
    check(&[("DOCMILL_NATS__USER", "me")], &["nats.user: user and password belong together"]);
    check(
        &[("DOCMILL_NATS__USER", "me"), ("DOCMILL_NATS__PASSWORD", "x"), ("DOCMILL_NATS__TOKEN", "x")],
        &["nats: credentials_file, nkey_file, user and token are four ways"],
    );
    check(
        &[("DOCMILL_NATS__NKEY_FILE", "Cargo.toml"), ("DOCMILL_NATS__TOKEN", "x")],
        &["nats: credentials_file, nkey_file, user and token are four ways"],
    );
    check(&[("DOCMILL_NATS__NKEY_FILE", "/nowhere")], &["nats.nkey_file: /nowhere is not a file"]);
    check(
        &[("DOCMILL_NATS__CERTIFICATE_FILE", "Cargo.toml")],
        &["nats.certificate_file: certificate_file and key_file belong together"],
    );
    check(&[("DOCMILL_NATS__CERTIFICATE_FILE", "Cargo.toml"), ("DOCMILL_NATS__KEY_FILE", "Cargo.toml")], &[]);
    check(&[("DOCMILL_NATS__INBOX_PREFIX", "_INBOX.>")], &["nats.inbox_prefix: \"_INBOX.>\" can't begin"]);
    check(&[("DOCMILL_NATS__INBOX_PREFIX", "")], &[]);
    check(
        &[("DOCMILL_NATS__CREDENTIALS_FILE", "/nowhere")],
        &["nats.credentials_file: /nowhere is not a file"],
    );
    check(&[("DOCMILL_NATS__REPLICAS", "2")], &["nats.replicas: 2 is not allowed: use 1, 3 or 5"]);
    check(
        &[("DOCMILL_NATS__ACK_WAIT_SECONDS", "0")],
        &["nats.ack_wait_seconds: 0 is outside what is allowed, 1 to"],
    );
    check(
        &[("DOCMILL_NATS__MAX_ACK_PENDING", "4")],
        &["worker.concurrency: 8 is more than nats.max_ack_pending (4)"],
    );
    check(
        &[("DOCMILL_NATS__PULL_EXPIRES_SECONDS", "9"), ("DOCMILL_WORKER__DRAIN_SECONDS", "3")],
        &["nats.pull_expires_seconds: 9 is longer than worker.drain_seconds (3)"],
    );
    check(
        &[
            ("DOCMILL_WORKER__HAND_BACK_DELAY_MIN_SECONDS", "9"),
            ("DOCMILL_WORKER__HAND_BACK_DELAY_MAX_SECONDS", "3"),
        ],
        &["worker.hand_back_delay_min_seconds: 9 is more than"],
    );
    check(&[("DOCMILL_WORKER__CONCURRENCY", "0")], &["worker.concurrency: 0 is outside"]);
    check(&[("DOCMILL_HTTP__LISTEN", "8080")], &["http.listen: \"8080\" is not address:port"]);
}

#[test]
fn levels_are_levels_and_libraries_keep_documents_to_themselves() {
    let check = |level: &str, problems: &[&str]| check_problems(&[("DOCMILL_LOG__LEVEL", level)], problems);
    check("info,docmill_chassis=debug", &[]);
    check("trace, async_nats=info, rustls=warn", &[]);
    check("warning", &["log.level: \"warning\" is not a level"]);
    check("info,", &["log.level: \"\" is not a level"]);
    check("info,async_nats=trace", &["log.level: \"async_nats\" is a library, which below info logs"]);
}
