//! The one value that every report is a rendering of.
//!
//! Sentence, page, HTML file, JSON, JUnit and terminal draw this and nothing else, so they can't disagree. Lists are in
//! display order already. Everything that is missing says why: there is no blank and no zero that means "not measured".
//!
//! It is a format with a version of its own ([`FORMAT`]): fields are added in minor versions, never renamed in them.
//! In JSON, instants and lengths are whole microseconds and their names end in `_us`; instants count from the run's start
//! (not from the load's: see [`Run::load_started`]); shares are fractions from 0 to 1.

mod blast_radius;
mod event;
mod experience;
mod fault;
mod history;
mod ledger;
mod load;
mod objective;
mod recovery_times;
mod run;
mod series;
mod stability;
mod together;
mod uptime;
mod value;

pub use blast_radius::{Answer, BlastRadius, Comparison, Conclusion, Control, Measure, Neighbour};
pub use event::{EventLine, EventTag, Note, NoteKind};
pub use experience::{ErrorGroup, Experience, ExperiencePhase, Operations, PhaseName, ServedShare, SuccessWindow};
pub use fault::{
    Failback, FaultFinding, Mark, MarkKind, Proof, Recovery, RecoveryMeasure, RecoveryPart, RecoveryState, Segment,
};
pub use history::{HistoryFinding, OperationLine, PropertyFinding, Staleness, Violation};
pub use ledger::{
    DivergedWrite, LedgerFinding, LossGroup, LossPeriod, MeasuredLoss, ProbeWrite, StaleReads, TemporarilyMissing,
    UnknownFates, UnprovenWrite, Visibility,
};
pub use load::{AgentHealth, GeneratorFinding, LoadFinding, PopulationLoad, RecordingDamage, RecordingFinding};
pub use objective::{ObjectiveFinding, Scope};
pub use recovery_times::RecoveryTimes;
pub use run::{PathText, PlanSummary, PopulationPlace, RegionPlace, Run};
pub use series::{FailedSeries, FineSeries, PopulationSeries, Series, ServedSeries};
pub use stability::{Amplification, Detection, FalseAlarm, Stability, StabilityState, Steering};
pub use together::Together;
pub use uptime::{BurnAlert, ErrorBudget, UptimeWindow, UserUptime};
pub use value::{Length, Percentile, Quantity, Span};

use schemars::JsonSchema;
use serde::Serialize;

/// Version of this format: major.minor.
pub const FORMAT: &str = "1.7";

/// How a run, an objective or a check ended. Ordered from best to worst, so that merging is the maximum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The promise was kept, and the measurement can be trusted.
    Pass,
    /// It can't be told.
    Inconclusive,
    /// The promise was broken.
    Fail,
}

impl Verdict {
    /// The worse of two.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        self.max(other)
    }

    /// `PASS`, `FAIL` or `INCONCLUSIVE`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "PASS",
            Self::Inconclusive => "INCONCLUSIVE",
            Self::Fail => "FAIL",
        }
    }
}

/// Everything that was found.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Findings {
    /// [`FORMAT`] of the writer.
    pub format: String,
    /// What ran.
    pub run: Run,
    /// How it ended.
    pub summary: Summary,
    /// Every promise: failed first, then inconclusive, then passed.
    pub objectives: Vec<ObjectiveFinding>,
    /// Whether the measurement can be trusted, one row per rule: inconclusive first.
    pub trust: Vec<TrustFinding>,
    /// What was broken, in order of time, with its marks and recovery times: one for each time that a fault came.
    pub faults: Vec<FaultFinding>,
    /// Recovery times of faults that come more than once, per population and class.
    pub recovery_times: Vec<RecoveryTimes>,
    /// What users experienced, per population and class of operations: `all`, `read`, `write` of the first population,
    /// then of the next.
    pub experience: Vec<Experience>,
    /// The same for all populations together, per class of operations and phase.
    pub together: Vec<Together>,
    /// Populations whose home was not a fault's target: did it reach them?
    pub neighbours: Vec<Neighbour>,
    /// What they add up to; `None`: no fault was injected, or every population's home was a target.
    pub blast_radius: Option<BlastRadius>,
    /// Attempts per request, per population.
    pub amplification: Vec<Amplification>,
    /// Regions that were called unhealthy for no fault's sake.
    pub false_alarms: Vec<FalseAlarm>,
    /// Availability as users see it: everybody, then each population.
    pub uptime: Vec<UserUptime>,
    /// What the run costs of thirty days' error budget, per population.
    pub error_budgets: Vec<ErrorBudget>,
    /// Failed requests by how they ended and for whom, most frequent first.
    pub errors: Vec<ErrorGroup>,
    /// What became of the probe writes; `None` when the plan has no ledger.
    pub ledger: Option<LedgerFinding>,
    /// What the histories of the ledger's keys prove or refute; `None` when the plan has no ledger.
    pub history: Option<HistoryFinding>,
    /// Load intended and load offered.
    pub load: LoadFinding,
    /// The generator's own health.
    pub generator: GeneratorFinding,
    /// Whether the recording is whole.
    pub recording: RecordingFinding,
    /// Defects of the target that were switched on, by name. Printed loudly.
    pub defects_on: Vec<String>,
    /// What happened, in order of time: recorded events, and those that follow from the marks.
    pub events: Vec<EventLine>,
    /// Per-second counts for drawing.
    pub series: Series,
    /// What the reader must know to read the numbers right.
    pub notes: Vec<Note>,
}

/// How the run ended, in words.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Summary {
    /// The worst of all objectives and all trust rules.
    pub verdict: Verdict,
    /// The one sentence: "Failover worked in 4.2 s (limit 15 s), but 31 acknowledged writes were lost."
    pub sentence: String,
    /// For whom, others, trust: "eu-west-1 users hit for 17.6 s (down 11.7 s); 2 of 2 other populations fine; data trusted."
    pub second_sentence: String,
    /// Why the verdict isn't better, worst first; empty for a pass.
    pub reasons: Vec<Reason>,
}

/// Why a verdict isn't better.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Reason {
    /// What it makes of the verdict.
    pub verdict: Verdict,
    /// What it is about: the objective's name, the trust rule's, or the check's.
    pub about: String,
    /// In words.
    pub text: String,
}

/// One rule of trust: "send lag p99 0.4 ms, limit 1 ms".
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct TrustFinding {
    /// The rule: `send-lag`, `saturation`, `unsent`, `fault-proof`, `recording`, `complete`, `samples` or `checks`.
    pub rule: String,
    /// Pass or inconclusive; never fail: what can't be measured proves nothing bad either.
    pub verdict: Verdict,
    /// What was measured.
    pub measured: Quantity,
    /// The limit, where the rule has one.
    pub limit: Option<Quantity>,
    /// In words.
    pub text: String,
    /// What can't be told because of it: `latency`, `availability`, `recovery`, `failback`, `data-loss`.
    pub spoils: Vec<String>,
}
