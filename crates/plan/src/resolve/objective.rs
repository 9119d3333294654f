//! `objectives`: what is promised.

use super::{
    Resolver,
    journey::class_of,
    request::parts,
    target::{Ground, Kind},
};
use crate::{
    fault::Fault,
    mistakes::{Code, Mistake, Span},
    read::{
        Field, Placed as _, Spanned,
        collections::ShortOr,
        similar,
        values::{Decimal, NameText},
        words::Word,
    },
    resolved::{LedgerReader, Objective, ObjectiveKind, OperationClass, RunPhase},
    text::{
        PlanText,
        journey::StepText,
        objective::{AvailabilityText, Count, ObjectiveText, ResponseTimeText, WritesText},
    },
};
use units::{PopulationName, Share, StepName};

/// What objectives can refer to. Empty lists with `…_known: false` silence what can't be judged.
pub(super) struct Promised {
    has_faults: bool,
    /// Whether any fault takes a region away from its users, as far as is known.
    moves_users: bool,
    has_ledger: bool,
    pub(super) has_sessions: bool,
    reads_each_region: bool,
    populations: Known,
    steps: Known,
    /// Classes that no step has, where all steps are known.
    unused_classes: Vec<OperationClass>,
}

/// Names, and whether they are all there are.
struct Known {
    names: Vec<String>,
    complete: bool,
}

impl Promised {
    pub(super) fn new(text: &PlanText, ground: &Ground, faults: Option<&[Fault]>) -> Self {
        let lab = ground.kind != Some(Kind::Attached);
        let has_sessions = match &text.ledger {
            Field::Bad => true,
            Field::Written(Spanned { value: ShortOr::Long(ledger), .. }) => {
                ledger.sessions.is_bad() || ledger.sessions.is_written()
            }
            _ => false,
        };
        let (has_ledger, readers) = match &text.ledger {
            Field::Absent | Field::Default(_) => (lab, None),
            Field::Bad => (true, None),
            Field::Written(Spanned { value: ShortOr::Short(_), .. }) => (false, None),
            Field::Written(Spanned { value: ShortOr::Long(ledger), .. }) => (true, ledger.readers.value()),
        };
        let regions = ground.sites.len();
        Self {
            has_faults: text.faults.is_written() || text.chaos.is_written(),
            // What chaos draws depends on the seed, and whether a plan is one does not.
            moves_users: text.chaos.is_written() || faults.is_none_or(|faults| faults.iter().any(Fault::moves_users)),
            has_ledger,
            has_sessions,
            reads_each_region: !ground.complete
                || (readers.is_none_or(|word| word.0 == LedgerReader::EachRegion) && regions >= 2),
            populations: populations(text, ground),
            steps: steps(text, lab),
            unused_classes: unused_classes(text),
        }
    }
}

fn populations(text: &PlanText, ground: &Ground) -> Known {
    let own = |field: &Field<NameText>| field.value().map(|name| name.0.clone());
    match &text.populations {
        Field::Written(list) => {
            let names: Vec<_> = list.value.items.iter().map(|item| own(&item.value.name)).collect();
            let complete = list.value.complete && names.iter().all(Option::is_some);
            Known { names: names.into_iter().flatten().collect(), complete }
        }
        Field::Bad => Known { names: Vec::new(), complete: false },
        Field::Absent | Field::Default(_) => {
            let names = ground.sites.iter().map(|site| site.name.to_string()).collect();
            Known { names, complete: ground.complete }
        }
    }
}

fn steps(text: &PlanText, lab: bool) -> Known {
    match &text.journeys {
        Field::Written(list) => {
            let journeys = || list.value.items.iter().map(|item| item.value.steps.value());
            let steps = || journeys().flatten().flat_map(|steps| &steps.items);
            let names = steps().filter_map(|step| step.value.name.value()).map(|name| name.0.clone()).collect();
            let read = steps().all(|step| step.value.name.value().is_some());
            let complete =
                list.value.complete && read && journeys().all(|steps| steps.is_some_and(|steps| steps.complete));
            Known { names, complete }
        }
        // Chirp's own steps.
        Field::Absent | Field::Default(_) if lab => {
            let names = ["timeline", "author-posts", "post", "follow"];
            Known { names: names.map(str::to_owned).to_vec(), complete: true }
        }
        _ => Known { names: Vec::new(), complete: false },
    }
}

