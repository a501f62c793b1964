//! The Dockerfiles build packages that exist, carry the binaries that manifests start with the list of
//! what they are built from, and run as the user that pods name.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use regex::Regex;

use crate::helm::{all_scenarios, of_kind, root};

fn dockerfile(image: &str) -> String {
    fs::read_to_string(root().join(format!("Dockerfile.{image}"))).unwrap()
}

fn found(pattern: &str, text: &str) -> BTreeSet<String> {
    Regex::new(pattern).unwrap().captures_iter(text).map(|found| found[1].to_owned()).collect()
}

/// The manifests of all packages, as one text.
fn manifests() -> String {
    let packages = fs::read_dir(root().join("crates")).unwrap();
    packages.map(|package| fs::read_to_string(package.unwrap().path().join("Cargo.toml")).unwrap()).collect()
}

fn check(image: &str, binaries: &[&str]) {
    let text = dockerfile(image);
    let named = found(r#"(?m)^name = "(.+)"$"#, &manifests());
    let packages = found(r"--package (\S+)", &text);
    assert!(!packages.is_empty() && packages.is_subset(&named), "{packages:?}");

    let copied = found(r"(?m)&& cp (.+) /root-fs/usr/local/bin/", &text);
    assert_eq!(copied, BTreeSet::from([binaries.join(" ")]));
    assert!(binaries.iter().all(|binary| named.contains(*binary)), "{binaries:?} of {named:?}");
    assert!(text.contains(&format!("ENTRYPOINT [\"/usr/local/bin/{}\"]", binaries[0])));

    let pod = all_scenarios()
        .iter()
        .find_map(|(_, objects)| of_kind(objects, "Deployment").next())
        .map(|deployment| &deployment["spec"]["template"]["spec"]["securityContext"])
        .unwrap();
    assert!(text.contains(&format!("\nUSER {}:{}\n", pod["runAsUser"], pod["runAsGroup"])));
    assert!(text.contains("\nARG FINAL_IMAGE=scratch\n") && text.contains("target-feature=+crt-static"));
}

#[test]
fn images_carry_what_manifests_start() {
    check("processor", &["docmill-processor", "mock-llm", "docmill"]);
    check("analyser", &["docmill-analyser"]);
    let started = all_scenarios().iter().flat_map(|(_, objects)| of_kind(objects, "Deployment")).filter_map(
        |deployment| deployment["spec"]["template"]["spec"]["containers"][0]["command"][0].as_str(),
    );
    let started: BTreeSet<&str> = started.collect();
    assert_eq!(started, BTreeSet::from(["/usr/local/bin/mock-llm"]));
}

/// Both times: the first build makes what the second one links.
#[test]
fn programs_in_images_carry_what_they_are_built_from() {
    for image in ["processor", "analyser"] {
        let text = dockerfile(image);
        let builds = found(r"(?m)^(?:RUN| &&) cargo (.*?build) .*$", &text);
        assert_eq!(builds, BTreeSet::from(["auditable build".to_owned()]), "{image}");
        assert_eq!(text.matches("cargo auditable build --profile dist --locked ").count(), 2, "{image}");
        let made = found(
            r"cargo install --locked --root /auditable --version (\d+\.\d+\.\d+) cargo-auditable\n",
            &text,
        );
        assert_eq!(made.len(), 1, "{image}: one pinned version");
        assert!(
            text.contains("COPY --from=auditable /auditable/bin/cargo-auditable /usr/local/bin/\n"),
            "{image}"
        );
    }
}

/// A program with one section and the names of its sections, and nothing to run.
fn elf(section: &str, content: &[u8]) -> Vec<u8> {
    const HEADER: usize = 64;
    let names = format!("\0{section}\0.shstrtab\0");
    let names_at = HEADER + content.len();
    let table_at = names_at + names.len();
    let mut file = vec![0; HEADER];
    file[..6].copy_from_slice(b"\x7fELF\x02\x01");
    file[0x28..0x30].copy_from_slice(&(table_at as u64).to_le_bytes());
    // Of a section's header: its size; how many there are; which of them has the names.
    for (at, value) in [(0x3A, 64_u16), (0x3C, 3), (0x3E, 2)] {
        file[at..at + 2].copy_from_slice(&value.to_le_bytes());
    }
    file.extend(content.iter().chain(names.as_bytes()));
    let sections = [(0, 0, 0), (1, HEADER, content.len()), (2 + section.len(), names_at, names.len())];
    for (name, at, length) in sections {
        let mut header = [0; HEADER];
        header[..4].copy_from_slice(&u32::try_from(name).unwrap().to_le_bytes());
        header[0x18..0x20].copy_from_slice(&(at as u64).to_le_bytes());
        header[0x20..0x28].copy_from_slice(&(length as u64).to_le_bytes());
        file.extend(header);
    }
    file
}

/// As zlib packs it where it stores without compressing.
fn stored(text: &str) -> Vec<u8> {
    let length = u16::try_from(text.len()).unwrap();
    let (low, high) = text.bytes().fold((1_u32, 0_u32), |(low, high), byte| {
        let low = (low + u32::from(byte)) % 65_521;
        (low, (high + low) % 65_521)
    });
    let sum = (high << 16 | low).to_be_bytes();
    [&[0x78, 1, 1][..], &length.to_le_bytes(), &(!length).to_le_bytes(), text.as_bytes(), &sum].concat()
}

#[test]
fn the_list_in_a_program_is_printed() {
    let check = |program: &[u8], expected: Result<&str, &str>| {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), program).unwrap();
        let said =
            Command::new("python3").arg(root().join("scripts/audit/show.py")).arg(file.path()).output();
        let said = said.unwrap();
        let (out, err) = (String::from_utf8(said.stdout).unwrap(), String::from_utf8(said.stderr).unwrap());
        match expected {
            Ok(expected) => assert_eq!((out.as_str(), said.status.code()), (expected, Some(0)), "{err}"),
            Err(expected) => assert!(err.contains(expected) && said.status.code() == Some(1), "{err}"),
        }
    };
    let list = stored(
        r#"{"packages": [{"name": "b", "version": "0.2.0", "root": true}, {"name": "made-by", "version": "1.0.0", "kind": "build"},
            {"name": "a", "version": "1.0.0", "source": "crates.io"}]}"#,
    );
    check(&elf(".dep-v0", &list), Ok("a 1.0.0\nb 0.2.0\n"));
    check(&elf(".text", &list), Err("it wasn't built by `cargo auditable build`"));
    check(&elf(".dep-v0", b"no list"), Err("incorrect header"));
    check(b"#!/bin/sh", Err("it is no program for 64-bit Linux"));
}
