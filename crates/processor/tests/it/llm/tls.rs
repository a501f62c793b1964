//! TLS: a certificate as the proof of who is calling, authorities of one's own, and HTTP/2 where it is offered.

use docmill_mock_llm::{AiCore, MockLlm, Options};
use docmill_processor::llm::{LlmError, Treatment};
use docmill_testkit::tls::{Authority, TlsFront, ca_file};
use serde_json::json;
use tempfile::TempDir;

use super::{customer, llm, question, told};

#[tokio::test]
async fn a_certificate_is_the_proof_where_the_binding_has_one() {
    docmill_chassis::run::install_tls();
    let (authority, stranger, folder) = (Authority::new(), Authority::new(), TempDir::new().unwrap());
    // With an empty secret the mock takes whom the front in front of it let through.
    let ai_core = AiCore { client_secret: String::new(), ..AiCore::default() };
    let mock = MockLlm::start(Options { ai_core: ai_core.clone(), ..Options::default() }).await.unwrap();
    let front = TlsFront::start(authority.server(true, &[b"http/1.1"]), mock.address()).await;
    let ca = ca_file(&folder, &authority);
    let client = |signer: &Authority| {
        let (certificate, key) = signer.sign("client");
        let service_key = json!({
            "clientid": ai_core.client_id,
            "credential-type": "x509",
            "certificate": certificate.pem(),
            "key": key.serialize_pem(),
            "certurl": front.url(),
            "serviceurls": {"AI_API_URL": format!("http://{}", mock.address())},
        });
        let keys = [("PROVIDER", "sap-ai-core"), ("MODEL", "mock-llm"), ("CA_FILE", ca.as_str())];
        llm(&keys, &[("AICORE_SERVICE_KEY", service_key.to_string())], Vec::new())
    };
    assert_eq!(customer(&client(&authority).complete(&question("ACME")).await.unwrap()), "ACME");
    assert_eq!((front.seen().len(), mock.stats().ai_core.tokens_given), (1, 1));
    // One that another authority signed isn't let through; nothing reaches the token service.
    let error = client(&stranger).complete(&question("ACME")).await.unwrap_err();
    assert!(told(&error).contains("token service can't be reached"), "{}", told(&error));
    assert_eq!(error.treatment(), Treatment::RetrySoon);
    assert_eq!(mock.stats().ai_core.token_requests, 1);
}

#[tokio::test]
async fn variables_may_hold_the_certificate_in_one_line_or_name_its_file() {
    docmill_chassis::run::install_tls();
    let (authority, folder) = (Authority::new(), TempDir::new().unwrap());
    let ai_core = AiCore { client_secret: String::new(), ..AiCore::default() };
    let mock = MockLlm::start(Options { ai_core: ai_core.clone(), ..Options::default() }).await.unwrap();
    let front = TlsFront::start(authority.server(true, &[b"http/1.1"]), mock.address()).await;
    let ca = ca_file(&folder, &authority);
    let (certificate, key) = authority.sign("client");
    let file = |name: &str, pem: String| {
        let path = folder.path().join(name);
        std::fs::write(&path, pem).unwrap();
        path.display().to_string()
    };
    let in_one_line = |pem: String| pem.trim().lines().collect::<Vec<_>>().join("\\n");
    for (certificate, key) in [
        (
            ("AICORE_CERT_STR", in_one_line(certificate.pem())),
            ("AICORE_KEY_STR", in_one_line(key.serialize_pem())),
        ),
        (
            ("AICORE_CERT_FILE_PATH", file("cert.pem", certificate.pem())),
            ("AICORE_KEY_FILE_PATH", file("key.pem", key.serialize_pem())),
        ),
    ] {
        let around = [
            ("AICORE_CLIENT_ID", ai_core.client_id.clone()),
            ("AICORE_AUTH_URL", front.url()),
            ("AICORE_BASE_URL", format!("http://{}/v2", mock.address())),
            certificate,
            key,
        ];
        let keys = [("PROVIDER", "sap-ai-core"), ("MODEL", "mock-llm"), ("CA_FILE", ca.as_str())];
        let llm = llm(&keys, &around, Vec::new());
        assert_eq!(customer(&llm.complete(&question("ACME")).await.unwrap()), "ACME");
    }
}

#[tokio::test]
async fn authorities_of_ones_own_are_trusted_and_others_are_not() {
    docmill_chassis::run::install_tls();
    let (authority, folder) = (Authority::new(), TempDir::new().unwrap());
    let mock = MockLlm::start(Options::default()).await.unwrap();
    let front = TlsFront::start(authority.server(false, &[b"http/1.1"]), mock.address()).await;
    let base_url = format!("{}/v1", front.url());
    let keys = [("BASE_URL", base_url.as_str()), ("MODEL", "mock-llm")];
    let error = llm(&keys, &[], Vec::new()).complete(&question("ACME")).await.unwrap_err();
    assert!(matches!(error, LlmError::Unreachable { .. }), "{error:?}");
    let ca = ca_file(&folder, &authority);
    let llm = llm(&[keys[0], keys[1], ("CA_FILE", ca.as_str())], &[], Vec::new());
    assert_eq!(customer(&llm.complete(&question("ACME")).await.unwrap()), "ACME");
}

#[tokio::test]
async fn http_2_is_spoken_where_it_is_offered() {
    docmill_chassis::run::install_tls();
    let (authority, folder) = (Authority::new(), TempDir::new().unwrap());
    let mock = MockLlm::start(Options::default()).await.unwrap();
    let ca = ca_file(&folder, &authority);
    for (offered, spoken) in [(&[&b"h2"[..], b"http/1.1"][..], "h2"), (&[b"http/1.1"], "http/1.1")] {
        let front = TlsFront::start(authority.server(false, offered), mock.address()).await;
        let base_url = format!("{}/v1", front.url());
        let keys = [("BASE_URL", base_url.as_str()), ("MODEL", "mock-llm"), ("CA_FILE", ca.as_str())];
        // Behind the front is a server of HTTP/1.1, so a call by HTTP/2 fails; what counts is what was agreed on.
        drop(llm(&keys, &[], Vec::new()).complete(&question("ACME")).await);
        assert_eq!(front.seen().first(), Some(&Some(spoken.to_owned())));
    }
}
