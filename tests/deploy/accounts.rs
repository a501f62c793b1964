//! `deploy/nats/accounts.conf`: least-privilege logins, made of the contract's names. `UPDATE=1` writes the file anew.
//!
//! What each login can do with it, and what it can't, is tried with a real server by the system tests.

use std::fmt::Write as _;
use std::fs;

use docmill_contract::names::{
    self, BUCKET_DOCUMENTS, BUCKET_EXCERPTS, BUCKET_PAYLOADS, BUCKET_PROFILES, BUCKET_QUOTA, BUCKET_REPLIES,
    BUCKET_STARTS, Lane, STREAM_ANALYSES, STREAM_COLLECTIONS, STREAM_DEAD, STREAM_OUTCOMES, Work,
};

use crate::helm::root;

/// For everybody, and where the chart finds it.
const FILES: [&str; 2] = ["deploy/nats/accounts.conf", "charts/docmill/files/accounts.conf"];

const HEAD: &str = "\
# One account for docmill, with a login for each program that may do no more than its part: docs/ARCHITECTURE.md says who
# writes what. In nats-server's configuration: `include accounts.conf`. Made from the contract's names by
#   UPDATE=1 cargo test --workspace --test deploy accounts
# and tried by the system tests with NATS 2.15: what each login needs works, what it doesn't is refused.
#
# Passwords are variables of the server's environment: letters and digits, beginning with a letter, since the server reads
# 123 as a number. With NKeys, put `nkey: U…` in place of user and password, and nats.nkey_file and nats.inbox_prefix
# (`_INBOX.processor` for the processor, and so on) into docmill's settings; with user and password the inbox follows from the user.
# Whoever watches depth (KEDA, people) asks the monitoring port and needs no login.
#
# What subjects can't do, so that a stolen login can do it all the same:
# - Who asks JetStream chooses where it answers. An answer that is sent to another's subject is stored there, as if its writer
#   had written it: a login keeps honest programs apart, and a stolen one from reading, deleting and plain writing. Where
#   publishers aren't trusted, give them an account of their own that imports what they need.
# - STREAM.PURGE can't be narrowed to subjects: the processor may empty DOCMILL_DEAD, and whoever may put into an object
#   store may empty it (a rollup does that even without STREAM.PURGE).
# - STREAM.MSG.GET and CONSUMER.CREATE (of nameless consumers) can't be narrowed to subjects: who may read one outcome may read all.
# - A work queue's subjects say which lane, not whose jobs: a publisher may publish into any collection.
# - docmill-profiles has names and contents in one bucket: the processor, which keeps contents, could replace a name.
";

