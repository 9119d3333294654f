//! The end of a run: what was proven, in 24 lines or fewer, and its last line is the verdict with the exit code.
//!
//! What has to be said comes first when room is short: the verdict, the sentence, the populations that were hit (ten at
//! most) and the objectives that were not kept always stand; kept objectives, errors and blank lines go first. The list of
//! lost writes comes on top of the 24 lines, because the first question after "lost?" is "which?".

mod histories;
mod rows;
mod service;
mod writes;

use super::{Style, letters, line::Line, style::Role};
use crate::{
    Written, exit_code,
    facts::{Facts, plan_short},
    number,
};
use std::path::Path;
use verdict::{Findings, Verdict, words};

/// A terminal's height, without what the shell puts under it.
const LINES_MAX: usize = 24;
/// A sentence is at most 160 characters: three lines on the narrowest terminal that people use.
const SENTENCE_LINES_MAX: usize = 3;
/// Blank lines that are kept before room is given to reasons and errors: a wall of text is not read.
const BLANKS_KEPT: usize = 3;

/// The summary, lines ending in a line feed each. `written`: where the reports are; `None`: none could be written.
#[must_use]
pub fn summary(findings: &Findings, written: Option<&Written>, style: &Style) -> String {
    let facts = Facts::new(findings);
    let head = head(&facts, style);
    let verdict = verdict_line(&facts, style);
    let tail = files(written, style);
    let room = LINES_MAX.saturating_sub(head.len() + tail.len() + 1);
    let mut groups = vec![head];
    groups.extend(middle(&facts, room, style));
    let used: usize = groups.iter().map(Vec::len).sum::<usize>() + tail.len() + 2;
    let mut blanks = LINES_MAX.saturating_sub(used);
    let writes = writes::lost_writes(&facts, written, style);
    let mut lines = Vec::new();
    for group in groups.into_iter().filter(|group| !group.is_empty()) {
        if !lines.is_empty() && blanks > 0 {
            lines.push(String::new());
            blanks -= 1;
        }
        lines.extend(group);
    }
    for list in [writes, histories::broken(&facts, style)].into_iter().filter(|list| !list.is_empty()) {
        lines.push(String::new());
        lines.extend(list);
    }
    lines.push(String::new());
    lines.extend(tail);
    lines.push(verdict);
    lines.join("\n") + "\n"
}

fn head(facts: &Facts<'_>, style: &Style) -> Vec<String> {
    let findings = facts.findings;
    let mut lines = vec![run_line(facts, style)];
    if !findings.defects_on.is_empty() {
        let text = format!("DEFECTS SWITCHED ON: {}", findings.defects_on.join(", "));
        lines.push(Line::new().with(Role::Harm, &text).render(style));
    }
    for sentence in [&findings.summary.sentence, &findings.summary.second_sentence] {
        if !sentence.is_empty() {
            lines.extend(letters::fold(&letters::clean(sentence, style), style.columns(), SENTENCE_LINES_MAX, style));
        }
    }
    lines
}

/// `gameday-eu-kill   60 m 00 s   3 populations   151.2 M requests   plan 3f9c1e`: facts go before the name does.
fn run_line(facts: &Facts<'_>, style: &Style) -> String {
    let run = &facts.findings.run;
    let populations = run.populations.len();
    let noun = if populations == 1 { "population" } else { "populations" };
    let name = letters::clean(&run.name, style);
    let parts = [
        words::duration(run.length.0),
        format!("{populations} {noun}"),
        format!("{} requests", number::magnitude(facts.findings.load.requests)),
        format!("plan {}", plan_short(&run.plan_sha256)),
    ];
    let mut rest = String::new();
    for part in parts {
        let part = letters::clean(&format!("   {part}"), style);
        let name_width = letters::width(&name).min(24);
        if name_width + letters::width(&rest) + letters::width(&part) <= style.columns() {
            rest.push_str(&part);
        }
    }
    let room = style.columns() - letters::width(&rest);
    Line::new().with(Role::Strong, &letters::fit_middle(&name, room, style)).with(Role::Plain, &rest).render(style)
}

/// What stands between head and tail, in groups, as much of it as there is room for.
fn middle(facts: &Facts<'_>, mut room: usize, style: &Style) -> [Vec<String>; 3] {
    let measured = rows::measured_by(facts, style);
    let populations = rows::populations(facts, style);
    room = room.saturating_sub(measured.len() + populations.len());
    let mut told = rows::segments(facts, style);
    told.extend(service::service(facts, style).into_iter().map(|line| vec![line]));
    let first = told.first().map_or(0, Vec::len);
    let mut promises = rows::promises(facts, room.saturating_sub(first).max(1), style);
    room = room.saturating_sub(promises.len());
    let mut marks = Vec::new();
    for lines in told {
        let Some(left) = room.checked_sub(lines.len()) else { break };
        room = left;
        marks.extend(lines);
    }
    room = room.saturating_sub(BLANKS_KEPT);
    for reason in rows::reasons(facts, style) {
        let Some(left) = room.checked_sub(reason.len()) else { break };
        room = left;
        promises.extend(reason);
    }
    let mut talk = rows::errors(facts, style);
    talk.truncate(room);
    marks.extend(populations);
    talk.extend(measured);
    [promises, marks, talk]
}

/// Where the reports are. A path is never cut: a path that was cut can't be opened.
fn files(written: Option<&Written>, style: &Style) -> Vec<String> {
    let Some(written) = written else {
        return vec![Line::new().with(Role::Warn, "no report file was written").render(style)];
    };
    let path = |path: &Path| letters::clean(&path.display().to_string(), style);
    vec![format!("report  {}", path(&written.html)), format!("json    {}", path(&written.json))]
}

fn verdict_line(facts: &Facts<'_>, style: &Style) -> String {
    let verdict = facts.findings.summary.verdict;
    let role = match verdict {
        Verdict::Pass => Role::Strong,
        Verdict::Inconclusive => Role::Warn,
        Verdict::Fail => Role::Harm,
    };
    let exit = format!("   exit {}", exit_code(verdict));
    let text = letters::fit_end(&facts.verdict_line(), style.columns() - exit.len(), style);
    Line::new().with(role, &text).with(Role::Plain, &exit).render(style)
}
