//! The verdict: what was found, in one sentence, readable from three metres.

use super::{evidence, markup::Markup, reason};
use crate::facts::{Facts, plan_short};
use units::RunTime;
use verdict::{Verdict, words};

/// For paper: what it leaves out, and where that is.
const NOT_PRINTED: &str = "Paper leaves out some columns, rows that have nothing to tell, the numbers behind drawings, and what it says is \
                           in the file: report.html has them all, and so has report.json.";
/// The most reasons that are listed.
const REASONS_MAX: usize = 20;

pub(super) fn write(facts: &Facts<'_>, markup: &mut Markup) {
    let findings = facts.findings;
    let (class, text_class) = match findings.summary.verdict {
        Verdict::Pass => ("panel verdict pass", ""),
        Verdict::Inconclusive => ("panel verdict inconclusive", "inconclusive-text"),
        Verdict::Fail => ("panel verdict fail", "fail-text"),
    };
    markup.element("div", &[("class", class)], |markup| {
        markup.element("h1", &[], |markup| {
            markup.leaf("span", &[("class", &format!("tag {text_class}"))], findings.summary.verdict.as_str());
            markup.text(" ");
            markup.text(&findings.run.name);
        });
        markup.prose("p", &[("class", "quiet")], &run_line(facts));
        markup.prose("p", &[("class", "sentence")], &findings.summary.sentence);
        markup.prose("p", &[("class", "second")], &findings.summary.second_sentence);
        if !findings.defects_on.is_empty() {
            let defects = findings.defects_on.join(", ");
            markup.leaf("p", &[("class", "alarm")], &format!("Defects of the target were switched on: {defects}"));
        }
        reasons(facts, markup);
        let failed_means = &findings.run.plan.failed_means;
        markup.leaf("p", &[("class", "quiet")], &format!("In this report, {failed_means}."));
        markup.leaf("p", &[("class", "printed")], NOT_PRINTED);
    });
}

fn run_line(facts: &Facts<'_>) -> String {
    let run = &facts.findings.run;
    let end = RunTime::START + run.length.0;
    let when = if facts.clock.is_known() {
        format!("{}–{} UTC", facts.clock.date_and_minute(RunTime::START), facts.clock.second_of_day(end))
    } else {
        "wall clock unknown".to_owned()
    };
    let parts = [
        when,
        words::duration(run.length.0),
        words::counted(run.populations.len() as u64, "population"),
        words::counted(run.regions.len() as u64, "region"),
        words::counted(facts.findings.load.requests, "request"),
        run.target.clone(),
        format!("plan {}", plan_short(&run.plan_sha256)),
    ];
    parts.join(" · ")
}

fn reasons(facts: &Facts<'_>, markup: &mut Markup) {
    let reasons = &facts.findings.summary.reasons;
    if reasons.is_empty() {
        return;
    }
    let heading = format!("Why {}:", facts.findings.summary.verdict.as_str());
    markup.leaf("p", &[("class", "on-screen")], &heading);
    markup.element("ul", &[("class", "why on-screen")], |markup| {
        for one in reasons.iter().take(REASONS_MAX) {
            let anchor = evidence::of_reason(facts, &one.about);
            markup.element("li", &[], |markup| {
                markup.text(&format!("{}: ", one.verdict.as_str()));
                markup.link(&anchor, evidence::section(&anchor), &one.about);
                markup.text(&format!(": {}", reason::text(facts, &one.text)));
            });
        }
        let more = reasons.len().saturating_sub(REASONS_MAX);
        if more > 0 {
            markup.leaf("li", &[], &format!("and {more} more in report.json"));
        }
    });
}