/// What one login may do.
struct Login {
    user: &'static str,
    about: &'static str,
    publish: Vec<(&'static str, Vec<String>)>,
    subscribe: Vec<String>,
}

fn api(request: &str) -> String {
    format!("$JS.API.{request}")
}

fn kv(bucket: &str) -> String {
    format!("KV_{bucket}")
}

fn objects(bucket: &str) -> String {
    format!("OBJ_{bucket}")
}

/// Every stream, those of the buckets included.
fn streams() -> Vec<String> {
    let plain = [STREAM_OUTCOMES, STREAM_ANALYSES, STREAM_DEAD, STREAM_COLLECTIONS];
    let queues = Work::ALL.into_iter().map(Work::stream);
    let keys = [BUCKET_PROFILES, BUCKET_REPLIES, BUCKET_QUOTA, BUCKET_STARTS].map(kv);
    let stores = [BUCKET_DOCUMENTS, BUCKET_PAYLOADS, BUCKET_EXCERPTS].map(objects);
    queues.chain(plain).map(str::to_owned).chain(stores).chain(keys).collect()
}

fn consumers(work: Work) -> Vec<String> {
    Lane::ALL.map(|lane| format!("{}.{}", work.stream(), names::consumer(work, lane))).to_vec()
}

fn look_up_consumers(work: Work) -> Vec<String> {
    consumers(work).iter().map(|consumer| api(&format!("CONSUMER.INFO.{consumer}"))).collect()
}

/// Pulling jobs and settling them.
fn work_on(work: Work) -> Vec<String> {
    let pull = consumers(work).into_iter().flat_map(|consumer| {
        [api(&format!("CONSUMER.MSG.NEXT.{consumer}")), format!("$JS.ACK.{consumer}.>")]
    });
    look_up_consumers(work).into_iter().chain(pull).collect()
}

/// Counting the starts of one worker's jobs.
fn count_starts(work: Work) -> Vec<String> {
    let (bucket, key) = (kv(BUCKET_STARTS), format!("$KV.{BUCKET_STARTS}.{}.*", work.as_str()));
    vec![api(&format!("STREAM.INFO.{bucket}")), api(&format!("DIRECT.GET.{bucket}.{key}")), key]
}

/// The last value of a subject.
fn read(stream: &str) -> Vec<String> {
    vec![api(&format!("STREAM.MSG.GET.{stream}"))]
}

/// Values by filter.
fn list(stream: &str) -> Vec<String> {
    let mut requests = vec![api(&format!("CONSUMER.CREATE.{stream}"))];
    requests
        .extend(["INFO", "MSG.NEXT", "DELETE"].map(|request| api(&format!("CONSUMER.{request}.{stream}.*"))));
    requests
}

/// Values by filter as they come: the server wants to know that they are read.
fn follow(stream: &str) -> Vec<String> {
    vec![format!("$JS.FC.{stream}.>")]
}

fn read_keys(bucket: &str) -> Vec<String> {
    let stream = kv(bucket);
    vec![api(&format!("STREAM.INFO.{stream}")), api(&format!("DIRECT.GET.{stream}.$KV.{bucket}.>"))]
}

fn write_keys(bucket: &str) -> Vec<String> {
    vec![format!("$KV.{bucket}.>")]
}

fn list_keys(bucket: &str) -> Vec<String> {
    let stream = kv(bucket);
    let delete = api(&format!("CONSUMER.DELETE.{stream}.*"));
    vec![api(&format!("CONSUMER.CREATE.{stream}")), delete, format!("$JS.FC.{stream}.>")]
}

/// Whether an object is there.
fn find_objects(bucket: &str) -> Vec<String> {
    let stream = objects(bucket);
    vec![api(&format!("STREAM.INFO.{stream}")), api(&format!("DIRECT.GET.{stream}.$O.{bucket}.M.>"))]
}

fn read_objects(bucket: &str) -> Vec<String> {
    let stream = objects(bucket);
    vec![api(&format!("DIRECT.GET.{stream}")), api(&format!("STREAM.MSG.GET.{stream}"))]
}

/// Putting an object; what a put of the same name replaces is purged.
fn write_objects(bucket: &str) -> Vec<String> {
    let purge = api(&format!("STREAM.PURGE.{}", objects(bucket)));
    vec![format!("$O.{bucket}.C.>"), format!("$O.{bucket}.M.>"), purge]
}

fn all_of(stores: &[Vec<String>]) -> Vec<String> {
    stores.concat()
}

fn jobs(work: Work) -> Vec<String> {
    names::job_subjects(work, &Lane::ALL)
}

/// Jobs on a named lane, as the programs publish them.
fn jobs_on_lanes(work: Work) -> Vec<String> {
    let plain = names::plain_job_subject(work);
    jobs(work).into_iter().filter(|subject| *subject != plain).collect()
}

fn dead(work: Work) -> Vec<String> {
    vec![names::DEAD_SUBJECTS.replacen('*', work.as_str(), 1)]
}

fn outcomes() -> Vec<String> {
    vec![names::OUTCOME_SUBJECTS.to_owned()]
}

fn collection(kind: &str) -> Vec<String> {
    let of_kind = names::COLLECTION_SUBJECTS.into_iter().filter(|subject| subject.ends_with(kind));
    of_kind.map(str::to_owned).collect()
}

fn payloads() -> Vec<String> {
    [find_objects, read_objects, write_objects].map(|part| part(BUCKET_PAYLOADS)).concat()
}

fn processor() -> Login {
    Login {
        user: "processor",
        about: "The Data Processor, and `docmill report --narrative`, which asks the model and keeps its reply. The only login \
                that writes docmill-replies.",
        publish: vec![
            (
                "Its jobs, and the next worker's.",
                all_of(&[work_on(Work::Process), jobs_on_lanes(Work::Analyse)]),
            ),
            ("How often a job was started.", count_starts(Work::Process)),
            (
                "PDFs.",
                [find_objects, read_objects, write_objects].map(|part| part(BUCKET_DOCUMENTS)).concat(),
            ),
            ("Large bodies.", payloads()),
            ("Profiles as used.", all_of(&[read_keys(BUCKET_PROFILES), write_keys(BUCKET_PROFILES)])),
            ("Validated replies.", all_of(&[read_keys(BUCKET_REPLIES), write_keys(BUCKET_REPLIES)])),
            ("The fleet's quota.", all_of(&[read_keys(BUCKET_QUOTA), write_keys(BUCKET_QUOTA)])),
            ("Outcomes.", all_of(&[read(STREAM_OUTCOMES), outcomes()])),
            (
                "Dead letters, and their end.",
                all_of(&[
                    read(STREAM_DEAD),
                    dead(Work::Process),
                    vec![api(&format!("STREAM.PURGE.{STREAM_DEAD}"))],
                ]),
            ),
            ("What `docmill report --narrative` reads.", read(STREAM_ANALYSES)),
        ],
        subscribe: Vec::new(),
    }
}

fn analyser() -> Login {
    Login {
        user: "analyser",
        about: "The Data Analyser. The only login that writes analyses, `done` and docmill-excerpts.",
        publish: vec![
            (
                "Its jobs, also those that it asks for itself.",
                all_of(&[work_on(Work::Analyse), jobs_on_lanes(Work::Analyse)]),
            ),
            ("How often a job was started.", count_starts(Work::Analyse)),
            ("Outcomes, to read.", all_of(&[read(STREAM_OUTCOMES), list(STREAM_OUTCOMES)])),
            ("Profiles, to read.", read_keys(BUCKET_PROFILES)),
            ("Large bodies.", payloads()),
            (
                "Excerpts.",
                [find_objects, read_objects, write_objects].map(|part| part(BUCKET_EXCERPTS)).concat(),
            ),
            (
                "Analyses.",
                all_of(&[read(STREAM_ANALYSES), names::ANALYSIS_SUBJECTS.map(str::to_owned).to_vec()]),
            ),
            ("Manifests to read, `done` to write.", all_of(&[read(STREAM_COLLECTIONS), collection("done")])),
            ("Dead letters.", all_of(&[read(STREAM_DEAD), dead(Work::Analyse)])),
        ],
        subscribe: Vec::new(),
    }
}

fn publisher() -> Login {
    let information = streams().into_iter().map(|stream| api(&format!("STREAM.INFO.{stream}")));
    let consumers = Work::ALL.into_iter().flat_map(look_up_consumers);
    Login {
        user: "publisher",
        about: "Whoever hands in documents, by `docmill submit` or with any client.",
        publish: vec![
            ("Jobs.", jobs(Work::Process)),
            ("PDFs, to put.", [find_objects, write_objects].map(|part| part(BUCKET_DOCUMENTS)).concat()),
            ("Manifests.", all_of(&[read(STREAM_COLLECTIONS), collection("manifest"), payloads()])),
            (
                "Outcomes, to read and to wait for.",
                all_of(&[read(STREAM_OUTCOMES), list(STREAM_OUTCOMES), follow(STREAM_OUTCOMES)]),
            ),
            ("Profiles, to read.", all_of(&[read_keys(BUCKET_PROFILES), list_keys(BUCKET_PROFILES)])),
            (
                "Whether everything is provisioned, as `docmill submit` looks.",
                information.chain(consumers).collect(),
            ),
        ],
        subscribe: all_of(&[outcomes(), collection("done")]),
    }
}

fn operator() -> Login {
    let provision = streams().into_iter().flat_map(|stream| {
        ["INFO", "CREATE", "UPDATE"].map(|request| api(&format!("STREAM.{request}.{stream}")))
    });
    let lanes = Work::ALL.into_iter().flat_map(|work| {
        let make = consumers(work).into_iter().map(|consumer| api(&format!("CONSUMER.CREATE.{consumer}")));
        make.chain(look_up_consumers(work)).chain(read(work.stream())).collect::<Vec<_>>()
    });
    let kept = [STREAM_OUTCOMES, STREAM_ANALYSES, STREAM_DEAD, STREAM_COLLECTIONS];
    let look = kept.into_iter().flat_map(|stream| [read(stream), list(stream), follow(stream)].concat());
    let erase = streams().into_iter().flat_map(|stream| {
        let requests = ["PURGE", "MSG.DELETE"].map(|request| api(&format!("STREAM.{request}.{stream}")));
        // A consumer of a queue would take its jobs.
        let is_queue = Work::ALL.iter().any(|work| work.stream() == stream);
        let look = if is_queue { Vec::new() } else { list(&stream) };
        [requests.to_vec(), read(&stream), look].concat()
    });
    let pause = Work::ALL.into_iter().flat_map(consumers);
    let pause = pause.map(|consumer| api(&format!("CONSUMER.PAUSE.{consumer}")));
    Login {
        user: "operator",
        about: "`docmill` for people: provision, status, results, report, review, dead, profile, analyse, submit, forget, pause. It makes \
                streams and never deletes one, and it works on no job.",
        publish: vec![
            ("To provision.", provision.collect()),
            ("Lanes and their depth.", lanes.collect()),
            ("What is kept, to read.", look.collect()),
            ("To erase what there is of a collection or document, in every store.", erase.collect()),
            ("To pause a lane.", pause.collect()),
            ("Jobs.", Work::ALL.into_iter().flat_map(jobs).collect()),
            ("What a person settles in `docmill review`.", outcomes()),
            ("Manifests.", all_of(&[collection("manifest"), payloads()])),
            (
                "PDFs.",
                [find_objects, read_objects, write_objects].map(|part| part(BUCKET_DOCUMENTS)).concat(),
            ),
            ("Profiles.", [read_keys, write_keys, list_keys].map(|part| part(BUCKET_PROFILES)).concat()),
        ],
        subscribe: all_of(&[outcomes(), collection("done")]),
    }
}

fn render() -> String {
    let mut text = HEAD.to_owned();
    let mut line = |line: String| writeln!(text, "{line}").unwrap();
    line("accounts {\n  DOCMILL {\n    jetstream: enabled\n    users: [".to_owned());
    for login in [processor(), analyser(), publisher(), operator()] {
        let (user, variable) = (login.user, login.user.to_uppercase());
        line(format!("      # {}", login.about));
        line(format!("      {{\n        user: {user}, password: $DOCMILL_{variable}_PASSWORD"));
        line("        permissions {\n          publish: [".to_owned());
        let mut said = std::collections::BTreeSet::new();
        for (about, subjects) in login.publish {
            line(format!("            # {about}"));
            // Each once: two parts may need the same request.
            for subject in subjects.into_iter().filter(|subject| said.insert(subject.clone())) {
                line(format!("            \"{subject}\""));
            }
        }
        line("          ]\n          subscribe: [".to_owned());
        for subject in std::iter::once(format!("_INBOX.{user}.>")).chain(login.subscribe) {
            line(format!("            \"{subject}\""));
        }
        line("          ]\n        }\n      }".to_owned());
    }
    line("    ]\n  }\n}".to_owned());
    text
}

#[test]
fn the_example_accounts_are_made_of_the_contracts_names() {
    let wanted = render();
    for path in FILES.map(|file| root().join(file)) {
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&path, &wanted).unwrap();
        }
        assert_eq!(fs::read_to_string(&path).unwrap_or_default(), wanted, "run it with UPDATE=1");
    }
}

