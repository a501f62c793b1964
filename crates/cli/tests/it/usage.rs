//! Wrong usage and wrong settings: exit code 2, one sentence, before anything is touched.

use crate::docmill::docmill;

#[test]
fn wrong_usage_and_settings_exit_with_2() {
    let folder = tempfile::tempdir().unwrap();
    let check = |line: &str, expected: &str| {
        let arguments: Vec<&str> = line.split(' ').collect();
        docmill(folder.path(), &arguments).fails(2, expected);
    };
    std::fs::write(folder.path().join("bad.toml"), "[nats]\nurl = \"http://x\"\nlane = 1\n").unwrap();
    std::fs::write(folder.path().join("a.pdf"), "").unwrap();
    check("nonsense", "unrecognized subcommand");
    check("run", "<PATH>...");
    check("run nowhere.pdf", "nowhere.pdf can't be read");
    check(
        "run . --nats-server no/server",
        "no nats-server 2.12.5 or later was found (no/server is not there)",
    );
    check("run a.pdf --nats nats://127.0.0.1:1", "`run` starts a NATS of its own");
    check("run a.pdf --nats-server /bin/echo", "/bin/echo is not a nats-server");
    std::fs::write(folder.path().join("no.ttf"), "no font").unwrap();
    let server = docmill_testkit::nats::program().display().to_string();
    let run = |font: &str| format!("run a.pdf --nats-server {server} --fallback-font {font}");
    check(&run("nowhere.ttf"), "--fallback-font nowhere.ttf: can't be used: No such file");
    check(&run("no.ttf"), "no.ttf: can't be used: the file is no TrueType or OpenType font");
    check("status --config bad.toml", "nats.lane");
    check("status --config bad.toml", "\"http://x\" is not nats://host:port");
    check("status --config nowhere.toml", "nowhere.toml");
    check("status --nats 127.0.0.1:4222", "is not nats://host:port");
    check("submit a.pdf --lane slow", "is not a lane: use `bulk` or `priority`");
}

/// Checking a profile needs no NATS, and tells everything at once.
#[test]
fn profiles_are_checked_where_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let built_in = |name: &str| format!("{}/../contract/profiles/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let [invoice, general] = ["invoice", "general"].map(built_in);
    docmill(folder.path(), &["profile", "check", &invoice, &general])
        .prints(&["the profile invoice is good"]);
    let bad = r#"{"name": "x", "titel": "", "schema": {"type": "object", "properties": {"a": {"type": "number"}}},
        "rules": [{"kind": "sum", "id": "s", "parts": ["/b"], "total": "/a"}], "example": {"a": "7"}}"#;
    std::fs::write(folder.path().join("bad.json"), bad).unwrap();
    let said = docmill(folder.path(), &["profile", "check", "bad.json"]);
    assert_eq!(said.code, Some(2), "{said:?}");
    for line in ["/titel: unknown field", "/rules/0/parts/0: \"/b\" is no property", "/example/a: "] {
        assert!(said.output.contains(&format!("bad.json {line}")), "{line}: {said:?}");
    }
    assert!(said.errors.contains("3 problems were found"), "{said:?}");
}

#[test]
fn a_nats_that_is_not_there_is_an_error_after_seconds() {
    let folder = tempfile::tempdir().unwrap();
    // Port 1 is reserved and never listens.
    let said = docmill(folder.path(), &["status", "--nats", "nats://127.0.0.1:1"]);
    said.fails(1, "NATS doesn't answer at nats://127.0.0.1:1");
    assert_eq!(said.errors.lines().count(), 1, "{said:?}");
}

#[test]
fn every_command_explains_itself() {
    let folder = tempfile::tempdir().unwrap();
    for command in [
        "run",
        "provision",
        "submit",
        "status",
        "results",
        "report",
        "analyse",
        "review",
        "dead",
        "profile",
        "eval",
        "inspect",
    ] {
        docmill(folder.path(), &[command, "--help"]).prints(&["Examples:", "--json"]);
    }
    docmill(folder.path(), &["--version"]).prints(&["docmill 0."]);
}
