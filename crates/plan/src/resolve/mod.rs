//! From what was written to the resolved plan: every default, path, share and time decided, every section checked
//! against the others.
//!
//! Order: [`target`] first, for regions are what everything else refers to ([`Ground`]); then populations with their
//! [`path`]s, the load, journeys with their feeds, the ledger, faults, objectives. Each part adds its mistakes to the
//! collector and returns what it could make; only when no mistake was added at all is a plan put together.

mod chirp;
mod deployment;
mod feed;
mod journey;
mod json_body;
mod ledger;
mod ledger_sessions;
mod load;
mod objective;
mod objective_history;
mod outage_objective;
mod path;
mod population;
mod request;
mod stop_guard;
mod target;

use crate::{
    Mistakes, Source,
    geography::Geography,
    mistakes::{Code, Collector, Mistake, Span},
    read::{Field, Placed as _, Read, Spanned, similar, values::NameText},
    resolved::{FORMAT, Fleet, Margins, RecoveredResponse, ResolvedPlan, Trust},
    text::{MarginsText, PlanText, RecoveredResponseText, TrustText, Version, fleet::FleetText},
    yaml,
};
pub(crate) use chirp::chirp_texts;
pub(crate) use feed::Feeds;
pub(crate) use load::Shaped;
use sha2::{Digest, Sha256};
pub use target::CHIRP_DEFECTS;
pub(crate) use target::Ground;
use units::{RegionName, Seed};

/// Reads a plan, checks it and resolves it. Files that it names are looked for in its folder.
///
/// # Errors
/// Every mistake that can be told apart, at once.
pub fn check(source: &Source, geography: &dyn Geography) -> Result<ResolvedPlan, Mistakes> {
    check_with_seed(source, geography, None)
}

/// As [`check`], with another seed than the plan's where one is given: `chaos` is drawn from it.
///
/// # Errors
/// Every mistake that can be told apart, at once.
pub fn check_with_seed(
    source: &Source,
    geography: &dyn Geography,
    seed: Option<Seed>,
) -> Result<ResolvedPlan, Mistakes> {
    let mut mistakes = Collector::new(source);
    let plan = resolve(source, geography, seed, &mut mistakes);
    match (mistakes.finish(), plan) {
        (None, Some(plan)) => Ok(plan),
        (Some(mistakes), _) => Err(mistakes),
        (None, None) => unreachable!("a part that can't be resolved adds a mistake"),
    }
}

fn resolve(
    source: &Source,
    geography: &dyn Geography,
    seed: Option<Seed>,
    mistakes: &mut Collector<'_>,
) -> Option<ResolvedPlan> {
    let root = yaml::build(&source.text, &mut |mistake| mistakes.add(mistake))?;
    let text = PlanText::read(&root, mistakes)?;
    let mut resolver = Resolver { geography, mistakes };

    let ground = resolver.target(&text);
    let populations = resolver.populations(&text, &ground);
    let load = resolver.load(&text);
    let feeds = resolver.feeds(&text);
    let journeys = resolver.journeys(&text, &ground, &feeds);
    let ledger = resolver.ledger(&text, &ground, &feeds);
    let seed = seed.or_else(|| text.seed.value().map(|seed| Seed::new(seed.0)));
    let any = Seed::new(1);
    let faults = resolver.faults(&text, seed.unwrap_or(any), &ground, populations.as_deref(), load.as_ref());
    let objectives = resolver.objectives(&text, &objective::Promised::new(&text, &ground, faults.as_deref()));
    let trust = resolver.trust(&text);
    let fleet = resolver.fleet(&text);
    let stop_guard = resolver.stop_guard(&text);
    let peer_paths = resolver.peer_paths(&ground);

    let Version = text.version.value()?;
    let shape = load?;
    Some(ResolvedPlan {
        format: FORMAT.to_owned(),
        name: text.name.value().map_or_else(|| source.stem(), |name| name.0.clone()),
        seed: seed?,
        plan_sha256: sha256(&source.text),
        regions: ground.regions()?,
        peer_paths: peer_paths?,
        target: ground.target?,
        populations: populations?,
        load: shape.load?,
        journeys: journeys?,
        feeds: feeds.into_resolved()?,
        ledger: ledger?,
        faults: faults?,
        objectives: objectives?,
        trust: trust?,
        warm_up: shape.times.warm_up,
        fleet: fleet?,
        stop_guard: stop_guard?,
    })
}

