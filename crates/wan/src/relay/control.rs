//! What is said to a relay and what it answers: one JSON object per line, each request answered by exactly one line.
//!
//! ```text
//!   ▶ {"id":0,"start":{"format":"1.0","seed":"7","links":[{"name":"a-b","listen":"127.1.0.1:0","forward_to":"127.2.0.1:7000","link":{…}}]}}
//!   ◀ {"id":0,"ready":{"format":"1.0","links":[{"name":"a-b","address":"127.1.0.1:40001"}]}}
//!   ▶ {"id":1,"apply":{"fault":"cut","lease":"5s","overlays":[{"link":"a-b","overlay":{"forward":{"state":"black-hole"}}}]}}
//!   ◀ {"id":1,"done":{}}
//!   ▶ {"id":2,"renew":{"fault":"cut"}}
//!   ◀ {"id":2,"error":{"message":"no fault \"cut\" lies over any link: its lease has run out, or it was removed"}}
//! ```
//!
//! These types are the format and nothing else: the model's own types are not serialisable. The version is
//! [`FORMAT`]; a relay accepts the same major and any lower or equal minor.

use serde::{Deserialize, Serialize};
use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};
use units::{Bandwidth, FaultName, Seed, Share};

/// Version of the control format: major.minor.
pub const FORMAT: &str = "1.2";

/// A request with its number. The answer carries the same number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// Chosen by the asker.
    pub id: u64,
    /// What is asked.
    #[serde(flatten)]
    pub command: Command,
}

/// What a relay can be asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Command {
    /// The first of all: which links to run.
    Start(Start),
    /// Another base for a link.
    Set(Box<SetLink>),
    /// Lay a fault over links, or replace it, under a lease.
    Apply(Apply),
    /// Renew a fault's lease for as long as it was given.
    Renew(Named),
    /// Take a fault away. Harmless when there is none.
    Remove(Named),
    /// Tell how things are.
    Status(Nothing),
    /// Measure links by using them. Answered when that is done; other requests are answered meanwhile.
    Probe(ProbeLinks),
}

/// Which links to run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// [`FORMAT`] of the asker.
    pub format: String,
    /// Decides the links' slow jitter, by their names.
    pub seed: Seed,
    /// At least one.
    pub links: Vec<LinkSetup>,
}

/// A link that a relay runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkSetup {
    /// Unique in the relay.
    pub name: String,
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where connections go.
    pub forward_to: SocketAddr,
    /// The address that they are opened from; `None`: as the system chooses. Of the same family as `forward_to`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<IpAddr>,
    /// How the link behaves.
    #[serde(default)]
    pub link: LinkFormat,
}

/// Another base for a link.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetLink {
    /// The link's name.
    pub name: String,
    /// Its base from now on.
    pub link: LinkFormat,
}

/// A fault over links, under a lease.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Apply {
    /// The fault's name.
    pub fault: FaultName,
    /// The relay takes the fault away by itself when it isn't renewed for this long.
    #[serde(with = "units::duration")]
    pub lease: Duration,
    /// What it does to which links.
    pub overlays: Vec<LinkOverlay>,
}

/// What a fault does to one link.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkOverlay {
    /// The link's name.
    pub link: String,
    /// What it does.
    pub overlay: OverlayFormat,
}

/// A fault by name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// Its name.
    pub fault: FaultName,
}

/// Which links to measure, and how: [`crate::shaped::Probe`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProbeLinks {
    /// Their names.
    pub links: Vec<String>,
    /// How many connections to each.
    pub connections: u32,
    /// How many bytes each of them sends.
    pub bytes: u32,
    /// What has not come by then doesn't come.
    #[serde(with = "units::duration")]
    pub within: Duration,
}

/// [`crate::shaped::Probed`] as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum ProbedFormat {
    /// It was answered.
    Answered {
        /// What opening it took.
        connected_us: u64,
        /// From its first byte sent to its last byte back.
        answered_us: u64,
        /// From its end sent to its end seen.
        closed_us: Option<u64>,
    },
    /// It was refused.
    Refused,
    /// It was reset.
    Reset,
    /// It opened, and no answer came in time.
    Silent,
    /// It did not open in time.
    Unopened,
}

/// No more to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// An answer with the number of its request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Response {
    /// The request's number; 0 when it could not be read.
    pub id: u64,
    /// The answer.
    #[serde(flatten)]
    pub reply: Reply,
}

/// What a relay answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reply {
    /// All links listen.
    Ready(Ready),
    /// It is done.
    Done(Nothing),
    /// How things are.
    Status(Status),
    /// What became of each connection of a probe, in the order of the links asked about.
    Probed(Vec<Vec<ProbedFormat>>),
    /// It is not done, and why.
    Error(Failure),
}

/// All links listen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ready {
    /// [`FORMAT`] of the relay.
    pub format: String,
    /// In the order of the start.
    pub links: Vec<BoundLink>,
}

/// Where a link listens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoundLink {
    /// Its name.
    pub name: String,
    /// Its address, with the real port.
    pub address: SocketAddr,
}

/// Why something is not done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// For people.
    pub message: String,
}

/// How a relay is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// In the order of the start.
    pub links: Vec<LinkStatus>,
    /// The faults that lie over links, in order of their names.
    pub faults: Vec<FaultStatus>,
}

/// How a link is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LinkStatus {
    /// Its name.
    pub name: String,
    /// As it behaves now, faults included.
    pub link: LinkFormat,
    /// Connections that are open or being opened.
    pub connections: usize,
    /// What has passed.
    pub traffic: TrafficFormat,
}

