//! A server older than docmill needs, then the right one in its place.

use std::collections::HashMap;

use docmill_contract::outcome::Status;
use docmill_testkit::nats::NatsOptions;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::rig::{Rig, eventually};

const SAMPLE: &str = "invoice/english-classic.pdf";

/// An old nats-server, as far as a worker can see; gone when dropped.
struct OldServer {
    _serving: JoinSet<()>,
}

impl OldServer {
    async fn listen(port: u16) -> Self {
        let bind = async || TcpListener::bind(("127.0.0.1", port)).await.ok();
        let listener = eventually("the port is free", bind).await;
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(answer(stream));
            }
        });
        Self { _serving: serving }
    }
}

/// Says what it is, answers pings, and that there are no jobs.
async fn answer(mut stream: TcpStream) {
    let info = r#"INFO {"server_id":"OLD","server_name":"old","version":"2.9.25","go":"go1.21","host":"127.0.0.1","port":4222,"headers":true,"max_payload":1048576,"proto":1,"jetstream":true}"#;
    let (read, mut write) = stream.split();
    let mut answer = format!("{info}\r\n");
    let mut lines = BufReader::new(read).lines();
    // The ids of the client's subscriptions, by their subjects.
    let mut subscriptions = HashMap::new();
    while write.write_all(answer.as_bytes()).await.is_ok() {
        let Ok(Some(line)) = lines.next_line().await else { return };
        let words: Vec<&str> = line.split_whitespace().collect();
        answer = match words.as_slice() {
            ["PING"] => "PONG\r\n".to_owned(),
            ["SUB", subject, id] => {
                subscriptions.insert(subject.trim_end_matches('*').to_owned(), (*id).to_owned());
                String::new()
            }
            ["PUB", subject, inbox, _] if subject.contains(".CONSUMER.MSG.NEXT.") => {
                let of_inbox = subscriptions.iter().find(|(subject, _)| inbox.starts_with(subject.as_str()));
                let status = "NATS/1.0 404 No Messages\r\n\r\n";
                let (id, bytes) = (of_inbox.unwrap().1, status.len());
                format!("HMSG {inbox} {id} {bytes} {bytes}\r\n{status}\r\n")
            }
            _ => String::new(),
        };
    }
}

#[tokio::test]
async fn a_worker_waits_for_a_server_that_is_new_enough() {
    let mut rig = Rig::start_unprovisioned(NatsOptions::default()).await;
    rig.provision().await;
    rig.submit(SAMPLE, "early").await;
    rig.nats.stop().await;
    let says = "is 2.9.25: docmill needs 2.12.5 or later, since older ones lose acknowledged writes";

    // At its start.
    let old = OldServer::listen(rig.nats.port()).await;
    let mut processor = rig.processor();
    processor.logged(says).await;
    assert!(processor.is_running());
    drop(old);
    rig.nats.restart().await;
    assert_eq!(rig.outcome("early").await.status, Status::Verified);

    // Under a worker that is at work.
    rig.nats.stop().await;
    let old = OldServer::listen(rig.nats.port()).await;
    eventually("it says so again", async || (processor.log().matches(says).count() == 2).then_some(())).await;
    drop(old);
    rig.nats.restart().await;
    rig.submit(SAMPLE, "late").await;
    assert_eq!(rig.outcome("late").await.status, Status::Verified);
    assert!(processor.is_running());
}
