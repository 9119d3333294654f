//! The value that every rendering of a search draws.

use crate::{
    scale::words,
    search::{Range, Search},
    seen::Seen,
};
use plan::resolved::LoadModel;
use serde::Serialize;
use std::num::NonZeroUsize;
use units::RegionName;
use verdict::{
    Findings, Verdict,
    findings::{Operations, Percentile, PhaseName},
};

/// Version of this format: major.minor.
pub const FORMAT: &str = "2.0";

/// What breaks in each step.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "faults", content = "lost", rename_all = "kebab-case")]
pub enum Faults {
    /// Nothing: the knee of the load alone.
    None,
    /// The plan's faults: the knee with them.
    AsPlanned,
    /// One of these regions, each in a run of its own: the headroom.
    EachRegion(Vec<RegionName>),
}

impl Faults {
    /// What is looked for, in a word that is also the name of its files.
    #[must_use]
    pub fn sought(&self) -> &'static str {
        if matches!(self, Self::EachRegion(_)) { "headroom" } else { "knee" }
    }

    /// In so many variants a load has to hold.
    #[must_use]
    pub fn variants(&self) -> NonZeroUsize {
        NonZeroUsize::new(self.regions().len()).unwrap_or(NonZeroUsize::MIN)
    }

    /// The region that is lost in a variant; `None`: not one in particular.
    #[must_use]
    pub fn lost(&self, variant: usize) -> Option<&RegionName> {
        self.regions().get(variant)
    }

    fn regions(&self) -> &[RegionName] {
        match self {
            Self::None | Self::AsPlanned => &[],
            Self::EachRegion(regions) => regions,
        }
    }
}

/// What was the same for all steps.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Setting {
    /// Landfall's version.
    pub landfall: String,
    /// When the search began: microseconds since 1970-01-01 UTC.
    pub started_unix_us: u64,
    /// The plan's name.
    pub plan: String,
    /// SHA-256 of the plan's text, in hex.
    pub plan_sha256: String,
    /// The seed of every step; a repetition has a child of it.
    pub seed: String,
    /// The model of the load: `model`, and what belongs to it.
    #[serde(flatten)]
    pub model: LoadModel,
    /// The highest value of the plan's own load: per second, or users.
    pub peak: f64,
    /// What breaks in each step.
    #[serde(flatten)]
    pub faults: Faults,
    /// What is promised: the names of the objectives.
    pub objectives: Vec<String>,
}

/// One step: a run of the plan with its load times a factor.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    /// From 1.
    pub number: usize,
    /// The plan's load times this.
    pub factor: f64,
    /// The region that was lost in it; `None`: not one in particular.
    pub lost: Option<RegionName>,
    /// Whether that load was tried a second time, since the first did not hold.
    pub repeats: bool,
    /// The highest load of the step in words: `283/s`.
    pub load: String,
    /// What it has shown.
    pub seen: Seen,
    /// Why it did not hold; empty where it did.
    pub why: String,
    /// Requests after the warm-up.
    pub requests: u64,
    /// Of those: failed, as a share; `None`: there were none.
    pub failed_share: Option<f64>,
    /// Median response time of the successes in words; `–` with too few of them.
    pub response_p50: String,
    /// p99 of the same.
    pub response_p99: String,
    /// p99 of the generator's own send lag in words; `–` with too few samples.
    pub send_lag_p99: String,
    /// The folder of its recording and reports, beside this value; `None`: it could not be run.
    pub folder: Option<String>,
}

impl Step {
    /// A step that was run and judged.
    #[must_use]
    pub fn of(made: Made, folder: String, findings: &Findings) -> Self {
        let (seen, why) = Seen::of(findings);
        let whole =
            |one: &&verdict::findings::Together| one.operations == Operations::All && one.phase == PhaseName::Whole;
        let together = findings.together.iter().find(whole);
        let text = |percentile: Option<&Percentile>| {
            percentile.filter(|one| one.value.is_some()).map_or_else(none, |one| one.text.clone())
        };
        #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
        let share = |failed: u64, requests: u64| (requests > 0).then(|| failed as f64 / requests as f64);
        let Made { number, factor, lost, repeats, load } = made;
        Self {
            number,
            factor,
            lost,
            repeats,
            load,
            seen,
            why,
            requests: together.map_or(0, |one| one.requests),
            failed_share: together.and_then(|one| share(one.failed, one.requests)),
            response_p50: text(together.map(|one| &one.response_p50)),
            response_p99: text(together.map(|one| &one.response_p99)),
            send_lag_p99: text(Some(&findings.generator.send_lag_p99)),
            folder: Some(folder),
        }
    }

