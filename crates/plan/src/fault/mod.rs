//! Faults in a plan: what can break, and the envelope that is the same for all of them.
//!
//! ```text
//!   FaultText ── resolve ──▶ Fault ┬─ the envelope: when, how steep, how often, held by which lease, proven how, who is spared
//!                                  └─ FaultKind: one file each, which declares only what is its own
//! ```
//!
//! Map: [`text`] is the envelope as it is written, [`envelope`] as it is resolved with its course over time, `resolve` what
//! leads from one to the other; [`chaos`] draws some at random; [`live`] reads one that is given while a plan is carried
//! out; [`kind`] is what each kind says of itself, [`claims`] who can be together; `regions` reads and says which regions
//! one is aimed at; [`catalogue`] lists all kinds for people. Everything else is one file per kind.
//!
//! **A new kind** is a file here (its section, its resolved form, [`kind::Kind`] and [`kind::KindText`]), a line in `kinds!`
//! below, its key in [`text::FaultText`], a file in the crate `fault` that acts it out, and a page in `docs/faults/`. Tests
//! fail until all of these are there.

pub(crate) mod catalogue;
mod certificate;
pub(crate) mod chaos;
pub(crate) mod claims;
mod clock;
mod command;
mod connect_refused;
mod connect_slow;
mod connections_cut;
mod defect;
mod dependency;
mod deploy;
mod dns;
mod envelope;
mod evacuation;
mod fan_out;
mod health_check;
mod http;
mod key_missing;
pub(crate) mod kind;
mod link_bandwidth;
mod link_bytes;
mod link_delay;
mod link_ends;
mod link_loss;
mod link_mtu;
mod link_stall;
pub mod live;
mod network_split;
mod noisy_neighbour;
mod partition;
mod pressure;
mod process;
mod promotion;
mod region_isolated;
mod region_loss;
mod region_paused;
mod region_slow;
mod regions;
mod replication;
mod resolve;
mod storage;
pub(crate) mod text;

pub use catalogue::{Listed, Parameter, faults};
pub use certificate::{Certificate, CertificateState};
pub use clock::{Clock, ClockError};
pub use command::{Command, CommandHook};
pub use connect_refused::ConnectRefused;
pub use connect_slow::ConnectSlow;
pub use connections_cut::{ConnectionsCut, CutManner};
pub use defect::Defect;
pub use dependency::{Dependency, DependencyState, ThirdParty};
pub use deploy::Deploy;
pub use dns::{Dns, DnsAnswer, DnsWrong};
pub use envelope::{Exempt, Fault, Proving, Ramp, Repeat, Strength, Turn, Verify};
pub use evacuation::Evacuation;
pub use fan_out::FanOut;
pub use health_check::{HealthCheck, HealthSays};
pub use http::{Http, HttpWrong, OtherBody};
pub use key_missing::KeyMissing;
pub use kind::{About, Group};
pub use link_bandwidth::LinkBandwidth;
pub use link_bytes::{LinkBytes, Middlebox};
pub use link_delay::LinkDelay;
pub use link_ends::LinkEnds;
pub use link_loss::LinkLoss;
pub use link_mtu::LinkMtu;
pub use link_stall::LinkStall;
pub use network_split::{NetworkSplit, Shape};
pub use noisy_neighbour::NoisyNeighbour;
pub use partition::{Direction, Partition};
pub use pressure::{Pressure, PressureOn};
pub use process::{Process, ProcessState};
pub use promotion::{Promoted, Promotion};
pub use region_isolated::{Established, IsolatedFrom, Manner, RegionIsolated};
pub use region_loss::{DataAge, RegionLoss};
pub use region_paused::RegionPaused;
pub use region_slow::RegionSlow;
pub use replication::{Pace, Replication};
pub use storage::{Storage, StorageState};

use crate::{
    mistakes::Span,
    read::Spanned,
    resolve::{Ground, Resolver},
};
use kind::{Kind, KindText as _};
use serde::{Deserialize, Serialize};
use text::FaultText;

