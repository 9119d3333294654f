//! The plan's journeys made ready to be walked: names turned into indices, templates into pieces, constant requests into bytes.
//!
//! Done once, before the load starts, and shared read-only by all threads; what a user remembers of its own journey is its
//! [`Scope`].

mod check;
mod permutation;
mod request;
mod scope;
mod text;

pub(crate) use check::{Checks, Judgement, Reply};
pub(crate) use permutation::Permutation;
pub(crate) use request::{Call, CallCarried};
pub(crate) use scope::{LedgerNames, Scope, Speaker};

use crate::{LoadError, arrivals::Draws, script::text::Names};
use plan::resolved::{self, Carried, LedgerObject, ResolvedPlan, ThinkTime};
use std::sync::Arc;
use units::Seed;

/// Everything that users may do.
#[derive(Debug)]
pub(crate) struct Script {
    plan: Arc<ResolvedPlan>,
    journeys: Vec<Journey>,
    weights: u64,
    /// By population, then by feed: in which order rows are drawn.
    orders: Vec<Vec<Permutation>>,
    ledger: Option<LedgerScript>,
    stamp: String,
}

/// A journey.
#[derive(Debug)]
pub(crate) struct Journey {
    /// Weights of the journeys up to this one, itself included.
    weights_so_far: u64,
    pub(crate) steps: Vec<Step>,
    /// How many variables its steps extract.
    variables: usize,
}

/// A step.
#[derive(Debug)]
pub(crate) struct Step {
    /// Its index through all journeys.
    pub(crate) index: usize,
    pub(crate) call: Call,
    pub(crate) think: ThinkTime,
}

/// The ledger's two requests.
#[derive(Debug)]
pub(crate) struct LedgerScript {
    pub(crate) write: Call,
    pub(crate) read: Call,
    pub(crate) present: Checks,
    /// Which extracted variable is the write's id, if there is one.
    pub(crate) id: Option<usize>,
    /// What its sessions do, object by object.
    pub(crate) objects: Vec<ObjectScript>,
    variables: usize,
}

/// The requests of one kind of key.
#[derive(Debug)]
pub(crate) struct ObjectScript {
    pub(crate) prepare: Vec<Call>,
    pub(crate) write: Call,
    pub(crate) remove: Option<Call>,
    pub(crate) read: Call,
    pub(crate) delivered: Option<Call>,
    /// Which variable is the key's id, if a request that prepares it takes one.
    pub(crate) id: Option<usize>,
    variables: usize,
}

impl Script {
    /// Makes a plan's journeys ready for requests to these hosts (their `Host` headers, by host index). `stamp` tells this run's
    /// unique values from another run's.
    pub(crate) fn new(plan: Arc<ResolvedPlan>, authorities: &[String], stamp: String) -> Result<Self, LoadError> {
        let keep_alive = plan.load.connections.keep_alive;
        let mut index = 0;
        let mut weights = 0;
        let mut journeys = Vec::with_capacity(plan.journeys.len());
        for journey in &plan.journeys {
            weights += u64::from(journey.weight);
            let mut names = Names::new(&plan.feeds);
            let mut steps = Vec::with_capacity(journey.steps.len());
            for step in &journey.steps {
                let call = Call::new(step.name.as_str(), &step.request, &mut names, authorities, keep_alive)?;
                steps.push(Step { index, call, think: step.think });
                index += 1;
            }
            journeys.push(Journey { weights_so_far: weights, steps, variables: names.variables() });
        }
        let ledger = plan.ledger.as_ref().map(|ledger| LedgerScript::new(ledger, &plan, authorities)).transpose()?;
        let orders = plan.populations.iter().map(|population| {
            let seed = plan.seed.derive(population.name.as_str()).derive("feeds");
            let order = |feed: &resolved::DataFeed| Permutation::new(feed.rows.len() as u64, seed.derive(&feed.name));
            plan.feeds.iter().map(order).collect()
        });
        let orders = orders.collect();
        Ok(Self { orders, journeys, weights, ledger, stamp, plan })
    }

    /// The journey that these draws choose.
    pub(crate) fn choose(&self, draws: &mut Draws) -> usize {
        if self.journeys.len() < 2 {
            return 0;
        }
        let drawn = draws.within(1, self.weights);
        self.journeys.partition_point(|journey| journey.weights_so_far < drawn)
    }

