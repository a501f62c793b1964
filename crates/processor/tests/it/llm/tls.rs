//! TLS: a certificate as the proof of who is calling, authorities of one's own, and HTTP/2 where it is offered.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use docmill_mock_llm::{AiCore, MockLlm, Options};
use docmill_processor::llm::{LlmError, Treatment};
use rcgen::{BasicConstraints, Certificate, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use serde_json::json;
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use super::{customer, llm, question, told};

/// An authority that lives as long as a test.
struct Authority {
    certificate: Certificate,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        Self { certificate, issuer: Issuer::new(params, key) }
    }

    fn sign(&self, name: &str) -> (Certificate, KeyPair) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        (params.signed_by(&key, &self.issuer).unwrap(), key)
    }

    fn trusted(&self) -> Arc<RootCertStore> {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.der().clone()).unwrap();
        Arc::new(roots)
    }

    /// A server's settings that speak these protocols, and want a certificate of this authority's or none.
    fn server(&self, wants_certificate: bool, protocols: &[&[u8]]) -> ServerConfig {
        let (certificate, key) = self.sign("localhost");
        let chain: Vec<CertificateDer<'static>> = vec![certificate.der().clone()];
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let builder = ServerConfig::builder();
        let builder = if wants_certificate {
            builder.with_client_cert_verifier(WebPkiClientVerifier::builder(self.trusted()).build().unwrap())
        } else {
            builder.with_no_client_auth()
        };
        let mut config = builder.with_single_cert(chain, key).unwrap();
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
        config
    }
}

/// A server that takes TLS off and passes what is inside on to another.
struct TlsFront {
    address: SocketAddr,
    /// What each connection agreed to speak.
    protocols: Arc<Mutex<Vec<Option<String>>>>,
    // Aborts the server when dropped.
    _serving: JoinSet<()>,
}

impl TlsFront {
    async fn start(config: ServerConfig, behind: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let protocols = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&protocols);
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, seen) = (acceptor.clone(), Arc::clone(&seen));
                connections.spawn(async move {
                    let Ok(mut stream) = acceptor.accept(stream).await else { return };
                    let protocol = stream.get_ref().1.alpn_protocol();
                    let protocol = protocol.map(|name| String::from_utf8_lossy(name).into_owned());
                    seen.lock().unwrap().push(protocol);
                    let Ok(mut behind) = TcpStream::connect(behind).await else { return };
                    drop(tokio::io::copy_bidirectional(&mut stream, &mut behind).await);
                });
            }
        });
        Self { address, protocols, _serving: serving }
    }

    fn url(&self) -> String {
        format!("https://localhost:{}", self.address.port())
    }

    fn seen(&self) -> Vec<Option<String>> {
        self.protocols.lock().unwrap().clone()
    }
}

fn ca_file(folder: &TempDir, authority: &Authority) -> String {
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, authority.certificate.pem()).unwrap();
    file.display().to_string()
}

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
