//! The run as its users meet it, as one read-only table: hosts, standpoints, links, addresses. Shared by all threads.
//!
//! A *standpoint* is from where somebody uses the target: one per population, and one per region for the ledger's probers, who
//! stand next to it. A *host* is what somebody connects to: the entry's name, if there is one, and each region.

use crate::{
    LoadError, Setup,
    addresses::{BaseUrl, EntryAddress, Scheme},
    answer::ServedByHeader,
    resolve::{Asking, system_servers},
};
use plan::resolved::{ResolvedPlan, Routing, ServedBy, TlsTrust};
use rustls_pki_types::ServerName;
use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};
use units::Share;
use wan::{LinkHandle, StreamOptions};

/// The run as its users meet it.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) hosts: Vec<Host>,
    pub(crate) standpoints: Vec<Standpoint>,
    /// How many of the standpoints are populations: the first ones.
    pub(crate) populations: usize,
    pub(crate) regions: usize,
    /// How users choose where the entry is no name.
    pub(crate) routing: Option<Routing>,
    pub(crate) served_by: ServedByHeader,
    by_header: bool,
    pub(crate) trust: TlsTrust,
    pub(crate) keep_alive: bool,
}

/// What somebody connects to.
#[derive(Debug)]
pub(crate) struct Host {
    pub(crate) url: BaseUrl,
    /// Where it is known to listen; empty: its name is resolved.
    pub(crate) addresses: Vec<SocketAddr>,
    /// For the certificate; `None`: plain.
    pub(crate) server_name: Option<ServerName<'static>>,
    /// The region that it is; `None`: the entry, behind which any region may be.
    pub(crate) region: Option<usize>,
    /// Whom to ask for its name.
    servers: Vec<SocketAddr>,
    /// Other addresses of the region.
    also: Vec<IpAddr>,
}

/// From where somebody uses the target.
#[derive(Debug)]
pub(crate) struct Standpoint {
    pub(crate) sources: Vec<IpAddr>,
    /// By region index.
    links: Vec<LinkHandle>,
    options: Vec<StreamOptions>,
    unshaped: LinkHandle,
    /// Region indices, nearest first.
    pub(crate) nearest: Vec<usize>,
    /// Part of the users that keep an answer past its TTL, until it fails.
    pub(crate) ignores_ttl: Share,
    /// Part of the users, none of them, that keep their first answer for ever.
    pub(crate) never_resolves_again: Share,
    subnet: Option<IpAddr>,
    round_trip: Duration,
}

impl World {
    pub(crate) fn new(plan: &ResolvedPlan, setup: &Setup) -> Result<Self, LoadError> {
        let addresses = &setup.addresses;
        if addresses.regions.len() != plan.regions.len() {
            return Err(LoadError::Regions { regions: plan.regions.len(), addresses: addresses.regions.len() });
        }
        let mut hosts = Vec::new();
        let routing = match &addresses.entry {
            EntryAddress::Name { url, resolver } => {
                let servers = resolver.map_or_else(system_servers, |resolver| vec![resolver]);
                hosts.push(Host::new(url.clone(), Vec::new(), None, servers)?);
                None
            }
            EntryAddress::Endpoints(routing) => Some(routing.clone()),
        };
        for (index, region) in addresses.regions.iter().enumerate() {
            let mut host = Host::new(region.url.clone(), region.addresses.clone(), Some(index), system_servers())?;
            host.also.clone_from(&region.also);
            hosts.push(host);
        }
        let populations = (0..plan.populations.len()).map(|index| Standpoint::population(plan, setup, index));
        let probers = (0..plan.regions.len()).map(Standpoint::prober);
        let names = plan.regions.iter().map(|region| region.name.as_str().to_owned());
        let served_by = match &addresses.served_by {
            ServedBy::Header { name } => ServedByHeader::new(name, names),
            ServedBy::Address => ServedByHeader::default(),
        };
        Ok(Self {
            hosts,
            standpoints: populations.chain(probers).collect(),
            populations: plan.populations.len(),
            regions: plan.regions.len(),
            routing,
            served_by,
            by_header: matches!(addresses.served_by, ServedBy::Header { .. }),
            trust: addresses.trust.clone(),
            keep_alive: plan.load.connections.keep_alive,
        })
    }