/// The classes that surely no step has.
fn unused_classes(text: &PlanText) -> Vec<OperationClass> {
    let Some(list) = text.journeys.written().filter(|list| list.value.complete) else { return Vec::new() };
    let steps = || list.value.items.iter().flat_map(|item| item.value.steps.value()).flat_map(|steps| &steps.items);
    let class = |step: &StepText| match &step.class {
        Field::Bad => None,
        class => class.value().map(|class| class.0).or_else(|| parts!(step).method().map(class_of)),
    };
    let used: Option<Vec<OperationClass>> = steps().map(|step| class(&step.value)).collect();
    let Some(used) = used.filter(|used| !used.is_empty()) else { return Vec::new() };
    [OperationClass::Read, OperationClass::Write].into_iter().filter(|class| !used.contains(class)).collect()
}

impl Resolver<'_, '_> {
    pub(super) fn objectives(&mut self, text: &PlanText, promised: &Promised) -> Option<Vec<Objective>> {
        let items = text.objectives.value().map_or(&[][..], |list| &list.items);
        let mut objectives: Vec<(Objective, Span)> = Vec::new();
        let mut complete = !text.objectives.is_bad();
        for Spanned { value, span } in items {
            let kind = self.objective_kind(value, promised, *span);
            let (Some(kind), false) = (kind, value.name.is_bad()) else {
                complete = false;
                continue;
            };
            let name = value.name.value().map_or_else(|| default_name(&kind), |name| name.0.clone());
            if let Some((_, first)) = objectives.iter().find(|(other, _)| other.name == name) {
                let span = value.name.span_or(*span);
                let mistake = Mistake::new(Code::DuplicateName, span, format!("two objectives are called `{name}`"));
                self.add(mistake.also(*first, "the first").hint("give each a `name`, or keep one"));
            }
            objectives.push((Objective { name, kind }, value.name.span_or(*span)));
        }
        complete.then(|| objectives.into_iter().map(|(objective, _)| objective).collect())
    }

    fn objective_kind(&mut self, text: &ObjectiveText, promised: &Promised, span: Span) -> Option<ObjectiveKind> {
        if let Some(recovery) = text.recovery_time.written() {
            self.needs_faults("recovery_time", promised, span);
            match &recovery.value {
                ShortOr::Short(max) => Some(ObjectiveKind::RecoveryTime { max: max.0, class: None, population: None }),
                ShortOr::Long(long) => {
                    let class = self.only_class(&long.class, promised, span);
                    let population = self.only_population(&long.population, promised);
                    let max = long.max.value()?.0;
                    Some(ObjectiveKind::RecoveryTime { max, class: class?, population: population? })
                }
            }
        } else if let Some(failback) = text.failback.written() {
            self.needs_faults("failback", promised, span);
            match &failback.value {
                ShortOr::Short(max) => Some(ObjectiveKind::Failback { max: max.0, population: None }),
                ShortOr::Long(long) => {
                    let population = self.only_population(&long.population, promised);
                    Some(ObjectiveKind::Failback { max: long.max.value()?.0, population: population? })
                }
            }
        } else if let Some(cold) = text.cold_return.written() {
            self.needs_a_reason_to_move("cold_return", promised, span);
            match &cold.value {
                ShortOr::Short(max) => Some(ObjectiveKind::ColdReturn { max: max.0, population: None }),
                ShortOr::Long(long) => {
                    let population = self.only_population(&long.population, promised);
                    Some(ObjectiveKind::ColdReturn { max: long.max.value()?.0, population: population? })
                }
            }
        } else if let Some(lost) = text.lost_writes.written() {
            self.needs_ledger("lost_writes", promised, span);
            Some(ObjectiveKind::LostWrites { max: count(&lost.value)? })
        } else if let Some(diverged) = text.diverged_writes.written() {
            self.needs_ledger("diverged_writes", promised, span);
            if promised.has_ledger && !promised.reads_each_region {
                let mistake =
                    Mistake::new(Code::Unmet, span, "diverged_writes needs two regions that are read one by one");
                self.add(mistake.hint("write readers: each-region in the ledger, for a target with `endpoints`"));
            }
            Some(ObjectiveKind::DivergedWrites { max: count(&diverged.value)? })
        } else if let Some(availability) = text.availability.written() {
            self.availability(&availability.value, promised, availability.span)
        } else if let Some(consistency) = text.consistency.written() {
            self.consistency(&consistency.value, promised, span)
        } else if let Some(of_history) = self.of_history(text, promised.has_ledger, promised.has_sessions, span) {
            of_history
        } else if let Some(response) = text.response_time.written() {
            self.response_time(&response.value, promised)
        } else {
            self.outage_objective(text, promised, span)
        }
    }