    /// A step that could not be run: this machine, or the agents, can't generate so much.
    #[must_use]
    pub fn not_generated(made: Made, why: String) -> Self {
        let Made { number, factor, lost, repeats, load } = made;
        Self {
            number,
            factor,
            lost,
            repeats,
            load,
            seen: Seen::GeneratorLate,
            why,
            requests: 0,
            failed_share: None,
            response_p50: none(),
            response_p99: none(),
            send_lag_p99: none(),
            folder: None,
        }
    }
}

/// Which step was made.
#[derive(Debug, Clone, PartialEq)]
pub struct Made {
    /// From 1.
    pub number: usize,
    /// The plan's load times this.
    pub factor: f64,
    /// The region that is lost in it.
    pub lost: Option<RegionName>,
    /// Whether it is the second time.
    pub repeats: bool,
    /// Its load in words.
    pub load: String,
}

/// What stands where there is no number.
fn none() -> String {
    "–".to_owned()
}

/// What a search came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// The knee is between what held and what broke, as close as wanted.
    Found,
    /// The generator's edge, not the target's.
    GeneratorsEdge,
    /// Something else could not be told where the knee may be.
    CantTell,
    /// Every load of the range held.
    Above,
    /// The smallest load broke.
    Below,
    /// No load was enough to be judged.
    TooLittle,
    /// It was stopped before its end.
    Stopped,
}

/// A load as a factor and in words.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Level {
    /// The plan's load times this.
    pub factor: f64,
    /// In words: `283/s`.
    pub load: String,
}

/// The largest load that still keeps the objectives, with its interval.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Knee {
    /// [`FORMAT`] of the writer.
    pub format: String,
    /// What was the same for all steps.
    pub setting: Setting,
    /// What it came to.
    pub state: State,
    /// The same in a sentence.
    pub sentence: String,
    /// Pass when the knee was found; otherwise inconclusive.
    pub verdict: Verdict,
    /// The largest load that was seen to hold.
    pub held: Option<Level>,
    /// The smallest load that was seen to break, twice.
    pub broke: Option<Level>,
    /// Without which region it broke; `None`: not without one in particular.
    pub binding: Option<RegionName>,
    /// The smallest load that could not be told, where the knee may be above it.
    pub untold: Option<Level>,
    /// Why the search was stopped before its end; `None`: it wasn't.
    pub stopped: Option<String>,
    /// Every step, in order.
    pub steps: Vec<Step>,
    /// What one must know to read the numbers right.
    pub notes: Vec<String>,
}

impl Knee {
    /// What a search has come to so far.
    #[must_use]
    pub fn new(setting: Setting, search: &Search, steps: Vec<Step>, stopped: Option<String>) -> Self {
        let state = state(search, stopped.is_some());
        let level = |factor: f64| Level { factor, load: words(setting.model, setting.peak * factor) };
        let (held, broke) = (search.held().map(level), search.broke().map(level));
        let untold = search.untold().map(|untold| level(untold.factor));
        let binding = search.binding().and_then(|variant| setting.faults.lost(variant)).cloned();
        let told = Told {
            sought: setting.faults.sought(),
            state,
            range: search.range(),
            held: held.as_ref(),
            broke: broke.as_ref(),
            untold: untold.as_ref(),
            steps: &steps,
            stopped: stopped.as_deref(),
        };
        Self {
            format: FORMAT.to_owned(),
            state,
            sentence: told.sentence(),
            verdict: if state == State::Found { Verdict::Pass } else { Verdict::Inconclusive },
            notes: notes(&setting, state, search),
            setting,
            held,
            broke,
            binding,
            untold,
            stopped,
            steps,
        }
    }
}

fn state(search: &Search, stopped: bool) -> State {
    if search.is_found() {
        return State::Found;
    }
    if stopped {
        return State::Stopped;
    }
    match (search.untold(), search.held(), search.broke()) {
        (Some(untold), ..) if untold.by_generator => State::GeneratorsEdge,
        (Some(_), ..) => State::CantTell,
        (None, None, Some(_)) => State::Below,
        (None, Some(_), _) => State::Above,
        (None, None, None) => State::TooLittle,
    }
}

