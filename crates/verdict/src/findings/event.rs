//! The event log's lines, and the notes a reader needs.

use record::EventKind;
use schemars::JsonSchema;
use serde::Serialize;
use units::RunTime;

/// The tag in front of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum EventTag {
    /// A part of the run begins or ends.
    Phase,
    /// Something is being broken, or is broken.
    Fault,
    /// A proof, or a proof that failed.
    Verify,
    /// The service noticed.
    Detect,
    /// Users are led elsewhere.
    Reroute,
    /// They all are.
    Shifted,
    /// Users are served well again.
    Recover,
    /// Something is being mended, or is mended.
    Heal,
    /// Users are served by their home again.
    Failback,
    /// Acknowledged writes are gone.
    Lost,
    /// About the load generator.
    Gen,
    /// Anything else.
    Note,
    /// The run was stopped.
    Abort,
}

impl EventTag {
    /// The tag of what was recorded.
    #[must_use]
    pub fn of(kind: &EventKind) -> Self {
        Self::and_name(kind).0
    }

    /// The tag, and what programs call it.
    pub(crate) fn and_name(kind: &EventKind) -> (Self, &'static str) {
        match kind {
            EventKind::LoadStarted => (Self::Phase, "load-started"),
            EventKind::LoadEnded => (Self::Phase, "load-ended"),
            EventKind::BaselineStarted => (Self::Phase, "baseline-started"),
            EventKind::LoadHeld { .. } => (Self::Phase, "load-held"),
            EventKind::HoldEnded { .. } => (Self::Phase, "hold-ended"),
            EventKind::FaultGiven(_) => (Self::Fault, "fault-given"),
            EventKind::FaultInjecting(_) => (Self::Fault, "fault-injecting"),
            EventKind::FaultActive(_) => (Self::Fault, "fault-active"),
            EventKind::FaultUnproven(_) => (Self::Verify, "fault-unproven"),
            EventKind::FaultHealing(_) => (Self::Heal, "fault-healing"),
            EventKind::FaultHealed(_) => (Self::Heal, "fault-healed"),
            EventKind::FaultNotHealed(_) => (Self::Verify, "fault-not-healed"),
            EventKind::FaultFailed(_) => (Self::Verify, "fault-failed"),
            EventKind::HealthChanged { .. } => (Self::Detect, "health-changed"),
            EventKind::SteeringChanged { .. } => (Self::Reroute, "steering-changed"),
            EventKind::ServedByStarted { .. } => (Self::Reroute, "served-by-started"),
            EventKind::DefectOn(_) => (Self::Note, "defect-on"),
            EventKind::RegionServing(_) => (Self::Phase, "region-serving"),
            EventKind::GeneratorSaturated(_) => (Self::Gen, "generator-saturated"),
            EventKind::QuietStarted => (Self::Phase, "quiet-started"),
            EventKind::FinalReadsStarted => (Self::Phase, "final-reads-started"),
            EventKind::FinalReadsEnded => (Self::Phase, "final-reads-ended"),
            EventKind::StopGuard => (Self::Abort, "stop-guard"),
            EventKind::Aborted => (Self::Abort, "aborted"),
            EventKind::Note => (Self::Note, "note"),
            EventKind::RunEnded => (Self::Phase, "run-ended"),
        }
    }

    /// Upper-case, at most eight letters.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Phase => "PHASE",
            Self::Fault => "FAULT",
            Self::Verify => "VERIFY",
            Self::Detect => "DETECT",
            Self::Reroute => "REROUTE",
            Self::Shifted => "SHIFTED",
            Self::Recover => "RECOVER",
            Self::Heal => "HEAL",
            Self::Failback => "FAILBACK",
            Self::Lost => "LOST",
            Self::Gen => "GEN",
            Self::Note => "NOTE",
            Self::Abort => "ABORT",
        }
    }
}

/// A line of the event log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct EventLine {
    /// When.
    #[serde(rename = "at_us")]
    #[schemars(with = "u64")]
    pub at: RunTime,
    /// Its tag.
    pub tag: EventTag,
    /// What happened, for programs: `fault-active`, `served-by-started`, `recovered` …
    pub event: String,
    /// What happened, for people.
    pub text: String,
    /// Who says so; `verdict` for what follows from the marks.
    pub source: String,
    /// The fault's name.
    pub fault: Option<String>,
    /// Population index.
    pub population: Option<usize>,
    /// Region index.
    pub region: Option<usize>,
}

/// What a note is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NoteKind {
    /// Something that makes the numbers mean less than they seem to.
    Warning,
    /// What is emulated, estimated or chosen and not real.
    Emulated,
    /// What was not measured, and what would measure it.
    NotMeasured,
    /// How a number is defined.
    Definition,
}

/// Something the reader must know to read the numbers right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Note {
    /// What it is about.
    pub kind: NoteKind,
    /// In words, one sentence or two.
    pub text: String,
}
