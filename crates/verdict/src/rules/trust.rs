//! Whether the measurement can be trusted: "no samples, a saturated generator, a lost agent, a fault whose effect or
//! removal was not proven, a check that crashed: inconclusive, with the reason" (`design.md` §4).
//!
//! Each rule that doesn't hold makes the *run* inconclusive at least, and spoils what it touches:
//!
//! | rule          | breaks when                                    | spoils a pass of              | spoils a fail, too |
//! |---------------|------------------------------------------------|-------------------------------|--------------------|
//! | `send-lag`    | p99 above the plan's limit, or not measured    | latency, availability, recovery, failback | yes    |
//! | `saturation`  | the generator said that it could not keep up   | the same                      | yes                |
//! | `unsent`      | more dropped and unsent than the plan allows   | the same                      | no                 |
//! | `arrivals`    | so many, or spread like that, are not the plan's | the same                    | yes                |
//! | `held`        | somebody held the load                         | the same                      | no                 |
//! | `fault-proof` | an effect is not proven                        | recovery, failback            | yes                |
//! |               | a removal is not proven                        | failback                      | yes                |
//! | `recording`   | a damaged line, a gap                          | what its file holds           | yes                |
//! | `complete`    | it ends early, or the run was stopped          | everything                    | latency, availability |
//! | `coverage`    | not everything that an agent did is known      | everything                    | latency, availability |
//! |               | the same, but only of probes' reads            | data loss                     | –                  |
//! | `samples`     | no request was made                            | everything                    | –                  |
//! | `checks`      | a check crashed                                | (its own finding is missing)  | –                  |
//!
//! Why a fail is spoilt by a slow generator but not by a thin load: a late or saturated generator adds its own delays and
//! time-outs to what it measures, so that what looks like the service's failure may be its own. Load that was never sent
//! can only have spared the service: what failed under less load than planned, failed. A load that was held is not the plan's: what
//! the plan would have offered was not, so nothing passes by it, and no other run can be held against it; what failed under a load that
//! the plan has at another moment, failed. For the same reason a lost write
//! stays lost whatever the generator's state: it was acknowledged, and it is gone.

use crate::{
    evidence::{Evidence, Gap, TracedWrite, start_of},
    findings::{FaultFinding, GeneratorFinding, LoadFinding, Proof, Quantity, TrustFinding, Verdict},
    rules::arrivals::{self, Came},
    words,
};
use record::WriteOutcome;
use std::{collections::BTreeMap, time::Duration};

/// What an objective is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Topic {
    Latency,
    Availability,
    Recovery,
    Failback,
    BlastRadius,
    DataLoss,
}

impl Topic {
    pub(crate) const ALL: [Self; 6] =
        [Self::Latency, Self::Availability, Self::Recovery, Self::Failback, Self::BlastRadius, Self::DataLoss];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Latency => "latency",
            Self::Availability => "availability",
            Self::Recovery => "recovery",
            Self::Failback => "failback",
            Self::BlastRadius => "blast-radius",
            Self::DataLoss => "data-loss",
        }
    }
}

/// A rule with what it spoils.
#[derive(Debug, Clone)]
pub(crate) struct Trust {
    pub(crate) finding: TrustFinding,
    pub(crate) spoils_passes: Vec<Topic>,
    pub(crate) spoils_fails: Vec<Topic>,
}

const LOAD_TOPICS: [Topic; 5] =
    [Topic::Latency, Topic::Availability, Topic::Recovery, Topic::Failback, Topic::BlastRadius];

/// Every rule.
pub(crate) fn trust(
    evidence: &Evidence<'_>,
    load: &LoadFinding,
    generator: &GeneratorFinding,
    faults: &[FaultFinding],
    crashed: &[String],
) -> Vec<Trust> {
    let mut rules = vec![
        send_lag(generator),
        saturation(generator),
        unsent(evidence, load),
        fault_proof(faults),
        recording(evidence),
        complete(evidence),
        samples(load),
        checks(crashed),
    ];
    rules.extend(arrivals(evidence));
    rules.extend(held(evidence));
    rules.extend(coverage(evidence));
    rules.sort_by_key(|rule| std::cmp::Reverse(rule.finding.verdict));
    rules
}

fn rule(name: &str, holds: bool, measured: Quantity, limit: Option<Quantity>, text: String) -> Trust {
    let verdict = if holds { Verdict::Pass } else { Verdict::Inconclusive };
    let finding = TrustFinding { rule: name.to_owned(), verdict, measured, limit, text, spoils: Vec::new() };
    Trust { finding, spoils_passes: Vec::new(), spoils_fails: Vec::new() }
}