#[test]
fn each_kind_has_the_writers_of_the_architecture() {
    let writers = |subject: &str| -> Vec<&str> {
        let may = |login: &Login| {
            login.publish.iter().any(|(_, subjects)| subjects.iter().any(|one| one == subject))
        };
        let logins = [processor(), analyser(), publisher(), operator()];
        logins.into_iter().filter(may).map(|login| login.user).collect()
    };
    let check = |subject: &str, expected: &[&str]| assert_eq!(writers(subject), expected, "{subject}");
    check(&write_keys(BUCKET_REPLIES)[0], &["processor"]);
    check(&write_keys(BUCKET_QUOTA)[0], &["processor"]);
    check(&write_keys(BUCKET_PROFILES)[0], &["processor", "operator"]);
    check(names::OUTCOME_SUBJECTS, &["processor", "operator"]);
    names::ANALYSIS_SUBJECTS.iter().for_each(|subject| check(subject, &["analyser"]));
    check(&collection("done")[0], &["analyser"]);
    check(&collection("manifest")[0], &["publisher", "operator"]);
    check(&write_objects(BUCKET_EXCERPTS)[0], &["analyser"]);
    check(&write_objects(BUCKET_DOCUMENTS)[0], &["processor", "publisher", "operator"]);
    check(&dead(Work::Process)[0], &["processor"]);
    check(&dead(Work::Analyse)[0], &["analyser"]);
    for stream in streams() {
        check(&api(&format!("STREAM.DELETE.{stream}")), &[]);
        check(&api(&format!("STREAM.CREATE.{stream}")), &["operator"]);
    }
}
