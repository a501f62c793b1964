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
    for command in
        ["run", "provision", "submit", "status", "results", "report", "analyse", "dead", "profile", "inspect"]
    {
        docmill(folder.path(), &[command, "--help"]).prints(&["Examples:", "--json"]);
    }
    docmill(folder.path(), &["--version"]).prints(&["docmill 0."]);
}
