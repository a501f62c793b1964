//! A server that keeps what it is sent and answers as it is told: for what the mock is too well-behaved for.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// A completion that says `{}`.
pub(super) const ANSWER: &str = r#"{"choices":[{"message":{"content":"{}"},"finish_reason":"stop"}]}"#;

/// What an answer is: its head and body, and whether it ends with it.
#[derive(Debug, Clone)]
pub(super) enum Answer {
    /// A whole response.
    Whole { status: u16, headers: String, body: String },
    /// A head that promises more than ever comes.
    Begun,
    /// Nothing at all.
    Silence,
}

/// A request as it came.
#[derive(Debug, Clone)]
pub(super) struct Recorded {
    /// Request line and headers, in lower case but for the line.
    pub(super) head: String,
    pub(super) body: String,
    /// The how manieth connection it came by.
    pub(super) connection: usize,
}

type Decide = dyn Fn(&Recorded) -> Answer + Send + Sync;

pub(super) struct Recorder {
    pub(super) address: SocketAddr,
    seen: Arc<Mutex<Vec<Recorded>>>,
    // Aborts the server when dropped.
    _serving: JoinSet<()>,
}

impl Recorder {
    pub(super) async fn start(decide: impl Fn(&Recorded) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (seen, decide) = (Arc::new(Mutex::new(Vec::new())), Arc::new(decide));
        let mut serving = JoinSet::new();
        let kept = Arc::clone(&seen);
        serving.spawn(async move {
            let mut connections = JoinSet::new();
            for connection in 1.. {
                let Ok((stream, _)) = listener.accept().await else { return };
                let (kept, decide) = (Arc::clone(&kept), Arc::clone(&decide));
                connections.spawn(async move { serve(stream, connection, &kept, &*decide).await });
            }
        });
        Self { address, seen, _serving: serving }
    }

    pub(super) fn seen(&self) -> Vec<Recorded> {
        self.seen.lock().unwrap().clone()
    }
}

/// Serves one connection until the client closes it.
async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    connection: usize,
    kept: &Mutex<Vec<Recorded>>,
    decide: &Decide,
) {
    while let Some((head, body)) = read(&mut stream).await {
        let recorded = Recorded { head, body, connection };
        kept.lock().unwrap().push(recorded.clone());
        let written = match decide(&recorded) {
            Answer::Whole { status, headers, body } => {
                let length = body.len();
                let text =
                    format!("HTTP/1.1 {status} Said\r\n{headers}content-length: {length}\r\n\r\n{body}");
                stream.write_all(text.as_bytes()).await
            }
            Answer::Begun => stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{").await,
            Answer::Silence => Ok(()),
        };
        if written.is_err() {
            return;
        }
    }
}

/// One request: its head in lower case, and its body.
async fn read<S: AsyncRead + Unpin>(stream: &mut S) -> Option<(String, String)> {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        bytes.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(bytes).unwrap().to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).await.ok()?;
    Some((head, String::from_utf8(body).unwrap()))
}
