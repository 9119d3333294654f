//! Units for machines without Kubernetes: files under the paths that they have on the machine.
//!
//! ```text
//!   hub/ADDRESS/     etc/landfall/nats.conf, etc/systemd/system/landfall-nats.service
//!   REGION/leaf/     the same, for the region's leaf node
//!   REGION/agents/   etc/systemd/system/landfall-agent@.service and landfall-agents.target, etc/sysctl.d/60-landfall.conf
//! ```
//!
//! Leaf node and agents may share a machine (`leaf = "127.0.0.1"`, the default): both folders go onto it then.
//!
//! **Keys** are read by systemd as root and shown to the one unit that they belong to (`LoadCredential`), whose user
//! exists only while it runs (`DynamicUser`). So the files in `/etc/landfall` are root's alone, and one agent of a machine
//! can't read the key of another.
//!
//! **Open files**: the limit is what the kernel allows a process, for each user's connection is one.

use crate::agent::{AgentPlace, PORT_RANGE, arguments};
use crate::bundle::Bundle;
use crate::fleet::{Agent, Fleet, RegionText};
use crate::nats::{self, CLUSTER_PORT, LEAF_PORT, Ports, ServerName, ServerPlace};
use std::fmt::Write as _;

/// Where the unit of a NATS server finds its keys.
const SERVER_TLS: &str = "/run/credentials/landfall-nats.service";
/// Disk of a region's leaf node, in bytes: what 20 agents spool.
const LEAF_STORE_BYTES: u64 = 36 << 30;

/// What both kinds of unit have: the least that a network service needs.
const SANDBOX: &str = "\
DynamicUser=yes
UMask=0077
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
LockPersonality=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
SystemCallArchitectures=native
SystemCallFilter=@system-service
";

/// The programs on the machines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Programs {
    /// Landfall itself.
    pub landfall: String,
    /// The NATS server.
    pub nats_server: String,
}

impl Default for Programs {
    fn default() -> Self {
        Self { landfall: "/usr/local/bin/landfall".to_owned(), nats_server: "/usr/local/bin/nats-server".to_owned() }
    }
}

/// Why there are no units.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SystemdError {
    /// With an even number, one more server has to be kept alive for nothing.
    #[error("the hub has {0} addresses, one per server; 1, 3 or 5 servers can lose 0, 1 or 2")]
    HubServers(usize),
}

/// The units of a fleet.
///
/// # Errors
/// When the hub does not have 1, 3 or 5 servers.
pub fn bundle(fleet: &Fleet, programs: &Programs) -> Result<Bundle, SystemdError> {
    let servers = &fleet.hub().addresses;
    if ![1, 3, 5].contains(&servers.len()) {
        return Err(SystemdError::HubServers(servers.len()));
    }
    let mut bundle = Bundle::default();
    let routes: Vec<String> = servers.iter().map(|address| format!("{address}:{CLUSTER_PORT}")).collect();
    let store_bytes_max = (u64::from(fleet.hub().storage_gib) << 30) / 10 * 9;
    for (number, address) in servers.iter().enumerate() {
        let configuration = nats::hub(fleet, &place(format!("hub-{number}"), store_bytes_max), &routes);
        server(&mut bundle, &format!("hub/{address}"), configuration, programs);
    }
    let hub: Vec<String> = servers.iter().map(|address| format!("{address}:{LEAF_PORT}")).collect();
    for region in fleet.regions() {
        let configuration = nats::leaf(fleet, region, &place(format!("leaf-{}", region.name), LEAF_STORE_BYTES), &hub);
        server(&mut bundle, &format!("{}/leaf", region.name), configuration, programs);
        agents(&mut bundle, region, programs);
    }
    Ok(bundle)
}

fn place(name: String, store_bytes_max: u64) -> ServerPlace {
    ServerPlace {
        name: ServerName::Given(name),
        tls: SERVER_TLS.to_owned(),
        store: "/var/lib/landfall-nats".to_owned(),
        store_bytes_max,
        listen: "0.0.0.0".to_owned(),
        monitor: "127.0.0.1".to_owned(),
        ports: Ports::default(),
    }
}

fn server(bundle: &mut Bundle, folder: &str, configuration: String, programs: &Programs) {
    bundle.add(format!("{folder}/etc/landfall/nats.conf"), configuration);
    let program = &programs.nats_server;
    let unit = format!(
        "[Unit]
Description=NATS server of a Landfall fleet
Documentation=https://docs.nats.io
Wants=network-online.target
After=network-online.target

[Service]
Type=simple
ExecStart={program} --config /etc/landfall/nats.conf
ExecReload=/bin/kill -HUP $MAINPID
# Lame duck mode: clients go elsewhere before the server is gone.
KillSignal=SIGUSR2
TimeoutStopSec=60
Restart=always
RestartSec=2
LimitNOFILE=1048576
StateDirectory=landfall-nats
{keys}{SANDBOX}
[Install]
WantedBy=multi-user.target
",
        keys = keys("/etc/landfall/tls"),
    );
    bundle.add(format!("{folder}/etc/systemd/system/landfall-nats.service"), unit);
}

fn agents(bundle: &mut Bundle, region: &RegionText, programs: &Programs) {
    let folder = format!("{}/agents", region.name);
    bundle.add(format!("{folder}/etc/systemd/system/landfall-agent@.service"), agent_unit(region, programs));
    let wants = region.agents().fold(String::new(), |mut text, agent| {
        let _ = writeln!(text, "Wants=landfall-agent@{}.service", agent.name);
        text
    });
    let target = format!(
        "[Unit]\nDescription=Landfall's agents in {}\n{wants}\n[Install]\nWantedBy=multi-user.target\n",
        region.name
    );
    bundle.add(format!("{folder}/etc/systemd/system/landfall-agents.target"), target);
    let sysctl = format!(
        "# Each connection of an agent takes a port; servers on this machine have theirs below.\n\
         net.ipv4.ip_local_port_range = {PORT_RANGE}\n"
    );
    bundle.add(format!("{folder}/etc/sysctl.d/60-landfall.conf"), sysctl);
}

/// One unit for all agents of a region: `%i` is the agent's name.
fn agent_unit(region: &RegionText, programs: &Programs) -> String {
    let agent = Agent { region: &region.name, name: "%i".to_owned() };
    let place = AgentPlace { leaf: &region.leaf, tls: "%d", spool: "%S/landfall/agents/%i", health: None };
    let arguments = arguments(&agent, &place).join(" ");
    format!(
        "[Unit]
Description=Landfall's agent %i
Wants=network-online.target
After=network-online.target landfall-nats.service
PartOf=landfall-agents.target

[Service]
Type=simple
ExecStart={program} {arguments}
KillSignal=SIGTERM
# It stops its load, heals what it holds and hands over its spool.
TimeoutStopSec=90
Restart=always
RestartSec=2
# A command line that makes no sense makes none the second time.
RestartPreventExitStatus=2
LimitNOFILE=1048576
StateDirectory=landfall/agents/%i
{keys}{SANDBOX}
[Install]
WantedBy=landfall-agents.target
",
        program = programs.landfall,
        keys = keys("/etc/landfall/agents/%i"),
    )
}

fn keys(folder: &str) -> String {
    ["tls.crt", "tls.key", "ca.crt"].into_iter().fold(String::new(), |mut text, file| {
        let _ = writeln!(text, "LoadCredential={file}:{folder}/{file}");
        text
    })
}
