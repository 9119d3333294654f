//! Which connections of a link a fault hits. Pure.
//!
//! A link is shared by many connections, and a fault need not hit all of them: a firewall that forgot its table hits those that
//! are open, one whose table is full hits new ones, a broken path among several equal ones hits a part of them. Which part is
//! decided per connection and fault by the seed, once: a connection that is hit stays hit.

use super::{loss::is_below, time::LinkTime};
use std::time::Duration;
use units::{FaultName, Seed, Share};

/// Which connections a fault hits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hits {
    /// New ones, open ones, or all.
    pub connections: Connections,
    /// That part of them.
    pub share: Share,
    /// Only those that had been open for so long when the fault came.
    pub older_than: Duration,
}

impl Hits {
    /// Every connection.
    pub const ALL: Self = Self { connections: Connections::All, share: Share::WHOLE, older_than: Duration::ZERO };
}

impl Default for Hits {
    fn default() -> Self {
        Self::ALL
    }
}

/// New connections, open ones, or all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Connections {
    /// Whenever they were opened.
    #[default]
    All,
    /// Those that are opened while the fault is there.
    New,
    /// Those that were open when it came.
    Open,
}

/// Which connection it is, for [`Hits`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// The link's number of changes when it was opened.
    pub version: u64,
    /// When it was opened.
    pub at: LinkTime,
    /// Its luck.
    pub luck: Seed,
}

impl Hits {
    /// Whether a connection is hit by a fault that came at `since`, as the link's change number `version`.
    #[must_use]
    pub fn hit(&self, connection: &Stamp, fault: &FaultName, version: u64, since: LinkTime) -> bool {
        let is_new = connection.version >= version;
        let meant = match self.connections {
            Connections::All => true,
            Connections::New => is_new,
            Connections::Open => !is_new,
        };
        let is_old = is_new || since.saturating_since(connection.at) >= self.older_than;
        meant && is_old && is_below(connection.luck.derive(fault.as_str()), self.share.fraction())
    }
}
