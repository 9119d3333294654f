//! `populations`: who uses the service, from where, by which paths.

use super::{
    Resolver,
    path::{Chosen, nearest},
    target::Ground,
};
use crate::{
    check::{names, shares},
    geography::Place,
    mistakes::{Code, Mistake},
    read::{Field, Placed as _, collections::ShortOr, similar},
    resolved::{AccessProfile, Population},
    text::{PlanText, population::PopulationText},
};
use units::{PopulationName, RegionName, Share};

/// Populations at most: each has its own paths, DNS cache and histograms.
const POPULATIONS_MAX: usize = 200;

impl Resolver<'_, '_> {
    pub(super) fn populations(&mut self, text: &PlanText, ground: &Ground) -> Option<Vec<Population>> {
        match &text.populations {
            Field::Bad => None,
            Field::Absent | Field::Default(_) => self.beside_each_region(text, ground),
            Field::Written(list) => {
                let items = &list.value.items;
                if items.len() > POPULATIONS_MAX {
                    let message = format!("{} populations, at most {POPULATIONS_MAX} are possible", items.len());
                    self.add(Mistake::new(Code::OutOfRange, items[POPULATIONS_MAX].span, message));
                    return None;
                }
                names::unique("population", items.iter().filter_map(|item| item.value.name.written()), self.mistakes);
                let shares = shares::resolve(&list.value, self.mistakes);
                let resolved: Vec<Option<Population>> =
                    items.iter().map(|item| self.population(&item.value, ground)).collect();
                let mut populations: Vec<Population> = resolved.into_iter().collect::<Option<_>>()?;
                for (population, share) in populations.iter_mut().zip(shares?) {
                    population.share = share;
                }
                Some(populations)
            }
        }
    }

    /// Its share is decided with those of the others.
    fn population(&mut self, text: &PopulationText, ground: &Ground) -> Option<Population> {
        let place = text.place.written().and_then(|place| self.place(place, false));
        let access = self.access(text);
        let chosen = self.chosen(text, ground);
        let name = text.name.value()?;
        let (ignores_ttl, never_resolves_again) = (*text.ignores_ttl.value()?, *text.never_resolves_again.value()?);
        if ignores_ttl.fraction() + never_resolves_again.fraction() > 1.0 {
            let span = text.never_resolves_again.span_or(text.place());
            let message = "ignores_ttl and never_resolves_again are more than all clients together";
            self.add(Mistake::new(Code::OutOfRange, span, message).hint("together at most 100%"));
        }
        let ready = self.on_the_map(name.0.as_str(), &place?, access?, &chosen, ground)?;
        Some(Population { ignores_ttl, never_resolves_again, ..ready })
    }

    fn access(&mut self, text: &PopulationText) -> Option<AccessProfile> {
        let name = &text.access.value()?.0;
        let found = if name == "none" { Some(no_access()) } else { self.geography.access(name) };
        if found.is_none() {
            let span = text.access.span_or(text.place());
            let mistake = Mistake::new(Code::UnknownName, span, format!("no access profile is called `{name}`"));
            let known = self.geography.access_profiles();
            let known: Vec<&str> = known.iter().map(String::as_str).chain(["none"]).collect();
            self.add(mistake.hint(similar::hint(name, &known).unwrap_or_default()));
        }
        found
    }

    fn chosen(&mut self, text: &PopulationText, ground: &Ground) -> Chosen {
        let mut chosen = Chosen::new();
        for (region, path) in text.path.value().iter().flat_map(|mapping| &mapping.entries) {
            let name = self.region(ground, &Field::Written(region.clone()));
            let times = match &path.value {
                ShortOr::Short(round_trip) => Some((round_trip.0, std::time::Duration::ZERO)),
                ShortOr::Long(long) => long.round_trip.value().zip(long.jitter.value()).map(|(a, b)| (a.0, b.0)),
            };
            chosen.extend(name.zip(times));
        }
        if let Some(path) = text.path.written()
            && ground.is_attached()
            && !ground.emulated
            && !ground.sites.is_empty()
        {
            let mistake = Mistake::new(Code::Unmet, path.span, "a chosen path needs emulated paths");
            self.add(mistake.hint("add emulate_paths: true to the target, or remove `path`"));
        }
        chosen
    }

    /// One population in each region's place, without access, with equal shares.
    fn beside_each_region(&mut self, text: &PlanText, ground: &Ground) -> Option<Vec<Population>> {
        if ground.sites.is_empty() {
            if ground.complete {
                let mistake = Mistake::new(Code::Missing, text.place(), "a plan without regions lacks `populations`");
                self.add(mistake.hint("add populations: [{name: europe, place: eu-west-1}]"));
            }
            return None;
        }
        let shares = shares::equal(Share::WHOLE, ground.sites.len());
        let mut populations = Vec::with_capacity(ground.sites.len());
        for (site, share) in ground.sites.iter().zip(shares) {
            let place = site.place.as_ref()?;
            let ready = self.on_the_map(site.name.as_str(), place, no_access(), &Chosen::new(), ground)?;
            populations.push(Population { share, ..ready });
        }
        Some(populations)
    }

    fn on_the_map(
        &mut self,
        name: &str,
        place: &Place,
        access: AccessProfile,
        chosen: &Chosen,
        ground: &Ground,
    ) -> Option<Population> {
        let paths = self.user_paths(place, &access, chosen, ground)?;
        Some(Population {
            name: PopulationName::new(name),
            origin: RegionName::new(place.code.as_str()),
            latitude: place.latitude,
            longitude: place.longitude,
            share: Share::NONE,
            access,
            nearest: nearest(&paths),
            paths: if ground.emulated { paths } else { Vec::new() },
            ignores_ttl: Share::NONE,
            never_resolves_again: Share::NONE,
        })
    }
}

fn no_access() -> AccessProfile {
    let zero = std::time::Duration::ZERO;
    AccessProfile { name: "none".to_owned(), round_trip: zero, jitter: zero, up: None, down: None }
}
