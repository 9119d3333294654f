//! Which agent of a fleet gets which part of each population. Pure.
//!
//! | population | who generates it | its paths |
//! | --- | --- | --- |
//! | agents stand in its place | those agents | are real: nothing is emulated |
//! | nobody stands there, some agents stand nowhere in particular | these | are emulated |
//! | nobody stands there, and everybody stands somewhere | all | are emulated, **on top of** the way from where those stand: said |
//!
//! A plan that emulates no paths has none to emulate: then it is only said who generates whom.
//!
//! **How much each gets** follows what they say that they can: their parts are as large as their cores are many ([`weights`]). When
//! one has too few descriptors, ports or memory for such a part, the parts follow the descriptors instead; and when that doesn't fit
//! either, the run is refused with the numbers.

use load::{
    Parts, TargetAddresses,
    limits::{Available, Needs},
};
use plan::{
    geography::Geography as _,
    resolved::{Population, ResolvedPlan},
};
use units::Part;
use wan::Atlas;

/// An agent, as far as sharing is concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// What it is called.
    pub name: String,
    /// The place it stands in; `None`: nowhere in particular.
    pub place: Option<String>,
    /// What its process may have.
    pub available: Available,
    /// Its cores: it has a load thread on each.
    pub cores: u64,
}

/// Who generates what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Division {
    /// By candidate.
    pub parts: Vec<Share>,
    /// What to tell before the run starts.
    pub told: Vec<String>,
}

/// What one agent generates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// By population: a part, or nothing.
    pub shares: Vec<Option<Part>>,
    /// By population: whether its paths are emulated there, or would be if it had to take it over.
    pub emulated: Vec<bool>,
    /// What it is worth beside others.
    pub weight: u64,
}

/// Why a plan can't be shared among those that are there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DivideError {
    /// Nobody is there.
    #[error("no agent is there that could take part")]
    Nobody,
    /// Agents have too little.
    #[error("{}", .0.join("; "))]
    Shortage(Vec<String>),
}

impl Share {
    /// Whether it is nothing at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.shares.iter().all(Option::is_none)
    }
}

/// A weight is no larger: parts by weights are cut into as many slots as the weights are together.
pub(crate) const WEIGHT_MAX: u64 = 16;

/// What agents of these capacities are worth beside each other, from 1 to 16: as the capacities, to a sixteenth of the largest.
#[must_use]
pub fn weights(capacities: &[u64]) -> Vec<u64> {
    let largest = capacities.iter().copied().max().unwrap_or_default();
    let exact = largest <= WEIGHT_MAX;
    let weight = |capacity: &u64| match exact {
        true => (*capacity).max(1),
        false => {
            let rounded =
                (u128::from(*capacity) * u128::from(WEIGHT_MAX) + u128::from(largest / 2)) / u128::from(largest);
            u64::try_from(rounded).unwrap_or(WEIGHT_MAX).max(1)
        }
    };
    capacities.iter().map(weight).collect()
}

/// Shares a plan among those candidates.
///
/// # Errors
/// Nobody is there, or an agent has too little for its part: every one of them, with what is missing.
pub fn divide(
    plan: &ResolvedPlan,
    addresses: &TargetAddresses,
    candidates: &[Candidate],
) -> Result<Division, DivideError> {
    if candidates.is_empty() {
        return Err(DivideError::Nobody);
    }
    let cores: Vec<u64> = candidates.iter().map(|candidate| candidate.cores).collect();
    let descriptors: Vec<u64> = candidates.iter().map(|candidate| candidate.available.descriptors).collect();
    let by = |capacities: &[u64]| fitting(plan, addresses, candidates, capacities);
    by(&cores).or_else(|first| by(&descriptors).map_err(|_| first))
}

/// Shares a plan by these capacities, if everybody has enough for its part.
fn fitting(
    plan: &ResolvedPlan,
    addresses: &TargetAddresses,
    candidates: &[Candidate],
    capacities: &[u64],
) -> Result<Division, DivideError> {
    let Division { parts, mut told } = by_capacities(plan, candidates, capacities);
    let with_parts = || candidates.iter().zip(&parts);
    let short: Vec<String> =
        with_parts().filter_map(|(candidate, share)| shortage(plan, addresses, candidate, share)).collect();
    if !short.is_empty() {
        return Err(DivideError::Shortage(short));
    }
    let idle = with_parts().filter(|(_, share)| share.is_empty());
    told.extend(
        idle.map(|(candidate, _)| format!("agent {} has no part: no population is where it stands", candidate.name)),
    );
    Ok(Division { parts, told })
}

