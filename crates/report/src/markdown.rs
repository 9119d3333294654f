//! `summary.md`: the verdict for the job summary of a CI system or the comment on a pull request, in 60 lines or fewer.
//!
//! Whatever Markdown, its tables, or a forge's extensions (mentions, issue numbers, links) could take for more than text
//! is written as a character reference.

use crate::{
    exit_code,
    facts::{Facts, PopulationState, limit_text, plan_short},
    number, visible,
};
use units::RunTime;
use verdict::{
    Findings, Verdict,
    findings::{FaultFinding, Operations, PhaseName, ProbeWrite},
    words,
};

/// The most lines that are written.
const LINES_MAX: usize = 60;
/// The most rows of each table and list; together with heads and blank lines they stay under [`LINES_MAX`].
const PROMISES_MAX: usize = 12;
const POPULATIONS_MAX: usize = 8;
const FAULTS_MAX: usize = 4;
const REASONS_MAX: usize = 6;
const WRITES_MAX: usize = 5;

/// The findings as Markdown.
#[must_use]
pub fn write(findings: &Findings) -> String {
    let facts = Facts::new(findings);
    let mut lines = head(&facts);
    lines.extend(promises(&facts));
    lines.extend(faults(&facts));
    lines.extend(populations(&facts));
    lines.extend(lost_writes(&facts));
    lines.push(format!("{}, exit {}. {}", facts.verdict_line(), exit_code(findings.summary.verdict), run_line(&facts)));
    assert!(lines.len() <= LINES_MAX, "every part is bounded: {} lines", lines.len());
    lines.join("\n") + "\n"
}

fn head(facts: &Facts<'_>) -> Vec<String> {
    let findings = facts.findings;
    let summary = &findings.summary;
    let mut lines = vec![format!("## {}: {}", summary.verdict.as_str(), escaped(&findings.run.name)), String::new()];
    if !findings.defects_on.is_empty() {
        lines.push(format!("**Defects switched on: {}**", escaped(&findings.defects_on.join(", "))));
        lines.push(String::new());
    }
    lines.push(format!("**{}**", escaped(&summary.sentence)));
    if !summary.second_sentence.is_empty() {
        lines.push(escaped(&summary.second_sentence));
    }
    lines.push(String::new());
    for reason in summary.reasons.iter().take(REASONS_MAX) {
        lines.push(format!("- {}: {}: {}", reason.verdict.as_str(), escaped(&reason.about), escaped(&reason.text)));
    }
    let more = summary.reasons.len().saturating_sub(REASONS_MAX);
    if more > 0 {
        lines.push(format!("- and {more} more in the report"));
    }
    if !summary.reasons.is_empty() {
        lines.push(String::new());
    }
    lines
}

/// Objectives and rules of trust that were not met, then objectives that were.
fn promises(facts: &Facts<'_>) -> Vec<String> {
    let findings = facts.findings;
    let mut rows = Vec::new();
    for objective in &findings.objectives {
        let limit = limit_text(&objective.limit, objective.limit_is_most);
        let cells = [objective.name.as_str(), &objective.measured.text, &limit, &objective.scope.text];
        rows.push((objective.verdict, row(objective.verdict, &cells)));
    }
    for rule in findings.trust.iter().filter(|rule| rule.verdict != Verdict::Pass) {
        let limit = rule.limit.as_ref().map_or_else(String::new, |limit| limit_text(limit, true));
        let name = format!("trust: {}", rule.rule);
        rows.push((rule.verdict, row(rule.verdict, &[&name, &rule.measured.text, &limit, &rule.text])));
    }
    rows.sort_by_key(|(verdict, _)| std::cmp::Reverse(*verdict));
    let title = ["", "objective", "measured", "limit", "about"];
    table(title, rows.into_iter().map(|(_, row)| row).collect(), PROMISES_MAX)
}

fn row(verdict: Verdict, cells: &[&str]) -> String {
    let mark = match verdict {
        Verdict::Pass => "pass",
        Verdict::Inconclusive => "**????**",
        Verdict::Fail => "**FAIL**",
    };
    let cells: Vec<_> = cells.iter().map(|cell| escaped(cell)).collect();
    format!("| {mark} | {} |", cells.join(" | "))
}

fn table(titles: [&str; 5], mut rows: Vec<String>, rows_max: usize) -> Vec<String> {
    if rows.is_empty() {
        return rows;
    }
    let more = rows.len().saturating_sub(rows_max);
    rows.truncate(rows_max);
    let mut lines = vec![format!("| {} |", titles.join(" | ")), "|---|---|---|---|---|".to_owned()];
    lines.extend(rows);
    if more > 0 {
        lines.push(String::new());
        lines.push(format!("{more} more in the report."));
    }
    lines.push(String::new());
    lines
}

