//! What a place asks of `landfall agent`: its arguments, the same for a pod and for a unit of a machine.

use crate::fleet::Agent;
use crate::nats::CLIENT_PORT;

/// The ports that an agent's connections may begin at. The lowest leaves those of NATS servers alone.
pub(crate) const PORT_RANGE: &str = "10240 65535";

/// What an agent finds where it stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AgentPlace<'a> {
    /// Where it reaches its region's leaf node.
    pub(crate) leaf: &'a str,
    /// The folder with `tls.crt`, `tls.key` and `ca.crt`.
    pub(crate) tls: &'a str,
    /// The folder for what the controller has not stored yet.
    pub(crate) spool: &'a str,
    /// Where it says how it is, over HTTP: `/healthz` and `/readyz`.
    pub(crate) health: Option<&'a str>,
}

/// How an agent is started.
pub(crate) fn arguments(agent: &Agent<'_>, place: &AgentPlace<'_>) -> Vec<String> {
    let AgentPlace { leaf, tls, spool, health } = place;
    let options = [
        ("--name", Some(agent.name.clone())),
        ("--region", Some(agent.region.to_owned())),
        ("--nats", Some(format!("tls://{leaf}:{CLIENT_PORT}"))),
        ("--certificate", Some(format!("{tls}/tls.crt"))),
        ("--key", Some(format!("{tls}/tls.key"))),
        ("--authority", Some(format!("{tls}/ca.crt"))),
        ("--spool", Some((*spool).to_owned())),
        ("--health", health.map(str::to_owned)),
    ];
    let given = options.into_iter().filter_map(|(option, value)| Some([option.to_owned(), value?]));
    std::iter::once("agent".to_owned()).chain(given.flatten()).collect()
}
