//! The configuration of NATS servers: the hub where everything meets, and a leaf node in each region.
//!
//! ```text
//!   agents ──tls──▶ leaf node, domain eu-west-1 ──tls, port 7422──▶ hub, 1, 3 or 5 servers, domain hub ◀──tls── controller
//!                   stream UP-eu-west-1                             stream DOWN
//! ```
//!
//! **Who is who.** Every connection is TLS with certificates on both sides, and the DNS name in the client's certificate
//! is its user (`verify_and_map`). So there is no password in any of these files: they can be shown, compared and kept
//! under version control, and what is secret is one key per identity, which ends with its certificate. A user that is
//! not listed here is refused, whatever its certificate says; so taking somebody's rights away is taking a line away.
//!
//! **What stays in a region.** The stream of what agents say. An agent's publish is answered by its own region, also
//! while the rest of the world can't be reached, and the leaf node keeps it when the agent's machine is lost. The controller
//! reads each region's stream itself; no stream is sourced from another (a server waits 30 s and more before it goes on
//! with that after a restart, nats-server #6454).
//!
//! **Addresses.** Servers do not tell clients the addresses of their peers (`no_advertise`): behind a load balancer those are
//! addresses that nobody outside can reach, in no certificate, and a client that loses its connection would try them first.
//!
//! Limits: a certificate's name is only as good as the authority, whose key belongs off the servers.

use crate::fleet::{Fleet, RegionText};
use crate::rights::{self, HUB_DOMAIN, Rights};
use std::fmt::Write as _;

/// A batch is at most 1 MiB; the rest is for headers.
const PAYLOAD_BYTES_MAX: u32 = 2 * 1024 * 1024;

/// Where clients connect.
pub const CLIENT_PORT: u16 = 4222;
/// Where leaf nodes connect.
pub const LEAF_PORT: u16 = 7422;
/// Where the hub's servers connect to each other.
pub const CLUSTER_PORT: u16 = 6222;
/// Where a server says how it is.
pub const MONITOR_PORT: u16 = 8222;

/// What a server calls itself. It is in the configuration and not on the command line, for a server that was named
/// there refuses to read its configuration again while it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerName {
    /// This.
    Given(String),
    /// What this variable of its environment says: servers that share a file differ by it.
    Variable(String),
}

/// Where a server is and what it finds there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerPlace {
    /// Its name, different for each server of the fleet.
    pub name: ServerName,
    /// The folder with `tls.crt`, `tls.key` and `ca.crt`.
    pub tls: String,
    /// The folder for streams.
    pub store: String,
    /// How many bytes of streams it may keep.
    pub store_bytes_max: u64,
    /// The address for everybody else's connections.
    pub listen: String,
    /// The address for whoever asks how it is. Anybody may ask there.
    pub monitor: String,
    /// Its ports.
    pub ports: Ports,
}

/// A server's ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ports {
    /// For clients.
    pub client: u16,
    /// For leaf nodes.
    pub leaf: u16,
    /// For the other servers of the hub.
    pub cluster: u16,
    /// For whoever asks how it is.
    pub monitor: u16,
}

impl Default for Ports {
    fn default() -> Self {
        Self { client: CLIENT_PORT, leaf: LEAF_PORT, cluster: CLUSTER_PORT, monitor: MONITOR_PORT }
    }
}

/// A server of the hub. `routes` are all servers of the hub, as `host:port`, if there is more than one.
#[must_use]
pub fn hub(fleet: &Fleet, place: &ServerPlace, routes: &[String]) -> String {
    let mut text = head(place, HUB_DOMAIN);
    let tls = tls(place, "verify_and_map: true");
    let ServerPlace { listen, ports, .. } = place;
    let _ = write!(
        text,
        "leafnodes {{\n  listen: \"{listen}:{}\"\n  no_advertise: true\n{}}}\n\n",
        ports.leaf,
        indented(&tls)
    );
    if routes.len() > 1 {
        let list = routes.iter().map(|route| format!("\"tls://{route}\"")).collect::<Vec<_>>().join(", ");
        let tls = self::tls(place, "verify: true");
        let _ = write!(
            text,
            "cluster {{\n  name: \"{}-hub\"\n  listen: \"{listen}:{}\"\n  routes: [{list}]\n  no_advertise: true\n{}}}\n\n",
            fleet.name(),
            ports.cluster,
            indented(&tls),
        );
    }
    let mut users = user(&rights::controller_user(fleet.name()), &rights::controller());
    for region in fleet.regions() {
        users.push_str(&user(&rights::leaf_user(fleet.name(), &region.name), &rights::leaf(region)));
    }
    text.push_str(&accounts(&users));
    text
}

