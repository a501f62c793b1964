//! Logging in: by password, NKey and certificate; and what a worker does while its login or a certificate is wrong.

use std::path::Path;
use std::time::{Duration, SystemTime};

use docmill_contract::names::Work;
use docmill_contract::outcome::Status;
use docmill_testkit::nats::NatsOptions;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tempfile::TempDir;

use crate::rig::Rig;

const SAMPLE: &str = "invoice/english-classic.pdf";
pub(crate) const DAY: Duration = Duration::from_secs(24 * 3_600);

/// The test's own login, which stays right while the worker's doesn't.
const TESTER: [(&str, &str); 2] =
    [("DOCMILL_NATS__USER", "tester"), ("DOCMILL_NATS__PASSWORD", "of-the-test")];

fn options(fragment: String) -> NatsOptions {
    NatsOptions { fragment: Some(fragment), ..Default::default() }
}

/// The tester, and another user as it stands.
fn with_tester(other: &str) -> String {
    format!("authorization {{ users: [{{user: tester, password: \"of-the-test\"}}, {{{other}}}] }}")
}

#[tokio::test]
async fn a_worker_with_a_wrong_password_says_so_and_works_once_it_is_right() {
    let right = with_tester("user: mill, password: \"after-the-change\"");
    let wrong = with_tester("user: mill, password: \"before-the-change\"");
    let mut rig = Rig::start_with_login(options(wrong.clone()), &TESTER).await;
    rig.provision().await;
    rig.set("DOCMILL_NATS__USER", "mill").set("DOCMILL_NATS__PASSWORD", "after-the-change");
    rig.submit(SAMPLE, "early").await;
    let mut processor = rig.processor();
    processor.logged("the server refuses the login; correct nats.user and nats.password").await;
    assert!(processor.is_running());
    assert_eq!(rig.outcomes("q3").await, 0);

    rig.nats.options_mut().fragment = Some(right.clone());
    rig.nats.restart().await;
    assert_eq!(rig.outcome("early").await.status, Status::Verified);

    // Changed under a worker that is at work.
    rig.nats.options_mut().fragment = Some(wrong);
    rig.nats.restart().await;
    rig.submit(SAMPLE, "late").await;
    rig.nats.options_mut().fragment = Some(right);
    rig.nats.restart().await;
    let late = rig.outcome("late").await;
    assert_eq!((late.status, late.revision), (Status::Verified, 1));
    rig.drained(Work::Process).await;
    let log = processor.log();
    assert!(!log.contains("-the-change"), "a password is in the log:\n{log}");
    // An attempt is made every second, and this trouble was there twice.
    assert!(log.matches("refuses the login").count() <= 2, "{log}");
}

#[tokio::test]
async fn a_worker_logs_in_by_nkey() {
    // Made for this test; they open nothing.
    let seed = "SUAA7S3CBRV5DSWNPCY574BMM5UBUXNB6KFQGEBQG2RX4PGU5JN57D7LVU";
    let nkey = "UCEBHBLHTGUX7SE6YRHHJIQYAGCLAHSEL7CJETD4OCOCIIC42G553UU7";
    let mut rig = Rig::start_with_login(options(with_tester(&format!("nkey: {nkey}"))), &TESTER).await;
    rig.provision().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("processor.nk");
    std::fs::write(&file, format!("{seed}\n")).unwrap();
    rig.set("DOCMILL_NATS__NKEY_FILE", &file.to_string_lossy());
    let processor = rig.processor();
    rig.submit(SAMPLE, "signed").await;
    assert_eq!(rig.outcome("signed").await.status, Status::Verified);
    assert!(!processor.log().contains(seed));

    std::fs::write(&file, "no seed").unwrap();
    let refused = rig.processor();
    refused.logged("correct nats.nkey_file").await;
    assert_ne!(refused.ended().await, Some(0));
}

/// An authority and what it signs, as files.
pub(crate) struct Authority {
    folder: TempDir,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        std::fs::write(folder.path().join("ca.pem"), params.self_signed(&key).unwrap().pem()).unwrap();
        Self { issuer: Issuer::new(params, key), folder }
    }

    pub(crate) fn file(&self, name: &str) -> String {
        self.folder.path().join(name).to_string_lossy().into_owned()
    }

    /// Writes `<name>.pem` and `<name>.key`, for this machine, valid until then.
    pub(crate) fn sign(&self, name: &str, until: SystemTime) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        params.not_after = until.into();
        let pem = params.signed_by(&key, &self.issuer).unwrap().pem();
        let write = |file: &str, text: &str| std::fs::write(Path::new(&self.file(file)), text).unwrap();
        write(&format!("{name}.pem"), &pem);
        write(&format!("{name}.key"), &key.serialize_pem());
    }

    /// A server that shows `server.pem` and wants a certificate of this authority.
    pub(crate) fn fragment(&self) -> String {
        let quoted = |name: &str| serde_json::Value::from(self.file(name)).to_string();
        format!(
            "tls {{ cert_file: {}, key_file: {}, ca_file: {}, verify: true }}",
            quoted("server.pem"),
            quoted("server.key"),
            quoted("ca.pem")
        )
    }
}

#[tokio::test]
async fn expired_certificates_are_named_and_new_ones_used() {
    let (now, authority) = (SystemTime::now(), Authority::new());
    authority.sign("server", now + DAY);
    authority.sign("tester", now + DAY);
    let (ca, certificate, key) =
        (authority.file("ca.pem"), authority.file("tester.pem"), authority.file("tester.key"));
    let login = [
        ("DOCMILL_NATS__CA_FILE", ca.as_str()),
        ("DOCMILL_NATS__CERTIFICATE_FILE", certificate.as_str()),
        ("DOCMILL_NATS__KEY_FILE", key.as_str()),
    ];
    let mut rig = Rig::start_with_login(options(authority.fragment()), &login).await;
    rig.provision().await;
    rig.submit(SAMPLE, "first").await;

    // The server's certificate expired yesterday.
    authority.sign("server", now - DAY);
    rig.nats.restart().await;
    authority.sign("worker", now + DAY);
    rig.set("DOCMILL_NATS__CA_FILE", &ca)
        .set("DOCMILL_NATS__CERTIFICATE_FILE", &authority.file("worker.pem"))
        .set("DOCMILL_NATS__KEY_FILE", &authority.file("worker.key"));
    let mut processor = rig.processor();
    processor.logged("a certificate has expired or isn't valid yet; replace the server's").await;
    assert!(processor.is_running());
    authority.sign("server", now + DAY);
    rig.nats.restart().await;
    assert_eq!(rig.outcome("first").await.status, Status::Verified);
    processor.kill().await;

    // The worker's did; a new one is used without a restart.
    authority.sign("worker", now - DAY);
    let mut processor = rig.processor();
    rig.submit(SAMPLE, "second").await;
    processor.logged("no connection to NATS, trying again every second").await;
    assert!(processor.is_running());
    authority.sign("worker", now + DAY);
    assert_eq!(rig.outcome("second").await.status, Status::Verified);
}
