//! What the time between ① and ⑤ was spent on: detect = ①→②, decide = ②→③, shift = ③→④, settle = ④→⑤
//! (`dashboards.md` §5.2).
//!
//! "If a mark is unknown its neighbours merge and the label says so." A mark that lies out of order (the first user was
//! rerouted before the health check noticed) can't end a segment either: its neighbours merge as well. Without ① or
//! without any mark behind it there are no segments.

use crate::findings::{Length, Mark, MarkKind, Segment, Span};
use units::RunTime;

const CHAIN: [(MarkKind, &str); 4] = [
    (MarkKind::Detected, "detect"),
    (MarkKind::Rerouted, "decide"),
    (MarkKind::Shifted, "shift"),
    (MarkKind::Recovered, "settle"),
];

/// The segments of a fault's marks.
pub(crate) fn segments(marks: &[Mark]) -> Vec<Segment> {
    let at = |kind: MarkKind| marks.iter().find(|mark| mark.kind == kind).and_then(|mark| mark.at);
    let Some(begin) = at(MarkKind::Active) else { return Vec::new() };
    let last = at(MarkKind::Recovered).unwrap_or(RunTime::from_micros(u64::MAX));
    let mut segments = Vec::new();
    let (mut from, mut from_at) = (MarkKind::Active, begin);
    let mut labels: Vec<&str> = Vec::new();
    for (kind, label) in CHAIN {
        labels.push(label);
        let Some(to_at) = at(kind).filter(|to_at| from_at <= *to_at && *to_at <= last) else { continue };
        segments.push(Segment {
            label: labels.join(" + "),
            from,
            to: kind,
            span: Span { from: from_at, to: to_at },
            length: Length::between(from_at, to_at),
        });
        (from, from_at) = (kind, to_at);
        labels.clear();
    }
    segments
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn marks(seconds: &[(MarkKind, u64)]) -> Vec<Mark> {
        let known = |(kind, second): &(MarkKind, u64)| {
            Mark::known(*kind, RunTime::from(Duration::from_secs(*second)), Duration::ZERO, "test")
        };
        seconds.iter().map(known).collect()
    }

    #[test]
    fn unknown_and_disordered_marks_merge_their_neighbours() {
        use MarkKind::{Active, Detected, Recovered, Rerouted, Shifted};
        type Case<'a> = (&'a str, &'a [(MarkKind, u64)], &'a [(&'a str, u64)]);
        let cases: [Case<'_>; 7] = [
            (
                "all known",
                &[(Active, 30), (Detected, 33), (Rerouted, 34), (Shifted, 38), (Recovered, 40)],
                &[("detect", 3), ("decide", 1), ("shift", 4), ("settle", 2)],
            ),
            (
                "detection unknown",
                &[(Active, 30), (Rerouted, 34), (Shifted, 38), (Recovered, 40)],
                &[("detect + decide", 4), ("shift", 4), ("settle", 2)],
            ),
            ("only the recovery", &[(Active, 30), (Recovered, 40)], &[("detect + decide + shift + settle", 10)]),
            (
                "rerouted before it was detected",
                &[(Active, 30), (Detected, 35), (Rerouted, 34), (Shifted, 38), (Recovered, 40)],
                &[("detect", 5), ("decide + shift", 3), ("settle", 2)],
            ),
            (
                "shifted after the recovery",
                &[(Active, 30), (Detected, 33), (Rerouted, 34), (Shifted, 45), (Recovered, 40)],
                &[("detect", 3), ("decide", 1), ("shift + settle", 6)],
            ),
            ("not recovered", &[(Active, 30), (Detected, 33)], &[("detect", 3)]),
            ("no proof of the effect", &[(Detected, 33), (Recovered, 40)], &[]),
        ];
        for (case, known, expected) in cases {
            let found = segments(&marks(known));
            let found: Vec<_> = found.iter().map(|one| (one.label.as_str(), one.length.0.as_secs())).collect();
            assert_eq!(found, expected, "{case}");
        }
    }
}
