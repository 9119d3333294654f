//! What can be written in a plan, one declaration per mapping: keys, documentation, defaults.
//!
//! These types hold what was *written* and where; `resolve` turns them into the resolved plan. The JSON Schema and the
//! reference page are made from these declarations, so a key can't exist without being documented.

pub(crate) mod chirp;
pub(crate) mod fleet;
pub(crate) mod journey;
pub(crate) mod ledger;
pub(crate) mod load;
pub(crate) mod objective;
pub(crate) mod population;
pub(crate) mod request;
pub(crate) mod stop_guard;
pub(crate) mod target;

use crate::fault::{chaos::ChaosText, text::FaultText};
use crate::mistakes::{Code, Collector, Mistake};
use crate::read::{
    Read,
    collections::{List, Mapping, ShortOr},
    scalar,
    section::section,
    units_read::Time,
    values::{Decimal, NameText, Whole},
    words::{Word, Words},
};
use crate::yaml::Node;
use schemars::{Schema, SchemaGenerator, json_schema};
use units::Share;

section! {
    /// A plan: what is tested, who uses it and how, what breaks, and what is promised.
    PlanText "a plan" {
        /// The version of the plan's language: 1.
        required "version" version: Version;
        /// The run's name. Default: the name of the file without its ending.
        optional "name" name: NameText;
        /// The run's seed, a whole number. The same seed and the same plan give the same arrivals, users and faults.
        optional "seed" seed: Whole<0, { u64::MAX }> = "1";
        /// What is tested: Chirp in a lab on this machine, or a service that is already there.
        required "target" target: target::TargetText;
        /// Who uses it. Default: one population beside each region, with equal shares and no access profile.
        optional "populations" populations: List<population::PopulationText>;
        /// How users turn up, and for how long.
        required "load" load: load::LoadText;
        /// What users do. Default for Chirp: reading and writing about 50 : 1. Otherwise needed.
        optional "journeys" journeys: List<journey::JourneyText>;
        /// Rows of data that journeys read (`{{ feed.NAME.COLUMN }}`), by the name of the feed.
        optional "feeds" feeds: Mapping<NameText, journey::FeedText>;
        /// Probe writes whose fate is followed; `none` for none. Default for Chirp: posts. Otherwise none.
        optional "ledger" ledger: ShortOr<Word<Nothing>, ledger::LedgerText>;
        /// What breaks, and when.
        optional "faults" faults: List<FaultText>;
        /// What breaks at random moments, within a budget. Default: nothing.
        optional "chaos" chaos: ChaosText;
        /// What is promised.
        optional "objectives" objectives: List<objective::ObjectiveText>;
        /// When the measurement can't be trusted; past one of these limits the verdict is inconclusive.
        optional "trust" trust: TrustText = "{}";
        /// The agents that generate the load, where there are several.
        optional "fleet" fleet: fleet::FleetText = "{}";
        /// What must not be exceeded: past it the load stops, faults are healed, and the run ends. Default: nothing.
        optional "stop_guard" stop_guard: stop_guard::StopGuardText;
    }
}

section! {
    /// When the measurement can't be trusted: past one of these limits the verdict is inconclusive.
    TrustText "trust" {
        /// 99th percentile of the time between the intended and the real start of a request, by the generator's own fault.
        optional "send_lag_p99_max" send_lag_p99_max: Time<0, 60_000> = "10ms";
        /// Arrivals that were dropped or never sent.
        optional "unsent_max" unsent_max: Share = "1%";
        /// A region counts as recovered when this share of a population's requests succeeds …
        optional "recovered_success_min" recovered_success_min: Share = "99%";
        /// … over a window of this length.
        optional "recovered_window" recovered_window: Time<1_000, 3_600_000> = "10s";
        /// How slow the successes of users who were hit may still be when they count as recovered.
        optional "recovered_response" recovered_response: RecoveredResponseText = "{}";
        /// Changes that still count as none, when populations that no fault is aimed at are compared with their baseline.
        optional "margins" margins: MarginsText = "{}";
    }
}

section! {
    /// How slow the successes of users who were hit may still be when they count as recovered: over the window no more than one
    /// in a hundred takes longer. Users may be served from another continent, over fresh connections.
    RecoveredResponseText "recovered_response" {
        /// So many times the p99 of the baseline, 1 to 100 …
        optional "times" times: Decimal = "3";
        /// … or so much more than it. The larger of the two counts.
        optional "more" more: Time<0, 60_000> = "1s";
    }
}

section! {
    /// Changes that still count as none.
    MarginsText "margins" {
        /// Of the share of requests that fail, in points: 0.5% is half a point.
        optional "failing" failing: Share = "0.5%";
        /// Of a percentile of the response time, as a share of it …
        optional "response_share" response_share: Share = "10%";
        /// … and as a length. The larger of the two counts.
        optional "response_min" response_min: Time<0, 60_000> = "20ms";
    }
}

/// The version of the plan's language.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Version;

impl Read for Version {
    fn read(node: &Node, mistakes: &mut Collector<'_>) -> Option<Self> {
        let text = scalar(node, "the version of the plan's language", mistakes)?;
        if text != "1" {
            let mistake = Mistake::new(
                Code::OutOfRange,
                node.span,
                format!("version {text} of the plan's language is not known"),
            );
            mistakes.add_alone(
                mistake.hint("this Landfall reads version: 1; what was written for another one needs that one"),
            );
        }
        (text == "1").then_some(Self)
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"const": 1})
    }
}

/// The word for something left out on purpose.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Nothing;

impl Words for Nothing {
    const WORDS: &'static [(&'static str, Self)] = &[("none", Self)];
    const OR: &'static str = "a mapping that describes the ledger";
}
