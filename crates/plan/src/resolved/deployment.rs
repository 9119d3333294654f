//! How Chirp is deployed in a lab: who writes, when a write counts as done, and what carries it.
//!
//! Every word here is also a word of Chirp's own configuration, which the lab writes; the default of each is Chirp's.

use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, time::Duration};
use units::RegionName;

/// How Chirp is deployed. [`Deployment::default`] is what a plan that says nothing gets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deployment {
    /// Who writes, and what a failover is.
    pub model: Model,
    /// Where a write is on disk before it is acknowledged.
    pub durability: Durability,
    /// What becomes of writes that collide.
    pub resolver: ConflictResolver,
    /// What stores the data.
    pub engine: Engine,
    /// How regions read each other's log.
    pub transport: Transport,
    /// How users find a region.
    pub steering: SteeringKind,
    /// How many edges stand at each region's place where a balancer steers; one in plans before format 1.7.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub edges: u32,
    /// The region that writes while all is well; `None`: the first, or the model has none.
    pub writer: Option<RegionName>,
    /// Who makes another region the writer.
    pub promotion: Promotion,
    /// How long a returned writer must have caught up before it asks to write again; zero: only by hand.
    #[serde(with = "units::duration")]
    pub failback_after: Duration,
    /// How geo-partitioned users are treated away from home.
    pub partition: Partition,
    /// Milliseconds by which a region's wall clock is ahead (or, below zero, behind); regions that are right are left out.
    pub clock_offsets_ms: BTreeMap<RegionName, i64>,
    /// Which zone each region belongs to; regions without one are left out.
    pub zones: BTreeMap<RegionName, String>,
    /// How long a region may keep answers that it gives to many; zero: not at all, as in plans before format 1.5.
    #[serde(default, with = "units::duration", skip_serializing_if = "Duration::is_zero")]
    pub cache: Duration,
    /// Whether users can have tokens: who sends one is checked. Not so where a plan doesn't say.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub tokens: bool,
    /// How users come in with TLS; `None`: without, as in plans before format 1.8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<UserTls>,
    /// Whether there are third parties for the previews, the media and the notifications of posts. Not so where a plan doesn't say.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub third_parties: bool,
}

impl Deployment {
    /// Chirp's own default of [`Self::failback_after`].
    pub const FAILBACK_AFTER: Duration = Duration::from_secs(8);
}

impl Default for Deployment {
    fn default() -> Self {
        Self {
            model: Model::default(),
            durability: Durability::default(),
            resolver: ConflictResolver::default(),
            engine: Engine::default(),
            transport: Transport::default(),
            steering: SteeringKind::default(),
            edges: 1,
            writer: None,
            promotion: Promotion::default(),
            failback_after: Self::FAILBACK_AFTER,
            partition: Partition::default(),
            clock_offsets_ms: BTreeMap::new(),
            zones: BTreeMap::new(),
            cache: Duration::ZERO,
            tokens: false,
            tls: None,
            third_parties: false,
        }
    }
}

fn one() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it so")]
fn is_one(number: &u32) -> bool {
    *number == 1
}

/// Declares a choice of Chirp's configuration: its values, and the word that stands for each in every format.
macro_rules! choice {
    ($(#[$meta:meta])* $name:ident { $($(#[$value_meta:meta])* $value:ident = $word:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum $name {
            $($(#[$value_meta])* $value,)+
        }

        impl $name {
            /// Its word, in plans and in Chirp's configuration.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$value => $word,)+
                }
            }
        }
    };
}

choice! {
    /// Who writes, and what a failover is.
    Model {
        /// One region; nothing to fail over to.
        SingleRegion = "single-region",
        /// One region serves, another takes over.
        ActivePassive = "active-passive",
        /// Every region reads, one writes.
        ReadReplicas = "read-replicas",
        /// Every region writes.
        #[default]
        ActiveActive = "active-active",
        /// A user is written in their home region.
        GeoPartitioned = "geo-partitioned",
    }
}

impl Model {
    /// Whether writing is a matter of one region at a time, which a lease decides.
    #[must_use]
    pub fn has_lease(self) -> bool {
        matches!(self, Self::ActivePassive | Self::ReadReplicas | Self::GeoPartitioned)
    }
}

choice! {
    /// Where a write is on disk before it is acknowledged.
    Durability {
        /// In the region that took it.
        #[default]
        Local = "local",
        /// And in one other.
        Remote = "remote",
        /// In a majority of all regions.
        Quorum = "quorum",
    }
}

choice! {
    /// What becomes of writes that collide.
    ConflictResolver {
        /// The later one by its stamp stays.
        LastWriteWins = "last-write-wins",
        /// Merged field by field.
        #[default]
        Crdt = "crdt",
        /// By meaning, never by time.
        Semantic = "semantic",
    }
}

choice! {
    /// What stores the data.
    Engine {
        /// A database inside of each region's process.
        #[default]
        Embedded = "embedded",
        /// A PostgreSQL in each region.
        Postgres = "postgres",
    }
}

choice! {
    /// How regions read each other's log.
    Transport {
        /// From each other.
        #[default]
        Pull = "pull",
        /// Through a NATS JetStream in each region.
        Nats = "nats",
    }
}

choice! {
    /// How users find a region.
    SteeringKind {
        /// A DNS answer by place and health.
        #[default]
        Dns = "dns",
        /// A load balancer at the edge near them.
        Balancer = "balancer",
    }
}

choice! {
    /// Who makes another region the writer.
    Promotion {
        /// A majority of all regions.
        #[default]
        Automatic = "automatic",
        /// Somebody, with `chirp promote`.
        Manual = "manual",
    }
}

choice! {
    /// What a region does with the request of a user whose home is elsewhere.
    Away {
        /// Sends it there.
        #[default]
        Forward = "forward",
        /// Answers with the home's name.
        Refuse = "refuse",
    }
}

choice! {
    /// Where copies of a user's data may be.
    Copies {
        /// In every region.
        #[default]
        Everywhere = "everywhere",
        /// In regions of the same zone.
        Zone = "zone",
    }
}

/// How users come in with TLS: at the edges, or at the regions where there are none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserTls {
    /// Whether health checks of the steering refuse the certificates that users would refuse.
    pub verify: bool,
}

/// How geo-partitioned users are treated away from home.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Partition {
    /// What a region does with their requests.
    pub away: Away,
    /// Where copies of their data may be.
    pub copies: Copies,
    /// Whether another region that holds copies may write for a home that is lost.
    pub takeover: bool,
}

impl Default for Partition {
    fn default() -> Self {
        Self { away: Away::default(), copies: Copies::default(), takeover: true }
    }
}
