//! Where the target is: how users enter, each region's own address, and from which addresses users come.
//!
//! A value, since the lab knows it only once its processes are up; for an attached target it follows from the plan.

use plan::resolved::{Entry, ResolvedPlan, Routing, ServedBy, Target, TlsTrust};
use std::{
    fmt,
    net::{IpAddr, SocketAddr},
};

/// Users for whom the one address that the system chooses is enough.
const SYSTEM_SOURCE_MAX: u32 = 10_000;

/// Where the target is.
#[derive(Debug, Clone, PartialEq)]
pub struct TargetAddresses {
    /// How users find it.
    pub entry: EntryAddress,
    /// Each region's own address, by region index.
    pub regions: Vec<RegionAddress>,
    /// How an answer tells which region served it.
    pub served_by: ServedBy,
    /// Which certificates are trusted.
    pub trust: TlsTrust,
    /// From where users come, by population index; missing ones are like [`UserAddress::default`].
    pub users: Vec<UserAddress>,
}

/// How users find the target.
#[derive(Debug, Clone, PartialEq)]
pub enum EntryAddress {
    /// One name for all, which each population resolves.
    Name {
        /// What users ask for.
        url: BaseUrl,
        /// Whom they ask; `None`: the servers of the system's `resolv.conf`.
        resolver: Option<SocketAddr>,
    },
    /// Each region's address, chosen by the client.
    Endpoints(Routing),
}

/// A region's own address.
#[derive(Debug, Clone, PartialEq)]
pub struct RegionAddress {
    /// Scheme, host (for the `Host` header and the certificate) and port.
    pub url: BaseUrl,
    /// Where it listens. Empty: the host is a literal address, or is resolved by whoever connects.
    pub addresses: Vec<SocketAddr>,
    /// Further addresses that count as this region when a name resolves to them.
    pub also: Vec<IpAddr>,
}

/// From where a population's users come.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UserAddress {
    /// Local addresses to connect from; several of them multiply the ports. Empty: the system chooses.
    pub sources: Vec<IpAddr>,
    /// Told to the resolver as the client's subnet (RFC 7871), for a steering that looks at it.
    pub client_subnet: Option<IpAddr>,
}

/// `http` or `https`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// Plain.
    Http,
    /// Over TLS.
    Https,
}

/// Scheme, host and port of a service, without a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl {
    /// Plain or over TLS.
    pub scheme: Scheme,
    /// A name or a literal address (IPv6 without brackets).
    pub host: String,
    /// The port, also where the text leaves it to the scheme.
    pub port: u16,
}

/// A text that is no address of a service.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Not a URL, or one with more than scheme, host and port.
    #[error("{text:?} is not an address: {reason}")]
    Malformed {
        /// What was read.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The plan's target is a lab: only whoever booted it knows where it is.
    #[error("the target is a lab, whose addresses are known only once it is booted")]
    Lab,
}

impl TargetAddresses {
    /// The addresses of a plan's attached target. Where each of its regions is on this machine, a population that has more
    /// users than one address has ports comes from as many loopback addresses as it needs; else the system chooses.
    ///
    /// # Errors
    /// A URL that isn't one; a target that is a lab.
    pub fn attached(plan: &ResolvedPlan) -> Result<Self, AddressError> {
        let Target::Attached { entry, endpoints, served_by, trust } = &plan.target else {
            return Err(AddressError::Lab);
        };
        let entry = match entry {
            Entry::Name { url, resolver } => EntryAddress::Name { url: BaseUrl::parse(url)?, resolver: *resolver },
            Entry::Endpoints { routing } => EntryAddress::Endpoints(routing.clone()),
        };
        let region = |endpoint: &plan::resolved::Endpoint| {
            let url = BaseUrl::parse(&endpoint.url)?;
            Ok(RegionAddress { url, addresses: Vec::new(), also: endpoint.addresses.clone() })
        };
        let regions = endpoints.iter().map(region).collect::<Result<Vec<RegionAddress>, AddressError>>()?;
        let is_local = matches!(entry, EntryAddress::Endpoints(_)) && regions.iter().all(RegionAddress::is_local);
        let users = if is_local {
            (0..plan.populations.len()).map(|index| UserAddress::local(plan, index)).collect()
        } else {
            Vec::new()
        };
        Ok(Self { entry, regions, served_by: served_by.clone(), trust: trust.clone(), users })
    }

    /// From where users of that population come.
    #[must_use]
    pub(crate) fn user(&self, population: usize) -> UserAddress {
        self.users.get(population).cloned().unwrap_or_default()
    }
}

