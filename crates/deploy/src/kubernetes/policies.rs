//! Who may talk to whom on the network. First nobody, then what is needed.
//!
//! A cluster whose network plug-in doesn't know these objects ignores them without a word; the guide says how to see it.
//! The kubelet's probes come from the node and are always let through.

use super::{metadata, of_component};
use crate::fleet::Fleet;
use crate::nats::{CLIENT_PORT, CLUSTER_PORT, LEAF_PORT};
use serde_json::{Value, json};

/// Where clouds answer their machines' questions, for their credentials among others. No load belongs there.
const METADATA_SERVICE: &str = "169.254.0.0/16";

/// Nothing goes in or out of the namespace but what another policy lets through.
pub(super) fn deny_all(fleet: &Fleet) -> Value {
    policy(fleet, "deny-all", &json!({}), &json!([]), &json!([]))
}

/// Leaf nodes and controllers from anywhere, for they stand elsewhere (who they are is TLS's question); the servers
/// among each other.
pub(super) fn hub(fleet: &Fleet, component: &str) -> Value {
    let servers = json!([{"podSelector": of_component(component)}]);
    let ingress = json!([
        {"ports": [tcp(CLIENT_PORT), tcp(LEAF_PORT)]},
        {"from": servers, "ports": [tcp(CLUSTER_PORT)]},
    ]);
    let egress = json!([names(), {"to": servers, "ports": [tcp(CLUSTER_PORT)]}]);
    policy(fleet, component, &of_component(component), &ingress, &egress)
}

/// Agents of this cluster in, the hub out.
pub(super) fn leaf(fleet: &Fleet, component: &str, agents: &str) -> Value {
    let ingress = json!([{"from": [{"podSelector": of_component(agents)}], "ports": [tcp(CLIENT_PORT)]}]);
    let egress = json!([names(), {"ports": [tcp(LEAF_PORT)]}]);
    policy(fleet, component, &of_component(component), &ingress, &egress)
}

/// Nobody in; the leaf node and the targets out.
pub(super) fn agents(fleet: &Fleet, component: &str, leaf: &str) -> Value {
    let block = |cidr: &String| match cidr.as_str() {
        "0.0.0.0/0" => json!({"ipBlock": {"cidr": cidr, "except": [METADATA_SERVICE]}}),
        _ => json!({"ipBlock": {"cidr": cidr}}),
    };
    let targets: Vec<Value> = fleet.agent().targets.iter().map(block).collect();
    let egress = json!([
        names(),
        {"to": [{"podSelector": of_component(leaf)}], "ports": [tcp(CLIENT_PORT)]},
        {"to": targets},
    ]);
    policy(fleet, component, &of_component(component), &json!([]), &egress)
}

fn policy(fleet: &Fleet, name: &str, pods: &Value, ingress: &Value, egress: &Value) -> Value {
    let mut spec = json!({"podSelector": pods, "policyTypes": ["Ingress", "Egress"]});
    for (direction, rules) in [("ingress", ingress), ("egress", egress)] {
        if rules.as_array().is_some_and(|rules| !rules.is_empty()) {
            spec[direction] = rules.clone();
        }
    }
    json!({
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": metadata(fleet, name, "network-policy"),
        "spec": spec,
    })
}

/// The cluster's DNS, wherever it runs.
fn names() -> Value {
    json!({"ports": [{"protocol": "UDP", "port": 53}, tcp(53)]})
}

fn tcp(port: u16) -> Value {
    json!({"protocol": "TCP", "port": port})
}
