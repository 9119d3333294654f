//! A region's leaf node: what the region's agents talk to, and what keeps their words while the hub can't be reached.
//!
//! One server: when it is away, agents keep everything in their spools, which are larger. It has a disk, so a restart
//! loses nothing.

use super::{agents, hub, metadata, pods, policies, selector};
use crate::fleet::{Fleet, RegionText};
use crate::nats::{self, CLIENT_PORT, LEAF_PORT, ServerName};
use serde_json::{Value, json};

/// The name of everything that the leaf node consists of.
pub(super) const NAME: &str = "nats-leaf";
/// Disk of a leaf node: what 20 agents spool, so that a region can be cut off for as long as its agents allow.
const STORAGE_GIB: u32 = 40;

/// Where agents reach it.
pub(super) fn leaf_host(fleet: &Fleet) -> String {
    format!("{NAME}.{}.svc", fleet.name())
}

pub(super) fn documents(fleet: &Fleet, region: &RegionText) -> Vec<Value> {
    let hub: Vec<String> = fleet.hub().addresses.iter().map(|address| format!("{address}:{LEAF_PORT}")).collect();
    let place = hub::place(ServerName::Given(format!("leaf-{}", region.name)), STORAGE_GIB);
    let configuration = nats::leaf(fleet, region, &place, &hub);
    vec![
        json!({
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": metadata(fleet, NAME, NAME),
            "data": {"nats.conf": configuration},
        }),
        json!({
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": metadata(fleet, NAME, NAME),
            "spec": {
                "selector": {"app.kubernetes.io/instance": NAME},
                "ports": [{"name": "nats", "port": CLIENT_PORT, "targetPort": "nats", "protocol": "TCP"}],
            },
        }),
        json!({
            "apiVersion": "apps/v1",
            "kind": "StatefulSet",
            "metadata": metadata(fleet, NAME, NAME),
            "spec": {
                "replicas": 1,
                "serviceName": NAME,
                "selector": selector(NAME),
                "template": pods::nats_pod(fleet, NAME, NAME, false),
                "volumeClaimTemplates": [pods::claim("store", &format!("{STORAGE_GIB}Gi"))],
            },
        }),
        policies::leaf(fleet, NAME, agents::COMPONENT),
    ]
}
