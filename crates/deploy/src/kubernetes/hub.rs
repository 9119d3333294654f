//! The hub: three NATS servers with disks, that lose nothing when one of them is killed.

use super::{HUB_SERVERS, metadata, pods, policies, selector};
use crate::fleet::Fleet;
use crate::nats::{self, CLIENT_PORT, CLUSTER_PORT, LEAF_PORT, MONITOR_PORT, Ports, ServerName, ServerPlace};
use serde_json::{Value, json};

/// The name of everything that the hub consists of.
pub(super) const NAME: &str = "nats-hub";

/// The name under which one server of the hub is known to the others.
pub(super) fn server_host(fleet: &Fleet, number: usize) -> String {
    format!("{NAME}-{number}.{NAME}-servers.{}.svc", fleet.name())
}

pub(super) fn documents(fleet: &Fleet) -> Vec<Value> {
    vec![
        json!({
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": metadata(fleet, NAME, NAME),
            "data": {"nats.conf": configuration(fleet)},
        }),
        servers_service(fleet),
        entry_service(fleet),
        stateful_set(fleet),
        json!({
            "apiVersion": "policy/v1",
            "kind": "PodDisruptionBudget",
            "metadata": metadata(fleet, NAME, NAME),
            // Streams of three copies go on with two.
            "spec": {"maxUnavailable": 1, "selector": selector(NAME)},
        }),
        policies::hub(fleet, NAME),
    ]
}

fn configuration(fleet: &Fleet) -> String {
    let routes: Vec<String> =
        (0..HUB_SERVERS).map(|number| format!("{}:{CLUSTER_PORT}", server_host(fleet, number))).collect();
    nats::hub(fleet, &place(ServerName::Variable(pods::NAME_VARIABLE.to_owned()), fleet.hub().storage_gib), &routes)
}

/// Where a server finds its files in a container.
pub(super) fn place(name: ServerName, storage_gib: u32) -> ServerPlace {
    ServerPlace {
        name,
        tls: pods::TLS_FOLDER.to_owned(),
        store: pods::STORE_FOLDER.to_owned(),
        // The rest is for what a server writes beside its streams.
        store_bytes_max: (u64::from(storage_gib) << 30) / 10 * 9,
        listen: "0.0.0.0".to_owned(),
        monitor: "0.0.0.0".to_owned(),
        ports: Ports::default(),
    }
}

/// Gives each server a name of its own, also before it is ready: they have to find each other to become so.
fn servers_service(fleet: &Fleet) -> Value {
    let port = |name: &str, port: u16| json!({"name": name, "port": port, "targetPort": name, "protocol": "TCP"});
    json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata(fleet, &format!("{NAME}-servers"), NAME),
        "spec": {
            "clusterIP": "None",
            "publishNotReadyAddresses": true,
            "selector": {"app.kubernetes.io/instance": NAME},
            "ports": [port("nats", CLIENT_PORT), port("cluster", CLUSTER_PORT), port("monitor", MONITOR_PORT)],
        },
    })
}

/// Where regions and controllers come in from outside.
fn entry_service(fleet: &Fleet) -> Value {
    let port = |name: &str, port: u16| json!({"name": name, "port": port, "targetPort": name, "protocol": "TCP"});
    json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata(fleet, NAME, NAME),
        "spec": {
            "type": "LoadBalancer",
            "selector": {"app.kubernetes.io/instance": NAME},
            "ports": [port("nats", CLIENT_PORT), port("leaf", LEAF_PORT)],
        },
    })
}

fn stateful_set(fleet: &Fleet) -> Value {
    json!({
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": metadata(fleet, NAME, NAME),
        "spec": {
            "replicas": HUB_SERVERS,
            "serviceName": format!("{NAME}-servers"),
            // A cluster of which two servers wait for the first never finds itself.
            "podManagementPolicy": "Parallel",
            "updateStrategy": {"type": "RollingUpdate"},
            "selector": selector(NAME),
            "template": pods::nats_pod(fleet, NAME, NAME, true),
            "volumeClaimTemplates": [pods::claim("store", &format!("{}Gi", fleet.hub().storage_gib))],
        },
    })
}
