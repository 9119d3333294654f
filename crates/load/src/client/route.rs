//! Where the next connection goes.
//!
//! - *Entry by name*: the resolver's addresses, each time from another one on: resolvers hand out the addresses of a name in
//!   turns, so that its servers share the connections, and whoever fails at one of them meets another the next time. Who keeps an
//!   answer past its TTL (connection pools and runtimes that never ask again) keeps all of its addresses, from the first time it
//!   could connect to one, and asks again only after none of them could be connected to.
//! - *Endpoints*: the nearest region, or with failover the nearest that isn't avoided; when all are avoided, the nearest, since
//!   a client that gave up would never find out.
//!
//! **A connection that works is kept**, as browsers and pools do, even when the name points elsewhere by now. But here one
//! user of an open load stands for many people one after the other, each of whom would open a connection of its own; a
//! connection that lived as long as the load would never see a failback. So once a connection is older than [`CONFIRM_AFTER`]
//! (± half, per connection) its next request looks up where a new one would go, and replaces it if that is elsewhere. The
//! bound is that of common servers' and balancers' idle and drain times (5 to 75 s), at its lower end.

use super::{Caller, Client, Failure, connection::Connection};
use crate::resolve::Question;
use plan::resolved::Routing;
use record::Phase;
use std::{
    net::{IpAddr, SocketAddr},
    pin::pin,
    rc::Rc,
    time::{Duration, Instant},
};

/// How long a connection is used before it is asked whether a new one would lead elsewhere.
pub(super) const CONFIRM_AFTER: Duration = Duration::from_secs(10);
/// So many of a name's addresses are tried by one attempt.
pub(super) const ADDRESSES_MAX: usize = 4;

/// Where a new connection goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Destination {
    pub(super) host: usize,
    /// To be tried in this order; never empty.
    pub(super) addresses: Vec<SocketAddr>,
    /// The answer of the resolver that they are from.
    pub(super) answer: Option<Rc<[IpAddr]>>,
}

impl Destination {
    /// The addresses of an answer, from one on that is drawn.
    fn answered(host: usize, answer: Rc<[IpAddr]>, port: u16, caller: &mut Caller) -> Self {
        let mut addresses: Vec<SocketAddr> = answer.iter().map(|address| SocketAddr::new(*address, port)).collect();
        let first = caller.one_of(addresses.len());
        addresses.rotate_left(first);
        Self { host, addresses, answer: Some(answer) }
    }
}

impl Client {
    /// Where a new connection of that caller goes. Ends by `deadline`.
    pub(super) async fn destination(
        &self,
        caller: &mut Caller,
        timeout: Duration,
        deadline: Instant,
    ) -> Result<Destination, Failure> {
        let now = Instant::now();
        let host = caller.host().unwrap_or_else(|| self.choose_host(caller, now));
        let table = &self.world.hosts[host];
        if !table.addresses.is_empty() {
            return Ok(Destination { host, addresses: table.addresses.clone(), answer: None });
        }
        let port = table.url.port;
        if let Some(kept) = caller.kept_answer.clone() {
            return Ok(Destination::answered(host, kept, port, caller));
        }
        let standpoint = caller.standpoint();
        let question = Question { standpoint, name: Rc::from(table.url.host.as_str()) };
        let asking = || self.world.asking(standpoint, host, timeout);
        let resolving = pin!(self.resolver.resolve(question, asking));
        let phase_deadline = deadline.min(now + timeout);
        let resolved = self.slots.within(caller.slot, phase_deadline, resolving).await;
        let addresses = resolved.map_err(|_| Failure::PhaseTimeout(Phase::Dns))?.map_err(Failure::Name)?;
        Ok(Destination::answered(host, addresses, port, caller))
    }

    fn choose_host(&self, caller: &Caller, now: Instant) -> usize {
        let nearest = &self.world.standpoints[caller.standpoint()].nearest;
        let region = match &self.world.routing {
            None => return 0,
            Some(Routing::Nearest) => nearest.first(),
            Some(Routing::Failover { .. }) => {
                nearest.iter().find(|region| !caller.avoids(**region, now)).or(nearest.first())
            }
        };
        self.world.region_host(region.copied().unwrap_or(0))
    }

    /// Whether a kept connection may take the next request as far as its age goes; looks up where a new one would go when it is
    /// time for that.
    pub(super) async fn confirm(&self, caller: &mut Caller, timeout: Duration, deadline: Instant) -> bool {
        let Some(connection) = caller.connection.as_deref() else { return false };
        let (host, address) = (connection.host(), connection.address);
        let destination = self.destination(caller, timeout, deadline).await;
        let leads_there = match destination {
            Ok(destination) => destination.host == host && destination.addresses.contains(&address),
            // Nobody gives up a connection that works because a resolver doesn't.
            Err(_) => true,
        };
        let spread = caller.spread(CONFIRM_AFTER);
        let confirmed = Instant::now() + spread;
        if let Some(connection) = caller.connection.as_deref_mut() {
            connection.confirm_at = confirmed;
        }
        leads_there
    }

    /// A failed attempt to that region: with failover routing the caller avoids it for a while.
    pub(super) fn failed(&self, caller: &mut Caller, region: Option<usize>, now: Instant) {
        if let (Some(Routing::Failover { avoid }), Some(region), None) = (&self.world.routing, region, caller.host()) {
            caller.avoid(region, now + *avoid);
            if caller.connection.as_ref().is_some_and(|connection| connection.region() == Some(region)) {
                caller.connection = None;
            }
        }
    }
}

impl Connection {
    /// Whether it is time to look up where a new connection would go.
    pub(super) fn is_old(&self, now: Instant) -> bool {
        now >= self.confirm_at
    }
}
