//! `faults`: what breaks, and when.

use crate::{
    read::{
        collections::{List, Mapping},
        section::section,
        units_read::{DAY_MS, Time},
        values::NameText,
        words::{Word, Words},
    },
    resolved::{Direction, IsolatedFrom, Manner},
};

section! {
    /// Something that breaks: injected, proven to have its effect, healed, proven to be gone.
    FaultText "a fault" (exactly one of "region-loss", "region-isolated", "partition", "link-delay", "command") {
        /// Its name, unique among the faults. Default: its kind and regions (`region-loss eu-west-1`).
        optional "name" name: NameText;
        /// Every process of the region is killed, and started again at the end. Chirp only.
        optional "region-loss" region_loss: RegionLossText;
        /// The region runs but can't be reached.
        optional "region-isolated" region_isolated: RegionIsolatedText;
        /// Two regions can't reach each other. Chirp only.
        optional "partition" partition: PartitionText;
        /// The link between two regions, or between all users and a region, is slower.
        optional "link-delay" link_delay: LinkDelayText;
        /// Whatever your own commands break.
        optional "command" command: CommandText;
        /// When it is injected, after the load's start.
        required "at" at: Time<0, DAY_MS>;
        /// How long it lasts, at least 1s.
        required "for" duration: Time<1_000, DAY_MS>;
        /// Whoever applies it heals it by itself when it isn't renewed for this long, 1s to 10m.
        optional "lease" lease: Time<1_000, 600_000> = "15s";
        /// The longest that the proof of effect and the proof of removal may each take; at most the fault's time. Default:
        /// 10s, or the fault's time where that is shorter.
        optional "verify_within" verify_within: Time<100, 600_000>;
    }
}

section! {
    /// Every process of the region is killed, and started again at the end.
    RegionLossText "region-loss" {
        /// Which.
        required "region" region: NameText;
    }
}

section! {
    /// The region runs but can't be reached.
    RegionIsolatedText "region-isolated" {
        /// Which.
        required "region" region: NameText;
        /// By whom: `users`, `peers` (the other regions; Chirp only) or `both` (Chirp only).
        required "from" from: Word<IsolatedFrom>;
        /// `drop`: bytes vanish and clients find out by their time-outs. `reject`: connections are refused and reset.
        optional "manner" manner: Word<Manner> = "drop";
    }
}

section! {
    /// Two regions can't reach each other.
    PartitionText "partition" {
        /// One side.
        required "between" between: NameText;
        /// The other side.
        required "and" and: NameText;
        /// Which direction is cut: `both`, `forward` (what the first sends to the second) or `backward`.
        optional "direction" direction: Word<Direction> = "both";
        /// `drop`: bytes vanish. `reject`: connections are refused and reset; not with one direction only.
        optional "manner" manner: Word<Manner> = "drop";
    }
}

section! {
    /// A link is slower.
    LinkDelayText "link-delay" {
        /// The region at its end.
        required "region" region: NameText;
        /// The region at its other end (Chirp only). Default: the users.
        optional "peer" peer: NameText;
        /// Added to each round trip (half per direction), at most 60s.
        required "delay" delay: Time<0, 60_000>;
        /// Added to the link's slow jitter, at most 60s.
        optional "jitter" jitter: Time<0, 60_000> = "0s";
    }
}

section! {
    /// Your own commands, each a list of arguments; no shell is involved.
    CommandText "a command" {
        /// The region it hurts, for the report. Default: none in particular.
        optional "region" region: NameText;
        /// Breaks it; exit code 0 means done.
        required "inject" inject: List<String>;
        /// Mends it; must be harmless when there is nothing to mend.
        required "heal" heal: List<String>;
        /// Exit code 0 proves that the fault has its effect.
        required "verify_effect" verify_effect: List<String>;
        /// Exit code 0 proves that the effect is gone.
        required "verify_removal" verify_removal: List<String>;
        /// The longest that one command may take, 100ms to 10m.
        optional "timeout" timeout: Time<100, 600_000> = "10s";
        /// Environment added to each command. Default: nothing.
        optional "environment" environment: Mapping<String, String>;
    }
}

impl Words for IsolatedFrom {
    const WORDS: &'static [(&'static str, Self)] =
        &[("users", Self::Users), ("peers", Self::Peers), ("both", Self::Both)];
}

impl Words for Manner {
    const WORDS: &'static [(&'static str, Self)] = &[("drop", Self::Drop), ("reject", Self::Reject)];
}

impl Words for Direction {
    const WORDS: &'static [(&'static str, Self)] =
        &[("both", Self::Both), ("forward", Self::Forward), ("backward", Self::Backward)];
}
