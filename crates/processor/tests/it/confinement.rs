//! What the system says of a real reading child: it has no privileges, files or system calls to give to a document.

use std::io::Read as _;
use std::process::{Child, Command, Stdio};

use docmill_reader::child::ARGUMENT;

/// A child that has said hello, so has confined itself.
fn confined_child() -> (Child, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_docmill-processor"))
        .args([ARGUMENT, "1073741824"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = child.stdout.as_mut().unwrap();
    let mut length = [0; 4];
    output.read_exact(&mut length).unwrap();
    let mut hello = vec![0; usize::try_from(u32::from_le_bytes(length)).unwrap()];
    output.read_exact(&mut hello).unwrap();
    // The names of the layers it couldn't have are plain text in it.
    (child, String::from_utf8_lossy(&hello).into_owned())
}

/// The rest of the line of `/proc/<child>/<file>` that begins with `name`.
#[track_caller]
fn value(child: &Child, file: &str, name: &str) -> String {
    let text = std::fs::read_to_string(format!("/proc/{}/{file}", child.id())).unwrap();
    let rest = text.lines().find_map(|line| line.strip_prefix(name));
    rest.unwrap_or_else(|| panic!("{file} has no line {name:?}")).trim().to_owned()
}

#[test]
fn the_system_confirms_what_a_child_gave_up() {
    let (mut child, missing) = confined_child();
    println!("not confined: {missing:?}");
    // Soft and hard.
    let limits = [
        ("Max address space", "1073741824", "1073741824"),
        ("Max core file size", "0", "0"),
        ("Max file size", "0", "0"),
        ("Max open files", "3", "3"),
        ("Max processes", "0", "0"),
    ];
    for (name, soft, hard) in limits {
        let found = value(&child, "limits", name);
        let found: Vec<&str> = found.split_whitespace().take(2).collect();
        assert_eq!(found, [soft, hard], "{name}");
    }
    assert_eq!(value(&child, "status", "NoNewPrivs:"), "1");
    if missing.contains("seccomp") {
        println!("skipped: this kernel refuses seccomp");
    } else {
        assert_eq!(value(&child, "status", "Seccomp:"), "2", "2 is a filter");
    }
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success(), "a closed pipe ends it");
}
