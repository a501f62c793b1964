//! `tests/cluster/run.sh`, dry-run: its steps name objects that the chart renders, and commands that `docmill` has.

use std::process::Command;

use docmill_tests::program;

use crate::helm::root;

/// Wrong usage, as `docmill` says it.
const WRONG_USAGE: i32 = 2;

fn dry_run(script: &std::path::Path) -> (bool, String) {
    dry_run_as(script, &[])
}

fn dry_run_as(script: &std::path::Path, arguments: &[&str]) -> (bool, String) {
    let output = Command::new("bash").arg(script).arg("--dry-run").args(arguments).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

/// The commands of `docmill` that the steps say, without the way to NATS.
fn commands(said: &str) -> Vec<Vec<&str>> {
    let lines = said.lines().filter_map(|line| line.trim().split_once("/docmill ").map(|(_, rest)| rest));
    let lines = lines.filter(|line| line.contains("--nats"));
    let commands = lines.map(|line| line.split(' ').take_while(|&word| word != "--nats").collect());
    let mut commands: Vec<Vec<&str>> = commands.collect();
    commands.sort_unstable();
    commands.dedup();
    commands
}

#[test]
fn the_cluster_test_names_what_is_there() {
    let (fine, said) = dry_run(&root().join("tests/cluster/run.sh"));
    assert!(fine, "{said}");
    for step in 1..=9 {
        assert!(said.contains(&format!(" s  {step}. ")), "step {step} is missing:\n{said}");
    }
    let (fine, said) = dry_run_as(&root().join("tests/cluster/run.sh"), &["--kyma"]);
    assert!(fine, "{said}");
    let commands = commands(&said);
    assert!(commands.len() >= 4, "{commands:?}");
    for command in &commands {
        // Nothing listens there: whoever understands the command fails at that, and only at that.
        let mut docmill = Command::new(program("docmill"));
        for word in command {
            if word.ends_with("/invoice") {
                docmill.arg(root().join("samples/invoice"));
            } else {
                docmill.arg(word);
            }
        }
        let run = docmill.args(["--nats", "nats://127.0.0.1:1"]).output();
        let code = run.unwrap().status.code();
        assert!(code.is_some_and(|code| code != WRONG_USAGE), "docmill {command:?}: {code:?}");
    }
}

/// The test above can fail.
#[test]
fn a_name_that_is_not_there_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let script = std::fs::read_to_string(root().join("tests/cluster/run.sh")).unwrap();
    let broken = script
        .replace("statefulset/docmill-nats", "statefulset/docmill-nat")
        .replace("root=$(cd \"$(dirname \"$0\")/../..\" && pwd)", &format!("root={}", root().display()));
    let path = folder.path().join("run.sh");
    std::fs::write(&path, broken).unwrap();
    let (fine, said) = dry_run(&path);
    assert!(!fine && said.contains("the chart renders no statefulset/docmill-nat"), "{said}");
}

/// What is only run where there is a cluster, or root, is at least shell.
#[test]
fn cluster_scripts_parse() {
    let scripts = ["scripts/cluster", "tests/cluster"]
        .iter()
        .flat_map(|folder| std::fs::read_dir(root().join(folder)).unwrap());
    let scripts = scripts.map(|entry| entry.unwrap().path());
    let scripts: Vec<_> =
        scripts.filter(|path| path.extension().is_some_and(|extension| extension == "sh")).collect();
    assert!(scripts.len() >= 9, "{scripts:?}");
    for script in scripts {
        let parsed = Command::new("bash").arg("-n").arg(&script).output().unwrap();
        assert!(parsed.status.success(), "{}", String::from_utf8_lossy(&parsed.stderr));
    }
}
