//! The sign of life in a log: one line per ten seconds, however quiet the run.

use super::{Stamps, Style, letters};
use crate::{Clock, number};
use units::RunTime;

/// What happened since the run began.
#[derive(Debug, Clone, PartialEq)]
pub struct Beat {
    /// Now.
    pub at: RunTime,
    /// Requests made so far.
    pub sent: u64,
    /// Of those that ended in the last ten seconds: the share that failed; `None`: none ended.
    pub failed: Option<f64>,
    /// The population with the largest failed share in the last ten seconds, and that share; `None`: none failed.
    pub worst: Option<(String, f64)>,
    /// Share of arrivals that started late by the generator's own fault; `None`: none were intended.
    pub late: Option<f64>,
}

/// `2026-11-21T14:02:20Z BEAT sent=420113 failed=1.05% worst=eu-west-1:22% late=0%`, without a line feed at its end.
#[must_use]
pub fn beat_line(beat: &Beat, clock: Clock, style: &Style) -> String {
    let stamp = match style.stamps() {
        Stamps::Utc => clock.stamp(beat.at),
        Stamps::TimeOfDay => clock.time_of_day(beat.at),
    };
    let share = |share: Option<f64>| share.map_or_else(|| "none".to_owned(), number::share_tight);
    let worst = beat.worst.as_ref().map_or_else(
        || "none".to_owned(),
        |(name, failed)| format!("{}:{}", letters::clean(name, style).replace(' ', "_"), number::share_tight(*failed)),
    );
    format!("{stamp} BEAT sent={} failed={} worst={worst} late={}", beat.sent, share(beat.failed), share(beat.late))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_beat_is_one_line_of_names_and_values() {
        let clock = Clock::new(Some(1_795_269_688_000_000));
        let style = Style::plain().with_stamps(Stamps::Utc);
        let beat = Beat {
            at: RunTime::from_micros(52_000_000),
            sent: 420_113,
            failed: Some(0.010_53),
            worst: Some(("eu west\n1".to_owned(), 0.22)),
            late: Some(0.0),
        };
        assert_eq!(
            beat_line(&beat, clock, &style),
            "2026-11-21T14:02:20Z BEAT sent=420113 failed=1.1% worst=eu_west_1:22% late=0%"
        );
        let silent = Beat { sent: 0, failed: None, worst: None, late: None, ..beat };
        assert_eq!(
            beat_line(&silent, clock, &style),
            "2026-11-21T14:02:20Z BEAT sent=0 failed=none worst=none late=none",
            "no data is never 0 %"
        );
    }
}