    fn availability(
        &mut self,
        text: &ShortOr<Share, AvailabilityText>,
        promised: &Promised,
        span: Span,
    ) -> Option<ObjectiveKind> {
        let (min, kind) = match text {
            ShortOr::Short(min) => (
                *min,
                ObjectiveKind::Availability { min: *min, population: None, class: None, step: None, phase: None },
            ),
            ShortOr::Long(long) => {
                let population = self.only_population(&long.population, promised);
                let class = self.only_class(&long.class, promised, span);
                let step = self.known("step", &long.step, &promised.steps);
                let phase = self.only_phase(&long.phase, promised, span)?;
                let (min, step) = (*long.min.value()?, step?.map(StepName::new));
                (min, ObjectiveKind::Availability { min, population: population?, class: class?, step, phase })
            }
        };
        if min == Share::NONE {
            let mistake = Mistake::new(Code::OutOfRange, span, "an availability of at least 0% is no promise");
            self.add(mistake.hint("write a share above 0%, such as 99%"));
        }
        Some(kind)
    }

    fn response_time(&mut self, text: &ResponseTimeText, promised: &Promised) -> Option<ObjectiveKind> {
        let step = self.known("step", &text.step, &promised.steps);
        let population = self.only_population(&text.population, promised);
        let class = self.only_class(&text.class, promised, text.place());
        let phase = self.only_phase(&text.phase, promised, text.place())?;
        let percentile = self.percentile(&text.percentile)?;
        Some(ObjectiveKind::ResponseTime {
            percentile,
            max: text.max.value()?.0,
            step: step?.map(StepName::new),
            population: population?,
            baseline_only: *text.baseline_only.value()?,
            class: class?,
            phase,
        })
    }

    /// `Some(None)`: not written.
    pub(super) fn only_population(
        &mut self,
        field: &Field<NameText>,
        promised: &Promised,
    ) -> Option<Option<PopulationName>> {
        self.known("population", field, &promised.populations).map(|name| name.map(PopulationName::new))
    }

    /// `Some(None)`: not written.
    fn only_class(
        &mut self,
        field: &Field<Word<OperationClass>>,
        promised: &Promised,
        span: Span,
    ) -> Option<Option<OperationClass>> {
        let class = field.value().map(|class| class.0);
        if let Some(class) = class.filter(|class| promised.unused_classes.contains(class)) {
            let message = format!("no step of any journey is a {}", class.as_str());
            let mistake = Mistake::new(Code::Unmet, field.span_or(span), message);
            self.add(mistake.hint("a step's class follows from its method, or is written: class: write"));
        }
        (!field.is_bad()).then_some(class)
    }

    /// `Some(None)`: not written.
    pub(super) fn only_phase(
        &mut self,
        field: &Field<Word<RunPhase>>,
        promised: &Promised,
        span: Span,
    ) -> Option<Option<RunPhase>> {
        let phase = field.value().map(|phase| phase.0);
        if phase.is_some_and(|phase| phase != RunPhase::Baseline) {
            self.needs_faults("a promise about the time of faults", promised, field.span_or(span));
        }
        (!field.is_bad()).then_some(phase)
    }

    /// A percentile above 0 and below 100.
    pub(super) fn percentile(&mut self, field: &Field<Decimal>) -> Option<f64> {
        let Spanned { value: Decimal(percentile), span } = field.written()?;
        if *percentile <= 0.0 || *percentile >= 100.0 {
            let mistake = Mistake::new(Code::OutOfRange, *span, format!("{percentile} is not a percentile"));
            self.add(mistake.hint("above 0 and below 100, such as 99 or 99.9"));
        }
        Some(*percentile)
    }

    /// `Some(None)`: not written.
    fn known(&mut self, kind: &str, field: &Field<NameText>, known: &Known) -> Option<Option<String>> {
        let Some(Spanned { value: NameText(name), span }) = field.written() else {
            return (!field.is_bad()).then_some(None);
        };
        if known.complete && !known.names.contains(name) {
            let mistake = Mistake::new(Code::UnknownName, *span, format!("the plan has no {kind} `{name}`"));
            let names: Vec<&str> = known.names.iter().map(String::as_str).collect();
            self.add(mistake.hint(similar::hint(name, &names).unwrap_or_default()));
        }
        Some(Some(name.clone()))
    }

