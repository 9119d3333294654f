//! The time line of one fault: marks, segments between them, recovery and failback per population.
//!
//! ```text
//!  injecting   ①            impact       ②         ③          ④         ⑤          healing    ⑥       ⑦         ⑧
//!     |--------|--------------|----------|---------|----------|---------|-------------|--------|-------|---------|
//!            active                    detected  rerouted   shifted  recovered              healed  first home  failed back
//!              |------- detect ---------|- decide -|- shift --|- settle -|
//! ```

use super::{Detection, Length, Span, Stability, Steering};
use schemars::JsonSchema;
use serde::Serialize;
use units::RunTime;

/// What a fault did, one of the times that it came. Turns that follow each other too closely to recover in between are one.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct FaultFinding {
    /// What it is called: the fault's name, and of a fault that comes more than once `eu-dies (2 of 3)`.
    pub name: String,
    /// The fault's name in the plan.
    pub fault: String,
    /// Which time it is, from 1.
    pub outage: u32,
    /// How many times there are.
    pub outages: u32,
    /// `region-loss`, `region-isolated`, `partition`, `link-delay` or `command`.
    pub kind: String,
    /// In words: "every process of eu-west-1 was killed".
    pub text: String,
    /// Indices of the regions it was aimed at.
    pub regions: Vec<usize>,
    /// When the plan wanted it, and until when; `None`: load never started.
    pub planned: Option<Span>,
    /// Whether its effect was proven.
    pub effect: Proof,
    /// Whether its removal was proven.
    pub removal: Proof,
    /// Every mark, in the order of the picture above; those of the focus population where a mark is per population.
    pub marks: Vec<Mark>,
    /// What the time between ① and ⑤ was spent on.
    pub segments: Vec<Segment>,
    /// The population the marks belong to: the one that took longest to recover. `None`: no population was affected.
    pub focus: Option<usize>,
    /// Recovery per population and class, in the order of populations.
    pub recovery: Vec<Recovery>,
    /// Return to the home per population whose home was hit.
    pub failback: Vec<Failback>,
    /// Whether the service noticed.
    pub detection: Detection,
    /// How users were led elsewhere, per population whose home was hit.
    pub steering: Vec<Steering>,
    /// What became of the service when the cause was gone; `None`: its removal is not proven, or there is no baseline.
    pub stability: Option<Stability>,
    /// Anything else worth knowing: "still failing 30 s after the fault was gone".
    pub remarks: Vec<String>,
}

impl FaultFinding {
    /// The mark of that kind.
    #[must_use]
    pub fn mark(&self, kind: MarkKind) -> Option<&Mark> {
        self.marks.iter().find(|mark| mark.kind == kind)
    }

    /// Whether it was injected, as far as was recorded.
    #[must_use]
    pub fn was_injected(&self) -> bool {
        let known = |kind| self.mark(kind).is_some_and(|mark| mark.at.is_some());
        known(MarkKind::Injecting) || known(MarkKind::Active)
    }
}

/// What is known of a proof.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum Proof {
    /// Proven.
    Proven {
        /// When it was so.
        #[serde(rename = "at_us")]
        #[schemars(with = "u64")]
        at: RunTime,
    },
    /// It was not tried: the plan takes it for granted.
    Assumed {
        /// When the command had been carried out.
        #[serde(rename = "at_us")]
        #[schemars(with = "u64")]
        at: RunTime,
    },
    /// It was tried and could not be proven, or nothing was recorded of it.
    NotProven {
        /// Why, in words.
        reason: String,
    },
}

impl Proof {
    /// Whether it is proven.
    #[must_use]
    pub fn is_proven(&self) -> bool {
        matches!(self, Self::Proven { .. })
    }
}

/// Which mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MarkKind {
    /// The fault's command was given.
    Injecting,
    /// ① Its effect is proven.
    Active,
    /// First failed request of an affected population.
    Impact,
    /// ② First visible reaction of the service.
    Detected,
    /// ③ When the first request was intended that succeeded through another region.
    Rerouted,
    /// ④ At least 99 % of what is answered is answered elsewhere.
    Shifted,
    /// ⑤ Start of the first window that holds the success share.
    Recovered,
    /// Healing was begun.
    Healing,
    /// ⑥ Its removal is proven.
    Healed,
    /// ⑦ When the first request was intended that succeeded through the home again.
    FirstHome,
    /// ⑧ At least 99 % of what is answered is answered by the home again, and stays so.
    FailedBack,
}

impl MarkKind {
    /// Every mark, in the order of a time line.
    pub const ALL: [Self; 11] = [
        Self::Injecting,
        Self::Active,
        Self::Impact,
        Self::Detected,
        Self::Rerouted,
        Self::Shifted,
        Self::Recovered,
        Self::Healing,
        Self::Healed,
        Self::FirstHome,
        Self::FailedBack,
    ];

    /// The number in the circle, 1 to 8; `None` for marks that carry none.
    #[must_use]
    pub fn number(self) -> Option<u8> {
        match self {
            Self::Injecting | Self::Impact | Self::Healing => None,
            Self::Active => Some(1),
            Self::Detected => Some(2),
            Self::Rerouted => Some(3),
            Self::Shifted => Some(4),
            Self::Recovered => Some(5),
            Self::Healed => Some(6),
            Self::FirstHome => Some(7),
            Self::FailedBack => Some(8),
        }
    }

