//! What `docmill run` starts and ends, with shell scripts in the workers' place: a real nats-server, real
//! processes, nothing left behind. The whole run with real workers is in the system tests.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::docmill::{Said, command, write};

/// How long a process may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

const MOCK: &str = "echo $$ > mock.pid; echo '{\"listening\":\"127.0.0.1:9\"}'; exec sleep 600";
const WAITS: &str = "echo $$ > $(basename $0).pid; exec sleep 600";

/// A folder with `docmill`, scripts for its children, and one PDF.
struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    fn new(scripts: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let programs = folder.path().join("bin");
        std::fs::create_dir(&programs).unwrap();
        // Linked, and scripts written by a process of their own: a program can't be started while any process has it
        // open for writing, as one that another test is just forking would.
        std::fs::hard_link(env!("CARGO_BIN_EXE_docmill"), programs.join("docmill")).unwrap();
        for (name, script) in scripts {
            let path = programs.join(name);
            let written = Command::new("/bin/sh")
                .args(["-c", "printf '#!/bin/sh\n%s\n' \"$2\" > \"$1\" && chmod 755 \"$1\"", "write"])
                .args([path.as_os_str(), script.as_ref()])
                .status();
            assert!(written.unwrap().success());
        }
        write(folder.path(), "a.pdf", b"%PDF-1");
        Self { folder }
    }

    fn start(&self) -> Child {
        let program = self.folder.path().join("bin/docmill");
        let mut docmill = command(&program, self.folder.path(), &["run", "a.pdf"]);
        // The one that `make` fetched; without it, the program finds the one on PATH.
        let fetched = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.tools/bin/nats-server");
        if fetched.is_file() {
            docmill.arg("--nats-server").arg(fetched);
        }
        docmill.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    fn run(&self) -> Said {
        self.start().wait_with_output().unwrap().into()
    }

    /// The process that wrote this file, once it has.
    fn process(&self, file: &str) -> u32 {
        let path = self.folder.path().join(file);
        eventually(file, || std::fs::read_to_string(&path).ok()?.trim().parse().ok())
    }

    /// Waits until the state is free, which it is when the nats-server is gone.
    fn state_is_free(&self) {
        let lock = std::fs::File::open(self.folder.path().join(".docmill/lock")).unwrap();
        eventually("the lock", || lock.try_lock().ok());
    }
}

/// Polls: there is nothing to wait on in processes that are not our children.
#[track_caller]
fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "waited too long for {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[track_caller]
fn is_gone(process: u32) {
    let stat = format!("/proc/{process}/stat");
    eventually("the end of a process", || match std::fs::read_to_string(&stat) {
        Ok(stat) if !stat.contains(") Z ") => None,
        Ok(_) | Err(_) => Some(()),
    });
}

fn signal(process: &Child, signal: Signal) {
    kill_process(Pid::from_child(process), signal).unwrap();
}

#[test]
fn a_missing_worker_is_said_and_the_server_ended() {
    let bench = Bench::new(&[]);
    bench.run().fails(1, "bin/mock-llm is missing: it belongs beside the program docmill");
    bench.state_is_free();
}

#[test]
fn a_worker_that_ends_fails_the_run_with_its_last_words() {
    let processor = "echo 'cannot find my feet' >&2; exit 7";
    let bench =
        Bench::new(&[("mock-llm", MOCK), ("docmill-processor", processor), ("docmill-analyser", WAITS)]);
    let said = bench.run();
    said.fails(1, "docmill-processor ended by itself (exit status: 7)");
    assert!(said.errors.contains("cannot find my feet"), "{said:?}");
    is_gone(bench.process("mock.pid"));
    is_gone(bench.process("docmill-analyser.pid"));
    bench.state_is_free();
}

#[test]
fn an_interrupt_ends_everything_and_says_that_nothing_is_lost() {
    let bench = Bench::new(&[("mock-llm", MOCK), ("docmill-processor", WAITS), ("docmill-analyser", WAITS)]);
    for interrupt in [Signal::INT, Signal::TERM] {
        let docmill = bench.start();
        let children =
            ["mock.pid", "docmill-processor.pid", "docmill-analyser.pid"].map(|file| bench.process(file));
        signal(&docmill, interrupt);
        let said: Said = docmill.wait_with_output().unwrap().into();
        said.fails(1, "interrupted; what was done is kept");
        children.into_iter().for_each(is_gone);
        bench.state_is_free();
        for file in ["mock.pid", "docmill-processor.pid", "docmill-analyser.pid"] {
            std::fs::remove_file(bench.folder.path().join(file)).unwrap();
        }
    }
}

#[test]
fn a_killed_docmill_takes_its_children_with_it() {
    let bench = Bench::new(&[("mock-llm", MOCK), ("docmill-processor", WAITS), ("docmill-analyser", WAITS)]);
    let mut docmill = bench.start();
    let children =
        ["mock.pid", "docmill-processor.pid", "docmill-analyser.pid"].map(|file| bench.process(file));
    docmill.kill().unwrap();
    docmill.wait().unwrap();
    children.into_iter().for_each(is_gone);
    bench.state_is_free();
}

#[test]
fn a_state_belongs_to_one_run_at_a_time() {
    let bench = Bench::new(&[("mock-llm", MOCK), ("docmill-processor", WAITS), ("docmill-analyser", WAITS)]);
    let first = bench.start();
    bench.process("docmill-analyser.pid");
    bench.run().fails(2, "is in use by another `docmill run`");
    signal(&first, Signal::TERM);
    first.wait_with_output().unwrap();
    bench.state_is_free();
}