/// A fault that lies over links.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FaultStatus {
    /// Its name.
    pub fault: FaultName,
    /// Until it is taken away, if it isn't renewed.
    #[serde(with = "units::duration")]
    pub lease_left: Duration,
}

/// A [`crate::Link`] as text.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LinkFormat {
    /// From the opening side.
    pub forward: WayFormat,
    /// From the accepting side.
    pub backward: WayFormat,
    /// What opening a connection takes besides its round trip.
    #[serde(with = "units::duration", skip_serializing_if = "Duration::is_zero")]
    pub connect_delay: Duration,
}

/// A [`crate::Way`] as text.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WayFormat {
    /// One-way delay.
    #[serde(with = "units::duration")]
    pub delay: Duration,
    /// Slow jitter.
    #[serde(with = "units::duration")]
    pub jitter: Duration,
    /// Noise per message.
    #[serde(with = "units::duration")]
    pub noise: Duration,
    /// Shared by all connections.
    pub bandwidth: Option<Bandwidth>,
    /// Whether bytes pass.
    pub state: StateFormat,
    /// Segments that are lost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loss: Option<LossFormat>,
    /// Packets larger than this vanish.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mtu: Option<u32>,
    /// Bytes come out in pieces.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slice: Option<SliceFormat>,
    /// The end of a stream waits for this.
    #[serde(with = "units::duration", skip_serializing_if = "Duration::is_zero")]
    pub close_delay: Duration,
    /// A stream is reset after so many bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
}

/// An [`crate::Overlay`] as text.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OverlayFormat {
    /// On the forward way.
    pub forward: WayOverlayFormat,
    /// On the backward way.
    pub backward: WayOverlayFormat,
    /// Added to what opening a connection takes.
    #[serde(with = "units::duration", skip_serializing_if = "Duration::is_zero")]
    pub connect_delay: Duration,
    /// Which connections it is about.
    #[serde(skip_serializing_if = "HitsFormat::is_all")]
    pub hits: HitsFormat,
    /// Those that are open are reset when it comes.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub cuts: bool,
}

/// A [`crate::link::WayOverlay`] as text.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WayOverlayFormat {
    /// Added to the delay.
    #[serde(with = "units::duration")]
    pub delay: Duration,
    /// Added to the jitter.
    #[serde(with = "units::duration")]
    pub jitter: Duration,
    /// At most this.
    pub bandwidth: Option<Bandwidth>,
    /// At least this.
    pub state: StateFormat,
    /// Segments that are lost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loss: Option<LossFormat>,
    /// Packets larger than this vanish.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mtu: Option<u32>,
    /// Bytes come out in pieces.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slice: Option<SliceFormat>,
    /// The end of a stream waits for this.
    #[serde(with = "units::duration", skip_serializing_if = "Duration::is_zero")]
    pub close_delay: Duration,
    /// A stream is reset after so many bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
}

/// A [`crate::link::Loss`] as text.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LossFormat {
    /// How many of all segments.
    pub share: Share,
    /// In a row, in the mean.
    pub burst: u32,
}

/// A [`crate::link::Slice`] as text.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SliceFormat {
    /// At a time.
    pub bytes: u32,
    /// Between two pieces.
    #[serde(with = "units::duration")]
    pub pause: Duration,
}

/// A [`crate::link::Hits`] as text.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HitsFormat {
    /// New ones, open ones, or all.
    pub connections: ConnectionsFormat,
    /// That part of them.
    pub share: Share,
    /// Open for at least so long.
    #[serde(with = "units::duration")]
    pub older_than: Duration,
}

impl HitsFormat {
    fn is_all(&self) -> bool {
        *self == Self::default()
    }
}

impl Default for HitsFormat {
    fn default() -> Self {
        crate::link::Hits::ALL.into()
    }
}

/// [`crate::link::Connections`] as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConnectionsFormat {
    /// Whenever they were opened.
    All,
    /// Opened while the fault is there.
    New,
    /// Open when it came.
    Open,
}

/// A [`crate::State`] as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StateFormat {
    /// Bytes pass.
    #[default]
    Up,
    /// Connections open, then nothing passes.
    Stall,
    /// Connections are reset and refused.
    Reject,
    /// Bytes vanish.
    BlackHole,
}

/// A [`crate::Traffic`] as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrafficFormat {
    /// From the opening side.
    pub forward: WayTrafficFormat,
    /// From the accepting side.
    pub backward: WayTrafficFormat,
    /// Connections opened.
    pub connected: u64,
    /// Connections refused by the link.
    pub refused: u64,
    /// Connections reset by the link.
    pub reset: u64,
    /// Connections that timed out in a black hole.
    pub timed_out: u64,
}

/// A [`crate::network::WayTraffic`] as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WayTrafficFormat {
    /// Bytes that came out.
    pub bytes: u64,
    /// Messages that came out.
    pub messages: u64,
    /// Bytes that met a black hole.
    pub held_bytes: u64,
}

/// Whether this version of the format can be read: the same major, no later minor.
#[must_use]
pub fn is_readable(format: &str) -> bool {
    let version = |text: &str| {
        let (major, minor) = text.split_once('.')?;
        Some((major.parse::<u32>().ok()?, minor.parse::<u32>().ok()?))
    };
    match (version(format), version(FORMAT)) {
        (Some((major, minor)), Some((own_major, own_minor))) => major == own_major && minor <= own_minor,
        _ => false,
    }
}
