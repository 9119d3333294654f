//! The deployments that are compared, and the plan that each of them is run with.
//!
//! One plan for all: the same users in the same places with the same load, seed and loss. Only the lines of `chirp` differ. The
//! region that is lost is the one that writes, where one does: losing a replica would compare nothing.
//!
//! What is in the list is each model with each durability that changes something, each resolver where writes can collide
//! (with a clock that is wrong, for only then do resolvers differ), and the load balancer once, against DNS.

/// The region that dies.
pub const LOST_REGION: &str = "eu-west-1";
/// The population that lives beside it.
pub const LOST_POPULATION: &str = "europe";

/// A deployment to compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    /// Its name on the command line and in files.
    pub id: &'static str,
    /// `single-region`, `active-passive`, `read-replicas`, `active-active` or `geo-partitioned`.
    pub model: &'static str,
    /// `local`, `remote` or `quorum`.
    pub durability: &'static str,
    /// `last-write-wins`, `crdt` or `semantic`; `–` where nothing can collide.
    pub resolver: &'static str,
    /// `embedded` or `postgres`.
    pub engine: &'static str,
    /// `dns` or `balancer`.
    pub steering: &'static str,
    /// Whether one region's clock is wrong.
    pub skewed: bool,
}

const fn candidate(id: &'static str, model: &'static str, durability: &'static str) -> Candidate {
    Candidate { id, model, durability, resolver: "–", engine: "embedded", steering: "dns", skewed: false }
}

const fn colliding(id: &'static str, durability: &'static str, resolver: &'static str) -> Candidate {
    Candidate { resolver, skewed: true, ..candidate(id, "active-active", durability) }
}

/// All deployments, in the order of the table.
pub const CANDIDATES: [Candidate; 14] = [
    candidate("single-region", "single-region", "local"),
    candidate("active-passive-local", "active-passive", "local"),
    candidate("active-passive-remote", "active-passive", "remote"),
    candidate("active-passive-quorum", "active-passive", "quorum"),
    Candidate { steering: "balancer", ..candidate("active-passive-balancer", "active-passive", "local") },
    candidate("read-replicas-local", "read-replicas", "local"),
    candidate("read-replicas-quorum", "read-replicas", "quorum"),
    colliding("active-active-last-write-wins", "local", "last-write-wins"),
    colliding("active-active-crdt", "local", "crdt"),
    colliding("active-active-semantic", "local", "semantic"),
    colliding("active-active-quorum", "quorum", "crdt"),
    candidate("geo-partitioned-local", "geo-partitioned", "local"),
    candidate("geo-partitioned-quorum", "geo-partitioned", "quorum"),
    Candidate { engine: "postgres", ..candidate("active-passive-postgres", "active-passive", "local") },
];

const PLAN: &str = include_str!("plan.yaml");

impl Candidate {
    /// The deployment of that name.
    #[must_use]
    pub fn named(id: &str) -> Option<Self> {
        CANDIDATES.into_iter().find(|candidate| candidate.id == id)
    }

    /// What people call it: "active-passive, quorum".
    #[must_use]
    pub fn name(&self) -> String {
        let mut parts = vec![self.model];
        if self.model != "single-region" {
            parts.push(self.durability);
        }
        parts.extend((self.resolver != "–").then_some(self.resolver));
        parts.extend((self.engine != "embedded").then_some(self.engine));
        parts.extend((self.steering != "dns").then_some(self.steering));
        parts.join(", ")
    }

    /// The plan it is run with.
    #[must_use]
    pub fn plan(&self) -> String {
        PLAN.replace("name: compare", &format!("name: compare-{}", self.id))
            .replace("    regions: [us-east-1, eu-west-1, ap-southeast-1]\n", &self.chirp())
    }

    fn chirp(&self) -> String {
        let has_writer = matches!(self.model, "active-passive" | "read-replicas");
        let regions =
            if self.is_alone() { LOST_REGION.to_owned() } else { format!("us-east-1, {LOST_REGION}, ap-southeast-1") };
        let lines = [
            Some(format!("regions: [{regions}]")),
            Some(format!("model: {}", self.model)),
            (self.durability != "local").then(|| format!("durability: {}", self.durability)),
            (self.resolver != "–").then(|| format!("resolver: {}", self.resolver)),
            (self.engine != "embedded").then(|| format!("engine: {}", self.engine)),
            (self.steering != "dns").then(|| format!("steering: {}", self.steering)),
            has_writer.then(|| format!("writer: {LOST_REGION}")),
            (has_writer || self.model == "geo-partitioned").then(|| "failback_after: 4s".to_owned()),
            self.skewed.then(|| format!("clock_offsets: {{{LOST_REGION}: 5s}}")),
        ];
        lines.into_iter().flatten().map(|line| format!("    {line}\n")).collect()
    }

    /// Whether it has one region only.
    #[must_use]
    pub fn is_alone(&self) -> bool {
        self.model == "single-region"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn each_has_a_name_of_its_own_and_a_plan_that_says_its_choices() {
        assert_eq!(CANDIDATES.iter().map(|one| one.id).collect::<BTreeSet<_>>().len(), CANDIDATES.len());
        assert_eq!(CANDIDATES.iter().map(Candidate::name).collect::<BTreeSet<_>>().len(), CANDIDATES.len());
        for candidate in CANDIDATES {
            assert_eq!(Candidate::named(candidate.id), Some(candidate));
            let plan = candidate.plan();
            assert!(plan.contains(&format!("name: compare-{}\n", candidate.id)), "{plan}");
            assert!(plan.contains(&format!("    model: {}\n", candidate.model)), "{plan}");
            assert_eq!(plan.matches("regions:").count(), 1, "{plan}");
        }
    }
}
