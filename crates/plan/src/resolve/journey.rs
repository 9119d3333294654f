//! `journeys`: what users do.

use super::{Feeds, Resolver, chirp, request::parts, target::Ground};
use crate::{
    check::{
        names,
        variables::{LedgerScope, Scope},
    },
    mistakes::{Code, Mistake},
    read::{Field, Placed as _, collections::List, collections::ShortOr},
    resolved::{Journey, OperationClass, Step, ThinkTime},
    text::{
        PlanText,
        journey::{JourneyText, StepText},
    },
};
use units::{JourneyName, StepName};

impl Resolver<'_, '_> {
    pub(super) fn journeys(&mut self, text: &PlanText, ground: &Ground, feeds: &Feeds) -> Option<Vec<Journey>> {
        match &text.journeys {
            Field::Bad => None,
            Field::Written(list) => self.written_journeys(&list.value, feeds, ground.has_regions()),
            Field::Absent | Field::Default(_) if ground.is_attached() => {
                let mistake =
                    Mistake::new(Code::Missing, text.place(), "a plan for a service of your own lacks `journeys`");
                self.add(mistake.hint("add journeys: [{name: home, steps: [{name: home, get: /}]}]"));
                None
            }
            Field::Absent | Field::Default(_) => {
                let list = chirp::journeys(ground.users, self.mistakes);
                self.written_journeys(&list, feeds, ground.has_regions())
            }
        }
    }

    fn written_journeys(&mut self, list: &List<JourneyText>, feeds: &Feeds, regions: bool) -> Option<Vec<Journey>> {
        names::unique("journey", list.items.iter().filter_map(|item| item.value.name.written()), self.mistakes);
        let steps = list.items.iter().flat_map(|item| item.value.steps.value()).flat_map(|steps| &steps.items);
        names::unique("step", steps.filter_map(|step| step.value.name.written()), self.mistakes);
        let journeys: Vec<_> = list.items.iter().map(|item| self.journey(&item.value, feeds, regions)).collect();
        journeys.into_iter().collect()
    }

    fn journey(&mut self, text: &JourneyText, feeds: &Feeds, regions: bool) -> Option<Journey> {
        let mut scope = Scope { variables: Vec::new(), feeds, ledger: LedgerScope::Outside, regions };
        let mut steps = Vec::new();
        for step in text.steps.value().iter().flat_map(|steps| &steps.items) {
            steps.push(self.step(&step.value, &scope));
            let taken = step.value.extract.value().into_iter().flat_map(|mapping| &mapping.entries);
            scope.variables.extend(taken.map(|(variable, _)| variable.value.0.clone()));
        }
        Some(Journey {
            name: JourneyName::new(&text.name.value()?.0),
            weight: u32::try_from(text.weight.value()?.0).expect("the reader limits it"),
            steps: steps.into_iter().collect::<Option<_>>()?,
        })
    }

    fn step(&mut self, text: &StepText, scope: &Scope<'_>) -> Option<Step> {
        let request = self.request(&parts!(text), scope);
        let think = self.think(text);
        let request = request?;
        let class = match &text.class {
            Field::Bad => return None,
            class => class.value().map_or_else(|| class_of(&request.method), |class| class.0),
        };
        Some(Step { name: StepName::new(&text.name.value()?.0), class, request, think: think? })
    }

    fn think(&mut self, text: &StepText) -> Option<ThinkTime> {
        let (mean, jitter) = match text.think.value()? {
            ShortOr::Short(line) => (line.mean, line.jitter),
            ShortOr::Long(long) => (long.mean.value()?.0, long.jitter.value()?.0),
        };
        if jitter > mean {
            let (jitter, mean) = (units::duration::Text(jitter), units::duration::Text(mean));
            let mistake = Mistake::new(
                Code::OutOfRange,
                text.think.span_or(text.place()),
                format!("{mean} ± {jitter} would be less than nothing"),
            );
            self.add(mistake.hint(format!("a jitter of at most {mean}")));
        }
        Some(ThinkTime { mean, jitter })
    }
}

/// What kind of operation a method is, where the plan doesn't say.
pub(super) fn class_of(method: &str) -> OperationClass {
    match method {
        "GET" | "HEAD" => OperationClass::Read,
        _ => OperationClass::Write,
    }
}
