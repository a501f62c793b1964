//! Documents by https: what is fetched, what is refused, and what is tried again.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect};
use axum::routing::get;
use docmill_processor::web::{AddressRules, Forbidden, HostPattern, Web, WebError, WebSettings};
use docmill_testkit::tls::{Authority, TlsFront};
use futures_util::StreamExt as _;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// The largest document.
const BYTES_MAX: u64 = 100;

/// A server by TLS on `localhost`, and the settings of who trusts it and may ask it.
struct Site {
    front: TlsFront,
    settings: WebSettings,
    _serving: JoinSet<()>,
}

impl Site {
    async fn start() -> Self {
        docmill_chassis::run::install_tls();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let behind = listener.local_addr().unwrap();
        let mut serving = JoinSet::new();
        serving.spawn(async move { axum::serve(listener, pages()).await.unwrap() });
        let authority = Authority::new();
        let front = TlsFront::start(authority.server(false, &[b"http/1.1"]), behind).await;
        let settings = WebSettings {
            rules: AddressRules {
                hosts: Vec::new(),
                private_hosts: vec![HostPattern::parse("localhost").unwrap()],
            },
            connect_max: Duration::from_secs(5),
            silence_max: Duration::from_millis(300),
            fetch_max: Duration::from_secs(5),
            late_max: Duration::ZERO,
            authorities_pem: Some(authority.pem().into_bytes()),
        };
        Self { front, settings, _serving: serving }
    }

    /// "bytes" of what is fetched, or "kind: message" without the server's address.
    async fn fetched(&self, settings: &WebSettings, path: &str) -> String {
        let address = format!("{}{path}", self.front.url());
        self.told(Web::new(settings).unwrap().fetch(&address, BYTES_MAX).await)
    }

    fn told(&self, result: Result<bytes::Bytes, WebError>) -> String {
        let error = match result {
            Ok(bytes) => return String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) => error,
        };
        let kind = match &error {
            WebError::NotAnAddress { .. } => "no address",
            WebError::Forbidden { .. } => "forbidden",
            WebError::Refused { .. } => "refused",
            WebError::TooLarge { .. } => "too large",
            WebError::Unreachable { .. } => "unreachable",
        };
        format!("{kind}: {}", error.to_string().replace(&self.front.url(), ""))
    }
}

fn pages() -> Router {
    let chunks = |count: usize| {
        let chunks = futures_util::stream::iter((0..count).map(|_| Ok::<_, std::io::Error>("0123456789")));
        Body::from_stream(chunks)
    };
    let silent = || async {
        let begun = futures_util::stream::iter([Ok::<_, std::io::Error>("%PDF-")]);
        Body::from_stream(begun.chain(futures_util::stream::pending()))
    };
    let redirect = |to: &'static str| get(move || async move { Redirect::temporary(to) });
    Router::new()
        .route("/a.pdf", get(|| async { "%PDF-1.7" }))
        .route("/exact", get(move || async move { chunks(10) }))
        .route("/endless", get(move || async move { chunks(usize::MAX) }))
        .route("/announced", get(|| async { ([(header::CONTENT_LENGTH, "101")], "x".repeat(101)) }))
        .route("/silent", get(silent))
        .route("/gone", get(|| async { StatusCode::NOT_FOUND }))
        .route("/secret", get(|| async { StatusCode::FORBIDDEN }))
        .route("/busy", get(|| async { (StatusCode::SERVICE_UNAVAILABLE, "later").into_response() }))
        .route("/moved", redirect("/a.pdf"))
        .route("/round", redirect("/round"))
        .route("/plain", redirect("http://localhost/a.pdf"))
        .route("/metadata", redirect("https://169.254.169.254/latest/meta-data/"))
        .route("/inside", redirect("https://127.0.0.1/a.pdf"))
}

#[tokio::test]
async fn addresses_give_documents_or_a_reason() {
    let site = Site::start().await;
    let rows = [
        ("/a.pdf", "%PDF-1.7"),
        ("/moved", "%PDF-1.7"),
        ("/exact", &"0123456789".repeat(10)),
        (
            "/endless",
            "too large: /endless has more than the 100 bytes that a document may have (`pdf.document_bytes_max`)",
        ),
        (
            "/announced",
            "too large: /announced has more than the 100 bytes that a document may have (`pdf.document_bytes_max`)",
        ),
        ("/silent?token=secret", "unreachable: /silent?… can't be fetched now: it takes too long"),
        ("/gone", "refused: /gone answers 404 Not Found: publish the document there before its job"),
        (
            "/secret?sig=1",
            "refused: /secret?… answers 403 Forbidden: sign the address for longer than the job may wait, or store the PDF as an object",
        ),
        ("/busy", "unreachable: /busy can't be fetched now: it answers 503 Service Unavailable"),
        ("/round", "forbidden: /round may not be fetched: it leads on more than 5 times"),
        ("/plain", "forbidden: /plain may not be fetched: it is not an https address"),
        (
            "/metadata",
            "forbidden: /metadata may not be fetched: the host 169.254.169.254 is at 169.254.169.254, which is not public: list it in `web.private_hosts` if it may be asked",
        ),
        (
            "/inside",
            "forbidden: /inside may not be fetched: the host 127.0.0.1 is at 127.0.0.1, which is not public: list it in `web.private_hosts` if it may be asked",
        ),
    ];
    for (path, expected) in rows {
        assert_eq!(site.fetched(&site.settings, path).await, expected, "{path}");
    }
}

#[tokio::test]
async fn a_name_that_leads_into_a_private_network_is_refused_before_anything_is_sent() {
    let site = Site::start().await;
    let strict = WebSettings { rules: AddressRules::default(), ..site.settings.clone() };
    let refused = Web::new(&strict).unwrap().fetch(&format!("{}/a.pdf", site.front.url()), BYTES_MAX).await;
    let Err(WebError::Forbidden { why: Forbidden::NotPublic { host, .. }, .. }) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(host, "localhost");
    let elsewhere =
        AddressRules { hosts: vec![HostPattern::parse("example.com").unwrap()], ..AddressRules::default() };
    let listed = WebSettings { rules: elsewhere, ..site.settings.clone() };
    let told = site.fetched(&listed, "/a.pdf").await;
    assert_eq!(told, "forbidden: /a.pdf may not be fetched: the host localhost is not among `web.hosts`");
    assert_eq!(site.front.seen().len(), 0, "nobody was connected to");
}

#[tokio::test]
async fn who_is_not_known_or_not_there_is_tried_again() {
    let site = Site::start().await;
    let untrusting = WebSettings { authorities_pem: None, ..site.settings.clone() };
    let told = site.fetched(&untrusting, "/a.pdf?token=secret").await;
    assert!(
        told.starts_with("unreachable: /a.pdf?… can't be fetched now: ") && !told.contains("secret"),
        "{told}"
    );
    // A port that nobody listens at: the listener is gone.
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let nobody = format!("https://localhost:{port}/a.pdf");
    let told = site.told(Web::new(&site.settings).unwrap().fetch(&nobody, BYTES_MAX).await);
    assert!(told.starts_with("unreachable: "), "{told}");
    let told = site.told(Web::new(&site.settings).unwrap().fetch("invoice.pdf?secret", BYTES_MAX).await);
    assert_eq!(
        told,
        "no address: \"invoice.pdf\" is not an address: write it as in https://example.com/invoice.pdf"
    );
}
