//! `populations`: who uses the service.

use crate::read::{
    collections::{Mapping, ShortOr},
    section::section,
    units_read::Time,
    values::NameText,
};
use units::Share;

section! {
    /// A group of users in one place with one access profile.
    PopulationText "a population" {
        /// Its name, unique among the populations.
        required "name" name: NameText;
        /// Where its users are: a code or alias of the atlas.
        required "place" place: NameText;
        /// How they reach the network: an access profile of the atlas, or `none` for users in a data centre.
        optional "access" access: NameText = "none";
        /// Its part of the load. Shares sum to 100 %. Default: an equal part of what the others leave.
        optional "share" share: Share;
        /// Its clients that keep using an old DNS answer after its TTL, until a connection fails.
        optional "ignores_ttl" ignores_ttl: Share = "0%";
        /// Its clients that keep using their first DNS answer for ever, whatever fails: as a pool does that resolves its name
        /// once. Not among those of `ignores_ttl`; together at most 100 %.
        optional "never_resolves_again" never_resolves_again: Share = "0%";
        /// Chosen paths by region, instead of the atlas's: the whole round trip, access included. Default: the atlas's
        /// path plus the access profile.
        optional "path" path: Mapping<NameText, ShortOr<Time<0, 60_000>, ChosenPathText>>;
    }
}

section! {
    /// A path that the plan's author chose.
    ChosenPathText "a path" {
        /// The whole round trip without load, access included, at most 60s.
        required "round_trip" round_trip: Time<0, 60_000>;
        /// How far the round trip slowly moves up from that.
        optional "jitter" jitter: Time<0, 60_000> = "0s";
    }
}
