//! `target`: what is tested.

use super::chirp::ChirpText;
use crate::read::{
    collections::{List, Mapping, ShortOr},
    section::section,
    units_read::Time,
    values::NameText,
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
