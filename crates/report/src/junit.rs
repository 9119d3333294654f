//! `junit.xml`: the verdict for the test tab of a CI system.
//!
//! A test case per objective, per rule of trust, and per proof of a fault, and one for the run as a whole. A broken promise
//! is a *failure*; what could not be told is an *error* with the type `inconclusive`. Not *skipped*, although it sounds
//! right: CI systems show a skipped test in grey or leave it out, and a build stays green over it, whereas an error is
//! what JUnit calls a test that could not be carried out. No data is never green.

use crate::{Clock, facts::Facts, facts::limit_text};
use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestSuite};
use units::RunTime;
use verdict::{
    Findings, Verdict,
    findings::{FaultFinding, ObjectiveFinding, Proof, TrustFinding},
};

/// The findings as JUnit XML.
#[must_use]
pub fn write(findings: &Findings) -> String {
    let facts = Facts::new(findings);
    let mut report = Report::new(findings.run.name.as_str());
    report.set_time(findings.run.length.0);
    let objectives = findings.objectives.iter().map(objective_case);
    let trust = findings.trust.iter().map(trust_case);
    let proofs = findings.faults.iter().flat_map(proof_cases);
    let mut run = suite("run", [run_case(&facts)]);
    run.set_time(findings.run.length.0);
    run.add_properties(properties(findings));
    report.add_test_suite(run);
    report.add_test_suite(suite("objectives", objectives));
    report.add_test_suite(suite("trust", trust));
    report.add_test_suite(suite("faults", proofs));
    report.to_string().expect("a string takes every byte")
}

fn suite(name: &str, cases: impl IntoIterator<Item = TestCase>) -> TestSuite {
    let mut suite = TestSuite::new(name);
    suite.add_test_cases(cases);
    suite
}

fn properties(findings: &Findings) -> Vec<Property> {
    let run = &findings.run;
    let started = Clock::new(run.started_unix_us).stamp(RunTime::START);
    let mut properties = vec![
        Property::new("started", started.as_str()),
        Property::new("seed", run.seed.as_str()),
        Property::new("plan_sha256", run.plan_sha256.as_str()),
        Property::new("judged_by", run.judged_by.as_str()),
        Property::new("target", run.target.as_str()),
    ];
    properties.extend(findings.defects_on.iter().map(|defect| Property::new("defect_on", defect.as_str())));
    properties
}

fn run_case(facts: &Facts<'_>) -> TestCase {
    let summary = &facts.findings.summary;
    let reasons: Vec<_> = summary
        .reasons
        .iter()
        .map(|reason| format!("{}: {}: {}", reason.verdict.as_str(), reason.about, reason.text))
        .collect();
    let mut case = case("verdict", "run", summary.verdict, &summary.sentence, &reasons.join("\n"));
    case.set_system_out(format!("{}\n{}\n{}", summary.sentence, summary.second_sentence, facts.verdict_line()));
    case
}

fn objective_case(objective: &ObjectiveFinding) -> TestCase {
    let limit = limit_text(&objective.limit, objective.limit_is_most);
    let message = format!("{} (limit: {limit})", objective.measured.text);
    let mut description = format!("{}\n{}", objective.promise, objective.reason);
    if !objective.scope.text.is_empty() {
        description.push_str(&format!("\n({})", objective.scope.text));
    }
    let mut case = case(&objective.name, &objective.kind, objective.verdict, &message, &description);
    case.set_system_out(format!("{message}\n{description}"));
    case
}

fn trust_case(rule: &TrustFinding) -> TestCase {
    let limit = rule.limit.as_ref().map_or_else(String::new, |limit| format!(" (limit: {})", limit_text(limit, true)));
    let message = format!("{}{limit}", rule.measured.text);
    let spoils = match rule.spoils.as_slice() {
        [] => String::new(),
        spoils => format!("\ncan't be told because of it: {}", spoils.join(", ")),
    };
    let mut case = case(&rule.rule, "trust", rule.verdict, &message, &format!("{}{spoils}", rule.text));
    case.set_system_out(format!("{message}\n{}", rule.text));
    case
}

fn proof_cases(fault: &FaultFinding) -> [TestCase; 2] {
    let proof = |what: &str, proof: &Proof| {
        let (verdict, message) = match proof {
            Proof::Proven { at } => (Verdict::Pass, format!("proven at {}", Clock::since_start(*at))),
            Proof::Assumed { at } => {
                (Verdict::Pass, format!("assumed at {}, as the plan accepts", Clock::since_start(*at)))
            }
            Proof::NotProven { reason } => (Verdict::Inconclusive, format!("not proven: {reason}")),
        };
        let mut case = case(&format!("{}: {what}", fault.name), &fault.kind, verdict, &message, &fault.text);
        case.set_system_out(message);
        case
    };
    [proof("effect proven", &fault.effect), proof("removal proven", &fault.removal)]
}

fn case(name: &str, class: &str, verdict: Verdict, message: &str, description: &str) -> TestCase {
    let status = match verdict {
        Verdict::Pass => TestCaseStatus::success(),
        Verdict::Inconclusive => bad(NonSuccessKind::Error, "inconclusive", message, description),
        Verdict::Fail => bad(NonSuccessKind::Failure, "objective-failed", message, description),
    };
    let mut case = TestCase::new(name, status);
    case.set_classname(class);
    case
}

fn bad(kind: NonSuccessKind, name: &str, message: &str, description: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_type(name).set_message(message).set_description(description);
    status
}
