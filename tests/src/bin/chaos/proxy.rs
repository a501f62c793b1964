//! The test's own network between one worker and the server: slow, cut, or holding everything back for a while.
//!
//! One per worker, so that each fault meets one of them. Whatever passes is passed on whole and in order: what comes late
//! is what a worker sent before it was believed to be dead.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

/// Bytes read at once.
const READ_BYTES: usize = 64 * 1024;

/// Pieces on the way in one direction.
const PIECES_MAX: usize = 256;

/// What the network does.
#[derive(Debug, Clone, Copy, Default)]
struct State {
    /// Connections made under an earlier number are cut.
    cuts: u64,
    /// Nothing arrives.
    stalled: bool,
}

/// A network between one client and one server. Dropping it cuts everything.
#[derive(Debug)]
pub(crate) struct Proxy {
    address: SocketAddr,
    state: watch::Sender<State>,
    // Aborts the tasks when dropped.
    _tasks: JoinSet<()>,
}

impl Proxy {
    /// A network to `target`, on which everything takes `latency` in each direction.
    pub(crate) async fn start(target: SocketAddr, latency: Duration) -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let (state, watched) = watch::channel(State::default());
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                connections.spawn(connect(client, target, latency, watched.clone()));
                while connections.try_join_next().is_some() {}
            }
        });
        Ok(Self { address, state, _tasks: tasks })
    }

    /// Where clients connect.
    pub(crate) fn url(&self) -> String {
        format!("nats://{}", self.address)
    }

    /// Cuts every connection at once; new ones are taken.
    pub(crate) fn cut(&self) {
        self.state.send_modify(|state| state.cuts += 1);
    }

    /// Holds everything back, in both directions, until [`Self::flow`].
    pub(crate) fn stall(&self) {
        self.state.send_modify(|state| state.stalled = true);
    }

    /// Lets everything arrive that was held back.
    pub(crate) fn flow(&self) {
        self.state.send_modify(|state| state.stalled = false);
    }
}

/// One connection, until either side closes it or it is cut.
async fn connect(client: TcpStream, target: SocketAddr, latency: Duration, state: watch::Receiver<State>) {
    // A server that is down refuses: the client sees its connection closed.
    let Ok(server) = TcpStream::connect(target).await else { return };
    // Without it small messages would wait for the peer's acknowledgement, which is no fault of the plan.
    drop((client.set_nodelay(true), server.set_nodelay(true)));
    let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
    let mut cut = state.clone();
    let made_under = cut.borrow().cuts;
    tokio::select! {
        () = pass(from_client, to_server, latency, state.clone()) => {}
        () = pass(from_server, to_client, latency, state) => {}
        _ = cut.wait_for(|state| state.cuts > made_under) => {}
    }
}

/// One direction.
async fn pass(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    latency: Duration,
    mut state: watch::Receiver<State>,
) {
    let (send, mut receive) = mpsc::channel::<(Instant, BytesMut)>(PIECES_MAX);
    let reading = async move {
        loop {
            let mut piece = BytesMut::with_capacity(READ_BYTES);
            match from.read_buf(&mut piece).await {
                Ok(0) | Err(_) => return,
                Ok(_) => {}
            }
            if send.send((Instant::now() + latency, piece)).await.is_err() {
                return;
            }
        }
    };
    let writing = async move {
        while let Some((due, piece)) = receive.recv().await {
            tokio::time::sleep_until(due).await;
            // An error means that the proxy itself is gone.
            if state.wait_for(|state| !state.stalled).await.is_err() || to.write_all(&piece).await.is_err() {
                return;
            }
        }
    };
    // What was sent before a close still arrives: reading ends the channel, writing empties it.
    tokio::join!(reading, writing);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Long enough for a byte to pass, if it may.
    const A_MOMENT: Duration = Duration::from_millis(50);

    #[tokio::test]
    async fn what_is_held_back_arrives_later_and_a_cut_ends_the_connection() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let proxy = Proxy::start(listener.local_addr().unwrap(), Duration::from_millis(1)).await.unwrap();
        let mut client = TcpStream::connect(proxy.address).await.unwrap();
        let (mut server, _) = listener.accept().await.unwrap();
        client.write_all(b"a").await.unwrap();
        assert_eq!(server.read_u8().await.unwrap(), b'a');
        proxy.stall();
        client.write_all(b"b").await.unwrap();
        server.write_all(b"c").await.unwrap();
        assert!(tokio::time::timeout(A_MOMENT, server.read_u8()).await.is_err());
        assert!(tokio::time::timeout(A_MOMENT, client.read_u8()).await.is_err());
        proxy.flow();
        assert_eq!((server.read_u8().await.unwrap(), client.read_u8().await.unwrap()), (b'b', b'c'));
        proxy.cut();
        assert!(server.read_u8().await.is_err() && client.read_u8().await.is_err());
        let mut client = TcpStream::connect(proxy.address).await.unwrap();
        let (mut server, _) = listener.accept().await.unwrap();
        client.write_all(b"d").await.unwrap();
        drop(client);
        assert_eq!(server.read_u8().await.unwrap(), b'd', "what a dead client sent still arrives");
    }
}