impl UserAddress {
    fn local(plan: &ResolvedPlan, population: usize) -> Self {
        if plan.users_of(population) <= SYSTEM_SOURCE_MAX {
            return Self::default();
        }
        let sources = plan.loopback_sources(population).into_iter().map(IpAddr::V4).collect();
        Self { sources, client_subnet: None }
    }
}

impl RegionAddress {
    /// Whether it is on this machine's IPv4 loopback network.
    fn is_local(&self) -> bool {
        matches!(self.url.literal(), Some(IpAddr::V4(address)) if address.is_loopback())
    }

    /// A region that listens on one address, under the name that `url` carries.
    #[must_use]
    pub fn at(url: BaseUrl, address: SocketAddr) -> Self {
        Self { url, addresses: vec![address], also: Vec::new() }
    }

    /// Whether that address is this region.
    #[must_use]
    pub fn is_at(&self, address: IpAddr) -> bool {
        self.addresses.iter().any(|known| known.ip() == address)
            || self.also.contains(&address)
            || self.url.literal().is_some_and(|known| known == address)
    }
}

impl BaseUrl {
    /// Reads `http://host:port` or `https://host:port`.
    ///
    /// # Errors
    /// A text that is none, or has a path, a query or a user in it.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let malformed = |reason: &str| AddressError::Malformed { text: text.to_owned(), reason: reason.to_owned() };
        let parsed = url::Url::parse(text).map_err(|error| malformed(&error.to_string()))?;
        let (scheme, default_port) = match parsed.scheme() {
            "http" => (Scheme::Http, 80),
            "https" => (Scheme::Https, 443),
            _ => return Err(malformed("the scheme must be http or https")),
        };
        if !matches!(parsed.path(), "" | "/") || parsed.query().is_some() || parsed.fragment().is_some() {
            return Err(malformed("it must end after the port: paths belong to the steps"));
        }
        if !parsed.username().is_empty() || parsed.password().is_some() {
            return Err(malformed("users and passwords belong to the steps' headers"));
        }
        let host = parsed.host_str().ok_or_else(|| malformed("it has no host"))?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        Ok(Self { scheme, host, port: parsed.port().unwrap_or(default_port) })
    }

    /// The host as an address, where it is one. `localhost` and names below it are the loopback address (RFC 6761).
    #[must_use]
    pub fn literal(&self) -> Option<IpAddr> {
        let host = self.host.trim_end_matches('.');
        if host.eq_ignore_ascii_case("localhost") || host.to_ascii_lowercase().ends_with(".localhost") {
            return Some(IpAddr::from([127, 0, 0, 1]));
        }
        host.parse().ok()
    }

    /// What the `Host` header says: the port only where it is not the scheme's own.
    #[must_use]
    pub fn authority(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        match (self.scheme, self.port) {
            (Scheme::Http, 80) | (Scheme::Https, 443) => host,
            (_, port) => format!("{host}:{port}"),
        }
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match self.scheme {
            Scheme::Http => "http",
            Scheme::Https => "https",
        };
        write!(formatter, "{scheme}://{}", self.authority())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;

    #[test]
    fn addresses_read_and_print() {
        let table = [
            ("http://example.com", "http://example.com", 80),
            ("https://example.com/", "https://example.com", 443),
            ("http://127.1.0.1:8080", "http://127.1.0.1:8080", 8080),
            ("https://[::1]:8443", "https://[::1]:8443", 8443),
        ];
        for (text, printed, port) in table {
            let read = BaseUrl::parse(text).unwrap();
            assert_eq!((read.to_string().as_str(), read.port), (printed, port), "{text}");
        }
    }

    #[test]
    fn what_is_no_address_says_why() {
        let table = [
            ("example.com", "relative URL without a base"),
            ("ftp://example.com", "the scheme must be http or https"),
            ("http://example.com/path", "it must end after the port: paths belong to the steps"),
            ("http://me@example.com", "users and passwords belong to the steps' headers"),
        ];
        for (text, expected) in table {
            let AddressError::Malformed { reason, .. } = BaseUrl::parse(text).unwrap_err() else { panic!("{text}") };
            assert_eq!(reason, expected, "{text}");
        }
    }

    #[test]
    fn literal_hosts_need_no_resolver() {
        let literal = |text: &str| BaseUrl::parse(text).unwrap().literal();
        assert_eq!(literal("http://127.3.0.1:80"), Some(IpAddr::from([127, 3, 0, 1])));
        assert_eq!(literal("http://[::1]:80"), "::1".parse().ok());
        assert_eq!(literal("http://localhost:80"), Some(IpAddr::from([127, 0, 0, 1])));
        assert_eq!(literal("http://app.localhost"), Some(IpAddr::from([127, 0, 0, 1])));
        assert_eq!(literal("http://example.com"), None);
    }
}
