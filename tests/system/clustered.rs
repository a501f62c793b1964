//! A NATS cluster of three that advertises nothing, as its chart makes it: every stream in three copies, a server that dies under load, and
//! what KEDA finds.

use docmill_contract::names::{self, Lane, Work};
use docmill_mock_llm::Faults;
use docmill_testkit::nats::{NatsOptions, NatsServer};

use crate::keda::{Keda, ScaledObject};
use crate::quota::publish_invoices;
use crate::rig::{Rig, eventually, free_port, id};

/// The servers, by the names of their pods.
const NODES: [&str; 3] = ["nats-0", "nats-1", "nats-2"];

/// Documents: enough that some are in every state when the server dies.
const DOCUMENTS: u64 = 30;

/// What makes server `node` one of the cluster.
fn options(node: usize, ports: [u16; 3]) -> NatsOptions {
    let routes = ports.map(|port| format!("nats://127.0.0.1:{port}")).join(", ");
    let fragment = format!(
        "server_name: {}\ncluster {{ name: docmill, listen: \"127.0.0.1:{}\", routes: [{routes}], no_advertise: true }}",
        NODES[node], ports[node]
    );
    NatsOptions { fragment: Some(fragment), ..Default::default() }
}

/// Which server leads the queue's consumer.
async fn leader(rig: &Rig) -> Option<String> {
    let stream = rig.jetstream().get_stream_no_info(names::STREAM_PROCESS).await.ok()?;
    let info = stream.consumer_info(names::consumer(Work::Process, Lane::Bulk)).await.ok()?;
    info.cluster?.leader
}

/// Waits for so many outcomes; while a leader is elected there is no answer.
async fn outcomes(rig: &Rig, count: u64) {
    eventually("the outcomes", async || {
        let counted = rig.stores.outcomes.count(&id("q3")).await;
        counted.is_ok_and(|counted| counted >= count).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_server_of_three_dies_and_nothing_is_lost() {
    let ports = [free_port(), free_port(), free_port()];
    let others =
        [NatsServer::start_with(options(1, ports)).await, NatsServer::start_with(options(2, ports)).await];
    let settings = [("DOCMILL_NATS__REPLICAS", "3"), ("DOCMILL_NATS__ACK_WAIT_SECONDS", "3")];
    let mut rig = Rig::start_with_login(options(0, ports), &settings).await;
    let [one, two] = others;
    let urls = [rig.nats.url(), one.url(), two.url()].join(",");
    rig.set("DOCMILL_NATS__URL", &urls).set("DOCMILL_NATS__ACK_WAIT_SECONDS", "3");
    // The servers elect first.
    eventually("a leader of the cluster", async || rig.jetstream().query_account().await.ok()).await;
    rig.provision().await;

    rig.mock.control(Faults { delay_ms: 400, ..Faults::default() });
    publish_invoices(&rig, 1..DOCUMENTS + 1).await;
    let fleet = ScaledObject::shipped("processor");
    let nodes =
        [(NODES[0], rig.nats.monitor_url()), (NODES[1], one.monitor_url()), (NODES[2], two.monitor_url())];
    for keda in [Keda::Before220, Keda::Since220] {
        assert_eq!(fleet.lag_in_cluster(&nodes, keda).await, Ok(DOCUMENTS), "{keda:?}");
    }
    // Whichever server is asked first says who leads.
    let [first, second, third] = nodes.clone();
    assert_eq!(fleet.lag_in_cluster(&[third, first, second], Keda::Since220).await, Ok(DOCUMENTS));

    let _workers = (rig.processor(), rig.processor(), rig.analyser());
    outcomes(&rig, 5).await;
    // The test's own connection is to the first; another one leads, and dies.
    let consumer = names::consumer(Work::Process, Lane::Bulk);
    while leader(&rig).await.is_none_or(|leader| leader == NODES[0]) {
        let stepdown = format!("$JS.API.CONSUMER.LEADER.STEPDOWN.{}.{consumer}", names::STREAM_PROCESS);
        drop(rig.connection.client.request(stepdown, "".into()).await);
    }
    let mut servers = [one, two];
    let dying = usize::from(leader(&rig).await.as_deref() == Some(NODES[2]));
    servers[dying].kill();
    outcomes(&rig, DOCUMENTS).await;
    servers[dying].restart().await;

    rig.drained(Work::Process).await;
    let kept = rig.stores.outcomes.of_collection(&id("q3")).await.unwrap();
    let again: Vec<_> =
        kept.iter().filter(|kept| kept.value.revision != 1 || kept.value.failure.is_some()).collect();
    assert!(again.is_empty(), "{again:?}");
    eventually("no lag", async || {
        (fleet.lag_in_cluster(&nodes, Keda::Since220).await == Ok(0)).then_some(())
    })
    .await;
}