/// `eu-dies: detect 6.1 s, decide 3.3 s, shift 4.4 s, settle 3.8 s`.
fn faults(facts: &Facts<'_>) -> Vec<String> {
    let one = |fault: &FaultFinding| {
        let segments: Vec<_> = fault
            .segments
            .iter()
            .map(|segment| format!("{} {}", segment.label, words::duration(segment.length.0)))
            .collect();
        let segments =
            if segments.is_empty() { "no marks between fault and recovery".to_owned() } else { segments.join(", ") };
        format!("- {} ({}): {}", escaped(&fault.name), escaped(&fault.text), escaped(&segments))
    };
    let mut lines: Vec<_> = facts.findings.faults.iter().take(FAULTS_MAX).map(one).collect();
    if !lines.is_empty() {
        lines.push(String::new());
    }
    lines
}

fn populations(facts: &Facts<'_>) -> Vec<String> {
    let ordered = facts.populations_by_state();
    let troubled = ordered.iter().filter(|(_, state)| state.is_not_fine());
    let rows = troubled.map(|(population, state)| population_row(facts, *population, *state)).collect();
    let mut lines = table(["population", "state", "affected", "down", "p99 baseline → fault"], rows, POPULATIONS_MAX);
    let states = [PopulationState::Fine, PopulationState::Rerouted, PopulationState::Undecided];
    let count = |wanted| ordered.iter().filter(|(_, state)| *state == wanted).count();
    let counts = states.into_iter().map(|state| (count(state), state.word())).filter(|(count, _)| *count > 0);
    let counts: Vec<_> = counts.map(|(count, word)| format!("{count} {word}")).collect();
    if !counts.is_empty() {
        lines.push(format!(
            "{}: {}.",
            if lines.is_empty() { "Populations" } else { "Other populations" },
            counts.join(", ")
        ));
        lines.push(String::new());
    }
    lines
}

fn population_row(facts: &Facts<'_>, population: usize, state: PopulationState) -> String {
    let experience = facts.experience(population, Operations::All);
    let affected =
        experience.filter(|found| found.affected.is_some()).map(|found| words::duration(found.affected_for.0));
    let down = experience.map(|found| words::duration(found.down.0));
    let p99 = |phase| {
        facts.phase(population, phase).map_or_else(|| "none".to_owned(), |phase| phase.response_p99.text.clone())
    };
    format!(
        "| {} | {} | {} | {} | {} → {} |",
        escaped(&facts.population(population)),
        state.word(),
        affected.unwrap_or_else(|| "not measured".to_owned()),
        down.unwrap_or_else(|| "not measured".to_owned()),
        escaped(&p99(PhaseName::Baseline)),
        escaped(&p99(PhaseName::Fault)),
    )
}

fn lost_writes(facts: &Facts<'_>) -> Vec<String> {
    let Some(ledger) = facts.findings.ledger.as_ref().filter(|ledger| ledger.lost > 0) else { return Vec::new() };
    let mut lines = vec![format!("**{} lost:**", words::counted(ledger.lost, "acknowledged write")), String::new()];
    let one = |write: &ProbeWrite| {
        format!(
            "- {}, acknowledged {} by {}",
            escaped(&write.value),
            facts.clock.time_of_day(write.acknowledged),
            escaped(&facts.region(write.served_by))
        )
    };
    lines.extend(ledger.lost_writes.iter().take(WRITES_MAX).map(one));
    let more = ledger.lost.saturating_sub(WRITES_MAX as u64);
    if more > 0 {
        lines.push(format!("- and {} more: see `ledger.lost_writes` in `report.json`", words::count(more)));
    }
    lines.push(String::new());
    lines
}

fn run_line(facts: &Facts<'_>) -> String {
    let run = &facts.findings.run;
    format!(
        "{}, {}, {} requests, plan {}, seed {}.",
        facts.clock.stamp(RunTime::START),
        words::duration(run.length.0),
        number::magnitude(facts.findings.load.requests),
        escaped(plan_short(&run.plan_sha256)),
        escaped(&run.seed)
    )
}

/// Text that Markdown takes for nothing but text.
pub(crate) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in visible::line(text).chars() {
        match character {
            '&' | '<' | '>' | '|' | '`' | '*' | '_' | '[' | ']' | '\\' | '#' | '@' | '!' | '~' | '$' => {
                safe.push_str(&format!("&#{};", u32::from(character)));
            }
            // Keeps a forge from making a link of an address that the tested system made up.
            ':' if safe.ends_with("http") || safe.ends_with("https") => safe.push_str("&#58;"),
            character => safe.push(character),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_taken_for_more_than_text() {
        assert_eq!(
            escaped("<b>|`x`|@team #12 *a* _b_"),
            "&#60;b&#62;&#124;&#96;x&#96;&#124;&#64;team &#35;12 &#42;a&#42; &#95;b&#95;"
        );
        assert_eq!(escaped("https://example.org and http://x"), "https&#58;//example.org and http&#58;//x");
        assert_eq!(escaped("a\n# heading"), "a &#35; heading", "a line feed starts no block");
    }
}
