//! Whether the numbers can be trusted: the rules, the generator's own health, the load that was not sent, the recording.

use super::{
    evidence,
    markup::Markup,
    populations::{not_measured, short},
    table::{Cell, Table, folded},
};
use crate::{
    facts::{Facts, limit_text},
    number,
};
use verdict::{
    Verdict,
    findings::{Length, TrustFinding},
    words,
};

pub(super) fn write(facts: &Facts<'_>, markup: &mut Markup) {
    rules(facts).write(markup);
    generator(facts).write(markup);
    recording(facts, markup);
    let populations = load_by_population(facts);
    if !populations.is_empty() {
        folded(markup, "Load by population", |markup| populations.write(markup));
    }
}

fn rules(facts: &Facts<'_>) -> Table {
    let mut table = Table::new(
        "Rules of trust, those that are not met first",
        &["", "Rule", "Measured", "Limit", "Why", "Spoils if not met"],
    )
    .class("rules")
    .calm(met(facts));
    for rule in &facts.findings.trust {
        table.row_of(
            rule.verdict == Verdict::Pass,
            vec![
                Cell::Ended(rule.verdict),
                match evidence::of_rule(&rule.rule) {
                    Some(anchor) => Cell::Link { text: rule.rule.clone(), anchor: anchor.to_owned() },
                    None => Cell::Name(rule.rule.clone()),
                },
                Cell::Measure(rule.measured.text.clone()),
                Cell::Measure(rule.limit.as_ref().map_or_else(|| "none".to_owned(), |limit| limit_text(limit, true))),
                Cell::Foreign(rule.text.clone()),
                Cell::Foreign(rule.spoils.join(", ")),
            ],
        );
    }
    table
}

/// The rules that are met, with what was measured and allowed.
fn met(facts: &Facts<'_>) -> String {
    let met = facts.findings.trust.iter().filter(|rule| rule.verdict == Verdict::Pass);
    let one = |rule: &TrustFinding| match &rule.limit {
        Some(limit) => format!("{} {} ({})", rule.rule, rule.measured.text, limit_text(limit, true)),
        None => format!("{} {}", rule.rule, rule.measured.text),
    };
    format!("✓ pass: {}", met.map(one).collect::<Vec<_>>().join(", "))
}

fn generator(facts: &Facts<'_>) -> Table {
    let (generator, load) = (&facts.findings.generator, &facts.findings.load);
    let mut table =
        Table::new("The generator, and the load that it did and did not send", &["What", "Measured", "Meaning"])
            .class("generator");
    let mut row = |what: &str, measured: String, meaning: &str| {
        table.row(vec![named(what), Cell::Measure(measured), Cell::Foreign(meaning.to_owned())]);
    };
    let longest = generator.send_lag_max.map_or_else(not_measured, duration);
    let lag = format!(
        "p50 {}, p99 {}, longest {longest}; limit for the p99 {}",
        short(&generator.send_lag_p50),
        short(&generator.send_lag_p99),
        duration(generator.send_lag_limit)
    );
    row("send lag", lag, "sent − intended by the generator's own fault");
    row("arrivals intended", words::count(load.intended), "what the plan wanted, warm-up included");
    let sent = format!(
        "{} started, {} of them late; {} dropped, {} never sent ({})",
        words::count(load.started),
        words::count(load.late),
        words::count(load.dropped),
        words::count(load.unsent),
        load.unsent_share.map_or_else(not_measured, words::share)
    );
    row("arrivals started", sent, "late: more than the limit after the intended time");
    let attempts = |value: Option<f64>| value.map_or_else(not_measured, |value| format!("{value:.2}"));
    let amplification = format!(
        "{} baseline, {} while faults were in effect, {} at most in a second",
        attempts(load.attempts_per_request_baseline),
        attempts(load.attempts_per_request_fault),
        attempts(load.attempts_per_request_max)
    );
    row("attempts per request", amplification, "retries included");
    let peak =
        format!("{} requests under way, {} users", words::count(load.in_flight_max), words::count(load.users_max));
    row("most at the end of a second", peak, "all populations together");
    let share = |share: Option<f64>| share.map_or_else(not_measured, words::share);
    let cpu = format!("{} at most, {} on average", share(generator.thread_cpu_max), share(generator.thread_cpu_mean));
    row(
        "CPU per thread",
        cpu,
        &format!("share of one core; {}", words::counted(generator.threads as u64, "load thread")),
    );
    let saturated: Vec<_> = generator
        .saturated
        .iter()
        .map(|span| format!("{}–{}", facts.clock.second_of_day(span.from), facts.clock.second_of_day(span.to)))
        .collect();
    let saturated = if saturated.is_empty() { "never".to_owned() } else { saturated.join(", ") };
    row("could not keep up", saturated, "when it said so itself");
    if let Some(worst) = &generator.worst_agent {
        let health = format!(
            "agent {}: send lag p99 {}, CPU of a thread {}, memory {}",
            worst.agent,
            short(&worst.send_lag_p99),
            share(worst.thread_cpu_max),
            worst.memory_peak.map_or_else(not_measured, number::bytes)
        );
        let of = words::counted(generator.agents as u64, "agent");
        row("worst agent", health, &format!("the latest of {of}; the figures above are of all"));
    }
    row("resources", resources(facts), "file descriptors open and allowed, resident memory");
    table
}

