//! `objectives`: what is promised.

use crate::{
    read::{
        collections::ShortOr,
        section::section,
        units_read::{DAY_MS, Time},
        values::{Decimal, NameText, Whole},
        words::{Word, Words},
    },
    resolved::{OperationClass, RunPhase},
};
use units::Share;

/// A number of writes that may be lost.
pub(crate) type Count = Whole<0, { u64::MAX }>;

section! {
    /// A promise with a limit.
    ObjectiveText "an objective"
        (exactly one of "recovery_time", "failback", "cold_return", "lost_writes", "diverged_writes", "availability", "uptime", "error_budget",
            "burn_rate", "blast_radius", "retry_amplification", "metastable", "detection_time", "never_moved", "response_time",
            "lost_updates", "split_writes", "duplicates", "resurrected", "reused_ids", "miscounts", "missing_deliveries",
            "read_your_writes", "monotonic_reads", "monotonic_writes", "writes_follow_reads", "list_anomalies", "linearizable",
            "staleness", "consistency") {
        /// Its name, unique among the objectives. Default: made from what it promises (`recovery_time write`).
        optional "name" name: NameText;
        /// Recovery time of every fault, worst population, at most this.
        optional "recovery_time" recovery_time: ShortOr<Time<0, DAY_MS>, RecoveryTimeText>;
        /// Time from the fault's proven removal until every origin is served by its home again, at most this.
        optional "failback" failback: ShortOr<Time<0, DAY_MS>, FailbackText>;
        /// Time from the first success at home after a fault until its users are served there as well as before, at most this.
        optional "cold_return" cold_return: ShortOr<Time<0, DAY_MS>, ColdReturnText>;
        /// Acknowledged writes that no final read shows anywhere, at most this many. Needs a ledger.
        optional "lost_writes" lost_writes: ShortOr<Count, WritesText>;
        /// Acknowledged writes that final reads show in some regions and not in others, at most this many. Needs a ledger
        /// with readers at each region.
        optional "diverged_writes" diverged_writes: ShortOr<Count, WritesText>;
        /// Share of intended requests that succeed, over the whole run after the warm-up, at least this.
        optional "availability" availability: ShortOr<Share, AvailabilityText>;
        /// Share of user-time in which users succeed, in every window of a length, at least this.
        optional "uptime" uptime: UptimeText;
        /// The part of thirty days' error budget that the run spends, at most this.
        optional "error_budget" error_budget: ErrorBudgetText;
        /// How fast the error budget burns in any window of a length, at most this.
        optional "burn_rate" burn_rate: BurnRateText;
        /// Share of the users whom no fault is aimed at and who are affected all the same, at most this.
        optional "blast_radius" blast_radius: ShortOr<Share, BlastRadiusText>;
        /// Attempts per request in any ten seconds, at most this. 1 is no retry at all.
        optional "retry_amplification" retry_amplification: ShortOr<Decimal, RetryAmplificationText>;
        /// `false`: after every fault the service comes back by itself, under the load it had before.
        optional "metastable" metastable: bool;
        /// The service's own health or steering notices every fault, within at most this.
        optional "detection_time" detection_time: ShortOr<Time<0, DAY_MS>, DetectionTimeText>;
        /// Share of the users of a region that is hit who are never led elsewhere, at most this.
        optional "never_moved" never_moved: ShortOr<Share, NeverMovedText>;
        /// A percentile of the response time of successes, at most this.
        optional "response_time" response_time: ResponseTimeText;
        /// Acknowledged changes that the end doesn't show, nor anything newer, at most this many. This and the following need the
        /// ledger's sessions.
        optional "lost_updates" lost_updates: ShortOr<Count, WritesText>;
        /// Keys that regions took turns in writing although they can't reach each other, at most this many.
        optional "split_writes" split_writes: ShortOr<Count, WritesText>;
        /// Entries of lists that are there twice and were appended once, at most this many.
        optional "duplicates" duplicates: ShortOr<Count, WritesText>;
        /// Deletes that came back, at most this many.
        optional "resurrected" resurrected: ShortOr<Count, WritesText>;
        /// Ids that several probe writes were given, at most this many. Needs a ledger, not its sessions.
        optional "reused_ids" reused_ids: ShortOr<Count, WritesText>;
        /// Counts out of what is possible, at most this many.
        optional "miscounts" miscounts: ShortOr<Count, WritesText>;
        /// Entries of lists that never came to where the list is delivered, at most this many.
        optional "missing_deliveries" missing_deliveries: ShortOr<Count, WritesText>;
        /// Reads without the session's own acknowledged writes, at most this many.
        optional "read_your_writes" read_your_writes: ShortOr<Count, WritesText>;
        /// Reads of something older than what the session had read, at most this many.
        optional "monotonic_reads" monotonic_reads: ShortOr<Count, WritesText>;
        /// Reads that show a session's writes out of their order, at most this many.
        optional "monotonic_writes" monotonic_writes: ShortOr<Count, WritesText>;
        /// Reads that show an effect without its cause, at most this many.
        optional "writes_follow_reads" writes_follow_reads: ShortOr<Count, WritesText>;
        /// Impossible entries, orders that don't fit and cycles of dependencies in lists, at most this many.
        optional "list_anomalies" list_anomalies: ShortOr<Count, WritesText>;
        /// `true`: every register is linearizable.
        optional "linearizable" linearizable: bool;
        /// How old what reads showed may be.
        optional "staleness" staleness: StalenessText;
        /// Share of the reads that show what is promised, and within a time, at least this.
        optional "consistency" consistency: ConsistencyText;
    }
}

