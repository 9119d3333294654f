//! `landfall judge` and `landfall report`: recording in, verdict and reports out. The same code ends every run.

use crate::{
    cli::{JudgeArguments, RecordingArguments, Talk},
    exit::ExpectedError,
    talk::{print_line, say},
};
use dashboard::layer::Layer;
use fleet::with_sources;
use record::Recording;
use report::Written;
use std::path::Path;
use verdict::{Findings, runs};

/// Judges a recording again and prints the summary, or several of one plan; writes nothing but where `--out` says.
pub(crate) fn judge(arguments: &JudgeArguments, talk: Talk) -> Result<u8, ExpectedError> {
    let [run] = arguments.runs.as_slice() else { return several(arguments, talk) };
    let judged = Judged::of(run)?;
    let written = arguments.out.as_deref().map(|out| judged.write(out)).transpose()?;
    Ok(conclude(&judged.findings, written.as_ref(), talk))
}

/// Judges several runs of one plan as one.
fn several(arguments: &JudgeArguments, talk: Talk) -> Result<u8, ExpectedError> {
    let judged = arguments.runs.iter().map(|run| Judged::of(run)).collect::<Result<Vec<_>, _>>()?;
    let names: Vec<String> = arguments.runs.iter().map(|run| run.display().to_string()).collect();
    let runs = names.iter().zip(&judged);
    let runs: Vec<runs::Judged<'_>> =
        runs.map(|(name, one)| runs::Judged { name, recording: &one.recording, findings: &one.findings }).collect();
    let together = runs::several(&runs).map_err(|difference| {
        let hint = "name runs of one plan: seeds, promises and limits of trust may differ";
        ExpectedError::Usage(difference.to_string(), hint.to_owned())
    })?;
    let written = arguments.out.as_deref().map(|out| report::runs::write_all(out, &together)).transpose();
    let written = written.map_err(|error| ExpectedError::WriteFailed(with_sources(&error)))?;
    say(report::runs::terminal(&together, written.as_ref(), &crate::live::style(talk)).trim_end());
    if talk.json {
        print_line(report::runs::json(&together).trim_end());
    }
    Ok(report::exit_code(together.verdict))
}

/// Judges a recording again and writes all reports.
pub(crate) fn report(arguments: &RecordingArguments, talk: Talk) -> Result<u8, ExpectedError> {
    let judged = Judged::of(&arguments.run)?;
    let written = judged.write(arguments.out.as_deref().unwrap_or(&arguments.run))?;
    Ok(conclude(&judged.findings, Some(&written), talk))
}

/// A recording, and what it shows.
pub(crate) struct Judged {
    recording: Recording,
    pub(crate) findings: Findings,
}

impl Judged {
    /// Reads a recording and judges it.
    pub(crate) fn of(run: &Path) -> Result<Self, ExpectedError> {
        let recording = Recording::read(run).map_err(|error| ExpectedError::NoInput(with_sources(&error)))?;
        let findings = verdict::judge(&recording);
        Ok(Self { recording, findings })
    }

    /// What a run directory shows, once its reports are written into it.
    pub(crate) fn written(run: &Path) -> Result<Findings, ExpectedError> {
        let judged = Self::of(run)?;
        judged.write(run)?;
        Ok(judged.findings)
    }

    /// Writes every report into a folder.
    pub(crate) fn write(&self, out: &Path) -> Result<Written, ExpectedError> {
        let layer = Layer::of(&self.recording, &self.findings);
        let interactive = layer.as_ref().map(Layer::interactive);
        report::write_all(out, &self.findings, interactive.as_ref())
            .map_err(|error| ExpectedError::WriteFailed(with_sources(&error)))
    }
}

/// The last words of a run: the summary on standard error, with `--json` the findings on standard output. Answers the exit
/// code.
pub(crate) fn conclude(findings: &Findings, written: Option<&Written>, talk: Talk) -> u8 {
    say(report::terminal::summary(findings, written, &crate::live::style(talk)).trim_end());
    if talk.json {
        print_line(report::json::write(findings).trim_end());
    }
    report::exit_code(findings.summary.verdict)
}
