//! `stop_guard`: what must not be exceeded while a run goes on.

use crate::read::{
    section::section,
    units_read::{DAY_MS, Time},
    values::Decimal,
};
use units::Share;

section! {
    /// What must not be exceeded, whatever causes it: past one of these limits the load stops, every fault is healed, and the run
    /// ends and has failed.
    StopGuardText "a stop guard" {
        /// Share of the requests that ended in the window and failed, at most this. Counts from 20 requests on.
        optional "failed_max" failed_max: Share;
        /// A percentile of the response time of those that succeeded in the window.
        optional "response_time" response_time: ResponseLimitText;
        /// How far back it looks. It says nothing before the load is that old.
        optional "window" window: Time<1_000, 600_000> = "10s";
    }
}

section! {
    /// A limit on a percentile of the response time.
    ResponseLimitText "a limit on the response time" {
        /// Above 0 and below 100, such as 50 or 99.
        required "percentile" percentile: Decimal;
        /// The limit.
        required "max" max: Time<1, DAY_MS>;
    }
}