fn sha256(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn margins(text: &MarginsText) -> Option<Margins> {
    Some(Margins {
        failing: *text.failing.value()?,
        response_share: *text.response_share.value()?,
        response_min: text.response_min.value()?.0,
    })
}

/// What every part needs: the world, and where mistakes go.
pub(crate) struct Resolver<'a, 's> {
    pub(crate) geography: &'a dyn Geography,
    pub(crate) mistakes: &'a mut Collector<'s>,
}

impl Resolver<'_, '_> {
    pub(crate) fn add(&mut self, mistake: Mistake) {
        self.mistakes.add(mistake);
    }

    fn trust(&mut self, text: &PlanText) -> Option<Trust> {
        let TrustText {
            send_lag_p99_max,
            unsent_max,
            recovered_success_min,
            recovered_window,
            recovered_response,
            margins: margins_text,
            ..
        } = text.trust.value()?;
        let success = *recovered_success_min.value()?;
        if success.parts_per_million() == 0 {
            let span = recovered_success_min.span_or(text.place());
            let mistake = Mistake::new(Code::OutOfRange, span, "a region where nothing succeeds is not recovered");
            self.add(mistake.hint("write a share above 0%, such as 99%"));
        }
        // Before anything that can't be read ends this.
        let recovered_response = recovered_response.value().and_then(|text| self.recovered_response(text));
        Some(Trust {
            send_lag_p99_max: send_lag_p99_max.value()?.0,
            unsent_max: *unsent_max.value()?,
            recovered_success_min: success,
            recovered_window: recovered_window.value()?.0,
            recovered_response: recovered_response?,
            margins: margins(margins_text.value()?)?,
        })
    }

    fn recovered_response(&mut self, text: &RecoveredResponseText) -> Option<RecoveredResponse> {
        let times = text.times.value()?.0;
        if !(1.0..=100.0).contains(&times) {
            let message = format!("{times} times the baseline's p99 is out of range");
            let mistake = Mistake::new(Code::OutOfRange, text.times.span_or(text.place()), message);
            self.add(mistake.hint("from 1 to 100, such as 3"));
        }
        Some(RecoveredResponse { times, more: text.more.value()?.0 })
    }

    fn fleet(&mut self, text: &PlanText) -> Option<Fleet> {
        let FleetText { on_agent_loss, controller_loss_after, .. } = text.fleet.value()?;
        Some(Fleet { on_agent_loss: on_agent_loss.value()?.0, controller_loss_after: controller_loss_after.value()?.0 })
    }

    /// The region with that name; adds a mistake when the target surely has none of that name.
    pub(crate) fn region(&mut self, ground: &Ground, name: &Field<NameText>) -> Option<RegionName> {
        let Spanned { value: NameText(name), span } = name.written()?;
        self.region_named(ground, name, *span)
    }

    /// The same for a name that stands at `span`.
    pub(crate) fn region_named(&mut self, ground: &Ground, name: &str, span: Span) -> Option<RegionName> {
        if ground.sites.iter().any(|site| site.name.as_str() == name) {
            return Some(RegionName::new(name));
        }
        if ground.complete {
            let mistake = Mistake::new(Code::UnknownName, span, format!("the target has no region `{name}`"));
            let known: Vec<&str> = ground.sites.iter().map(|site| site.name.as_str()).collect();
            let none = || "the target names no regions: add `endpoints`".to_owned();
            self.add(mistake.hint(similar::hint(name, &known).unwrap_or_else(none)));
        }
        None
    }
}