/// Declares the kinds: the enum of resolved plans, and the way from each section of a plan to its variant.
macro_rules! kinds {
    ($($(#[doc = $doc:literal])* $module:ident: $kind:ident,)*) => {
        /// The kinds of fault.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "kind", rename_all = "kebab-case")]
        pub enum FaultKind {
            $($(#[doc = $doc])* $kind($kind),)*
        }

        impl FaultKind {
            /// What all kinds say of themselves, in the order of the catalogue.
            pub const ALL: &'static [About] = &[$($kind::ABOUT),*];

            fn as_kind(&self) -> &dyn Kind {
                match self {
                    $(Self::$kind(kind) => kind,)*
                }
            }

            /// The kind that was written, with where it stands.
            fn resolve(text: &FaultText, resolver: &mut Resolver<'_, '_>, ground: &Ground) -> Option<(Self, Span)> {
                $(if let Some(Spanned { value, span }) = text.$module.written() {
                    return value.resolve(*span, resolver, ground).map(|kind| (Self::$kind(kind), *span));
                })*
                None
            }
        }

        $(impl From<$kind> for FaultKind {
            fn from(kind: $kind) -> Self {
                Self::$kind(kind)
            }
        })*
    };
}

kinds! {
    /// Every process of some regions is killed (SIGKILL), and started again at the end.
    region_loss: RegionLoss,
    /// Every process of a region stands still, and goes on at the end.
    region_paused: RegionPaused,
    /// Every process of a region runs a part of the time only: it is slow, not dead.
    region_slow: RegionSlow,
    /// Users are led away from a region, and back at the end.
    evacuation: Evacuation,
    /// A region runs but can't be reached.
    region_isolated: RegionIsolated,
    /// Two regions can't reach each other.
    partition: Partition,
    /// Several pairs of regions can't reach each other, in a shape.
    network_split: NetworkSplit,
    /// The link between two regions, or between all users and a region, is slower.
    link_delay: LinkDelay,
    /// Segments are lost on a link. Over a stream that is a delay: see the page.
    link_loss: LinkLoss,
    /// A link is thin, for all its connections together.
    link_bandwidth: LinkBandwidth,
    /// Somebody else's traffic takes a part of a link: less is left, and what passes waits behind it.
    noisy_neighbour: NoisyNeighbour,
    /// A link stands still: connections open, bytes are held, and come out together when it ends.
    link_stall: LinkStall,
    /// Large packets vanish, small ones pass: connections open, short requests work, long answers hang.
    link_mtu: LinkMtu,
    /// A middlebox hands bytes on in pieces, resets connections after so many of them, or closes late.
    link_bytes: LinkBytes,
    /// New connections take longer to open; what is open is as fast as before.
    connect_slow: ConnectSlow,
    /// New connections are refused; what is open lives on.
    connect_refused: ConnectRefused,
    /// Connections that are open when it comes are reset at once, or dead without a word; new ones live.
    connections_cut: ConnectionsCut,
    /// The storage of a region hangs, is slow, full or read-only.
    storage: Storage,
    /// A region falls behind the others, though every link is whole.
    replication: Replication,
    /// Another region is made the one that writes, and the preferred one again at the end.
    promotion: Promotion,
    /// Posts don't reach the time lines of followers in a region.
    fan_out: FanOut,
    /// The wall clock of a region is wrong.
    clock: Clock,
    /// The geo-DNS answers wrongly, late, or as if nothing had happened.
    dns: Dns,
    /// The health check of some regions says what is not so.
    health_check: HealthCheck,
    /// Whoever connects to a region is shown a certificate that users don't accept, or none.
    certificate: Certificate,
    /// The answers of a region to its users are late, errors, or have another body.
    http: Http,
    /// A process that is no region is killed, or stands still.
    process: Process,
    /// The process of a region runs short of processor, memory or descriptors.
    pressure: Pressure,
    /// A region has no key to check its users' tokens with.
    key_missing: KeyMissing,
    /// A third party is slow, fails, hangs or is gone, for all regions or as one of them sees it.
    dependency: Dependency,
    /// Some regions run another version.
    deploy: Deploy,
    /// A defence of Chirp is away for a while.
    defect: Defect,
    /// Whatever the user's own commands break.
    command: Command,
}
