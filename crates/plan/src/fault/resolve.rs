//! From a fault as written to the resolved one: its times, its proofs, who is spared.

use super::{
    Exempt, Fault, FaultKind, Proving, Ramp, Repeat, Verify,
    text::{ExemptText, FaultText},
};
use crate::{
    check::{names, overlap, timing},
    mistakes::{Code, Mistake, Span},
    read::{Field, Placed as _, Spanned, collections::List, values::NameText},
    resolve::{Ground, Resolver, Shaped},
    resolved::Population,
    text::PlanText,
};
use std::time::Duration;
use units::{FaultName, PopulationName, RegionName, Seed, duration::Text};

/// Time for each proof, where the plan says nothing.
const VERIFY_WITHIN: Duration = Duration::from_secs(10);

impl Resolver<'_, '_> {
    /// The faults in order of time; those at the same time in the order of the plan.
    pub(crate) fn faults(
        &mut self,
        text: &PlanText,
        seed: Seed,
        ground: &Ground,
        populations: Option<&[Population]>,
        load: Option<&Shaped>,
    ) -> Option<Vec<Fault>> {
        let items = text.faults.value().map_or(&[][..], |list| &list.items);
        for item in items.iter().filter(|item| item.value.at.is_absent()) {
            let mistake = Mistake::new(Code::Missing, item.span, "a fault lacks `at`");
            self.add(mistake.hint("add `at: …`: when it is injected, after the load's start"));
        }
        names::unique("fault", items.iter().filter_map(|item| item.value.name.written()), self.mistakes);
        let mut faults = Vec::new();
        for item in items {
            let fault = self.fault(&item.value, ground, populations);
            if let (Some(times), Some(load)) = (Times::of(&item.value), load) {
                timing::check(&times.at(&item.value), &times.length(&item.value), load.times, self.mistakes);
            }
            faults.push(fault.map(|fault| (fault, item.span)));
        }
        let mut complete = faults.iter().all(Option::is_some);
        let mut faults: Vec<(Fault, Span)> = faults.into_iter().flatten().collect();
        if let Some(chaos) = text.chaos.written() {
            let around: Vec<Fault> = faults.iter().map(|(fault, _)| fault.clone()).collect();
            let drawn = self.chaos(chaos, seed, &around, (ground, populations, load));
            complete &= drawn.is_some();
            faults.extend(drawn.into_iter().flatten());
        }
        faults.sort_by_key(|(fault, _)| fault.at);
        self.default_names_differ(&faults, items);
        let regions: Vec<RegionName> = ground.sites.iter().map(|site| site.name.clone()).collect();
        overlap::check(&faults, &regions, self.mistakes);
        (complete && !text.faults.is_bad() && !text.chaos.is_bad())
            .then(|| faults.into_iter().map(|(fault, _)| fault).collect())
    }

    pub(super) fn fault(
        &mut self,
        text: &FaultText,
        ground: &Ground,
        populations: Option<&[Population]>,
    ) -> Option<Fault> {
        let kind = FaultKind::resolve(text, self, ground);
        let times = self.times(text);
        let verify = self.verify(text, times.as_ref());
        let exempt = self.exempt(text, ground, populations);
        let (kind, span) = kind?;
        self.fits(text, &kind, span);
        if let Some(times) = &times {
            self.leaves_time(text, &kind, times);
        }
        if text.name.is_bad() {
            return None;
        }
        let (times, (verify, verify_within)) = (times?, verify?);
        Some(Fault {
            name: text.name.value().map_or_else(|| default_name(&kind), |name| FaultName::new(&name.0)),
            kind,
            at: times.at,
            start_jitter: times.start_jitter,
            duration: times.duration,
            ramp: times.ramp,
            repeat: times.repeat,
            exempt: exempt?,
            lease: text.lease.value()?.0,
            verify,
            verify_within,
        })
    }

