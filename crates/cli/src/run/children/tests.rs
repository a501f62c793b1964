use super::*;

/// Children whose logs are in a folder that lives as long as the test.
fn children() -> (tempfile::TempDir, Children) {
    let folder = tempfile::tempdir().unwrap();
    let children = Children::new(folder.path().to_owned(), None);
    (folder, children)
}

fn shell(script: &str) -> Start<'static> {
    Start {
        name: "worker",
        program: Path::new("/bin/sh"),
        arguments: vec!["-c".into(), script.into()],
        inherits: true,
        environment: vec![("DOCMILL_GREETING", Some("hello".into()))],
        input: None,
    }
}

fn is_alive(id: u32) -> bool {
    Path::new(&format!("/proc/{id}")).exists()
}

#[tokio::test]
async fn a_child_that_ends_is_an_error_with_its_last_lines() {
    let (_folder, mut children) = children();
    children.start(shell("echo one; echo $DOCMILL_GREETING >&2; exit 3")).unwrap();
    let error = children.wait_for("worker", Duration::from_secs(60), || None::<()>).await.unwrap_err();
    let message = error.to_string();
    assert!(message.starts_with("worker ended by itself (exit status: 3)"), "{message}");
    assert!(message.ends_with("  one\n  hello"), "{message}");
}

#[tokio::test]
async fn a_child_that_is_no_worker_gets_nothing_of_our_environment() {
    let check = async |inherits: bool, expected: &str| {
        let (_folder, mut children) = children();
        let says = "echo ${CARGO_MANIFEST_DIR:-nothing} $DOCMILL_GREETING; echo ready; exec sleep 600";
        children.start(Start { inherits, ..shell(says) }).unwrap();
        ready(&mut children).await;
        let said = std::fs::read_to_string(children.log("worker")).unwrap();
        assert!(said.starts_with(expected), "{said}");
    };
    check(true, concat!(env!("CARGO_MANIFEST_DIR"), " hello")).await;
    check(false, "nothing hello").await;
}

/// Waits until the worker has said that it is ready.
async fn ready(children: &mut Children) {
    let log = children.log("worker");
    let ready = || std::fs::read_to_string(&log).ok().filter(|text| text.contains("ready"));
    children.wait_for("worker", Duration::from_secs(60), ready).await.unwrap();
}

#[tokio::test]
async fn stopped_children_may_say_goodbye_and_are_gone() {
    let (_folder, mut children) = children();
    let kept = children.start(Start { name: "kept", ..shell("exec sleep 600") }).unwrap();
    let stopped = children
        .start(shell("trap 'echo goodbye; exit 0' TERM; echo ready; while :; do sleep 0.01; done"))
        .unwrap();
    ready(&mut children).await;
    children.stop_all_but_first(1).await;
    assert!(is_alive(kept) && !is_alive(stopped));
    assert!(std::fs::read_to_string(children.log("worker")).unwrap().contains("goodbye"));
    children.stop_all_but_first(0).await;
    assert!(!is_alive(kept));
}

#[tokio::test]
async fn dropped_children_are_killed() {
    let (_folder, mut children) = children();
    // A signal that is ignored stays so in the program that takes the shell's place: only SIGKILL ends it.
    let id = children.start(shell("trap '' TERM; echo ready; exec sleep 600")).unwrap();
    ready(&mut children).await;
    drop(children);
    while std::fs::read_to_string(format!("/proc/{id}/stat")).is_ok_and(|stat| !stat.contains(") Z ")) {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_missing_program_says_where_it_belongs() {
    let (_folder, mut children) = children();
    let missing = Start { program: Path::new("/nowhere/docmill-processor"), ..shell("") };
    let message = children.start(missing).unwrap_err().to_string();
    assert!(message.contains("/nowhere/docmill-processor is missing"), "{message}");
}
