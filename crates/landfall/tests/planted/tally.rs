//! Who was found, in how many runs, and how often nothing was mistaken for something.

use crate::{
    run::{Job, Outcome},
    scenario::{Form, Scenario},
};
use std::fmt;

/// What is known of one bug.
#[derive(Debug)]
struct Row {
    name: String,
    found_by: String,
    /// Runs with the bug that were needed until it was found.
    found_in: Option<usize>,
    planted: usize,
    clean: usize,
    /// Clean runs that failed.
    false_alarms: usize,
    /// Clean runs that did not pass and did not fail.
    undecided: usize,
}

/// What is known of all.
#[derive(Debug)]
pub(crate) struct Tally {
    rows: Vec<Row>,
    /// What was said in the runs that were not as they must be.
    said: Vec<String>,
}

impl Tally {
    pub(crate) fn new(scenarios: &[Scenario]) -> Self {
        let row = |scenario: &Scenario| Row {
            name: scenario.name.clone(),
            found_by: scenario.found_by.clone(),
            found_in: None,
            planted: 0,
            clean: 0,
            false_alarms: 0,
            undecided: 0,
        };
        Self { rows: scenarios.iter().map(row).collect(), said: Vec::new() }
    }

    pub(crate) fn add(&mut self, job: &Job, outcome: &Outcome) {
        let row = &mut self.rows[job.scenario];
        let good = match job.form {
            Form::Planted => {
                row.planted += 1;
                row.found_in = row.found_in.or(outcome.found.then_some(row.planted));
                outcome.found
            }
            Form::Clean => {
                row.clean += 1;
                row.false_alarms += usize::from(outcome.verdict == "fail");
                row.undecided += usize::from(!matches!(outcome.verdict.as_str(), "pass" | "fail"));
                outcome.verdict == "pass"
            }
        };
        if !good {
            self.said.push(format!("== {} {:?} {}\n{}", row.name, job.form, job.number + 1, outcome.said));
        }
    }

    /// Every bug was found, no clean run failed, and not every clean run was undecided: no data is never green.
    pub(crate) fn must_be_right(&self) {
        let missed: Vec<&str> =
            self.rows.iter().filter(|row| row.found_in.is_none()).map(|row| row.name.as_str()).collect();
        let (clean, alarms, undecided) = self.clean();
        let right = missed.is_empty() && alarms == 0 && (clean == 0 || undecided < clean);
        assert!(
            right,
            "not found: {missed:?}; {alarms} false alarms and {undecided} undecided in {clean} clean runs\n{}",
            self.said.join("\n")
        );
    }

    /// Clean runs, false alarms and undecided ones.
    fn clean(&self) -> (usize, usize, usize) {
        let sum = |of: fn(&Row) -> usize| self.rows.iter().map(of).sum();
        (sum(|row| row.clean), sum(|row| row.false_alarms), sum(|row| row.undecided))
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "| planted bug | found by | in run | clean runs | false alarms | inconclusive |")?;
        writeln!(formatter, "|---|---|---|---|---|---|")?;
        for row in &self.rows {
            let found = row.found_in.map_or_else(|| format!("not in {}", row.planted), |run| run.to_string());
            let Row { name, found_by, clean, false_alarms, undecided, .. } = row;
            writeln!(formatter, "| {name} | {found_by} | {found} | {clean} | {false_alarms} | {undecided} |")?;
        }
        let mut needed: Vec<usize> = self.rows.iter().filter_map(|row| row.found_in).collect();
        needed.sort_unstable();
        let median = needed.get(needed.len() / 2).map_or_else(|| "none".to_owned(), ToString::to_string);
        let (clean, alarms, undecided) = self.clean();
        write!(
            formatter,
            "found {} of {} planted bugs, in the median in run {median}; {alarms} false alarms in {clean} clean runs, \
             {undecided} inconclusive",
            needed.len(),
            self.rows.len()
        )
    }
}