/// What the sentence is made from.
struct Told<'a> {
    sought: &'static str,
    state: State,
    range: Range,
    held: Option<&'a Level>,
    broke: Option<&'a Level>,
    untold: Option<&'a Level>,
    steps: &'a [Step],
    stopped: Option<&'a str>,
}

impl Told<'_> {
    fn sentence(&self) -> String {
        match self.state {
            State::Found => format!("The {} lies between {}.", self.sought, self.interval()),
            State::GeneratorsEdge => {
                format!(
                    "{}: at {} it is the generator's edge, not the target's ({}).",
                    self.so_far(),
                    text(self.untold),
                    self.why(self.untold)
                )
            }
            State::CantTell => {
                format!("{}: what {} does can't be told ({}).", self.so_far(), text(self.untold), self.why(self.untold))
            }
            State::Above => {
                format!("Every load up to {} held: the {} lies above it; raise --to.", text(self.held), self.sought)
            }
            State::Below => {
                format!(
                    "Even {} broke twice ({}): the {} lies below it; lower --from.",
                    text(self.broke),
                    self.why(self.broke),
                    self.sought
                )
            }
            State::TooLittle => {
                let why = self.steps.last().map_or("no step was made", |step| step.why.as_str());
                format!("No load up to ×{} was enough to be judged ({why}).", self.range.to())
            }
            State::Stopped => format!("{}: {}.", self.so_far(), self.stopped.unwrap_or("it was stopped")),
        }
    }

    fn interval(&self) -> String {
        format!(
            "{}, which held, and {}, which broke twice ({})",
            text(self.held),
            text(self.broke),
            self.why(self.broke)
        )
    }

    /// What is known although the knee was not found.
    fn so_far(&self) -> String {
        let sought = self.sought;
        match (self.held, self.broke) {
            (Some(_), Some(_)) => format!("The {sought} lies between {}, but no closer", self.interval()),
            (Some(held), None) => {
                format!("The {sought} was not found, but it lies above {}, which held", text(Some(held)))
            }
            (None, Some(broke)) => format!("The {sought} lies below {}, which broke twice", text(Some(broke))),
            (None, None) => format!("The {sought} was not found"),
        }
    }

    /// Why the load did not hold, the last time that it was tried.
    fn why(&self, level: Option<&Level>) -> String {
        let of = |step: &&Step| level.is_some_and(|level| level.factor == step.factor) && step.seen != Seen::Held;
        let step = self.steps.iter().rfind(of);
        let without = step.and_then(|step| step.lost.as_ref()).map(|region| format!("without {region}, "));
        format!("{}{}", without.unwrap_or_default(), step.map_or("", |step| step.why.as_str()))
    }
}

fn text(level: Option<&Level>) -> String {
    level.map_or_else(String::new, |level| format!("{} (×{})", level.load, level.factor))
}

fn notes(setting: &Setting, state: State, search: &Search) -> Vec<String> {
    let mut notes = Vec::new();
    let unsteady: Vec<String> = search.unsteady().iter().map(|factor| format!("×{factor}")).collect();
    if !unsteady.is_empty() {
        notes.push(format!("{} did not hold the first time and held the second.", verdict::words::list(&unsteady)));
    }
    if state == State::GeneratorsEdge {
        notes.push("Where the generator is late, more agents on other machines can generate more load.".to_owned());
    }
    if setting.model == LoadModel::Closed {
        notes.push(
            "A closed load falls when the target gets slow, so its knee is softer than that of an open load."
                .to_owned(),
        );
    }
    let objectives = verdict::words::list(&setting.objectives);
    notes.push(match &setting.faults {
        Faults::None | Faults::AsPlanned => {
            format!("Each load that held was seen to hold in one run, each that broke in two; the objectives are {objectives}.")
        }
        Faults::EachRegion(regions) => format!(
            "Each load that held was seen to hold without {}, in one run each; each that broke did so in two runs; the \
             objectives are {objectives}.",
            any_of(regions)
        ),
    });
    notes
}

/// `us-east-1, eu-west-1 or ap-southeast-1`.
fn any_of(regions: &[RegionName]) -> String {
    let names: Vec<&str> = regions.iter().map(RegionName::as_str).collect();
    match names.split_last() {
        Some((last, others)) if !others.is_empty() => format!("{} or {last}", others.join(", ")),
        _ => names.concat(),
    }
}
