//! Somebody on the way: a server that has lost its TLS, one that sends clients elsewhere, an endpoint without TLS.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use docmill_contract::outcome::Status;
use docmill_testkit::nats::NatsOptions;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::logins::{Authority, DAY};
use crate::rig::{Rig, eventually};

const PASSWORD: &str = "not-for-everybody-on-the-way";

/// A server without TLS that keeps what it hears, connection by connection.
struct Impostor {
    address: SocketAddr,
    heard: Arc<Mutex<Vec<Vec<u8>>>>,
    // Ends it when dropped.
    _serving: JoinSet<()>,
}

impl Impostor {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let heard: Arc<Mutex<Vec<Vec<u8>>>> = Arc::default();
        let kept = Arc::clone(&heard);
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            let info = json!({
                "server_id": "X", "server_name": "X", "version": "2.15.0", "proto": 1, "go": "go1.26", "headers": true,
                "host": "127.0.0.1", "port": address.port(), "max_payload": 1_048_576, "jetstream": true,
            });
            loop {
                let (mut connection, _) = listener.accept().await.unwrap();
                let mut said = vec![0; 4096];
                drop(connection.write_all(format!("INFO {info}\r\n").as_bytes()).await);
                let length = connection.read(&mut said).await.unwrap_or_default();
                said.truncate(length);
                kept.lock().unwrap().push(said);
            }
        });
        Self { address, heard, _serving: serving }
    }

    /// What the first so many connections said.
    async fn heard(&self, connections: usize) -> Vec<Vec<u8>> {
        let heard = async || {
            let heard = self.heard.lock().unwrap().clone();
            (heard.len() >= connections).then_some(heard)
        };
        eventually("a connection to the impostor", heard).await
    }
}

fn says(bytes: &[u8], text: &str) -> bool {
    String::from_utf8_lossy(bytes).contains(text)
}

#[tokio::test]
async fn a_password_is_not_told_to_a_server_that_has_lost_its_tls() {
    let mut rig = Rig::start_unprovisioned(NatsOptions::default()).await;
    let impostor = Impostor::start().await;
    rig.set("DOCMILL_NATS__USER", "mill").set("DOCMILL_NATS__PASSWORD", PASSWORD);

    rig.set("DOCMILL_NATS__URL", &format!("tls://{}", impostor.address));
    let insists = rig.processor();
    for said in impostor.heard(3).await {
        // Either nothing, or how TLS begins.
        assert!(said.first().is_none_or(|&first| first == 0x16), "{}", String::from_utf8_lossy(&said));
        assert!(!says(&said, "CONNECT") && !says(&said, PASSWORD));
    }
    insists.logged("TLS fails").await;
    insists.kill().await;

    // Without it the password is there for everybody: what this test would see.
    let impostor = Impostor::start().await;
    rig.set("DOCMILL_NATS__URL", &format!("nats://{}", impostor.address));
    let _trusts = rig.processor();
    assert!(says(&impostor.heard(1).await[0], PASSWORD));
}

/// Passes connections on to a server, but tells clients of another server as if this one had.
struct Tempter {
    address: SocketAddr,
    whole: watch::Sender<bool>,
    connections: watch::Receiver<usize>,
    _serving: JoinSet<()>,
}

impl Tempter {
    async fn start(server: u16, other: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (whole, state) = watch::channel(true);
        let (count, connections) = watch::channel(0);
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            let mut passing = JoinSet::new();
            loop {
                let (near, _) = listener.accept().await.unwrap();
                count.send_modify(|count| *count += 1);
                passing.spawn(pass_on(near, server, other, state.clone()));
            }
        });
        Self { address, whole, connections, _serving: serving }
    }
}

async fn pass_on(mut near: TcpStream, server: u16, other: SocketAddr, mut whole: watch::Receiver<bool>) {
    if !*whole.borrow() {
        return;
    }
    let mut far = BufReader::new(TcpStream::connect(("127.0.0.1", server)).await.unwrap());
    let mut line = String::new();
    far.read_line(&mut line).await.unwrap();
    let mut info: Value = serde_json::from_str(line.strip_prefix("INFO ").unwrap()).unwrap();
    info["connect_urls"] = json!([other.to_string()]);
    near.write_all(format!("INFO {info}\r\n").as_bytes()).await.unwrap();
    let copied = tokio::io::copy_bidirectional(&mut near, &mut far);
    tokio::select! {
        _ = copied => {}
        _ = whole.wait_for(|whole| !whole) => {}
    }
}

#[tokio::test]
async fn a_server_cannot_send_clients_elsewhere_before_it_has_shown_its_certificate() {
    let authority = Authority::new();
    authority.sign("server", SystemTime::now() + DAY);
    authority.sign("client", SystemTime::now() + DAY);
    let users = format!("authorization {{ users: [{{user: mill, password: \"{PASSWORD}\"}}] }}");
    let (ca, certificate, key) =
        (authority.file("ca.pem"), authority.file("client.pem"), authority.file("client.key"));
    let login = [
        ("DOCMILL_NATS__CA_FILE", ca.as_str()),
        ("DOCMILL_NATS__CERTIFICATE_FILE", certificate.as_str()),
        ("DOCMILL_NATS__KEY_FILE", key.as_str()),
        ("DOCMILL_NATS__USER", "mill"),
        ("DOCMILL_NATS__PASSWORD", PASSWORD),
    ];
    let options =
        NatsOptions { fragment: Some(format!("{}\n{users}", authority.fragment())), ..Default::default() };
    let mut rig = Rig::start_with_login(options, &login).await;
    rig.provision().await;
    for (key, value) in login {
        rig.set(key, value);
    }
    let impostor = Impostor::start().await;
    let tempter = Tempter::start(rig.nats.port(), impostor.address).await;
    rig.set("DOCMILL_NATS__URL", &format!("tls://{}", tempter.address));
    let _processor = rig.processor();
    rig.submit("invoice/english-classic.pdf", "before").await;
    assert_eq!(rig.outcome("before").await.status, Status::Verified);

    // Now it has to look for a server, and tries the one it knows again and again.
    tempter.whole.send_replace(false);
    let before = *tempter.connections.borrow();
    let mut connections = tempter.connections.clone();
    connections.wait_for(|&count| count >= before + 5).await.unwrap();
    assert_eq!(impostor.heard.lock().unwrap().len(), 0, "it went where it was sent");
    tempter.whole.send_replace(true);
    rig.submit("invoice/german-modern.pdf", "after").await;
    assert_eq!(rig.outcome("after").await.status, Status::Verified);
}

#[tokio::test]
async fn a_key_that_leaves_the_machine_unencrypted_is_warned_of() {
    for (base_url, is_warned_of) in [
        ("http://llm.example.com/v1", true),
        ("https://llm.example.com/v1", false),
        ("http://127.0.0.1:8081/v1", false),
    ] {
        let mut rig = Rig::start().await;
        rig.set("DOCMILL_LLM__BASE_URL", base_url).set("DOCMILL_LLM__API_KEY", "k");
        let processor = rig.processor();
        processor.logged("first pull").await;
        assert_eq!(processor.log().contains("unencrypted: use https"), is_warned_of, "{base_url}");
    }
}
