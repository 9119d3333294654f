//! A fault that is given while a plan is carried out: read, checked and resolved as one of the plan, with the plan's own words for
//! what is wrong with it.
//!
//! It comes at once and not at a time of the plan, so `at` and `start_jitter` can't be written. It must fit what is left of the load
//! and what is broken meanwhile, as a fault of the plan must.

use super::{Fault, Repeat, text::FaultText};
use crate::{
    Mistakes, Source,
    check::{
        overlap,
        timing::{self, LoadTimes},
    },
    geography::Geography,
    mistakes::{Code, Collector, Mistake, Span},
    read::{Placed as _, Read as _, Spanned},
    resolve::{Ground, Resolver},
    resolved::ResolvedPlan,
    yaml,
};
use std::time::Duration;
use units::{FaultName, RegionName, duration::Text};

/// What a fault is given into.
#[derive(Debug, Clone, Copy)]
pub struct Given<'a> {
    /// The plan that is carried out.
    pub plan: &'a ResolvedPlan,
    /// How long after the load's start that is.
    pub at: Duration,
    /// What is broken, or will be: faults of the plan and those that were given before, without those that are over.
    pub around: &'a [Fault],
    /// Names that were there before.
    pub names: &'a [FaultName],
    /// Whether a load is under way whose end it must fit. A lab that was only booted has none.
    pub under_load: bool,
}

impl Given<'_> {
    /// Reads the fault that `source` describes: a mapping as in a plan's `faults`, without `at`.
    ///
    /// # Errors
    /// Every mistake that can be told apart, at once.
    pub fn read(self, source: &Source, geography: &dyn Geography) -> Result<Fault, Mistakes> {
        let mut mistakes = Collector::new(source);
        let fault = self.resolve(source, geography, &mut mistakes);
        match (mistakes.finish(), fault) {
            (None, Some(fault)) => Ok(fault),
            (Some(mistakes), _) => Err(mistakes),
            (None, None) => unreachable!("a part that can't be resolved adds a mistake"),
        }
    }

    /// A fault of the plan, once and at once, whatever its times are there. Its name gets a number.
    ///
    /// # Errors
    /// It doesn't fit what is left of the load, or what is broken meanwhile.
    pub fn again(self, planned: &Fault) -> Result<Fault, Mistakes> {
        let source = Source { name: "the fault".to_owned(), text: planned.name.to_string() };
        let place = Span { start: 0, end: source.text.len() };
        let mut mistakes = Collector::new(&source);
        let fault = Fault {
            name: self.name(planned.name.clone(), false, place, &mut mistakes),
            at: self.at,
            start_jitter: Duration::ZERO,
            repeat: Repeat { times: 1, every: Duration::ZERO, ..planned.repeat },
            ..planned.clone()
        };
        self.fits(&fault, place, &mut mistakes);
        mistakes.finish().map_or(Ok(fault), Err)
    }

    fn resolve(self, source: &Source, geography: &dyn Geography, mistakes: &mut Collector<'_>) -> Option<Fault> {
        let root = yaml::build(&source.text, &mut |mistake| mistakes.add(mistake))?;
        let text = FaultText::read(&root, mistakes)?;
        let ground = Ground::of(self.plan);
        let mut resolver = Resolver { geography, mistakes };
        let comes = text.at.written().map(|at| ("at", at.span));
        let jitter = text.start_jitter.written().map(|jitter| ("start_jitter", jitter.span));
        for (key, span) in comes.into_iter().chain(jitter) {
            let mistake = Mistake::new(Code::Conflict, span, format!("it comes at once, without `{key}`"));
            resolver.add(mistake.hint("leave it out; a fault with a time of its own belongs into the plan"));
        }
        let fault = resolver.fault(&text, &ground, Some(&self.plan.populations))?;
        let is_named = text.name.is_written();
        let place = text.name.span_or(text.place());
        let fault = Fault { name: self.name(fault.name, is_named, place, mistakes), at: self.at, ..fault };
        self.fits(&fault, text.place(), mistakes);
        Some(fault)
    }

    /// Another name than those that are there: a name that was made gets a number.
    fn name(self, name: FaultName, is_named: bool, place: Span, mistakes: &mut Collector<'_>) -> FaultName {
        let is_taken = |name: &FaultName| self.names.contains(name);
        if is_taken(&name) && is_named {
            let mistake = Mistake::new(Code::DuplicateName, place, format!("a fault is called `{name}` already"));
            mistakes.add(mistake.hint("another `name`, or none"));
        }
        let numbered = |number: usize| FaultName::new(format!("{name} {number}"));
        let names = std::iter::once(name.clone()).chain((2..).map(numbered));
        if is_named { name } else { names.take(self.names.len() + 1).find(|name| !is_taken(name)).unwrap_or(name) }
    }

    /// Whether it fits what is left of the load, and what is broken meanwhile.
    fn fits(self, fault: &Fault, place: Span, mistakes: &mut Collector<'_>) {
        let lead = fault.kind.lead();
        if !lead.is_zero() {
            let message = format!("what it needs is made ready {} before it comes, and it comes at once", Text(lead));
            let mistake = Mistake::new(Code::Timing, place, message);
            mistakes.add(mistake.hint("put it into the plan: only there it is known beforehand"));
        }
        if self.under_load {
            let load = LoadTimes { warm_up: self.plan.warm_up, end: self.plan.load_duration(), span: place };
            let spanned = |value: Duration| Spanned { value, span: place };
            timing::check(&spanned(fault.at), &spanned(fault.lasts()), load, mistakes);
        }
        let regions: Vec<RegionName> = self.plan.regions.iter().map(|region| region.name.clone()).collect();
        for other in self.around {
            if let Some(mistake) = overlap::mistake(other, fault, place, &regions) {
                mistakes.add(mistake);
            }
        }
    }
}