    /// The times, checked against each other.
    fn times(&mut self, text: &FaultText) -> Option<Times> {
        let times = Times::of(text)?;
        let whole = Text(times.duration);
        if times.full() < Duration::from_secs(1) {
            let message = format!("the ramps leave {} of {whole} at full strength", Text(times.full()));
            let mistake = Mistake::new(Code::Timing, text.ramp.span_or(text.place()), message);
            self.add(mistake.hint("ramps lie inside of the fault's time: leave at least 1s between them"));
        }
        if times.repeat.times > 1 && times.repeat.every <= times.duration {
            let message = format!("it comes every {} and lasts {whole}", Text(times.repeat.every));
            let mistake = Mistake::new(Code::Timing, text.repeat.span_or(text.place()), message);
            self.add(mistake.hint("a longer `every`: between two times it must be seen to be gone"));
        }
        Some(times)
    }

    /// Whether what must be made ready for it can be, each time.
    fn leaves_time(&mut self, text: &FaultText, kind: &FaultKind, times: &Times) {
        let (lead, name) = (Text(kind.lead()), kind.as_str());
        if let Some(at) = text.at.written()
            && at.value.0 < kind.lead()
        {
            let message = format!("what {name} needs is made ready {lead} before, and the load starts later");
            self.add(Mistake::new(Code::Timing, at.span, message).hint(format!("at: {lead} or later")));
        }
        let between = times.repeat.every.saturating_sub(times.duration);
        if times.repeat.times > 1 && between < kind.lead() {
            let message = format!("what {name} needs is made ready {lead} before, and {} lie between", Text(between));
            let mistake = Mistake::new(Code::Timing, text.repeat.span_or(text.place()), message);
            self.add(mistake.hint("a longer `every`"));
        }
    }

    fn verify(&mut self, text: &FaultText, times: Option<&Times>) -> Option<(Verify, Duration)> {
        let (verify, within) = match text.verify.written() {
            _ if text.verify.is_bad() => return None,
            None => (Verify::default(), None),
            Some(Spanned { value, .. }) => {
                let (effect, removal): (Proving, Proving) = (value.effect.value()?.0, value.removal.value()?.0);
                if value.within.is_bad() {
                    return None;
                }
                (Verify { effect, removal }, value.within.written())
            }
        };
        let outside = text.verify_within.written();
        if let (Some(one), Some(other)) = (within, outside) {
            let mistake = Mistake::new(Code::Conflict, other.span, "the longest proof is written twice");
            self.add(mistake.also(one.span, "the other one").hint("keep `verify: {within: …}`"));
        }
        let full = times?.full();
        if text.verify_within.is_bad() {
            return None;
        }
        let written = within.map(|at| (at.value.0, at.span)).or_else(|| outside.map(|at| (at.value.0, at.span)));
        let Some((own, span)) = written else { return Some((verify, VERIFY_WITHIN.min(full))) };
        if own > full {
            let message = format!("the proof of effect may take {}, the fault is over after {}", Text(own), Text(full));
            self.add(Mistake::new(Code::Timing, span, message).hint(format!("at most {}", Text(full))));
        }
        Some((verify, own))
    }

    fn exempt(&mut self, text: &FaultText, ground: &Ground, populations: Option<&[Population]>) -> Option<Exempt> {
        let Some(Spanned { value, .. }) = text.exempt.written() else {
            return (!text.exempt.is_bad()).then(Exempt::default);
        };
        let regions = self.exempt_regions(value, ground);
        let populations = self.exempt_populations(value, populations);
        Some(Exempt { populations: populations?, regions: regions? })
    }

    fn exempt_regions(&mut self, text: &ExemptText, ground: &Ground) -> Option<Vec<RegionName>> {
        self.region_list(ground, &text.regions)
    }

    fn exempt_populations(
        &mut self,
        text: &ExemptText,
        populations: Option<&[Population]>,
    ) -> Option<Vec<PopulationName>> {
        let Some(Spanned { value: list, .. }) = text.populations.written() else {
            return (!text.populations.is_bad()).then(Vec::new);
        };
        let populations = populations?;
        let mut complete = list.complete;
        let mut names = Vec::new();
        for Spanned { value: NameText(name), span } in &list.items {
            if populations.iter().any(|population| population.name.as_str() == name) {
                names.push(PopulationName::new(name));
                continue;
            }
            complete = false;
            let known: Vec<&str> = populations.iter().map(|population| population.name.as_str()).collect();
            let mistake = Mistake::new(Code::UnknownName, *span, format!("there is no population `{name}`"));
            self.add(mistake.hint(crate::read::similar::hint(name, &known).unwrap_or_default()));
        }
        complete.then_some(names)
    }

