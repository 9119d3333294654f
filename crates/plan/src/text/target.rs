//! `target`: what is tested.

use crate::read::{
    collections::{List, Mapping, ShortOr},
    section::section,
    units_read::Time,
    values::{NameText, Whole},
    web::{BaseUrl, HeaderName},
    words::{Word, Words},
};
use std::net::{IpAddr, SocketAddr};

section! {
    /// What is tested: either `chirp`, or a service that is already there (`entry`, `endpoints`, or both).
    TargetText "a target" {
        /// Chirp, booted on this machine with emulated links between regions and to the users. Excludes all other keys.
        optional "chirp" chirp: ChirpText;
        /// One address for all users, `http://name:port`; each population resolves the name by itself. Without it, users
        /// go to `endpoints` as `routing` says.
        optional "entry" entry: BaseUrl;
        /// Whom users ask for the entry's name, `IP:port`. Default: the servers of the system's `resolv.conf`.
        optional "resolver" resolver: SocketAddr;
        /// Each region's own address, by the region's name: a URL, or a mapping.
        optional "endpoints" endpoints: Mapping<NameText, ShortOr<BaseUrl, EndpointText>>;
        /// Which endpoint a user takes where there is no `entry`: `nearest`, `failover`, or `{failover: {avoid: 10s}}`.
        /// Default: `failover`.
        optional "routing" routing: ShortOr<Word<RoutingWord>, RoutingText>;
        /// How an answer tells which region served it: `address` (the one that answered), or `{header: NAME}` (its value
        /// is the region's name).
        optional "served_by" served_by: ShortOr<Word<AddressWord>, ServedByText> = "address";
        /// Which certificates are trusted at `https` addresses: `public` (the web's roots), `{file: FILE.pem}`, or
        /// `anything` (the report says so).
        optional "tls" tls: ShortOr<Word<TlsWord>, TlsText> = "public";
        /// Whether each population gets the path that the atlas knows between its place and each region. Default: true
        /// when every endpoint is a loopback address, else false (then users have this machine's own network).
        optional "emulate_paths" emulate_paths: bool;
    }
}

section! {
    /// Chirp in a lab.
    ChirpText "chirp" {
        /// The regions where it runs: 1 to 20 codes or aliases of the atlas.
        required "regions" regions: List<NameText>;
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
        /// The port users reach on every region's address. Default: a free one, chosen at boot.
        optional "port" port: Whole<1, 65_535>;
    }
}

section! {
    /// A region's own address.
    EndpointText "an endpoint" {
        /// Where it listens, `http://host:port`.
        required "url" url: BaseUrl;
        /// The place it stands in: a code or alias of the atlas. Default: the region's name.
        optional "place" place: NameText;
        /// Addresses that count as this region in `served_by: address`, besides the one of `url`. Default: none.
        optional "addresses" addresses: List<IpAddr>;
    }
}

section! {
    /// Which endpoint a user takes, with its settings.
    RoutingText "routing" {
        /// The nearest region; after a failed attempt the next nearest until the time is over.
        required "failover" failover: FailoverText;
    }
}

section! {
    /// The nearest region; after a failed attempt the next nearest until the time is over.
    FailoverText "failover" {
        /// How long the failed region is avoided, 100ms to 1h.
        optional "avoid" avoid: Time<100, 3_600_000> = "10s";
    }
}

section! {
    /// A response header carries the region's name.
    ServedByText "served_by" {
        /// The header's name.
        required "header" header: HeaderName;
    }
}

section! {
    /// Certificates from a file.
    TlsText "tls" {
        /// A PEM file with the certificates that are trusted, relative to the plan's folder.
        required "file" file: String;
    }
}

/// `routing` in one word.
#[derive(Debug, Clone, Copy)]
pub(crate) enum RoutingWord {
    Nearest,
    Failover,
}

impl Words for RoutingWord {
    const WORDS: &'static [(&'static str, Self)] = &[("nearest", Self::Nearest), ("failover", Self::Failover)];
    const OR: &'static str = "{failover: {avoid: 10s}}";
}

/// `served_by` in one word.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AddressWord;

impl Words for AddressWord {
    const WORDS: &'static [(&'static str, Self)] = &[("address", Self)];
    const OR: &'static str = "{header: NAME}";
}

/// `tls` in one word.
#[derive(Debug, Clone, Copy)]
pub(crate) enum TlsWord {
    Public,
    Anything,
}

impl Words for TlsWord {
    const WORDS: &'static [(&'static str, Self)] = &[("public", Self::Public), ("anything", Self::Anything)];
    const OR: &'static str = "{file: FILE.pem}";
}
