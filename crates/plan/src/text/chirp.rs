//! `target.chirp`: Chirp in a lab, and how it is deployed there.

use crate::{
    read::{
        collections::{List, Mapping, ShortOr},
        section::section,
        units_read::{ClockOffset, Time},
        values::{NameText, Whole},
        words::{Word, Words},
    },
    resolved::{
        Away, ConflictResolver, Copies, Durability, Engine, LinkCuts, Model, Promotion, SteeringKind, Transport,
    },
};

section! {
    /// Chirp in a lab.
    ChirpText "chirp" {
        /// The regions where it runs: 1 to 20 codes or aliases of the atlas.
        required "regions" regions: List<NameText>;
        /// Who writes, and what a failover is. `single-region`: one region, nothing to fail over to. `active-passive`: one region
        /// serves, another takes over. `read-replicas`: every region reads, one writes. `active-active`: every region
        /// writes. `geo-partitioned`: a user is written in their home region.
        optional "model" model: Word<Model> = "active-active";
        /// Where a write is on disk before it is acknowledged: `local` (in the region that took it), `remote` (and in one
        /// other), `quorum` (in a majority of all regions).
        optional "durability" durability: Word<Durability> = "local";
        /// What becomes of writes that collide: `last-write-wins` (by time), `crdt` (merged field by field), `semantic` (by
        /// meaning, never by time).
        optional "resolver" resolver: Word<ConflictResolver> = "crdt";
        /// What stores the data: `embedded`, or `postgres` (a PostgreSQL in each region; models with one writer only).
        optional "engine" engine: Word<Engine> = "embedded";
        /// How regions read each other's log: `pull` (from each other), or `nats` (a NATS JetStream in each region).
        optional "transport" transport: Word<Transport> = "pull";
        /// How users find a region: `dns` (an answer by place and health), or `balancer` (a load balancer at the edge near
        /// them, which chooses the region for each request).
        optional "steering" steering: Word<SteeringKind> = "dns";
        /// How many edges stand at each region's place; with `steering: balancer` only.
        optional "edges" edges: Whole<1, 8> = "1";
        /// The region that writes while all is well (`active-passive` and `read-replicas`). Default: the first region.
        optional "writer" writer: NameText;
        /// Who makes another region the writer: `automatic` (a majority of all regions), or `manual` (`chirp promote`).
        /// Default: `automatic`. Models with one writer at a time only.
        optional "promotion" promotion: Word<Promotion>;
        /// How long a returned writer must have caught up before it asks to write again, up to 1h; `0s`: only by
        /// `chirp promote`. Default: `8s`. Models with one writer at a time only.
        optional "failback_after" failback_after: Time<0, 3_600_000>;
        /// How geo-partitioned users are treated away from home. Default: as below.
        optional "partition" partition: GeoPartitionText;
        /// How far a region's wall clock is wrong, by region: `5s`, `-250ms`. Default: all are right.
        optional "clock_offsets" clock_offsets: Mapping<NameText, ClockOffset>;
        /// Which zone a region belongs to, by region; for `partition: {copies: zone}`.
        optional "zones" zones: Mapping<NameText, NameText>;
        /// How long a region may keep answers about users and posts that it gives to many, up to 1h; `0s`: not at all. Writes put
        /// them out of date.
        optional "cache" cache: Time<0, 3_600_000> = "0s";
        /// Users can have tokens (`POST /v1/sessions`), and who sends one is checked: at the edges, or by the regions where there are
        /// none.
        optional "tokens" tokens: bool = "false";
        /// Users come in with TLS, at the edges, or at the regions where there are none: `true`, or a mapping.
        optional "tls" tls: ShortOr<bool, UserTlsText> = "false";
        /// There are third parties for the previews of links, the media and the notifications of posts: a process for each.
        optional "third_parties" third_parties: bool = "false";
        /// Defects switched on, by name. Default: none.
        optional "defects" defects: List<String>;
        /// TTL of the steering's DNS answers, whole seconds, 1s to 1h.
        optional "dns_ttl" dns_ttl: Time<1_000, 3_600_000> = "5s";
        /// Time between two health checks, 100ms to 5m.
        optional "health_interval" health_interval: Time<100, 300_000> = "1s";
        /// Failed checks in a row until a region is no longer named.
        optional "failures_to_unhealthy" failures_to_unhealthy: Whole<1, 100> = "3";
        /// Good checks in a row until it is named again.
        optional "successes_to_healthy" successes_to_healthy: Whole<1, 100> = "2";
        /// Users that exist from the start; they are called `user-0`, `user-1` and so on.
        optional "users" users: Whole<2, 1_000_000> = "1000";
        /// How many others each of them follows; less than `users`. Default: 20, or all others where they are fewer.
        optional "follows_per_user" follows_per_user: Whole<0, 10_000>;
        /// Who cuts links where a fault says so: `emulated` (the load generator's sockets and the relay between regions), or `kernel`
        /// (packets are really dropped or rejected, in a network namespace of the lab's own; needs root, `ip` and `nft`).
        optional "cuts" cuts: Word<LinkCuts> = "emulated";
        /// The port users reach on every region's address. Default: a free one, chosen at boot.
        optional "port" port: Whole<1, 65_535>;
    }
}