    /// The regions of a list; `None` when one of them is unknown. Nothing written is no region.
    pub(crate) fn region_list(&mut self, ground: &Ground, field: &Field<List<NameText>>) -> Option<Vec<RegionName>> {
        let Some(Spanned { value: list, .. }) = field.written() else {
            return (!field.is_bad()).then(Vec::new);
        };
        let regions: Vec<Option<RegionName>> =
            list.items.iter().map(|item| self.region_named(ground, &item.value.0, item.span)).collect();
        let regions: Option<Vec<RegionName>> = regions.into_iter().collect();
        regions.filter(|_| list.complete)
    }

    /// Whether the kind can have what the envelope asks of it.
    fn fits(&mut self, text: &FaultText, kind: &FaultKind, span: Span) {
        let about = kind.about();
        let mut refuse = |place: Span, message: String, hint: &str| {
            let mistake = Mistake::new(Code::Conflict, place, message);
            self.mistakes.add(mistake.also(span, "this kind").hint(hint));
        };
        if !about.ramps && text.ramp.is_written() {
            let message = format!("{} has no strength that could rise or fall", about.name);
            refuse(text.ramp.span_or(span), message, "leave `ramp` out: it is there or it isn't");
        }
        if !about.exempts && text.exempt.is_written() {
            let message = format!("{} can't spare anybody", about.name);
            refuse(text.exempt.span_or(span), message, "only faults of links can be kept off somebody's link");
        }
        if let Some(why) = kind.as_kind().unseen()
            && (text.verify.written().is_none_or(|verify| {
                let proves = |field: &Field<crate::read::words::Word<Proving>>| {
                    field.value().is_some_and(|word| word.0 == Proving::Prove)
                };
                proves(&verify.value.effect) || proves(&verify.value.removal)
            }))
        {
            refuse(span, why.to_owned(), "add verify: {effect: assume, removal: assume}; the report says so");
        }
        let rolling = text.repeat.written().is_some_and(|repeat| repeat.value.rolling.value() == Some(&true));
        if rolling && !about.rolls {
            let message = format!("{} can't roll over regions", about.name);
            refuse(text.repeat.span_or(span), message, "leave `rolling` out");
        }
        if rolling && about.rolls && kind.regions().len() < 2 {
            let message = "rolling over a single region is no rolling".to_owned();
            refuse(text.repeat.span_or(span), message, "name several with `regions`, or leave `rolling` out");
        }
    }

    /// Adds a mistake unless the target can be a lab.
    pub(crate) fn needs_lab(&mut self, fault: &str, why: &str, span: Span, ground: &Ground) {
        if ground.is_attached() {
            let message = format!("{fault} is possible in a lab only: {why}");
            let hint = "for a service of your own, say how with a `command` fault: {inject: […], heal: […], …}";
            self.add(Mistake::new(Code::Unmet, span, message).hint(hint));
        }
    }

