//! Which agent of a fleet gets which part of each population. Pure.
//!
//! | population | who generates it | its paths |
//! | --- | --- | --- |
//! | agents stand in its place | those agents, in equal parts | are real: nothing is emulated |
//! | nobody stands there, some agents stand nowhere in particular | these, in equal parts | are emulated |
//! | nobody stands there, and everybody stands somewhere | all, in equal parts | are emulated, **on top of** the way from where those stand: said |
//!
//! A plan that emulates no paths has none to emulate: then it is only said who generates whom.
//!
//! Each agent must have the descriptors, ports and memory for its parts; where one hasn't, the run is refused with the numbers.

use load::{
    Part, Parts, TargetAddresses,
    limits::{Available, Needs},
};
use plan::{
    geography::Geography as _,
    resolved::{Population, ResolvedPlan},
};
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
    /// By population: part (index, of), or nothing.
    pub shares: Vec<Option<(u64, u64)>>,
    /// By population: whether its paths are emulated there.
    pub emulated: Vec<bool>,
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
    let populations = plan.populations.len();
    let nothing = Share { shares: vec![None; populations], emulated: vec![false; populations] };
    let mut parts = vec![nothing; candidates.len()];
    let mut told = Vec::new();
    for (index, population) in plan.populations.iter().enumerate() {
        let origin = population.origin.as_str();
        let those = |wanted: &dyn Fn(Option<&str>) -> bool| -> Vec<usize> {
            let here = candidates.iter().enumerate().filter(|(_, one)| wanted(one.place.as_deref()));
            here.map(|(candidate, _)| candidate).collect()
        };
        let local = those(&|place| place.is_some_and(|place| is_same(place, origin)));
        let (who, emulated) = match local {
            local if !local.is_empty() => (local, false),
            _ => match those(&|place| place.is_none()) {
                nowhere if !nowhere.is_empty() => (nowhere, true),
                _ => (those(&|_| true), true),
            },
        };
        // Where the plan emulates no paths there is nothing to emulate.
        let emulated = emulated && !population.paths.is_empty();
        if let Some(missing) = missing(population, emulated, &who, candidates) {
            told.push(missing);
        }
        for (part, candidate) in who.iter().enumerate() {
            parts[*candidate].shares[index] = Some((part as u64, who.len() as u64));
            parts[*candidate].emulated[index] = emulated;
        }
    }
    let short: Vec<String> = candidates
        .iter()
        .zip(&parts)
        .filter_map(|(candidate, share)| shortage(plan, addresses, candidate, share))
        .collect();
    if !short.is_empty() {
        return Err(DivideError::Shortage(short));
    }
    told.extend(
        candidates
            .iter()
            .zip(&parts)
            .filter(|(_, share)| share.is_empty())
            .map(|(candidate, _)| format!("agent {} has no part: no population is where it stands", candidate.name)),
    );
    Ok(Division { parts, told })
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
    let part = |share: &Option<(u64, u64)>| share.and_then(|(index, of)| Part::new(index, of));
    let parts = Parts::new(share.shares.iter().map(part).collect());
    let threads = plan.load.threads.unwrap_or(usize::try_from(candidate.cores).unwrap_or(1)).max(1);
    let needs = Needs::of(plan, addresses, &parts, threads);
    let missing = needs.check(&candidate.available).err()?.missing.join("; ");
    Some(format!("agent {} can't have its part: {missing}", candidate.name))
}

/// Whether two names are one place: a code and its aliases are.
fn is_same(one: &str, other: &str) -> bool {
    if one.eq_ignore_ascii_case(other) {
        return true;
    }
    let code = |name: &str| Atlas::embedded().place(name).map(|place| place.code);
    code(one).is_some_and(|one| code(other) == Some(one))
}

#[cfg(test)]
mod tests;
