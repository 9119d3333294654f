//! The judge is judged: each bug that is planted in Chirp is found by its scenario, and the same scenario without it passes.
//!
//! ```text
//!   scenarios/planted/NN-name.yaml ──┬── as it stands ─────────────────────▶ must pass          (else: a false alarm)
//!                                    └── with what `# planted:` says ──────▶ must fail, by the objective that the file names
//! ```
//!
//! Short by default: of each kind of evidence one bug ([`SHORT`]), planted once, and some of these plans as they stand; it says
//! which it ran. `cargo xtask judge-the-judge` takes every bug. It sets the environment: `LANDFALL_JUDGE_CLEAN` (runs without a
//! bug, in turn over the plans), `LANDFALL_JUDGE_TRIES` (runs with a bug at most, each with a fresh seed, until it is found) and
//! `LANDFALL_JUDGE_ONLY` (a part of the plans' names).
//!
//! Two runs at a time: most of a run is waiting, and what two labs do to each other on a small machine is far below the limits
//! of these plans.
#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "a test talks to people and may panic")]

mod run;
mod scenario;
mod tally;

use run::{Job, Outcome};
use scenario::{Form, Scenario};
use std::{collections::VecDeque, sync::Mutex, thread};
use tally::Tally;

/// Runs side by side.
const AT_ONCE: usize = 2;
/// The bugs of the short form, by number: found by the sessions' histories (9: registers, 10: lists), by the ledger's final reads (4).
/// The first of them are also run as they stand: where most is looked at, most may be mistaken for something. Bugs found by the time to
/// recover, and a lost write, are planted in the demo by `tests/real/as_written.rs`, at the same time as other runs.
const SHORT: [&str; 3] = ["09", "10", "04"];
/// Runs of the short form without a bug.
const CLEAN_SHORT: usize = 2;

struct Wish {
    /// Every bug, and not those of the short form only.
    every: bool,
    clean: usize,
    tries: usize,
    only: String,
}

impl Wish {
    fn from_environment() -> Self {
        let number = |name: &str, default| std::env::var(name).map_or(default, |text| text.parse().unwrap());
        Self {
            every: std::env::var_os("LANDFALL_JUDGE_CLEAN").is_some(),
            clean: number("LANDFALL_JUDGE_CLEAN", CLEAN_SHORT),
            tries: number("LANDFALL_JUDGE_TRIES", 2),
            only: std::env::var("LANDFALL_JUDGE_ONLY").unwrap_or_default(),
        }
    }

    /// The plans to be run, in their order.
    fn scenarios(&self) -> Vec<Scenario> {
        let mut wanted: Vec<Scenario> =
            Scenario::all().into_iter().filter(|scenario| scenario.name.contains(&self.only)).collect();
        if !self.every && self.only.is_empty() {
            let place = |scenario: &Scenario| SHORT.iter().position(|number| *number == scenario.number());
            wanted.retain(|scenario| place(scenario).is_some());
            wanted.sort_by_key(place);
        }
        wanted
    }
}

#[test]
fn every_planted_bug_is_found_and_nothing_else() {
    let wish = Wish::from_environment();
    let scenarios = wish.scenarios();
    assert!(!scenarios.is_empty(), "no plan in scenarios/planted is called like \"{}\"", wish.only);
    let names: Vec<&str> = scenarios.iter().map(|scenario| scenario.name.as_str()).collect();
    eprintln!("{} of {} planted bugs: {}", names.len(), Scenario::all().len(), names.join(", "));
    let planted = (0..scenarios.len()).map(|scenario| Job { scenario, form: Form::Planted, number: 0 });
    let clean = (0..wish.clean).map(|run| Job {
        scenario: run % scenarios.len(),
        form: Form::Clean,
        number: run / scenarios.len(),
    });
    let waiting = Mutex::new(planted.chain(clean).collect::<VecDeque<Job>>());
    let tally = Mutex::new(Tally::new(&scenarios));
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let next = waiting.lock().unwrap().pop_front();
                    let Some(job) = next else { return };
                    let outcome = run::carry_out(&scenarios[job.scenario], &job);
                    eprintln!("{}", outcome.line(&scenarios[job.scenario], &job));
                    let tries_again = job.form == Form::Planted && !outcome.found && job.number + 1 < wish.tries;
                    tally.lock().unwrap().add(&job, &outcome);
                    if tries_again {
                        waiting.lock().unwrap().push_back(Job { number: job.number + 1, ..job });
                    }
                }
            });
        }
    });
    let tally = tally.into_inner().unwrap();
    eprintln!("\n{tally}");
    tally.must_be_right();
}

/// The plans are what they say they are: numbered once, with something planted and an objective that can find it.
#[test]
fn every_planted_plan_says_what_is_planted_and_what_finds_it() {
    let scenarios = Scenario::all();
    let mut numbers: Vec<&str> = scenarios.iter().map(|scenario| scenario.number()).collect();
    numbers.dedup();
    assert_eq!(numbers.len(), scenarios.len(), "two plans have one number");
    for short in SHORT {
        assert!(numbers.contains(&short), "the short form takes bug {short}, which no plan plants");
    }
    for scenario in &scenarios {
        let (clean, planted) = (scenario.text(Form::Clean), scenario.text(Form::Planted));
        assert_ne!(clean, planted, "{}: nothing is planted", scenario.name);
        let objective = format!("- {}:", scenario.found_by);
        assert!(clean.contains(&objective), "{}: no objective {}", scenario.name, scenario.found_by);
    }
}

impl Outcome {
    fn line(&self, scenario: &Scenario, job: &Job) -> String {
        let form = if job.form == Form::Planted { "planted" } else { "clean" };
        let failed =
            if self.failed.is_empty() { String::new() } else { format!(", failed: {}", self.failed.join(", ")) };
        format!(
            "{} {form} {}: {}{failed} ({:.0} s)",
            scenario.name,
            job.number + 1,
            self.verdict,
            self.took.as_secs_f64()
        )
    }
}