    /// The journey with that index.
    pub(crate) fn journey(&self, index: usize) -> &Journey {
        &self.journeys[index]
    }

    /// The ledger's requests.
    pub(crate) fn ledger(&self) -> Option<&LedgerScript> {
        self.ledger.as_ref()
    }

    /// Tells this run's unique values from another run's.
    pub(crate) fn stamp(&self) -> &str {
        &self.stamp
    }

    pub(crate) fn plan(&self) -> &ResolvedPlan {
        &self.plan
    }

    /// The seed from which a population's users draw.
    pub(crate) fn user_seed(&self, population: usize) -> Seed {
        self.plan.seed.derive(self.plan.populations[population].name.as_str()).derive("users")
    }

    /// The row of a feed that a journey reads. Each population goes through all rows before it meets one again.
    fn row(&self, population: usize, feed: usize, ordinal: u64) -> Option<&[String]> {
        let order = self.orders.get(population)?.get(feed)?;
        let rows = &self.plan.feeds.get(feed)?.rows;
        rows.get(usize::try_from(order.at(ordinal)).ok()?).map(Vec::as_slice)
    }
}

impl Journey {
    /// How many variables its steps extract.
    pub(crate) fn variables(&self) -> usize {
        self.variables
    }
}

impl ObjectScript {
    fn new(
        object: &LedgerObject,
        carry: &[Carried],
        plan: &ResolvedPlan,
        authorities: &[String],
    ) -> Result<Self, LoadError> {
        let mut names = Names::new(&plan.feeds);
        let keep_alive = plan.load.connections.keep_alive;
        let carried: Vec<CallCarried> = carry
            .iter()
            .map(|one| CallCarried {
                from: one.from.clone(),
                to: one.to.as_bytes().into(),
                variable: names.variable(&format!("carried {}", one.from)),
            })
            .collect();
        let mut call = |what: &str, request: &resolved::Request| {
            let mut call = Call::new(&format!("ledger {what}"), request, &mut names, authorities, keep_alive)?;
            call.carry(carried.clone());
            Ok::<_, LoadError>(call)
        };
        let prepare = object.prepare.iter().map(|request| call("prepare", request)).collect::<Result<Vec<_>, _>>()?;
        let write = call("session write", &object.write)?;
        let remove = object.remove.as_ref().map(|request| call("session remove", request)).transpose()?;
        let mut looking = |what: &str, request: &resolved::Request| {
            let mut call = call(what, request)?;
            call.look_at(check::json_path(what, &object.shows)?);
            Ok::<_, LoadError>(call)
        };
        let read = looking("session read", &object.read)?;
        let delivered = object.delivered.as_ref().map(|request| looking("delivered read", request)).transpose()?;
        let id = names.known("id");
        Ok(Self { prepare, write, remove, read, delivered, id, variables: names.variables() })
    }

    /// How many variables its requests take.
    pub(crate) fn variables(&self) -> usize {
        self.variables
    }
}

impl LedgerScript {
    fn new(ledger: &resolved::Ledger, plan: &ResolvedPlan, authorities: &[String]) -> Result<Self, LoadError> {
        let mut names = Names::new(&plan.feeds);
        let keep_alive = plan.load.connections.keep_alive;
        let write = Call::new("ledger write", &ledger.write, &mut names, authorities, keep_alive)?;
        let id = names.known("id");
        let mut read = Call::new("ledger read", &ledger.read, &mut names, authorities, keep_alive)?;
        let present = Checks::new("ledger present", &ledger.present, &mut names)?;
        read.keep_body_for(&present);
        let sessions =
            ledger.sessions.iter().flat_map(|sessions| sessions.objects.iter().map(move |one| (one, sessions)));
        let objects = sessions.map(|(one, sessions)| ObjectScript::new(one, &sessions.carry, plan, authorities));
        let objects = objects.collect::<Result<_, _>>()?;
        Ok(Self { write, read, present, id, objects, variables: names.variables() })
    }

    /// How many variables the two requests extract.
    pub(crate) fn variables(&self) -> usize {
        self.variables
    }
}

#[cfg(test)]
mod tests;