section! {
    /// Users come in with TLS.
    UserTlsText "tls" {
        /// Whether health checks of the steering refuse the certificates that users would refuse. Route 53's take any.
        optional "verify" verify: bool = "false";
    }
}

section! {
    /// How geo-partitioned users are treated away from home.
    GeoPartitionText "a geo partition" {
        /// What a region does with the request of a user whose home is elsewhere: `forward` it, or `refuse` it with the
        /// home's name.
        optional "away" away: Word<Away> = "forward";
        /// Where copies of a user's data may be: `everywhere`, or in regions of the same `zone` only.
        optional "copies" copies: Word<Copies> = "everywhere";
        /// Whether another region that holds copies may write for a home that is lost.
        optional "takeover" takeover: bool = "true";
    }
}

impl Words for Model {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("single-region", Self::SingleRegion),
        ("active-passive", Self::ActivePassive),
        ("read-replicas", Self::ReadReplicas),
        ("active-active", Self::ActiveActive),
        ("geo-partitioned", Self::GeoPartitioned),
    ];
}

impl Words for Durability {
    const WORDS: &'static [(&'static str, Self)] =
        &[("local", Self::Local), ("remote", Self::Remote), ("quorum", Self::Quorum)];
}

impl Words for ConflictResolver {
    const WORDS: &'static [(&'static str, Self)] =
        &[("last-write-wins", Self::LastWriteWins), ("crdt", Self::Crdt), ("semantic", Self::Semantic)];
}

impl Words for Engine {
    const WORDS: &'static [(&'static str, Self)] = &[("embedded", Self::Embedded), ("postgres", Self::Postgres)];
}

impl Words for Transport {
    const WORDS: &'static [(&'static str, Self)] = &[("pull", Self::Pull), ("nats", Self::Nats)];
}

impl Words for SteeringKind {
    const WORDS: &'static [(&'static str, Self)] = &[("dns", Self::Dns), ("balancer", Self::Balancer)];
}

impl Words for LinkCuts {
    const WORDS: &'static [(&'static str, Self)] = &[("emulated", Self::Emulated), ("kernel", Self::Kernel)];
}

impl Words for Promotion {
    const WORDS: &'static [(&'static str, Self)] = &[("automatic", Self::Automatic), ("manual", Self::Manual)];
}

impl Words for Away {
    const WORDS: &'static [(&'static str, Self)] = &[("forward", Self::Forward), ("refuse", Self::Refuse)];
}

impl Words for Copies {
    const WORDS: &'static [(&'static str, Self)] = &[("everywhere", Self::Everywhere), ("zone", Self::Zone)];
}