impl Trust {
    /// Whether it says that what was measured may be the generator's own doing.
    pub(crate) fn blames_generator(&self) -> bool {
        self.finding.verdict != Verdict::Pass && matches!(self.finding.rule.as_str(), "send-lag" | "saturation")
    }

    /// What it spoils if it doesn't hold.
    fn spoiling(mut self, passes: &[Topic], fails: &[Topic]) -> Self {
        if self.finding.verdict != Verdict::Pass {
            self.spoils_passes = passes.to_vec();
            self.spoils_fails = fails.to_vec();
            let spoilt = Topic::ALL.into_iter().filter(|topic| passes.contains(topic) || fails.contains(topic));
            self.finding.spoils = spoilt.map(|topic| topic.as_str().to_owned()).collect();
        }
        self
    }
}

fn send_lag(generator: &GeneratorFinding) -> Trust {
    let limit = generator.send_lag_limit;
    // Of several agents the latest counts: it can't hide behind the punctual ones.
    let worst = generator.worst_agent.as_ref().filter(|worst| worst.send_lag_p99.value.is_some());
    let p99 = worst.map_or(&generator.send_lag_p99, |worst| &worst.send_lag_p99);
    let whose =
        worst.map_or_else(String::new, |worst| format!(" (agent {}, the worst of {})", worst.agent, generator.agents));
    let (holds, measured, text) = match p99.value {
        Some(value) => {
            let text = words::duration_against(value.0, limit.0);
            let line = format!("the generator's own send lag: p99 {text}{whose}, limit {}", words::duration(limit.0));
            (value <= limit, Quantity::seconds(value, text), line)
        }
        None => (false, Quantity::not_measured(), format!("the generator's own send lag is unknown: {}", p99.text)),
    };
    let limit = Quantity::seconds(limit, words::duration(limit.0));
    rule("send-lag", holds, measured, Some(limit), text).spoiling(&LOAD_TOPICS, &LOAD_TOPICS)
}

fn saturation(generator: &GeneratorFinding) -> Trust {
    let total = generator.saturated.iter().map(|span| span.length().0).sum();
    let holds = generator.saturated.is_empty();
    let text = if holds {
        "the generator kept up".to_owned()
    } else {
        format!("the generator could not keep up for {}", words::duration(total))
    };
    let measured = Quantity::seconds(total.into(), words::duration(total));
    rule("saturation", holds, measured, None, text).spoiling(&LOAD_TOPICS, &LOAD_TOPICS)
}

fn unsent(evidence: &Evidence<'_>, load: &LoadFinding) -> Trust {
    let limit = evidence.plan.trust.unsent_max.fraction();
    let limit_text = words::share(limit);
    let (holds, measured, text) = match load.unsent_share {
        Some(share) => {
            let text = words::share_against(share, limit);
            let line = format!("{text} of the arrivals were dropped or never sent, limit {limit_text}");
            (share <= limit, Quantity::share(share, text), line)
        }
        None => (false, Quantity::not_measured(), "no arrival was recorded".to_owned()),
    };
    rule("unsent", holds, measured, Some(Quantity::share(limit, limit_text)), text).spoiling(&LOAD_TOPICS, &[])
}

/// `None`: the plan has no arrivals of its own, or somebody held the load, so that it wasn't the plan's: [`held`].
fn arrivals(evidence: &Evidence<'_>) -> Option<Trust> {
    if !evidence.timeline.holds.is_empty() {
        return None;
    }
    let came = arrivals::arrivals(evidence)?;
    let (measured, limit, kept) = match &came {
        Came::Unknown => (Quantity::not_measured(), None, "too little load was recorded to say how arrivals came"),
        Came::Regular { away, .. } => {
            let quantity = |away: f64| Quantity {
                text: format!("{} away", words::decimal(away)),
                value: Some(away),
                unit: "arrivals".to_owned(),
                error: None,
            };
            (
                quantity(*away),
                Some(quantity(arrivals::REGULAR_AWAY_MAX)),
                "as many came in each second as the plan wanted",
            )
        }
        Came::Poisson { p, .. } => {
            let limit = arrivals::FALSE_ALARM;
            let text = if *p < limit { "< 0.001 %".to_owned() } else { words::share_against(*p, limit) };
            let limit = Quantity::share(limit, "0.001 %".to_owned());
            (Quantity::share(*p, text), Some(limit), "as many came as the plan wanted, spread like a Poisson process")
        }
    };
    let text = came.doubt().unwrap_or(kept).to_owned();
    Some(rule("arrivals", came.doubt().is_none(), measured, limit, text).spoiling(&LOAD_TOPICS, &LOAD_TOPICS))
}