section! {
    /// A promise to readers: what they see, how soon, and how often. Reads are those of the sessions of users; one that fails, is
    /// late or shows less doesn't keep it.
    ConsistencyText "consistency" {
        /// What a read must show: `strong` (everything that was acknowledged before it began), `bounded-staleness` (everything that
        /// had been acknowledged for `staleness`), `read-your-writes`, `monotonic-reads`, or `eventual` (anything).
        required "level" level: Word<LevelText>;
        /// With `bounded-staleness`, and needed there: how old what a read lacks may be at most.
        optional "staleness" staleness: Time<1, DAY_MS>;
        /// How long a read may take, all its attempts together.
        required "within" within: Time<1, DAY_MS>;
        /// The share of the reads.
        required "min" min: Share;
        /// Only this population. Default: each one on its own, the worst counts.
        optional "population" population: NameText;
        /// Only `baseline`, `fault` or `after`. Default: all of the run after the warm-up.
        optional "phase" phase: Word<RunPhase>;
    }
}

/// A level of consistency, as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LevelText {
    Strong,
    BoundedStaleness,
    ReadYourWrites,
    MonotonicReads,
    Eventual,
}

impl Words for LevelText {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("strong", Self::Strong),
        ("bounded-staleness", Self::BoundedStaleness),
        ("read-your-writes", Self::ReadYourWrites),
        ("monotonic-reads", Self::MonotonicReads),
        ("eventual", Self::Eventual),
    ];
}

section! {
    /// A limit on how old what reads showed may be: for how long what they lacked had been acknowledged. A read that lacks
    /// nothing has age zero. The worst region and the worst part of the run (before, during and after faults) counts.
    StalenessText "staleness" {
        /// Above 0 and below 100, such as 99.
        required "percentile" percentile: Decimal;
        /// The limit.
        required "max" max: Time<0, DAY_MS>;
    }
}

section! {
    /// A limit on the recovery time.
    RecoveryTimeText "recovery_time" {
        /// The limit.
        required "max" max: Time<0, DAY_MS>;
        /// Only `read` or only `write` operations. Default: all.
        optional "class" class: Word<OperationClass>;
        /// Only this population. Default: each one on its own, the worst counts.
        optional "population" population: NameText;
    }
}

section! {
    /// A limit on the time to fail back.
    FailbackText "failback" {
        /// The limit.
        required "max" max: Time<0, DAY_MS>;
        /// Only this population. Default: each one on its own, the worst counts.
        optional "population" population: NameText;
    }
}

