//! Events: what is worth a line in the log.

use plan::resolved::Fault;
use units::{FaultName, RegionName, RunTime};

/// Something worth a line in the log.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// When.
    pub at: RunTime,
    /// What.
    pub kind: EventKind,
    /// In words, for people.
    pub text: String,
    /// Who says so: `plan`, `lab`, `steering`, `load`, `fault`, `generator`, `landfall`, …
    pub source: String,
}

impl Event {
    /// An event.
    #[must_use]
    pub fn new(at: RunTime, kind: EventKind, source: &str, text: impl Into<String>) -> Self {
        Self { at, kind, text: text.into(), source: source.to_owned() }
    }
}

/// What an event means.
#[derive(Debug, Clone, PartialEq)]
pub enum EventKind {
    /// Load begins. The time of this event is the zero of the plan's times.
    LoadStarted,
    /// The last arrival of the plan is over; outstanding requests are awaited.
    LoadEnded,
    /// The warm-up is over: the baseline begins.
    BaselineStarted,
    /// Somebody holds the load: its rate stays what it is, and the plan's own time stands still. The end of the load and the faults keep
    /// their times.
    LoadHeld {
        /// Since when.
        from: RunTime,
        /// How that was asked, in words.
        how: String,
    },
    /// A load that was held goes on with its plan.
    HoldEnded {
        /// Since when.
        from: RunTime,
    },
    /// A fault that the plan doesn't have was given while the run went on. Whoever reads the recording finds it among the plan's.
    FaultGiven(Box<Fault>),
    /// The fault's command was given.
    FaultInjecting(FaultName),
    /// The fault's effect is proven; `at` is when the effect was there.
    FaultActive(FaultName),
    /// The effect could not be proven.
    FaultUnproven(FaultName),
    /// Healing was begun.
    FaultHealing(FaultName),
    /// The effect's removal is proven.
    FaultHealed(FaultName),
    /// The removal could not be proven.
    FaultNotHealed(FaultName),
    /// The fault's command failed or hung.
    FaultFailed(FaultName),
    /// The service's own steering or monitoring changed its mind about a region.
    HealthChanged {
        /// The region.
        region: RegionName,
        /// Its new state.
        healthy: bool,
    },
    /// A population's resolver got another answer than before, or a client moved on by itself.
    SteeringChanged {
        /// Population index.
        population: usize,
        /// Region index before, if known.
        from: Option<usize>,
        /// Region index now, if known.
        to: Option<usize>,
    },
    /// First success of a population through a region that had served none of its requests for two seconds or more.
    ServedByStarted {
        /// Population index.
        population: usize,
        /// Region index.
        region: usize,
    },
    /// A defect of the target is switched on.
    DefectOn(String),
    /// A region's processes are ready to serve.
    RegionServing(RegionName),
    /// The generator can't keep up, or can again.
    GeneratorSaturated(bool),
    /// Quiet before the final reads begins.
    QuietStarted,
    /// The final reads begin.
    FinalReadsStarted,
    /// The final reads are complete.
    FinalReadsEnded,
    /// A limit of the plan's stop guard was exceeded, the text says which and by how much; [`Self::Aborted`] follows.
    StopGuard,
    /// The run was stopped before its end (Ctrl-C, stop guard, full disk …).
    Aborted,
    /// Something that doesn't fit in with the above.
    Note,
    /// The last entry of a complete recording.
    RunEnded,
}