    /// The standpoint of a region's prober.
    pub(crate) fn prober(&self, region: usize) -> usize {
        self.populations + region
    }

    /// The host of a region's own address.
    pub(crate) fn region_host(&self, region: usize) -> usize {
        self.hosts.len() - self.regions + region
    }

    /// The region that an address belongs to.
    pub(crate) fn region_at(&self, address: SocketAddr) -> Option<usize> {
        let exact = self.hosts.iter().filter(|host| host.addresses.contains(&address)).find_map(|host| host.region);
        exact.or_else(|| self.region_named(address.ip()))
    }

    /// The region that has that address, whatever the port.
    pub(crate) fn region_named(&self, address: IpAddr) -> Option<usize> {
        self.hosts.iter().filter(|host| host.is_at(address)).find_map(|host| host.region)
    }

    /// Whether an answer tells who served it by a header, and not by the address it came from.
    pub(crate) fn tells_by_header(&self) -> bool {
        self.by_header
    }

    /// What the `Host` headers say, by host index.
    pub(crate) fn authorities(&self) -> Vec<String> {
        self.hosts.iter().map(|host| host.url.authority()).collect()
    }

    /// How somebody asks for the name of a host.
    pub(crate) fn asking(&self, standpoint: usize, host: usize, timeout: Duration) -> Asking {
        let standpoint = &self.standpoints[standpoint];
        Asking {
            servers: self.hosts[host].servers.clone(),
            source: standpoint.sources.first().copied(),
            subnet: standpoint.subnet,
            round_trip: standpoint.round_trip,
            timeout,
        }
    }
}

impl Host {
    fn new(
        url: BaseUrl,
        addresses: Vec<SocketAddr>,
        region: Option<usize>,
        servers: Vec<SocketAddr>,
    ) -> Result<Self, LoadError> {
        let literal = url.literal().map(|address| SocketAddr::new(address, url.port));
        let addresses = if addresses.is_empty() { literal.into_iter().collect() } else { addresses };
        if addresses.is_empty() && servers.is_empty() {
            return Err(LoadError::NoResolver { host: url.host });
        }
        let server_name = match url.scheme {
            Scheme::Http => None,
            Scheme::Https => Some(ServerName::try_from(url.host.clone()).map_err(|error| LoadError::Certificates {
                path: url.to_string(),
                reason: format!("no certificate can carry it: {error}"),
            })?),
        };
        Ok(Self { url, addresses, server_name, region, servers, also: Vec::new() })
    }

    fn is_at(&self, address: IpAddr) -> bool {
        self.addresses.iter().any(|known| known.ip() == address) || self.also.contains(&address)
    }
}

impl Standpoint {
    fn population(plan: &ResolvedPlan, setup: &Setup, index: usize) -> Self {
        let population = &plan.populations[index];
        let user = setup.addresses.user(index);
        Self {
            links: (0..plan.regions.len()).map(|region| setup.network.user_link(index, region)).collect(),
            options: population.paths.iter().map(StreamOptions::from_path).collect(),
            unshaped: LinkHandle::unshaped(),
            nearest: population.nearest.clone(),
            ignores_ttl: population.ignores_ttl,
            never_resolves_again: population.never_resolves_again,
            subnet: user.client_subnet,
            round_trip: if population.paths.is_empty() { Duration::ZERO } else { population.access.round_trip },
            sources: user.sources,
        }
    }

    fn prober(region: usize) -> Self {
        Self {
            sources: Vec::new(),
            links: Vec::new(),
            options: Vec::new(),
            unshaped: LinkHandle::unshaped(),
            nearest: vec![region],
            ignores_ttl: Share::NONE,
            never_resolves_again: Share::NONE,
            subnet: None,
            round_trip: Duration::ZERO,
        }
    }

    /// The link to a region; an unshaped one to where no region is known to be.
    pub(crate) fn link(&self, region: Option<usize>) -> (&LinkHandle, StreamOptions) {
        let link = region.and_then(|region| self.links.get(region)).unwrap_or(&self.unshaped);
        let options = region.and_then(|region| self.options.get(region).copied()).unwrap_or_default();
        (link, options)
    }
}
