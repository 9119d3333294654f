//! `objectives`: what is promised.

use crate::{
    read::{
        collections::ShortOr,
        section::section,
        units_read::{DAY_MS, Time},
        values::{Decimal, NameText, Whole},
        words::Word,
    },
    resolved::OperationClass,
};
use units::Share;

/// A number of writes that may be lost.
pub(crate) type Count = Whole<0, { u64::MAX }>;

section! {
    /// A promise with a limit.
    ObjectiveText "an objective"
        (exactly one of "recovery_time", "failback", "lost_writes", "diverged_writes", "availability", "response_time") {
        /// Its name, unique among the objectives. Default: made from what it promises (`recovery_time write`).
        optional "name" name: NameText;
        /// Recovery time of every fault, worst population, at most this.
        optional "recovery_time" recovery_time: ShortOr<Time<0, DAY_MS>, RecoveryTimeText>;
        /// Time from the fault's proven removal until every origin is served by its home again, at most this.
        optional "failback" failback: ShortOr<Time<0, DAY_MS>, FailbackText>;
        /// Acknowledged writes that no final read shows anywhere, at most this many. Needs a ledger.
        optional "lost_writes" lost_writes: ShortOr<Count, WritesText>;
        /// Acknowledged writes that final reads show in some regions and not in others, at most this many. Needs a ledger
        /// with readers at each region.
        optional "diverged_writes" diverged_writes: ShortOr<Count, WritesText>;
        /// Share of intended requests that succeed, over the whole run after the warm-up, at least this.
        optional "availability" availability: ShortOr<Share, AvailabilityText>;
        /// A percentile of the response time of successes, at most this.
        optional "response_time" response_time: ResponseTimeText;
    }
}

section! {
    /// A limit on the recovery time.
    RecoveryTimeText "recovery_time" {
        /// The limit.
        required "max" max: Time<0, DAY_MS>;
        /// Only `read` or only `write` operations. Default: all.
        optional "class" class: Word<OperationClass>;
    }
}

section! {
    /// A limit on the time to fail back.
    FailbackText "failback" {
        /// The limit.
        required "max" max: Time<0, DAY_MS>;
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
        /// Only the baseline: the time before the first fault. Otherwise the whole run after the warm-up.
        optional "baseline_only" baseline_only: bool = "false";
    }
}
