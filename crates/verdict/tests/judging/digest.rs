//! Findings as a page that a person can check: everything but the counts for drawing.

use crate::story::at;
use std::fmt::Write;
use units::RunTime;
use verdict::{
    Findings,
    findings::{FaultFinding, Operations},
};

/// The page.
pub(crate) fn digest(findings: &Findings) -> String {
    let mut page = String::new();
    let mut line = |text: String| writeln!(page, "{}", text.trim_end()).unwrap();
    line(format!("{}: {}", findings.summary.verdict.as_str(), findings.summary.sentence));
    line(findings.summary.second_sentence.clone());
    line("objectives".to_owned());
    for one in &findings.objectives {
        line(format!(
            "  {:<13} {:<16} {} (limit {})",
            one.verdict.as_str(),
            one.name,
            one.measured.text,
            one.limit.text
        ));
        line(format!("  {:<13} {}", "", one.reason));
    }
    line("trust".to_owned());
    for one in &findings.trust {
        line(format!("  {:<13} {:<12} {}", one.verdict.as_str(), one.rule, one.text));
    }
    for one in &findings.faults {
        fault(findings, one, &mut line);
    }
    for one in &findings.recovery_times {
        let (who, class) = (who(findings, one.population), &one.class);
        line(format!("recovery times of {}, {who} {class}s: {}; p50 {}", one.fault, one.text, one.p50.text));
    }
    line("experience".to_owned());
    for one in findings.experience.iter().filter(|one| one.operations == Operations::All) {
        for phase in &one.phases {
            let share = phase.availability.map_or("none".to_owned(), |share| format!("{:.2} %", share * 100.0));
            let name = format!("{:?}", phase.phase).to_lowercase();
            line(format!(
                "  {:<8} {name:<9} {:>5} requests, {share} ok, p50 {}, p99 {}",
                who(findings, one.population),
                phase.requests,
                phase.response_p50.text,
                phase.response_p99.text
            ));
        }
    }
    for one in &findings.neighbours {
        line(format!("neighbour {}: {}", who(findings, one.population), one.text));
    }
    for one in &findings.errors {
        line(format!("error {} × {} for {}", one.count, one.outcome, who(findings, one.population)));
    }
    if let Some(ledger) = &findings.ledger {
        line(format!("ledger: {}", ledger.text));
        let fates = &ledger.unknown_fates;
        line(format!(
            "  {} written, {} acknowledged, {} unknown ({} present, {} absent, {} open), {} holes, {} vanished",
            ledger.written,
            ledger.acknowledged,
            ledger.unknown,
            fates.present,
            fates.absent,
            fates.open,
            ledger.holes,
            ledger.temporarily_missing.vanished
        ));
        ledger.loss_groups.iter().for_each(|group| line(format!("  {}", group.text)));
        ledger.measured_loss.iter().for_each(|loss| line(format!("  {}: {}", loss.fault, loss.text)));
    }
    if let Some(history) = findings.history.as_ref().filter(|history| history.operations > 0) {
        line(format!("histories: {}", history.text));
        for found in &history.properties {
            line(format!("  {}: {}", found.property, found.text));
            for one in &found.violations {
                let name = one.anomaly.as_ref().map_or_else(String::new, |name| format!("{name}: "));
                line(format!("    {name}{} ({})", one.text, one.period.as_str()));
                let operations = one.operations.iter().map(|one| format!("{}.{} {}", one.session, one.turn, one.what));
                line(format!("      {}", operations.collect::<Vec<_>>().join("; ")));
            }
        }
        for found in &history.staleness {
            let longest = found.age_longest.map_or(0.0, |longest| longest.as_secs_f64());
            let who = found.region.map_or("nobody", |region| findings.run.regions[region].name.as_str());
            let (period, reads, stale) = (found.period.as_str(), found.reads, found.stale);
            line(format!("  {who} {period}: {stale} of {reads} reads stale, at most {longest:.1} s"));
        }
    }
    findings.defects_on.iter().for_each(|defect| line(format!("defect on: {defect}")));
    page
}

fn fault(findings: &Findings, fault: &FaultFinding, line: &mut impl FnMut(String)) {
    let focus = fault.focus.map_or("nobody".to_owned(), |population| who(findings, population));
    line(format!("fault {}: {} (focus {focus})", fault.name, fault.text));
    for mark in &fault.marks {
        let label = mark.kind.label();
        line(match (mark.at, &mark.not_measured) {
            (Some(at), _) => format!("  {label:<14} {} by {}", clock(at), mark.source.as_deref().unwrap_or("nobody")),
            (None, why) => format!("  {label:<14} – {}", why.as_deref().unwrap_or("no reason")),
        });
    }
    let segments = fault.segments.iter().map(|one| format!("{} {:.1} s", one.label, one.length.as_secs_f64()));
    line(format!("  {}", segments.collect::<Vec<_>>().join(" | ")));
    for one in &fault.recovery {
        line(format!("  {} {}s: {} ({:?})", who(findings, one.population), one.class, one.text, one.state));
    }
    for one in &fault.failback {
        line(format!("  failback of {}: {}", who(findings, one.population), one.text));
    }
    fault.remarks.iter().for_each(|remark| line(format!("  remark: {remark}")));
}

fn clock(time: RunTime) -> String {
    format!("T+{:.1}", time.as_secs_f64() - at(0.0).as_secs_f64())
}

fn who(findings: &Findings, population: usize) -> String {
    findings.run.populations[population].name.clone()
}