    pub(super) fn needs_faults(&mut self, objective: &str, promised: &Promised, span: Span) {
        if !promised.has_faults {
            let mistake =
                Mistake::new(Code::Unmet, span, format!("{objective} is about faults, and the plan has none"));
            self.add(mistake.hint("add `faults`, or remove the objective"));
        }
    }

    /// That somebody has a reason to be led elsewhere.
    pub(super) fn needs_a_reason_to_move(&mut self, objective: &str, promised: &Promised, span: Span) {
        self.needs_faults(objective, promised, span);
        if promised.has_faults && !promised.moves_users {
            let message = format!(
                "{objective} is about users who are led elsewhere, and no fault of the plan takes a region away from its users"
            );
            let mistake = Mistake::new(Code::Unmet, span, message);
            self.add(mistake.hint("remove the objective, or add a fault such as region-loss or region-isolated"));
        }
    }

    fn needs_ledger(&mut self, objective: &str, promised: &Promised, span: Span) {
        if !promised.has_ledger {
            let mistake = Mistake::new(Code::Unmet, span, format!("{objective} needs a `ledger` that follows writes"));
            self.add(mistake.hint("add `ledger`, or remove the objective"));
        }
    }
}

pub(super) fn count(text: &ShortOr<Count, WritesText>) -> Option<u64> {
    match text {
        ShortOr::Short(max) => Some(max.0),
        ShortOr::Long(long) => long.max.value().map(|max| max.0),
    }
}

/// What it promises, in words that tell it from other objectives of its kind.
fn default_name(kind: &ObjectiveKind) -> String {
    fn text<T: ToString>(part: &Option<T>) -> Option<String> {
        part.as_ref().map(ToString::to_string)
    }
    let class = |class: &Option<OperationClass>| class.map(|class| class.as_str().to_owned());
    let phase = |phase: &Option<RunPhase>| phase.map(|phase| phase.as_str().to_owned());
    let (what, parts): (String, Vec<Option<String>>) = match kind {
        ObjectiveKind::RecoveryTime { class: only, population, .. } => {
            ("recovery_time".to_owned(), vec![class(only), text(population)])
        }
        ObjectiveKind::Failback { population, .. } => ("failback".to_owned(), vec![text(population)]),
        ObjectiveKind::ColdReturn { population, .. } => ("cold_return".to_owned(), vec![text(population)]),
        ObjectiveKind::LostWrites { .. } => ("lost_writes".to_owned(), Vec::new()),
        ObjectiveKind::DivergedWrites { .. } => ("diverged_writes".to_owned(), Vec::new()),
        ObjectiveKind::Violations { property, .. } => (property.as_str().replace('-', "_"), Vec::new()),
        ObjectiveKind::Staleness { percentile, .. } => (format!("staleness p{percentile}"), Vec::new()),
        ObjectiveKind::Consistency { level, population, phase: when, .. } => {
            ("consistency".to_owned(), vec![Some(level.as_str().to_owned()), text(population), phase(when)])
        }
        ObjectiveKind::Availability { population, class: only, step, phase: when, .. } => {
            ("availability".to_owned(), vec![text(step), class(only), text(population), phase(when)])
        }
        ObjectiveKind::Uptime { window, population, .. } => {
            ("uptime".to_owned(), vec![Some(format!("{}s", window.as_secs())), text(population)])
        }
        ObjectiveKind::ErrorBudget { population, .. } => ("error_budget".to_owned(), vec![text(population)]),
        ObjectiveKind::BurnRate { window, population, .. } => {
            ("burn_rate".to_owned(), vec![Some(format!("{}s", window.as_secs())), text(population)])
        }
        ObjectiveKind::BlastRadius { .. } => ("blast_radius".to_owned(), Vec::new()),
        ObjectiveKind::RetryAmplification { population, .. } => {
            ("retry_amplification".to_owned(), vec![text(population)])
        }
        ObjectiveKind::NotMetastable => ("metastable".to_owned(), Vec::new()),
        ObjectiveKind::DetectionTime { .. } => ("detection_time".to_owned(), Vec::new()),
        ObjectiveKind::NeverMoved { .. } => ("never_moved".to_owned(), Vec::new()),
        ObjectiveKind::ResponseTime {
            percentile, step, population, baseline_only, class: only, phase: when, ..
        } => {
            let when = phase(when).or_else(|| baseline_only.then(|| "baseline".to_owned()));
            (format!("response_time p{percentile}"), vec![text(step), class(only), text(population), when])
        }
    };
    std::iter::once(what).chain(parts.into_iter().flatten()).collect::<Vec<_>>().join(" ")
}