fn by_capacities(plan: &ResolvedPlan, candidates: &[Candidate], capacities: &[u64]) -> Division {
    let nothing = |weight: u64| Share {
        shares: vec![None; plan.populations.len()],
        emulated: Vec::with_capacity(plan.populations.len()),
        weight,
    };
    let mut parts: Vec<Share> = weights(capacities).into_iter().map(nothing).collect();
    let mut told = Vec::new();
    for (index, population) in plan.populations.iter().enumerate() {
        for (candidate, part) in candidates.iter().zip(&mut parts) {
            part.emulated.push(is_emulated(population, candidate.place.as_deref()));
        }
        let those = |wanted: &dyn Fn(Option<&str>) -> bool| -> Vec<usize> {
            let here = candidates.iter().enumerate().filter(|(_, one)| wanted(one.place.as_deref()));
            here.map(|(candidate, _)| candidate).collect()
        };
        let there = those(&|place| place.is_some_and(|place| is_same(place, population.origin.as_str())));
        let choices = [there, those(&|place| place.is_none()), those(&|_| true)];
        let who = choices.into_iter().find(|those| !those.is_empty()).unwrap_or_default();
        let emulated = who.iter().any(|candidate| parts[*candidate].emulated[index]);
        told.extend(missing(population, emulated, &who, candidates));
        let theirs: Vec<u64> = who.iter().map(|candidate| capacities[*candidate]).collect();
        for (candidate, part) in who.iter().zip(Part::WHOLE.shared(&weights(&theirs))) {
            parts[*candidate].shares[index] = part;
        }
    }
    Division { parts, told }
}

/// Whether an agent in that place, or nowhere in particular, emulates a population's paths: where the plan has none there is nothing to
/// emulate.
pub(crate) fn is_emulated(population: &Population, place: Option<&str>) -> bool {
    let stands_there = place.is_some_and(|place| is_same(place, population.origin.as_str()));
    !stands_there && !population.paths.is_empty()
}

/// That nobody stands where a population is, and who generates it instead.
fn missing(population: &Population, emulated: bool, who: &[usize], candidates: &[Candidate]) -> Option<String> {
    let (name, origin) = (&population.name, population.origin.as_str());
    let who = || who.iter().map(|candidate| &candidates[*candidate]);
    if who().any(|one| one.place.as_deref().is_some_and(|place| is_same(place, origin))) {
        return None;
    }
    let place =
        |one: &Candidate| one.place.as_ref().map_or(one.name.clone(), |place| format!("{} in {place}", one.name));
    let places = who().map(place).collect::<Vec<_>>().join(" and ");
    let users = match (emulated, who().all(|one| one.place.is_none())) {
        (true, true) => format!("the paths of population {name} are emulated, by {places}"),
        (true, false) => {
            format!("the paths of population {name} are emulated, on top of the real way from there, by {places}")
        }
        (false, _) => format!("population {name} is generated by {places}, and is as far from the service as that"),
    };
    Some(format!("no agent stands in {origin}: {users}"))
}

/// What an agent lacks for its part.
fn shortage(plan: &ResolvedPlan, addresses: &TargetAddresses, candidate: &Candidate, share: &Share) -> Option<String> {
    if share.is_empty() {
        return None;
    }
    let parts = Parts::new(share.shares.clone());
    let threads = plan.load.threads.unwrap_or(usize::try_from(candidate.cores).unwrap_or(1)).max(1);
    let needs = Needs::of(plan, addresses, &parts, threads);
    let missing = needs.check(&candidate.available).err()?.missing.join("; ");
    Some(format!("agent {} can't have its part: {missing}", candidate.name))
}

/// Whether two names are one place: a code and its aliases are.
pub(crate) fn is_same(one: &str, other: &str) -> bool {
    if one.eq_ignore_ascii_case(other) {
        return true;
    }
    let code = |name: &str| Atlas::embedded().place(name).map(|place| place.code);
    code(one).is_some_and(|one| code(other) == Some(one))
}

#[cfg(test)]
mod tests;
