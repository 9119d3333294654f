//! The report: one row per kind, as JSON and as text. The JSON is flat on purpose: rows of numbers under
//! names that stay.

use std::fmt::Write as _;

use serde::Serialize;

use super::Fate;

/// Everything that is printed.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Report {
    pub(super) model: &'static str,
    pub(super) resolver: &'static str,
    pub(super) durability: &'static str,
    /// The regions that served, in the order of the configuration.
    pub(super) regions: Vec<String>,
    /// The region whose clock is most behind, among them.
    pub(super) behind: String,
    /// The one whose clock is most ahead.
    pub(super) ahead: String,
    pub(super) clock_skew_ms: i64,
    /// Whether the pairs were certainly concurrent, and their order known.
    pub(super) replication_stopped: bool,
    /// Whether all regions had read everything before it was looked.
    pub(super) quiet: bool,
    pub(super) rows: Vec<Row>,
}

/// One kind of pair. `acknowledged` = `survived` + `superseded` + `lost`.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Row {
    pub(super) kind: &'static str,
    pub(super) description: &'static str,
    pub(super) pairs: u32,
    pub(super) acknowledged: u32,
    pub(super) survived: u32,
    pub(super) superseded: u32,
    pub(super) lost: u32,
    pub(super) refused: u32,
    pub(super) unknown: u32,
    /// Pairs of which all regions show the same.
    pub(super) agreed: u32,
}

impl Row {
    pub(super) fn new(kind: &'static str, description: &'static str) -> Self {
        Self {
            kind,
            description,
            pairs: 0,
            acknowledged: 0,
            survived: 0,
            superseded: 0,
            lost: 0,
            refused: 0,
            unknown: 0,
            agreed: 0,
        }
    }
}

impl Report {
    /// Adds a pair to the row of its kind.
    pub(super) fn add(&mut self, kind: &str, fates: [Fate; 2], agree: bool) {
        let row = self.rows.iter_mut().find(|row| row.kind == kind).expect("there is a row for every kind");
        row.pairs += 1;
        row.agreed += u32::from(agree);
        for fate in fates {
            let count = match fate {
                Fate::Refused => &mut row.refused,
                Fate::Unknown => &mut row.unknown,
                Fate::Survived => &mut row.survived,
                Fate::Superseded => &mut row.superseded,
                Fate::Lost => &mut row.lost,
            };
            *count += 1;
        }
        row.acknowledged = row.survived + row.superseded + row.lost;
    }

    pub(super) fn json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("a report has text keys only");
        text.push('\n');
        text
    }

    pub(super) fn text(&self) -> String {
        let mut text = format!(
            "{} / {} / {}: {} behind {} by {} ms{}{}\n\n",
            self.model,
            self.resolver,
            self.durability,
            self.behind,
            self.ahead,
            self.clock_skew_ms,
            if self.replication_stopped { ", replication stopped for the writes" } else { "" },
            if self.quiet { "" } else { "; THE REGIONS WERE NOT QUIET IN TIME" },
        );
        let mut line = |cells: [&str; 8]| {
            let [kind, rest @ ..] = cells;
            write!(text, "{kind:<18}").expect("a string takes every write");
            rest.iter().try_for_each(|cell| write!(text, "{cell:>13}")).expect("a string takes every write");
            text.push('\n');
        };
        line(["kind", "acknowledged", "survived", "superseded", "lost", "refused", "unknown", "agreed"]);
        for row in &self.rows {
            let numbers = [row.acknowledged, row.survived, row.superseded, row.lost, row.refused, row.unknown];
            let [a, b, c, d, e, f] = numbers.map(|number| number.to_string());
            line([row.kind, &a, &b, &c, &d, &e, &f, &format!("{}/{}", row.agreed, row.pairs)]);
        }
        text
    }
}
