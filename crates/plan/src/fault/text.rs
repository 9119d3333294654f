//! `faults`: what breaks, and when, as it is written.

use super::{
    Proving, command::CommandText, link_delay::LinkDelayText, partition::PartitionText,
    region_isolated::RegionIsolatedText, region_loss::RegionLossText,
};
use crate::read::{
    collections::List,
    section::section,
    units_read::{DAY_MS, Time},
    values::{NameText, Whole},
    words::{Word, Words},
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
        /// When it is injected, after the load's start. Needed, but in `chaos`, which draws it.
        optional "at" at: Time<0, DAY_MS>;
        /// It is injected up to this much later than `at`: another moment for each seed, the same for the same one.
        optional "start_jitter" start_jitter: Time<0, 3_600_000> = "0s";
        /// How long it lasts, each time, at least 1s.
        required "for" duration: Time<1_000, DAY_MS>;
        /// How it rises and falls, inside of its time. Default: at once.
        optional "ramp" ramp: RampText;
        /// How often it comes. Default: once.
        optional "repeat" repeat: RepeatText;
        /// Who is not hit. Default: nobody is spared.
        optional "exempt" exempt: ExemptText;
        /// Whoever applies it heals it by itself when it isn't renewed for this long, 1s to 10m.
        optional "lease" lease: Time<1_000, 600_000> = "15s";
        /// Which proofs are wanted, and how long they may take.
        optional "verify" verify: VerifyText;
        /// The same as `verify: {within: …}`.
        optional "verify_within" verify_within: Time<100, 600_000>;
    }
}

section! {
    /// How a fault rises and falls: in up to 20 steps, for those that have a strength.
    RampText "ramp" {
        /// From nothing to its full strength, at most 1h.
        optional "on" on: Time<0, 3_600_000> = "0s";
        /// From its full strength to nothing, at most 1h.
        optional "off" off: Time<0, 3_600_000> = "0s";
    }
}

section! {
    /// How often a fault comes: a link that flaps, a loss that rolls over the regions.
    RepeatText "repeat" {
        /// In all.
        required "times" times: Whole<2, 1_000>;
        /// From one injection to the next; longer than `for`.
        required "every" every: Time<1_000, DAY_MS>;
        /// Each time it hits the next of its regions, and not all of them.
        optional "rolling" rolling: bool = "false";
    }
}

section! {
    /// Who is not hit by a fault of links.
    ExemptText "exempt" {
        /// The links of these users stay whole.
        optional "populations" populations: List<NameText>;
        /// The links with these regions stay whole.
        optional "regions" regions: List<NameText>;
    }
}

section! {
    /// Which proofs of a fault are wanted.
    VerifyText "verify" {
        /// That it has its effect: `prove` by measuring, `skip` (not tried, so the verdict is inconclusive), or `assume` (not
        /// tried and taken for granted, which the report says).
        optional "effect" effect: Word<Proving> = "prove";
        /// That the effect is gone: the same words.
        optional "removal" removal: Word<Proving> = "prove";
        /// The longest that each proof may take; at most the fault's time at full strength. Default: 10s, or that time where it is
        /// shorter.
        optional "within" within: Time<100, 600_000>;
    }
}

impl Words for Proving {
    const WORDS: &'static [(&'static str, Self)] =
        &[("prove", Self::Prove), ("skip", Self::Skip), ("assume", Self::Assume)];
}
