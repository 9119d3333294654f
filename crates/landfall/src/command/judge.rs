//! `landfall judge` and `landfall report`: recording in, verdict and reports out. The same code ends every run.

use super::{print_line, say};
use crate::{
    cli::{RecordingArguments, Talk},
    exit::ExpectedError,
};
use fleet::with_sources;
use record::Recording;
use report::Written;
use std::path::Path;
use verdict::Findings;

/// Judges a recording again and prints the summary; writes nothing but where `--out` says.
pub(crate) fn judge(arguments: &RecordingArguments, talk: Talk) -> Result<u8, ExpectedError> {
    let findings = findings(&arguments.run)?;
    let written = arguments.out.as_deref().map(|out| write(out, &findings)).transpose()?;
    Ok(conclude(&findings, written.as_ref(), talk))
}

/// Judges a recording again and writes all reports.
pub(crate) fn report(arguments: &RecordingArguments, talk: Talk) -> Result<u8, ExpectedError> {
    let findings = findings(&arguments.run)?;
    let written = write(arguments.out.as_deref().unwrap_or(&arguments.run), &findings)?;
    Ok(conclude(&findings, Some(&written), talk))
}

/// What a recording shows.
pub(crate) fn findings(run: &Path) -> Result<Findings, ExpectedError> {
    let recording = Recording::read(run)
        .map_err(|error| ExpectedError::NoInput { path: run.to_owned(), reason: with_sources(&error) })?;
    Ok(verdict::judge(&recording))
}

/// Writes every report into a folder.
pub(crate) fn write(out: &Path, findings: &Findings) -> Result<Written, ExpectedError> {
    report::write_all(out, findings, None).map_err(|error| ExpectedError::WriteFailed(with_sources(&error)))
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
