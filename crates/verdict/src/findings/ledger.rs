//! What became of the probe writes.

use super::{Length, Percentile};
use schemars::JsonSchema;
use serde::Serialize;
use units::RunTime;

/// What became of the probe writes. Counts are exact; each list holds the first [`LedgerFinding::LISTED_MAX`].
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct LedgerFinding {
    /// Writes that ended, in any way.
    pub written: u64,
    /// Of those: acknowledged.
    pub acknowledged: u64,
    /// Of those: definitely not done.
    pub failed: u64,
    /// Of those: they may have happened.
    pub unknown: u64,
    /// Who read them back, in words: "prober at eu-west-1", "users of europe".
    pub readers: Vec<String>,
    /// Whether the final reads ran to their end.
    pub final_reads_complete: bool,
    /// Acknowledged writes that every reader showed in the final reads.
    pub safe: u64,
    /// Acknowledged writes that no final read of any reader showed.
    pub lost: u64,
    /// Those, by time of acknowledgement.
    pub lost_writes: Vec<ProbeWrite>,
    /// Lost writes by who acknowledged them and when.
    pub loss_groups: Vec<LossGroup>,
    /// Lost writes that were acknowledged before a surviving one of the same region: the log has holes.
    pub holes: u64,
    /// Measured data loss in seconds, per fault.
    pub measured_loss: Vec<MeasuredLoss>,
    /// Acknowledged writes that final reads showed to some readers and not to others.
    pub diverged: u64,
    /// Those.
    pub diverged_writes: Vec<DivergedWrite>,
    /// Acknowledged writes whose fate the final reads could not settle.
    pub unproven: u64,
    /// Of those: seen by nobody in the final reads, so that they may be lost. The others may have diverged.
    pub unproven_unseen: u64,
    /// Those.
    pub unproven_writes: Vec<UnprovenWrite>,
    /// Writes that were away for a while and came back.
    pub temporarily_missing: TemporarilyMissing,
    /// Reads that began after a write's acknowledgement and did not show it.
    pub stale_reads: StaleReads,
    /// How long until readers saw a write, per reader.
    pub visibility: Vec<Visibility>,
    /// What became of the writes whose outcome was unknown. They count as neither lost nor safe.
    pub unknown_fates: UnknownFates,
    /// In words, one sentence.
    pub text: String,
}

impl LedgerFinding {
    /// The most writes that a list holds.
    pub const LISTED_MAX: usize = 1_000;
}

/// Reads that showed the past.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct StaleReads {
    /// Definite answers to reads that were sent after the acknowledgement, before the final reads.
    pub reads: u64,
    /// Of those: without the write, although it was not lost.
    pub stale: u64,
    /// stale ÷ reads; `None`: no such reads.
    pub share: Option<f64>,
    /// In words: "31 of 1 204 reads (2.6 %)".
    pub text: String,
}

/// A probe write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ProbeWrite {
    /// Its number in the run.
    pub number: u64,
    /// Its unique value.
    pub value: String,
    /// What the answer called it.
    pub id: String,
    /// Population index of the writer.
    pub population: usize,
    /// When it was acknowledged.
    #[serde(rename = "acknowledged_us")]
    #[schemars(with = "u64")]
    pub acknowledged: RunTime,
    /// Index of the region that acknowledged it.
    pub served_by: Option<usize>,
    /// The fault it is measured against: the last that was injected before the write, else the first after it.
    pub fault: Option<String>,
    /// Acknowledged − injected, in microseconds: negative before the fault, positive after.
    #[serde(rename = "after_injection_us")]
    pub after_injection_us: Option<i64>,
}

/// When, in a fault's life, a write was acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LossPeriod {
    /// Before the first injection.
    BeforeFault,
    /// While a fault was in effect: by the isolated side, or by the one that took over.
    DuringFault,
    /// After the removal: lost by the return.
    AfterFault,
}

impl LossPeriod {
    /// "before the fault", "during the fault" or "after the fault".
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BeforeFault => "before the fault",
            Self::DuringFault => "during the fault",
            Self::AfterFault => "after the fault",
        }
    }
}

/// Lost writes of one region and one period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LossGroup {
    /// Index of the region that acknowledged them.
    pub served_by: Option<usize>,
    /// When.
    pub period: LossPeriod,
    /// How many.
    pub count: u64,
    /// First and last acknowledgement, in words for people: "31 writes acknowledged by eu-west-1 between … and …".
    pub text: String,
}

/// Measured data loss of a fault: T_inject − T*, where every write acknowledged before T* survived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct MeasuredLoss {
    /// The fault's name.
    pub fault: String,
    /// T_inject − T*, zero when everything acknowledged before the injection survived. At least this much where
    /// [`Self::unproven_before`] isn't zero.
    #[serde(rename = "loss_us")]
    pub loss: Length,
    /// Lost writes acknowledged before the injection (and after the fault before it).
    pub lost_before: u64,
    /// Writes acknowledged before the injection that may be lost as well.
    pub unproven_before: u64,
    /// Lost writes acknowledged after it (and before the next fault).
    pub lost_after: u64,
    /// In words.
    pub text: String,
}

/// A write that some readers see and others don't.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct DivergedWrite {
    /// The write.
    pub write: ProbeWrite,
    /// Readers that saw it in the end.
    pub present_for: Vec<String>,
    /// Readers that did not.
    pub absent_for: Vec<String>,
}

/// An acknowledged write whose fate is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct UnprovenWrite {
    /// The write.
    pub write: ProbeWrite,
    /// Why its fate is open.
    pub reason: String,
}

/// Acknowledged writes that were not to be read for a while although they survived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TemporarilyMissing {
    /// Writes that a reader did not show for longer than [`Self::threshold`] after their acknowledgement.
    pub count: u64,
    /// Writes that a reader had shown before and then did not.
    pub vanished: u64,
    /// From acknowledgement to the last definite answer without it: the longest, at least this long.
    #[serde(rename = "longest_us")]
    pub longest: Option<Length>,
    /// What counts as normal: twice the slowest first sight in the baseline, at least one second.
    #[serde(rename = "threshold_us")]
    pub threshold: Length,
}

/// How long until one reader saw the writes of others: at most this long, since it asks at intervals.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Visibility {
    /// Who read.
    pub reader: String,
    /// Median of first sight − acknowledgement, writes seen before the first injection.
    pub baseline_p50: Percentile,
    /// p99 of the same.
    pub baseline_p99: Percentile,
    /// Median over all other writes.
    pub fault_p50: Percentile,
    /// p99 of the same.
    pub fault_p99: Percentile,
    /// The longest of all.
    #[serde(rename = "longest_us")]
    pub longest: Option<Length>,
}

/// What became of writes whose outcome the writer never learnt.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct UnknownFates {
    /// Some reader saw them in the end.
    pub present: u64,
    /// Every reader's final answer was without them.
    pub absent: u64,
    /// It could not be told.
    pub open: u64,
}
