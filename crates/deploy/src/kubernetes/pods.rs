//! What the pods of a fleet have in common: no rights, no writable image, and a NATS server's container.
//!
//! The user is a number that no image has to know. Volumes belong to its group, so that the processes can write to them
//! and read their keys.

use super::secret_name;
use crate::fleet::Fleet;
use crate::nats::{CLIENT_PORT, CLUSTER_PORT, LEAF_PORT, MONITOR_PORT};
use serde_json::{Value, json};

/// Neither root nor anybody whom a node knows.
const USER: i64 = 10_001;

/// Where the identity's certificate and key are in a container.
pub(super) const TLS_FOLDER: &str = "/etc/landfall/tls";
/// Where the configuration is.
pub(super) const CONFIG_FOLDER: &str = "/etc/nats";
/// The variable with the pod's name: the servers of a cluster share a file and differ by it.
pub(super) const NAME_VARIABLE: &str = "POD_NAME";
/// Where streams are kept.
pub(super) const STORE_FOLDER: &str = "/var/lib/nats";

/// What a pod may do: nothing.
pub(super) fn pod_security() -> Value {
    json!({
        "runAsNonRoot": true,
        "runAsUser": USER,
        "runAsGroup": USER,
        "fsGroup": USER,
        "fsGroupChangePolicy": "OnRootMismatch",
        "seccompProfile": {"type": "RuntimeDefault"},
    })
}

/// What a container may do: less.
pub(super) fn container_security() -> Value {
    json!({
        "allowPrivilegeEscalation": false,
        "readOnlyRootFilesystem": true,
        "capabilities": {"drop": ["ALL"]},
    })
}

/// The volume with an identity's key, readable by the pod's group only.
pub(super) fn tls_volume(identity: &str) -> Value {
    json!({"name": "tls", "secret": {"secretName": secret_name(identity), "defaultMode": 0o440}})
}

/// A volume of the pod's own, that outlives it.
pub(super) fn claim(name: &str, size: &str) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": name},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}},
    })
}

/// A NATS server's container.
pub(super) fn nats_server(fleet: &Fleet, is_hub: bool) -> Value {
    let port = |name: &str, port: u16| json!({"name": name, "containerPort": port, "protocol": "TCP"});
    let mut ports = vec![port("nats", CLIENT_PORT), port("monitor", MONITOR_PORT)];
    if is_hub {
        ports.extend([port("leaf", LEAF_PORT), port("cluster", CLUSTER_PORT)]);
    }
    let probe = |path: &str, period: u32, failures: u32| {
        json!({
            "httpGet": {"path": path, "port": "monitor", "scheme": "HTTP"},
            "periodSeconds": period,
            "timeoutSeconds": 5,
            "failureThreshold": failures,
        })
    };
    json!({
        "name": "nats",
        "image": fleet.nats_image(),
        // What the image starts by itself may be a script that wants to write.
        "command": ["nats-server"],
        "args": ["--config", format!("{CONFIG_FOLDER}/nats.conf")],
        "env": [{"name": NAME_VARIABLE, "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.name"}}}],
        "ports": ports,
        "resources": {"requests": {"cpu": "250m", "memory": "256Mi"}, "limits": {"memory": "1Gi"}},
        // A server that comes back reads its streams first, and a cluster has to find itself: that is what startup is for.
        "startupProbe": probe("/healthz?js-enabled-only=true", 5, 60),
        "readinessProbe": probe("/healthz?js-server-only=true", 5, 3),
        "livenessProbe": probe("/healthz?js-enabled-only=true", 10, 6),
        "securityContext": container_security(),
        "volumeMounts": [
            {"name": "config", "mountPath": CONFIG_FOLDER, "readOnly": true},
            {"name": "tls", "mountPath": TLS_FOLDER, "readOnly": true},
            {"name": "store", "mountPath": STORE_FOLDER},
        ],
    })
}

/// The pods of a NATS server.
pub(super) fn nats_pod(fleet: &Fleet, name: &str, component: &str, is_hub: bool) -> Value {
    let spread = json!([{
        "maxSkew": 1,
        "topologyKey": "topology.kubernetes.io/zone",
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": super::selector(name),
    }, {
        "maxSkew": 1,
        "topologyKey": "kubernetes.io/hostname",
        "whenUnsatisfiable": if is_hub { "DoNotSchedule" } else { "ScheduleAnyway" },
        "labelSelector": super::selector(name),
    }]);
    json!({
        "metadata": {"labels": super::labels(fleet, name, component)},
        "spec": {
            "automountServiceAccountToken": false,
            "enableServiceLinks": false,
            "securityContext": pod_security(),
            // Lame duck mode takes 35 s: clients go elsewhere before the server is gone.
            "terminationGracePeriodSeconds": 60,
            "topologySpreadConstraints": spread,
            "containers": [nats_server(fleet, is_hub)],
            "volumes": [{"name": "config", "configMap": {"name": name}}, tls_volume(name)],
        },
    })
}