/// The leaf node of a region. `hub` is where it reaches the hub, as `host:port`.
#[must_use]
pub fn leaf(fleet: &Fleet, region: &RegionText, place: &ServerPlace, hub: &[String]) -> String {
    let mut text = head(place, &region.name);
    let urls = hub.iter().map(|address| format!("\"tls://{address}\"")).collect::<Vec<_>>().join(", ");
    let tls = indented(&indented(&tls(place, "")));
    let _ = write!(
        text,
        "leafnodes {{\n  reconnect: \"2s\"\n  remotes: [{{\n    urls: [{urls}]\n    account: LANDFALL\n\
         {tls}  }}]\n}}\n\n"
    );
    let users: String =
        region.agents().map(|agent| user(&rights::agent_user(fleet.name(), &agent), &rights::agent(&agent))).collect();
    text.push_str(&accounts(&users));
    text
}

/// What all servers have.
fn head(place: &ServerPlace, domain: &str) -> String {
    let ServerPlace { listen, monitor, store, store_bytes_max, ports, .. } = place;
    let name = match &place.name {
        ServerName::Given(name) => format!("\"{name}\""),
        ServerName::Variable(variable) => format!("${variable}"),
    };
    format!(
        "# Written by `landfall deploy`; no secret is in it. Who may do what: docs/design/009-subjects-and-rights.md.\n\
         server_name: {name}\n\
         listen: \"{listen}:{client}\"\n\
         http: \"{monitor}:{monitor_port}\"\n\
         max_payload: {PAYLOAD_BYTES_MAX}\n\
         lame_duck_duration: \"30s\"\n\
         lame_duck_grace_period: \"5s\"\n\
         jetstream {{\n  domain: \"{domain}\"\n  store_dir: \"{store}\"\n  max_memory_store: 67108864\n  \
         max_file_store: {store_bytes_max}\n}}\n\n{tls}\n",
        client = ports.client,
        monitor_port = ports.monitor,
        tls = tls(place, "verify_and_map: true"),
    )
}

fn tls(place: &ServerPlace, verify: &str) -> String {
    let folder = &place.tls;
    let verify = if verify.is_empty() { String::new() } else { format!("  {verify}\n") };
    format!(
        "tls {{\n  cert_file: \"{folder}/tls.crt\"\n  key_file: \"{folder}/tls.key\"\n  ca_file: \"{folder}/ca.crt\"\n{verify}  \
         timeout: 5\n}}\n"
    )
}

/// One account for Landfall, one for the servers themselves, which nobody can log in to.
fn accounts(users: &str) -> String {
    let users = indented(&indented(&indented(users)));
    format!(
        "accounts {{\n  LANDFALL {{\n    jetstream: enabled\n    users: [\n{users}    ]\n  }}\n  SYS {{ users: [] }}\n}}\n\
         system_account: SYS\n"
    )
}

fn user(name: &str, rights: &Rights) -> String {
    let list = |subjects: &[String]| {
        subjects.iter().fold(String::new(), |mut text, subject| {
            let _ = writeln!(text, "      \"{subject}\"");
            text
        })
    };
    // One answer each, within a minute: nobody may use an old question to write to somebody later.
    let answers = if rights.answers { "    allow_responses: { max: 1, expires: \"1m\" }\n" } else { "" };
    format!(
        "{{\n  user: \"{name}\"\n  permissions: {{\n    publish: {{ allow: [\n{}    ] }}\n    subscribe: {{ allow: [\n{}    ] \
         }}\n{answers}  }}\n}}\n",
        list(&rights.publish),
        list(&rights.subscribe),
    )
}

fn indented(text: &str) -> String {
    text.lines().fold(String::new(), |mut all, line| {
        let _ = writeln!(all, "  {line}");
        all
    })
}
