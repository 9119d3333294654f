//! Links between all regions, each of which can be cut by itself.

use std::cell::RefCell;
use std::net::{SocketAddr, TcpListener};

use crate::lab::Lab;
use crate::relay::Relay;

/// (who connects, to whom, through what)
type Link = (&'static str, &'static str, Relay);

pub(crate) struct Mesh {
    links: Vec<Link>,
    /// Until the regions' addresses are known.
    listeners: RefCell<Vec<TcpListener>>,
}

impl Mesh {
    pub(crate) fn new(regions: &[&'static str]) -> Self {
        let (mut links, mut listeners) = (Vec::new(), Vec::new());
        for from in regions {
            for to in regions.iter().filter(|to| *to != from) {
                let (relay, listener) = Relay::bind();
                links.push((*from, *to, relay));
                listeners.push(listener);
            }
        }
        Self { links, listeners: RefCell::new(listeners) }
    }

    /// What the configuration has to say.
    pub(crate) fn links(&self) -> Vec<(&'static str, &'static str, SocketAddr)> {
        self.links.iter().map(|(from, to, relay)| (*from, *to, relay.address)).collect()
    }

    pub(crate) fn forward(&self, lab: &Lab) {
        for ((_, to, relay), listener) in self.links.iter().zip(self.listeners.take()) {
            relay.forward(listener, lab.peer_listen(to));
        }
    }

    /// Cuts a region off from all others, both ways; users still reach it.
    pub(crate) fn isolate(&self, region: &str) {
        self.set(|from, to| from == region || to == region, true);
    }

    /// Whole again.
    pub(crate) fn heal(&self) {
        self.set(|_, _| true, false);
    }

    fn set(&self, which: impl Fn(&str, &str) -> bool, cut: bool) {
        for (_, _, relay) in self.links.iter().filter(|(from, to, _)| which(from, to)) {
            relay.set_black_hole(cut);
        }
    }
}