    /// As written in findings.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Injecting => "injecting",
            Self::Active => "active",
            Self::Impact => "impact",
            Self::Detected => "detected",
            Self::Rerouted => "rerouted",
            Self::Shifted => "shifted",
            Self::Recovered => "recovered",
            Self::Healing => "healing",
            Self::Healed => "healed",
            Self::FirstHome => "first-home",
            Self::FailedBack => "failed-back",
        }
    }

    /// What people read.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Injecting => "injecting",
            Self::Active => "fault active",
            Self::Impact => "first impact",
            Self::Detected => "detected",
            Self::Rerouted => "first rerouted",
            Self::Shifted => "shifted",
            Self::Recovered => "recovered",
            Self::Healing => "healing",
            Self::Healed => "healed",
            Self::FirstHome => "first home",
            Self::FailedBack => "failed back",
        }
    }
}

/// An instant with its source and error bound, or the reason why there is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Mark {
    /// Which.
    pub kind: MarkKind,
    /// When; `None`: not measured.
    #[serde(rename = "at_us")]
    #[schemars(with = "Option<u64>")]
    pub at: Option<RunTime>,
    /// How far the true instant may lie to either side.
    #[serde(rename = "error_us")]
    pub error: Option<Length>,
    /// Who says so: `fault`, `steering`, `load`, …
    pub source: Option<String>,
    /// Why there is no instant; `None` when there is one.
    pub not_measured: Option<String>,
}

/// What a stretch of the recovery was spent on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Segment {
    /// "detect", or "detect + decide" where the mark between is unknown.
    pub label: String,
    /// The mark it begins with.
    pub from: MarkKind,
    /// The mark it ends with.
    pub to: MarkKind,
    /// When it lies.
    pub span: Span,
    /// How long it took.
    #[serde(rename = "length_us")]
    pub length: Length,
}

/// How one population's operations of one class came back.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Recovery {
    /// Population index.
    pub population: usize,
    /// `read` or `write`.
    pub class: String,
    /// What became of it.
    pub state: RecoveryState,
    /// Achieved recovery time: recovered − first impact; zero where no user was affected, `None` where unknown.
    #[serde(rename = "time_us")]
    pub time: Option<Length>,
    /// Its error bound, to either side.
    #[serde(rename = "error_us")]
    pub error: Option<Length>,
    /// It took at least this long, where the time itself is unknown.
    #[serde(rename = "at_least_us")]
    pub at_least: Option<Length>,
    /// First failed request that the baseline doesn't explain.
    #[serde(rename = "impact_us")]
    #[schemars(with = "Option<u64>")]
    pub impact: Option<RunTime>,
    /// When all of [`Self::parts`] that are measured were good for good.
    #[serde(rename = "recovered_us")]
    #[schemars(with = "Option<u64>")]
    pub recovered: Option<RunTime>,
    /// What recovery consists of, and when each part of it was good for good; empty where no user was affected.
    pub parts: Vec<RecoveryPart>,
    /// The part that came last; `None`: it has not recovered.
    pub last: Option<RecoveryMeasure>,
    /// How often it failed again after a whole good window while the fault lasted. [`Self::recovered`] is behind the last.
    pub relapses: u64,
    /// Time in which less than half of the requests succeeded, by tenths of a second.
    #[serde(rename = "down_us")]
    pub down: Length,
    /// Requests that failed between impact and recovery.
    pub failed: u64,
    /// In words: "no user was affected", "the run ended before 10 s of success were seen".
    pub text: String,
}

/// A part of a recovery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RecoveryPart {
    /// Which.
    pub measure: RecoveryMeasure,
    /// Start of the first window in which it was inside of the baseline's tolerance; `None`: it was not, or it is not measured.
    #[serde(rename = "recovered_us")]
    #[schemars(with = "Option<u64>")]
    pub recovered: Option<RunTime>,
    /// In words.
    pub text: String,
}

/// What has to be as it was before a population has recovered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RecoveryMeasure {
    /// Requests succeed, as many as `trust.recovered_success_min` says.
    Success,
    /// The p99 of their response times is inside of the baseline's tolerance.
    Response,
    /// So is the age of what reads of the ledger's sessions lack.
    Staleness,
}

impl RecoveryMeasure {
    /// What people read.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Response => "response times",
            Self::Staleness => "staleness",
        }
    }
}

/// What became of a recovery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RecoveryState {
    /// No request failed beyond what failed in the baseline.
    NotAffected,
    /// It recovered.
    Recovered,
    /// It had every chance to and did not: it was still failing at the end.
    NotRecovered,
    /// It can't be told: too little data, or the run ended inside the window.
    Undecided,
}

/// The return of a population to its home.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Failback {
    /// Population index.
    pub population: usize,
    /// Whether it ever was served elsewhere, by half or more for two seconds.
    pub moved: bool,
    /// First success through the home after the removal.
    #[serde(rename = "first_home_us")]
    #[schemars(with = "Option<u64>")]
    pub first_home: Option<RunTime>,
    /// When at least 99 % of its answers came from the home again, and went on to.
    #[serde(rename = "failed_back_us")]
    #[schemars(with = "Option<u64>")]
    pub failed_back: Option<RunTime>,
    /// failed back − healed; zero where it never moved; `None`: it didn't happen or can't be told.
    #[serde(rename = "time_us")]
    pub time: Option<Length>,
    /// It took at least this long, where it had not failed back when the load ended.
    #[serde(rename = "at_least_us")]
    pub at_least: Option<Length>,
    /// From the first success at home until its reads were as fast there as in the baseline, by a second, and its requests succeeded:
    /// how long the return was cold; zero where it never left; `None`: they were not, or it is not measured.
    #[serde(rename = "cold_us")]
    pub cold: Option<Length>,
    /// It was cold for at least this long, where it still was when the load ended.
    #[serde(rename = "cold_at_least_us")]
    pub cold_at_least: Option<Length>,
    /// The same in words.
    pub cold_text: String,
    /// Requests that failed from the beginning of the mending until it had failed back, or until the end.
    pub failed: u64,
    /// In words.
    pub text: String,
}
