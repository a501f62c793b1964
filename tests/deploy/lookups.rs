//! Names resolve in a static program on an empty root, as a pod's would: through Kubernetes's search domains.
//!
//! glibc looks names up by modules that it loads at run time, which a static program on an empty root can't; this shows
//! that files and DNS are built in. The program looks up as the standard library does, which is what NATS's client
//! (tokio) and the LLM's (reqwest) call. `scripts/images/check.py` shows the same of the images themselves.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::{env, fs};

use crate::helm::root;

/// A pod's file in the namespace `docmill`, as the kubelet writes it.
const RESOLV_CONF: &str = "search docmill.svc.cluster.local svc.cluster.local cluster.local\nnameserver 127.0.0.1\noptions ndots:5\n";

const SOURCE: &str = r#"use std::net::ToSocketAddrs;

fn main() {
    for name in std::env::args().skip(1) {
        match (name.as_str(), 4222).to_socket_addrs() {
            Ok(mut addresses) => println!("{name} {}", addresses.next().map_or("nowhere".to_owned(), |at| at.ip().to_string())),
            Err(_) => println!("{name} unknown"),
        }
    }
}
"#;

/// All that the name server knows.
const SERVICES: [&str; 2] =
    ["nats.docmill.svc.cluster.local=10.96.0.10", "nats.messaging.svc.cluster.local=10.96.0.11"];

/// What a pod may ask for, and what it must get.
const LOOKUPS: [(&str, &str); 8] = [
    ("nats", "10.96.0.10"),
    ("nats.docmill", "10.96.0.10"),
    ("nats.docmill.svc.cluster.local", "10.96.0.10"),
    ("nats.messaging", "10.96.0.11"),
    ("nats.messaging.svc", "10.96.0.11"),
    ("messaging", "unknown"),
    ("10.96.0.12", "10.96.0.12"),
    ("localhost", "127.0.0.1"),
];

/// Makes the program below an otherwise empty root, built as the images' programs are.
fn make_root(folder: &Path) -> Result<(), String> {
    fs::write(folder.join("main.rs"), SOURCE).unwrap();
    fs::create_dir_all(folder.join("root/etc")).unwrap();
    fs::write(folder.join("root/etc/resolv.conf"), RESOLV_CONF).unwrap();
    // A runtime writes this one for every container.
    fs::write(folder.join("root/etc/hosts"), "127.0.0.1\tlocalhost\n").unwrap();
    let compiler = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let built = Command::new(compiler)
        .args([
            "--edition",
            "2024",
            "--target",
            "x86_64-unknown-linux-gnu",
            "-C",
            "target-feature=+crt-static",
        ])
        .arg(folder.join("main.rs"))
        .arg("-o")
        .arg(folder.join("root/lookup"))
        .output();
    let built = built.map_err(|error| error.to_string())?;
    if built.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&built.stderr).into_owned()) }
}

/// A command in a network, with users, of its own.
fn alone(program: &str) -> Command {
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--net", program]);
    command
}

#[test]
fn short_names_resolve_on_an_empty_root() {
    if !alone("true").output().is_ok_and(|output| output.status.success()) {
        println!("skipped: namespaces of its own are refused here");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    if cfg!(not(all(target_os = "linux", target_arch = "x86_64"))) {
        println!("skipped: only x86_64 is shown");
        return;
    }
    make_root(folder.path()).unwrap();

    let output = alone("python3")
        .arg("-B")
        .arg(root().join("scripts/images/resolver.py"))
        .args(SERVICES)
        .args(["--", "chroot"])
        .arg(folder.path().join("root"))
        .arg("/lookup")
        .args(LOOKUPS.map(|(name, _)| name))
        .output()
        .unwrap();
    let (said, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}{errors}");
    let (asked, resolved): (Vec<&str>, Vec<&str>) = said.lines().partition(|line| line.starts_with("asked "));
    assert_eq!(resolved, LOOKUPS.map(|(name, address)| format!("{name} {address}")), "{said}");

    // Not by luck: the domains were gone through in their order, and what needs no server asked none.
    let asked: BTreeSet<&str> = asked.into_iter().map(|line| line.trim_start_matches("asked ")).collect();
    for domain in ["docmill.svc.cluster.local", "svc.cluster.local", "cluster.local"] {
        assert!(asked.contains(format!("messaging.{domain}").as_str()), "{asked:?}");
    }
    assert!(!asked.iter().any(|name| name.contains("localhost") || name.starts_with("10.")), "{asked:?}");
}
