//! One run of one form of a plan, by the real program, and what its report says.

use crate::scenario::{Form, Scenario};
use serde_json::Value;
use std::{
    fs,
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

/// No plan here takes half as long.
const LIMIT: Duration = Duration::from_secs(240);

/// What is to be run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Job {
    /// Which plan, by index.
    pub(crate) scenario: usize,
    pub(crate) form: Form,
    /// Which run of it, from 0: each has a seed of its own.
    pub(crate) number: usize,
}

/// How it ended.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// `pass`, `fail`, `inconclusive`, or why there is none.
    pub(crate) verdict: String,
    /// The objectives that failed.
    pub(crate) failed: Vec<String>,
    /// Whether the objective that must find the bug failed.
    pub(crate) found: bool,
    pub(crate) took: Duration,
    /// What the program said.
    pub(crate) said: String,
}

/// Ends its process when it is dropped; the lab ends with it.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ended_by_itself = self.0.kill();
        let _ = self.0.wait();
    }
}

pub(crate) fn carry_out(scenario: &Scenario, job: &Job) -> Outcome {
    let began = Instant::now();
    let folder = tempfile::tempdir().unwrap();
    let (plan, out, log) = (folder.path().join("plan.yaml"), folder.path().join("run"), folder.path().join("log"));
    fs::write(&plan, scenario.text(job.form)).unwrap();
    let mut run = Command::new(env!("CARGO_BIN_EXE_landfall"));
    run.arg("run").arg(&plan).arg("--out").arg(&out).args(["--seed", &(job.number + 1).to_string()]);
    let file = fs::File::create(&log).unwrap();
    run.env("NO_COLOR", "1").stdin(Stdio::null()).stdout(Stdio::null()).stderr(file);
    let status = ended(&mut Running(run.spawn().unwrap()));
    let said = fs::read_to_string(&log).unwrap_or_default();
    let report = fs::read_to_string(out.join("report.json")).ok();
    let report: Option<Value> = report.and_then(|text| serde_json::from_str(&text).ok());
    let failed = report.as_ref().map(failed).unwrap_or_default();
    let verdict = report.as_ref().and_then(|report| report["summary"]["verdict"].as_str()).map(str::to_owned);
    Outcome {
        verdict: verdict.unwrap_or_else(|| format!("no verdict ({status:?})")),
        found: failed.iter().any(|objective| objective == &scenario.found_by),
        failed,
        took: began.elapsed(),
        said,
    }
}

/// Waits for the end, with a bound.
fn ended(run: &mut Running) -> Option<ExitStatus> {
    let deadline = Instant::now() + LIMIT;
    while Instant::now() < deadline {
        if let Some(status) = run.0.try_wait().unwrap() {
            return Some(status);
        }
        thread::park_timeout(Duration::from_millis(100));
    }
    None
}

/// The kinds of the objectives that failed: an objective's name begins with its kind.
fn failed(report: &Value) -> Vec<String> {
    let objectives = report["objectives"].as_array().map_or(&[][..], Vec::as_slice);
    let failed = objectives.iter().filter(|objective| objective["verdict"] == "fail");
    failed.map(|objective| objective["name"].as_str().unwrap().split(' ').next().unwrap().to_owned()).collect()
}