section! {
    /// A limit on how long a return is cold.
    ColdReturnText "cold_return" {
        /// The limit.
        required "max" max: Time<0, DAY_MS>;
        /// Only this population. Default: each one on its own, the worst counts.
        optional "population" population: NameText;
    }
}

section! {
    /// A limit on writes.
    WritesText "a limit on writes" {
        /// The limit.
        required "max" max: Count;
    }
}

section! {
    /// A limit on availability.
    AvailabilityText "availability" {
        /// The limit.
        required "min" min: Share;
        /// Only this population. Default: each one on its own, the worst counts.
        optional "population" population: NameText;
        /// Only `read` or only `write` operations. Default: all.
        optional "class" class: Word<OperationClass>;
        /// Only this step. Default: all.
        optional "step" step: NameText;
        /// Only `baseline`, `fault` or `after`. Default: all of the run after the warm-up.
        optional "phase" phase: Word<RunPhase>;
    }
}

section! {
    /// A limit on user-uptime.
    UptimeText "uptime" {
        /// The limit.
        required "min" min: Share;
        /// The window's length: the worst window of this length counts.
        required "window" window: Time<1_000, DAY_MS>;
        /// Only this population. Default: each one on its own, the worst counts.
        optional "population" population: NameText;
    }
}

section! {
    /// A limit on what the run spends of the month's error budget.
    ErrorBudgetText "error_budget" {
        /// The share of successes that is promised for the month, such as 99.9%.
        required "target" target: Share;
        /// The limit, as a share of the budget of thirty days.
        required "max" max: Share;
        /// Only this population. Default: each one on its own, the worst counts.
        optional "population" population: NameText;
    }
}

section! {
    /// A limit on how fast the error budget burns.
    BurnRateText "burn_rate" {
        /// The share of successes that is promised for the month, such as 99.9%.
        required "target" target: Share;
        /// The limit: 1 spends the month's budget in a month, 14.4 two per cent of it in an hour.
        required "max" max: Decimal;
        /// The window's length: the worst window of this length counts.
        required "window" window: Time<1_000, DAY_MS>;
        /// Only this population. Default: each one on its own, the worst counts.
        optional "population" population: NameText;
    }
}

section! {
    /// A limit on the blast radius.
    BlastRadiusText "blast_radius" {
        /// The limit.
        required "max" max: Share;
    }
}

section! {
    /// A limit on attempts per request.
    RetryAmplificationText "retry_amplification" {
        /// The limit.
        required "max" max: Decimal;
        /// Only this population. Default: each one on its own, the worst counts.
        optional "population" population: NameText;
    }
}

section! {
    /// A limit on the time to detect.
    DetectionTimeText "detection_time" {
        /// The limit.
        required "max" max: Time<0, DAY_MS>;
    }
}

section! {
    /// A limit on users who are never led elsewhere.
    NeverMovedText "never_moved" {
        /// The limit.
        required "max" max: Share;
    }
}

section! {
    /// A limit on a percentile of the response time.
    ResponseTimeText "response_time" {
        /// Above 0 and below 100, such as 99 or 99.9.
        required "percentile" percentile: Decimal;
        /// The limit.
        required "max" max: Time<0, DAY_MS>;
        /// Only this step. Default: all.
        optional "step" step: NameText;
        /// Only this population. Default: each one on its own, the worst counts.
        optional "population" population: NameText;
        /// Only `read` or only `write` operations. Default: all.
        optional "class" class: Word<OperationClass>;
        /// Only `baseline`, `fault` or `after`. Default: all of the run after the warm-up.
        optional "phase" phase: Word<RunPhase>;
        /// The older spelling of `phase: baseline`.
        optional "baseline_only" baseline_only: bool = "false";
    }
}

impl Words for RunPhase {
    const WORDS: &'static [(&'static str, Self)] =
        &[("baseline", Self::Baseline), ("fault", Self::Fault), ("after", Self::After)];
}
