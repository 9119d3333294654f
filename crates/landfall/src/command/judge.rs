//! `landfall judge` and `landfall report`: recording in, verdict and reports out. The same code ends every run.

use super::{print_line, say};
use crate::{
    cli::{RecordingArguments, Talk},
    exit::{ExpectedError, verdict_code},
};
use record::Recording;
use std::path::Path;
use verdict::findings::Findings;

/// Judges a recording again and prints the summary; writes nothing but where `--out` says.
pub(crate) fn judge(arguments: &RecordingArguments, talk: Talk) -> Result<u8, ExpectedError> {
    let findings = findings(&arguments.run)?;
    if let Some(out) = &arguments.out {
        write(out, &findings)?;
    }
    conclude(&findings, arguments.out.as_deref(), talk);
    Ok(verdict_code(findings.summary.verdict))
}

/// Judges a recording again and writes all reports.
pub(crate) fn report(arguments: &RecordingArguments, talk: Talk) -> Result<u8, ExpectedError> {
    let findings = findings(&arguments.run)?;
    let out = arguments.out.as_deref().unwrap_or(&arguments.run);
    write(out, &findings)?;
    conclude(&findings, Some(out), talk);
    Ok(verdict_code(findings.summary.verdict))
}

/// What a recording shows.
pub(crate) fn findings(run: &Path) -> Result<Findings, ExpectedError> {
    let recording = Recording::read(run)
        .map_err(|error| ExpectedError::NoInput { path: run.to_owned(), reason: error.to_string() })?;
    Ok(verdict::judge(&recording))
}

/// Writes every report into a folder.
pub(crate) fn write(out: &Path, findings: &Findings) -> Result<(), ExpectedError> {
    std::fs::create_dir_all(out)
        .map_err(|error| ExpectedError::WriteFailed(format!("{} can't be made: {error}", out.display())))?;
    report::write_all(out, findings).map(drop).map_err(|error| ExpectedError::WriteFailed(error.to_string()))
}

/// The last words of a run: the summary on standard error, or one JSON object on standard output.
pub(crate) fn conclude(findings: &Findings, out: Option<&Path>, talk: Talk) {
    say(&report::terminal::summary(findings, &crate::live::style(talk, out)));
    if talk.json {
        print_line(&report::json::write(findings));
    }
}
