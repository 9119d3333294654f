//! A region's agents: each with a name, a key and a spool of its own.
//!
//! What the manifests ask of `landfall agent` is in [`crate::agent`]: the same for a pod and for a unit of a machine.

use super::{metadata, pods, policies, region, selector};
use crate::agent::{AgentPlace, PORT_RANGE};
use crate::fleet::{Agent, Fleet, RegionText};
use serde_json::{Value, json};

/// The name of agents' pods as a kind.
pub(super) const COMPONENT: &str = "agent";
/// Where an agent says how it is.
const HEALTH_PORT: u16 = 7431;
/// What an agent gets to stop its load, heal what it holds and hand over its spool.
const GRACE_SECONDS: u32 = 90;
const SPOOL_FOLDER: &str = "/var/lib/landfall";

pub(super) fn documents(fleet: &Fleet, region: &RegionText, image: &str) -> Vec<Value> {
    let mut documents = vec![policies::agents(fleet, COMPONENT, region::NAME), service(fleet)];
    documents.extend(region.agents().map(|agent| stateful_set(fleet, &agent, image)));
    documents
}

/// Stateful sets need one; agents are not called by it.
fn service(fleet: &Fleet) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata(fleet, COMPONENT, COMPONENT),
        "spec": {
            "clusterIP": "None",
            "selector": {"app.kubernetes.io/name": COMPONENT},
            "ports": [{"name": "health", "port": HEALTH_PORT, "targetPort": "health", "protocol": "TCP"}],
        },
    })
}

fn stateful_set(fleet: &Fleet, agent: &Agent<'_>, image: &str) -> Value {
    let name = format!("agent-{}", agent.name);
    json!({
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": metadata(fleet, &name, COMPONENT),
        "spec": {
            "replicas": 1,
            "serviceName": COMPONENT,
            "selector": selector(&name),
            "template": pod(fleet, agent, &name, image),
            "volumeClaimTemplates": [pods::claim("spool", &format!("{}Mi", fleet.agent().spool_mib))],
        },
    })
}

fn pod(fleet: &Fleet, agent: &Agent<'_>, name: &str, image: &str) -> Value {
    let mut security = pods::pod_security();
    // The ports that a client may use; a sysctl that Kubernetes counts among the safe ones.
    security["sysctls"] = json!([{"name": "net.ipv4.ip_local_port_range", "value": PORT_RANGE}]);
    json!({
        "metadata": {"labels": super::labels(fleet, name, COMPONENT)},
        "spec": {
            "automountServiceAccountToken": false,
            "enableServiceLinks": false,
            "securityContext": security,
            "terminationGracePeriodSeconds": GRACE_SECONDS,
            // Two generators on one machine measure each other.
            "affinity": {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [{
                "weight": 100,
                "podAffinityTerm": {
                    "labelSelector": super::of_component(COMPONENT),
                    "topologyKey": "kubernetes.io/hostname",
                },
            }]}},
            "containers": [container(fleet, agent, image)],
            "volumes": [pods::tls_volume(name)],
        },
    })
}

fn container(fleet: &Fleet, agent: &Agent<'_>, image: &str) -> Value {
    let resources = fleet.agent();
    let amount = json!({"cpu": format!("{}m", resources.cpu_millis), "memory": format!("{}Mi", resources.memory_mib)});
    let place = AgentPlace {
        leaf: &region::leaf_host(fleet),
        tls: pods::TLS_FOLDER,
        spool: SPOOL_FOLDER,
        health: Some(&format!("0.0.0.0:{HEALTH_PORT}")),
    };
    let probe = |path: &str, period: u32, failures: u32| {
        json!({
            "httpGet": {"path": path, "port": "health", "scheme": "HTTP"},
            "periodSeconds": period,
            "timeoutSeconds": 2,
            "failureThreshold": failures,
        })
    };
    json!({
        "name": "agent",
        "image": image,
        "command": ["landfall"],
        "args": crate::agent::arguments(agent, &place),
        "ports": [{"name": "health", "containerPort": HEALTH_PORT, "protocol": "TCP"}],
        // As much as asked for and no less: a generator that is throttled measures its own node.
        "resources": {"requests": amount, "limits": amount},
        "startupProbe": probe("/healthz", 2, 30),
        // Ready: the controller's messages reach it.
        "readinessProbe": probe("/readyz", 5, 3),
        // Alive: its loop turns. Patient, for a restart in the middle of a run costs seconds of it.
        "livenessProbe": probe("/healthz", 10, 6),
        "securityContext": pods::container_security(),
        "volumeMounts": [
            {"name": "tls", "mountPath": pods::TLS_FOLDER, "readOnly": true},
            {"name": "spool", "mountPath": SPOOL_FOLDER},
        ],
    })
}