/// `None`: nobody held the load.
fn held(evidence: &Evidence<'_>) -> Option<Trust> {
    let holds = &evidence.timeline.holds;
    let zero = evidence.timeline.load_started.unwrap_or_default();
    let total: Duration = holds.iter().map(|(span, _)| span.length().0).sum();
    let told = holds.iter().map(|(span, how)| {
        let [from, to] = [span.from, span.to].map(|at| words::load_clock(at, zero));
        format!("from {from} to {to}, as was asked {how}")
    });
    let text =
        format!("the load was held {}: since then it was not the plan's", words::list(&told.collect::<Vec<_>>()));
    let measured = Quantity::seconds(total.into(), words::duration(total));
    (!holds.is_empty()).then(|| rule("held", false, measured, None, text).spoiling(&LOAD_TOPICS, &[]))
}

fn fault_proof(faults: &[FaultFinding]) -> Trust {
    let mut doubts = Vec::new();
    let mut topics = vec![Topic::Failback];
    for fault in faults {
        if let Proof::NotProven { reason } = &fault.effect {
            topics = vec![Topic::Recovery, Topic::Failback, Topic::BlastRadius];
            doubts.push(format!("the effect of {} is not proven: {reason}", fault.name));
        }
        // What was never there need not be gone.
        if let (Proof::NotProven { reason }, true) = (&fault.removal, fault.was_injected()) {
            doubts.push(format!("the removal of {} is not proven: {reason}", fault.name));
        }
    }
    let proven = format!("{} proven, effect and removal", words::counted(faults.len() as u64, "fault"));
    let taken = |proof: &Proof| matches!(proof, Proof::Assumed { .. });
    let assumed = faults.iter().filter(|fault| taken(&fault.effect) || taken(&fault.removal)).count() as u64;
    let text = match (doubts.is_empty(), assumed) {
        (false, _) => doubts.join("; "),
        (true, 0) => proven,
        (true, _) => format!("{} without a proof, as the plan accepts", words::counted(assumed, "fault")),
    };
    let measured = Quantity::number(doubts.len() as u64, "doubt");
    rule("fault-proof", doubts.is_empty(), measured, None, text).spoiling(&topics, &topics)
}

fn recording(evidence: &Evidence<'_>) -> Trust {
    let integrity = &evidence.recording.integrity;
    let count = integrity.damages.len() as u64 + integrity.damages_omitted;
    let mut by_file: BTreeMap<&str, u64> = BTreeMap::new();
    for damage in &integrity.damages {
        *by_file.entry(&damage.file).or_default() += 1;
    }
    let mut topics: Vec<Topic> = by_file.keys().flat_map(|file| held_by(file)).copied().collect();
    topics.sort_unstable();
    topics.dedup();
    let holds = count == 0 && evidence.requests.out_of_time == 0;
    let text = match (integrity.damages.first(), evidence.requests.out_of_time) {
        (Some(first), _) => {
            format!("the recording is damaged in {}: {} ({})", words::counted(count, "place"), first.what, first.file)
        }
        (None, 0) => "the recording is undamaged".to_owned(),
        (None, requests) => format!("{} lie outside of the load's time", words::counted(requests, "request")),
    };
    if integrity.damages.is_empty() && !holds {
        topics = LOAD_TOPICS.to_vec();
    }
    rule("recording", holds, Quantity::number(count, "damage"), None, text).spoiling(&topics, &topics)
}

/// What can't be told when that file is damaged.
fn held_by(file: &str) -> &'static [Topic] {
    match file {
        "intervals.ndjson" => &LOAD_TOPICS,
        "events.ndjson" => &LOAD_TOPICS,
        "ledger.ndjson" => &[Topic::DataLoss],
        "resolved.json" => &Topic::ALL,
        // The manifest and the plan's text are not judged by.
        _ => &[],
    }
}

