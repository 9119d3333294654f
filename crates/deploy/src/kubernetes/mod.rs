//! Manifests for Kubernetes: one folder per cluster, `hub/` and one per region, to be applied with `kubectl apply -f`.
//!
//! ```text
//!   hub/       namespace, NATS (3 servers, StatefulSet), Services, PodDisruptionBudget, NetworkPolicies
//!   REGION/    namespace, leaf node (StatefulSet), a StatefulSet per agent, NetworkPolicies
//! ```
//!
//! **One StatefulSet per agent**, not one with many replicas and not a Deployment. An agent's key is the agent: pods of
//! one set share all their volumes, so each could speak as each other. And a StatefulSet never runs two pods of one name
//! at once, also when a node is lost, where a Deployment would start the second and both would spool.
//!
//! **Secrets** are referenced, not written: certificates come from `landfall deploy credentials`, or from whatever makes
//! Secrets of type `kubernetes.io/tls` with a `ca.crt` (cert-manager does). So these manifests have nothing to hide.
//!
//! **Open files.** Kubernetes has no field for the limit; the container runtime sets it. An agent raises its own to what
//! it may have and states its capacity from that; the guide says where to raise it.
//!
//! Nothing here needs more rights than the `restricted` profile of Pod Security, which the namespace enforces.

mod agents;
mod hub;
mod pods;
mod policies;
mod region;

use crate::bundle::Bundle;
use crate::fleet::Fleet;
use crate::yaml;
use serde_json::{Value, json};

/// How many servers the hub has: one can be lost, and one be replaced.
pub const HUB_SERVERS: usize = 3;

/// Why there are no manifests.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KubernetesError {
    /// Nobody but the user knows where Landfall's image is.
    #[error("no image is named, and a cluster has to know where to get Landfall from")]
    NoImage,
}

/// The manifests of a fleet.
///
/// # Errors
/// When the fleet names no image.
pub fn bundle(fleet: &Fleet) -> Result<Bundle, KubernetesError> {
    let image = fleet.image().ok_or(KubernetesError::NoImage)?;
    let mut bundle = Bundle::default();
    let mut add = |path: String, values: Vec<Value>| bundle.add(path, yaml::documents(&values));
    add("hub/1-namespace.yaml".to_owned(), vec![namespace(fleet), policies::deny_all(fleet)]);
    add("hub/2-nats.yaml".to_owned(), hub::documents(fleet));
    for region in fleet.regions() {
        let folder = &region.name;
        add(format!("{folder}/1-namespace.yaml"), vec![namespace(fleet), policies::deny_all(fleet)]);
        add(format!("{folder}/2-nats.yaml"), region::documents(fleet, region));
        add(format!("{folder}/3-agents.yaml"), agents::documents(fleet, region, image));
    }
    Ok(bundle)
}

/// The name of the Secret with an identity's `tls.crt`, `tls.key` and `ca.crt`.
#[must_use]
pub fn secret_name(identity: &str) -> String {
    format!("{identity}-tls")
}

/// The DNS names by which the hub's servers know each other.
#[must_use]
pub fn hub_names(fleet: &Fleet) -> Vec<String> {
    let servers = (0..HUB_SERVERS).map(|number| hub::server_host(fleet, number));
    servers.chain([format!("nats-hub.{}.svc", fleet.name())]).collect()
}

/// The DNS names by which the agents of a region know their leaf node.
#[must_use]
pub fn leaf_names(fleet: &Fleet) -> Vec<String> {
    vec![region::leaf_host(fleet)]
}

fn namespace(fleet: &Fleet) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {
            "name": fleet.name(),
            "labels": {
                "app.kubernetes.io/part-of": fleet.name(),
                "pod-security.kubernetes.io/enforce": "restricted",
            },
        },
    })
}

/// What every object says about itself.
fn metadata(fleet: &Fleet, name: &str, component: &str) -> Value {
    json!({"name": name, "namespace": fleet.name(), "labels": labels(fleet, name, component)})
}

fn labels(fleet: &Fleet, name: &str, component: &str) -> Value {
    json!({
        "app.kubernetes.io/name": component,
        "app.kubernetes.io/instance": name,
        "app.kubernetes.io/part-of": fleet.name(),
    })
}

/// Chooses the pods of one object.
fn selector(name: &str) -> Value {
    json!({"matchLabels": {"app.kubernetes.io/instance": name}})
}

/// Chooses the pods of one kind.
fn of_component(component: &str) -> Value {
    json!({"matchLabels": {"app.kubernetes.io/name": component}})
}