/// What is told of the generator; rules of trust lead to some of it.
fn named(what: &str) -> Cell {
    let anchor = |id: &str| Cell::Anchor { text: what.to_owned(), id: id.to_owned() };
    match what {
        "send lag" => anchor(evidence::SEND_LAG),
        "arrivals intended" => anchor(evidence::INTENDED),
        "arrivals started" => anchor(evidence::STARTED),
        "could not keep up" => anchor(evidence::SATURATED),
        _ => Cell::Name(what.to_owned()),
    }
}

fn resources(facts: &Facts<'_>) -> String {
    let generator = &facts.findings.generator;
    let count = |count: Option<u64>| count.map_or_else(not_measured, words::count);
    format!(
        "{} of {} descriptors, {} of memory",
        count(generator.descriptors_peak),
        count(generator.descriptors_limit),
        generator.memory_peak.map_or_else(not_measured, number::bytes)
    )
}

fn recording(facts: &Facts<'_>, markup: &mut Markup) {
    let recording = &facts.findings.recording;
    let state = match (recording.aborted, recording.complete) {
        (true, true) => "The run was stopped before its end; its recording is complete up to there.",
        (true, false) => "The run was stopped before its end, and its recording is not whole.",
        (false, true) => "The recording is complete.",
        (false, false) => "The recording is not whole.",
    };
    markup.leaf("p", &[], &format!("{state} {} entries were read.", words::count(recording.entries)));
    if recording.damages.is_empty() {
        return;
    }
    let caption =
        format!("Damages of the recording, {} of {}", recording.damages.len(), words::count(recording.damage_count));
    let mut table = Table::new(caption, &["File", ">Line", "What is wrong"]);
    for damage in &recording.damages {
        table.row(vec![
            Cell::Name(damage.file.clone()),
            Cell::Number(damage.line.map_or_else(|| "whole file".to_owned(), words::count)),
            Cell::Foreign(damage.what.clone()),
        ]);
    }
    table.write(markup);
}

fn load_by_population(facts: &Facts<'_>) -> Table {
    let titles = ["Population", ">Intended", ">Started", ">Dropped", ">Never sent", ">p99 of waiting for a free user"];
    let mut table = Table::new("Arrivals by population", &titles);
    for load in &facts.findings.load.populations {
        table.row(vec![
            Cell::Name(facts.population(load.population).into_owned()),
            Cell::Number(words::count(load.intended)),
            Cell::Number(words::count(load.started)),
            Cell::Number(words::count(load.dropped)),
            Cell::Number(words::count(load.unsent)),
            Cell::Number(short(&load.waited_p99)),
        ]);
    }
    table
}

fn duration(length: Length) -> String {
    words::duration(length.0)
}
