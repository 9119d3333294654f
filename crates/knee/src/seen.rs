//! What a step has shown, read from its findings.
//!
//! | the run's verdict | its reason | seen |
//! |---|---|---|
//! | pass | | held |
//! | fail | an objective, or the stop guard | broke |
//! | inconclusive | the generator was late or saturated, an agent was lost, load was never sent | the generator was late |
//! | | a trust rule, but not the generator | can't be told |
//! | | no rule, but too few samples of an objective or of the send lag | too little load to tell |
//!
//! Arrivals that were *dropped* found no free user: the target was so slow that all of `users_max` waited for it, or `users_max` is
//! too small. That can't be told from outside, and is neither the target's limit nor the generator's.

use serde::Serialize;
use verdict::{
    Findings, Verdict,
    findings::{LoadFinding, ObjectiveFinding, TrustFinding},
};

/// What a step has shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Seen {
    /// Every objective was kept, and the measurement can be trusted.
    Held,
    /// An objective was broken, or the stop guard was exceeded.
    Broke,
    /// The generator did not send what the plan wants: nothing is known of the target.
    GeneratorLate,
    /// Something else that can't be told.
    CantTell,
    /// So few requests that an objective can't be judged.
    TooLittle,
}

impl Seen {
    /// In words, as the table has them.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Broke => "broke",
            Self::GeneratorLate => "generator late",
            Self::CantTell => "can't be told",
            Self::TooLittle => "too little load",
        }
    }

    /// What a run has shown, and why in words; empty where it held.
    #[must_use]
    pub fn of(findings: &Findings) -> (Self, String) {
        match findings.summary.verdict {
            Verdict::Pass => (Self::Held, String::new()),
            Verdict::Fail => {
                let failed = findings.objectives.iter().filter(|objective| objective.verdict == Verdict::Fail);
                (Self::Broke, failed.map(broken).collect::<Vec<_>>().join("; "))
            }
            Verdict::Inconclusive => untold(findings),
        }
    }
}

fn broken(objective: &ObjectiveFinding) -> String {
    let text = format!("{}: {}", objective.name, objective.measured.text);
    // What the guard measured says its limit by itself.
    if objective.kind == "stop-guard" { text } else { format!("{text}, limit {}", objective.limit.text) }
}

fn untold(findings: &Findings) -> (Seen, String) {
    let broken: Vec<&TrustFinding> = findings.trust.iter().filter(|rule| rule.verdict != Verdict::Pass).collect();
    let told = |rules: &[&TrustFinding]| rules.iter().map(|rule| rule.text.clone()).collect::<Vec<_>>().join("; ");
    let of_generator: Vec<&TrustFinding> =
        broken.iter().copied().filter(|rule| blames_generator(rule, &findings.load)).collect();
    if !of_generator.is_empty() {
        return (Seen::GeneratorLate, told(&of_generator));
    }
    if broken.iter().any(|rule| !has_too_few(rule)) {
        let full = broken.iter().any(|rule| rule.rule == "unsent");
        let why = if full { "; no user was free for them, see users_max" } else { "" };
        return (Seen::CantTell, format!("{}{why}", told(&broken)));
    }
    let unclear = findings.objectives.iter().filter(|objective| objective.verdict == Verdict::Inconclusive);
    let texts: Vec<String> = unclear.map(|objective| format!("{}: {}", objective.name, objective.reason)).collect();
    (Seen::TooLittle, if broken.is_empty() { texts.join("; ") } else { told(&broken) })
}

/// A rule that more load would satisfy.
fn has_too_few(rule: &TrustFinding) -> bool {
    rule.rule == "samples" || (rule.rule == "send-lag" && rule.measured.value.is_none())
}

fn blames_generator(rule: &TrustFinding, load: &LoadFinding) -> bool {
    match rule.rule.as_str() {
        "send-lag" | "saturation" | "arrivals" | "coverage" => !has_too_few(rule),
        "unsent" => load.unsent > load.dropped,
        _ => false,
    }
}
