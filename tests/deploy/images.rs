//! The Dockerfiles build packages that exist, carry the binaries that manifests start with the list of
//! what they are built from, and run as the user that pods name.

use std::collections::BTreeSet;
use std::fs;

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