    /// What belongs to one form of a kind only: it must be there with `with`, and nowhere else. `None`: a mistake was made.
    pub(crate) fn only_with<'f, T>(
        &mut self,
        field: &'f Field<T>,
        is_with: bool,
        name: &str,
        with: &str,
        place: Span,
    ) -> Option<Option<&'f T>> {
        if field.is_bad() {
            return None;
        }
        if field.is_written() == is_with {
            return Some(field.value());
        }
        let message = if is_with { format!("`{with}` needs `{name}`") } else { format!("`{name}` is for `{with}`") };
        let code = if is_with { Code::Missing } else { Code::Conflict };
        self.add(Mistake::new(code, field.span_or(place), message).hint("write both, or neither"));
        None
    }

    /// A switch that is there to be on.
    pub(crate) fn only_true(&mut self, field: &Field<bool>, name: &str, instead: &str) -> Option<()> {
        let Spanned { value, span } = field.written()?;
        if !value {
            let mistake = Mistake::new(Code::Conflict, *span, format!("`{name}: false` is no fault"));
            self.add(mistake.hint(instead.to_owned()));
        }
        value.then_some(())
    }

    /// Adds a mistake where users have no emulated links.
    pub(crate) fn needs_user_links(&mut self, fault: &str, span: Span, ground: &Ground) {
        if ground.is_attached() && !ground.emulated && !ground.sites.is_empty() {
            let message = format!("{fault} needs emulated paths between the users and the region");
            let hint = "add emulate_paths: true to the target, or use a `command` fault";
            self.add(Mistake::new(Code::Unmet, span, message).hint(hint));
        }
    }

    /// The two ends of a link: a region and, where one is named, its peer; else its users. Adds a mistake where the target has no
    /// such link. `spans` are the places of the kind's key and of its section.
    pub(crate) fn link_ends(
        &mut self,
        fault: &str,
        how: &str,
        (region, peer): (&Field<NameText>, &Field<NameText>),
        (span, place): (Span, Span),
        ground: &Ground,
    ) -> (Option<RegionName>, Option<Option<RegionName>>) {
        let ends = self.region(ground, region);
        let other = match peer.is_written() {
            true => {
                let why = format!("the links between regions are {how}");
                self.needs_lab(&format!("{fault} between regions"), &why, span, ground);
                self.region(ground, peer).map(Some)
            }
            false => {
                self.needs_user_links(fault, span, ground);
                Some(None)
            }
        };
        if ends.is_some() && Some(&ends) == other.as_ref() {
            let mistake = Mistake::new(Code::Conflict, peer.span_or(place), "a region has no link to itself");
            self.add(mistake.hint("name two different regions"));
        }
        (ends, other)
    }

    /// Names that were made must not be another fault's.
    fn default_names_differ(&mut self, faults: &[(Fault, Span)], items: &[Spanned<FaultText>]) {
        let unnamed = |span: &Span| items.iter().any(|item| item.span == *span && item.value.name.is_absent());
        for (index, (fault, span)) in faults.iter().enumerate() {
            let Some((_, other)) = faults[..index].iter().find(|(other, _)| other.name == fault.name) else { continue };
            if unnamed(span) || unnamed(other) {
                let message = format!("two faults are called `{}`", fault.name);
                let mistake = Mistake::new(Code::DuplicateName, *span, message).also(*other, "the first");
                self.add(mistake.hint("give each a `name`"));
            }
        }
    }
}

/// The times of one fault.
struct Times {
    at: Duration,
    start_jitter: Duration,
    duration: Duration,
    ramp: Ramp,
    repeat: Repeat,
}

impl Times {
    /// As written; `None` when one of them can't be read.
    fn of(text: &FaultText) -> Option<Self> {
        let ramp = match text.ramp.written() {
            _ if text.ramp.is_bad() => return None,
            None => Ramp::default(),
            Some(Spanned { value, .. }) => Ramp { on: value.on.value()?.0, off: value.off.value()?.0 },
        };
        let repeat = match text.repeat.written() {
            _ if text.repeat.is_bad() => return None,
            None => Repeat::default(),
            Some(Spanned { value, .. }) => Repeat {
                times: u32::try_from(value.times.value()?.0).ok()?,
                every: value.every.value()?.0,
                rolling: *value.rolling.value()?,
            },
        };
        Some(Self {
            at: if text.at.is_bad() { return None } else { text.at.value().map_or(Duration::ZERO, |at| at.0) },
            start_jitter: text.start_jitter.value()?.0,
            duration: text.duration.value()?.0,
            ramp,
            repeat,
        })
    }

    /// How long it is there with all its strength, each time.
    fn full(&self) -> Duration {
        self.duration.saturating_sub(self.ramp.on + self.ramp.off)
    }

    /// When it is injected at the earliest, and where that stands.
    fn at(&self, text: &FaultText) -> Spanned<Duration> {
        Spanned { value: self.at, span: text.at.span_or(text.place()) }
    }

    /// From `at` until it is healed at the latest.
    fn length(&self, text: &FaultText) -> Spanned<Duration> {
        let length = self.start_jitter + self.repeat.every * (self.repeat.times - 1) + self.duration;
        Spanned { value: length, span: text.duration.span_or(text.place()) }
    }
}

fn default_name(kind: &FaultKind) -> FaultName {
    let words = std::iter::once(kind.as_str()).chain(kind.regions().into_iter().map(RegionName::as_str));
    FaultName::new(words.collect::<Vec<_>>().join(" "))
}
