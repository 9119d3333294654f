//! What is tested: a lab that Landfall boots, or somebody's own service.

use super::Deployment;
use serde::{Deserialize, Serialize};
use std::{net::SocketAddr, time::Duration};

/// What is tested.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Target {
    /// Chirp, booted on this machine with emulated links.
    Chirp(ChirpLab),
    /// A service that is already there.
    Attached {
        /// How users find it.
        entry: Entry,
        /// Each region's own address, by region index; probers and [`ServedBy::Address`] use them.
        endpoints: Vec<Endpoint>,
        /// How an answer tells which region served it.
        served_by: ServedBy,
        /// Which certificates are trusted where the address is `https`.
        trust: TlsTrust,
    },
}

/// Chirp's own settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChirpLab {
    /// Defects switched on, by name.
    pub defects: Vec<String>,
    /// TTL of the steering's DNS answers, whole seconds.
    #[serde(with = "units::duration")]
    pub dns_ttl: Duration,
    /// Time between two health checks.
    #[serde(with = "units::duration")]
    pub health_interval: Duration,
    /// Failed checks in a row until a region is no longer named.
    pub failures_to_unhealthy: u32,
    /// Good checks in a row until it is named again.
    pub successes_to_healthy: u32,
    /// Users that exist from the start.
    pub users: u32,
    /// How many others each of them follows.
    pub follows_per_user: u32,
    /// The port users reach on every region's address; `None`: a free one is chosen at boot.
    pub port: Option<u16>,
    /// Who cuts its links. Plans before format 1.7 don't say: then as [`LinkCuts::default`].
    #[serde(default, skip_serializing_if = "LinkCuts::is_default")]
    pub cuts: LinkCuts,
    /// How it is deployed. Plans of format 1.0 don't say: then as [`Deployment::default`].
    #[serde(default)]
    pub deployment: Deployment,
}

/// Who cuts a lab's links, where a fault says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LinkCuts {
    /// The load generator's sockets and the relay between regions.
    #[default]
    Emulated,
    /// The kernel, by dropping or rejecting packets; what it can't do is emulated. The lab has a network namespace of its own.
    Kernel,
}

impl LinkCuts {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "it is what serde calls")]
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// A region's own address.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    /// `http://host:port` or `https://host:port`; without a path.
    pub url: String,
    /// Addresses that count as this region in [`ServedBy::Address`], besides the one `url` names.
    pub addresses: Vec<std::net::IpAddr>,
}

/// How users find the service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Entry {
    /// One name for all, resolved by each population.
    Name {
        /// `http://name:port`, without a path.
        url: String,
        /// Whom to ask; `None`: the servers of the system's `resolv.conf`.
        resolver: Option<SocketAddr>,
    },
    /// Each region's endpoint, chosen by the client.
    Endpoints {
        /// Which endpoint a user takes.
        routing: Routing,
    },
}

/// Which endpoint a user takes where no steering exists.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "routing", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Routing {
    /// Always the nearest region.
    Nearest,
    /// The nearest region; after a failed attempt the next nearest until the time is over.
    Failover {
        /// How long the failed region is avoided.
        #[serde(with = "units::duration")]
        avoid: Duration,
    },
}

/// How an answer tells which region served it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "kebab-case", deny_unknown_fields)]
pub enum ServedBy {
    /// A response header carries the region's name.
    Header {
        /// The header's name, lower-case.
        name: String,
    },
    /// The address that answered.
    Address,
}

/// Which certificates are trusted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "trust", rename_all = "kebab-case", deny_unknown_fields)]
pub enum TlsTrust {
    /// The public web's roots.
    Public,
    /// The certificates in that PEM file, relative to the plan.
    File {
        /// The file.
        path: String,
    },
    /// Any certificate. Says so in the report.
    Anything,
}