fn complete(evidence: &Evidence<'_>) -> Trust {
    let zero = evidence.timeline.load_started.unwrap_or_default();
    let guard = evidence.timeline.stop_guard.as_ref();
    let (holds, text) = match (evidence.timeline.aborted, evidence.recording.integrity.complete) {
        (Some(at), _) if guard.is_some() => {
            (false, format!("the run was ended by its stop guard at {}", words::load_clock(at, zero)))
        }
        (Some(at), _) => (false, format!("the run was stopped at {}, before its end", words::load_clock(at, zero))),
        (None, false) => {
            let at = words::load_clock(evidence.timeline.end, zero);
            (false, format!("the recording ends at {at}, before the run's end"))
        }
        (None, true) => (true, "the run was recorded to its end".to_owned()),
    };
    let fails = [Topic::Latency, Topic::Availability];
    rule("complete", holds, Quantity::text(if holds { "complete" } else { "cut short" }), None, text)
        .spoiling(&Topic::ALL, &fails)
}

/// The first of what a rule says, for where something else is told: the rule itself stands whole among the rules.
pub(crate) fn brief(text: &str) -> String {
    text.split_once("; ").map_or_else(|| text.to_owned(), |(first, _)| format!("{first}, and more"))
}

/// `None`: a recording from before there were agents.
fn coverage(evidence: &Evidence<'_>) -> Option<Trust> {
    let agents = &evidence.coverage.agents;
    if agents.is_empty() {
        return None;
    }
    let zero = evidence.timeline.load_started.unwrap_or_default();
    let clock = |second: u64| words::load_clock(start_of(second), zero);
    let several = agents.len() > 1;
    let called = |agent: usize| if several { format!("agent {}", agent + 1) } else { "the generator".to_owned() };
    let gaps = evidence.coverage.gaps(evidence.timeline.measured_seconds());
    let told = |gap: &Gap| {
        format!("{}: {} to {} are incomplete ({})", called(gap.agent), clock(gap.from), clock(gap.to + 1), gap.reason)
    };
    let lost = agents.iter().filter(|(index, _)| !gaps.iter().any(|gap| gap.agent == **index));
    let lost = lost.filter_map(|(index, agent)| Some((index, agent.lost.as_ref()?)));
    let lost = lost.map(|(index, (at, reason))| {
        format!("{} was lost at {} ({reason})", called(*index), words::load_clock(*at, zero))
    });
    let mut doubts: Vec<String> = gaps.iter().map(told).collect();
    let topics: &[Topic] = if gaps.is_empty() { &[Topic::DataLoss] } else { &Topic::ALL };
    let fails: &[Topic] = if gaps.is_empty() { &[] } else { &[Topic::Latency, Topic::Availability] };
    // Its probe writes were not read in the end.
    doubts.extend(lost.filter(|_| evidence.plan.ledger.is_some()));
    doubts.extend(unread(evidence));
    let text = match (doubts.is_empty(), several) {
        (true, false) => "everything that was generated is recorded".to_owned(),
        (true, true) => {
            format!("everything that {} generated is recorded", words::counted(agents.len() as u64, "agent"))
        }
        (false, _) => doubts.join("; "),
    };
    let measured = Quantity::number(doubts.len() as u64, "gap");
    Some(rule("coverage", doubts.is_empty(), measured, None, text).spoiling(topics, fails))
}

/// Acknowledged writes that nobody can read back: whoever made them was lost, and only it knew of them.
fn unread(evidence: &Evidence<'_>) -> Option<String> {
    let has_lost = evidence.coverage.agents.values().any(|agent| agent.lost.is_some());
    let is_unread = |write: &&TracedWrite<'_>| {
        write.write.outcome == WriteOutcome::Acknowledged && !write.reads.iter().any(|read| read.is_final)
    };
    let count = evidence.ledger.writes.values().filter(is_unread).count() as u64;
    (has_lost && count > 0 && evidence.timeline.final_reads_ended)
        .then(|| format!("nobody read {} in the end", words::counted(count, "acknowledged write")))
}

fn samples(load: &LoadFinding) -> Trust {
    let text = match load.requests {
        0 => "no request was made".to_owned(),
        requests => format!("{} were made", words::counted(requests, "request")),
    };
    let measured = Quantity::number(load.requests, "request");
    rule("samples", load.requests > 0, measured, None, text).spoiling(&Topic::ALL, &[])
}

fn checks(crashed: &[String]) -> Trust {
    let text = match crashed {
        [] => "every check ran".to_owned(),
        _ => format!("{} crashed: {}", words::counted(crashed.len() as u64, "check"), crashed.join("; ")),
    };
    rule("checks", crashed.is_empty(), Quantity::number(crashed.len() as u64, "crashed check"), None, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elsewhere_only_the_first_of_several_is_told() {
        assert_eq!(brief("agent 1: the disk was full"), "agent 1: the disk was full");
        assert_eq!(brief("agent 1: lost; agent 2: full; agent 3: late"), "agent 1: lost, and more");
    }
}
