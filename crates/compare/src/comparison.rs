//! The value that every rendering of a comparison draws.

use crate::{
    columns::{COLUMNS, Column, ORIGIN_COLUMNS},
    cost::PriceList,
    row::Row,
    theory::{self, Expectation},
};
use serde::Serialize;
use std::time::Duration;
use verdict::Verdict;

/// Version of this format: major.minor.
pub const FORMAT: &str = "1.0";

/// What was the same for all.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Setting {
    /// Landfall's version.
    pub landfall: String,
    /// When it began: microseconds since 1970-01-01 UTC.
    pub started_unix_us: u64,
    /// The seed of every run.
    pub seed: String,
    /// The load in words.
    pub load: String,
    /// The users in words, one line per population.
    pub populations: Vec<String>,
    /// The region that dies.
    pub lost_region: String,
    /// For how long, in seconds.
    pub loss_seconds: f64,
    /// Round trips between regions, in milliseconds: from, to, round trip.
    pub round_trips_ms: Vec<(String, String, f64)>,
}

impl Setting {
    /// How long the region is away.
    #[must_use]
    pub fn loss(&self) -> Duration {
        Duration::from_secs_f64(self.loss_seconds.max(0.0))
    }

    /// The round trip from a region to the nearest other one, in seconds.
    #[must_use]
    pub fn nearest_peer(&self, region: &str) -> Option<f64> {
        let of = self.round_trips_ms.iter().filter(|(from, to, _)| from == region || to == region);
        of.map(|(.., millis)| millis / 1_000.0).min_by(f64::total_cmp)
    }
}

/// Deployments side by side.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// [`FORMAT`] of the writer.
    pub format: String,
    /// What was the same for all.
    pub setting: Setting,
    /// Why it is not complete; `None`: it is.
    pub partial: Option<String>,
    /// What the figures are.
    pub columns: Vec<Column>,
    /// What the figures of each origin are.
    pub origin_columns: Vec<Column>,
    /// Every deployment that was asked for, in order.
    pub rows: Vec<Row>,
    /// What the books say, held against the table.
    pub expectations: Vec<Expectation>,
    /// The prices.
    pub prices: PriceList,
    /// What one must know to read the table right.
    pub notes: Vec<String>,
}

impl Comparison {
    /// Puts the rows together and holds them against what was to be expected.
    #[must_use]
    pub fn new(setting: Setting, rows: Vec<Row>, prices: PriceList, partial: Option<String>) -> Self {
        let expectations = theory::judge(&setting, &rows);
        Self {
            format: FORMAT.to_owned(),
            partial,
            columns: COLUMNS.to_vec(),
            origin_columns: ORIGIN_COLUMNS.to_vec(),
            expectations,
            notes: notes(&setting, &prices),
            setting,
            rows,
            prices,
        }
    }

    /// Fail when an expectation did not come true, inconclusive when one could not be judged, a row could not be measured,
    /// or the comparison is partial.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let unmeasured = self.rows.iter().any(|row| row.not_measured.is_some());
        let start = if self.partial.is_some() || unmeasured || self.expectations.is_empty() {
            Verdict::Inconclusive
        } else {
            Verdict::Pass
        };
        self.expectations.iter().map(|expectation| expectation.verdict).fold(start, Verdict::merge)
    }

    /// How it came out, in a sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        let count = |verdict| self.expectations.iter().filter(|one| one.verdict == verdict).count();
        let measured = self.rows.iter().filter(|row| row.not_measured.is_none()).count();
        let mut text = format!(
            "{measured} of {} deployments measured; of {} expectations {} came true, {} did not, {} can't be told.",
            self.rows.len(),
            self.expectations.len(),
            count(Verdict::Pass),
            count(Verdict::Fail),
            count(Verdict::Inconclusive),
        );
        if let Some(partial) = &self.partial {
            text.push_str(&format!(" Partial: {partial}."));
        }
        text
    }
}

fn notes(setting: &Setting, prices: &PriceList) -> Vec<String> {
    vec![
        format!(
            "Each deployment ran once, with the same seed, load and users, and lost {} (every process killed) for {}.",
            setting.lost_region,
            verdict::words::duration(setting.loss()),
        ),
        "Distances are emulated from measured round trips; all processes share one machine, so response times above the \
         round trip are this machine's."
            .to_owned(),
        "Response times are of successes in the baseline, counted from the intended time, merged over users."
            .to_owned(),
        "A stale read is one of the ledger's, which looks for a write right after its acknowledgement: the share says how \
         readers in a hurry fare, not how many of all reads are old."
            .to_owned(),
        "Lost updates are from `chirp conflicts`, which makes updates of the same thing collide in two regions, one clock 5 s \
         ahead where the resolver is compared."
            .to_owned(),
        "Between regions: bytes by the relay's own count, both directions, in the baseline; probes of the ledger cause some \
         of them, the same for all."
            .to_owned(),
        format!(
            "Prices: {} of {} ({}), {} {} an hour per instance ({}), {} {} per GB that leaves a region unless listed; 730 hours; \
             without storage and traffic to users.",
            prices.name,
            prices.date,
            prices.sources.join("; "),
            prices.currency,
            prices.instance_hour,
            prices.instance,
            prices.currency,
            prices.transfer_gb,
        ),
    ]
}
