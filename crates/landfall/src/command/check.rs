//! `landfall check`: every mistake at once, or what the plan needs.

use crate::{
    cli::CheckArguments,
    exit::ExpectedError,
    talk::{print_line, say},
};
use fleet::with_sources;
use plan::{Source, resolved::ResolvedPlan};
use std::path::Path;
use units::Seed;

/// Checks a plan and says so, or prints what it resolves to.
pub(crate) fn check(arguments: &CheckArguments) -> Result<u8, ExpectedError> {
    let source = read(&arguments.plan)?;
    let plan = resolve(&source, None)?;
    if arguments.resolved {
        let text = plan::resolved::write(&plan);
        print_line(&text.map_err(|error| ExpectedError::Software(with_sources(&error)))?);
        return Ok(0);
    }
    let count = |number: usize, what: &str| format!("{number} {what}{}", if number == 1 { "" } else { "s" });
    say(&format!(
        "{}: the plan is in order: {}, {}, {}, {}, load for {}",
        source.name,
        count(plan.regions.len(), "region"),
        count(plan.populations.len(), "population"),
        count(plan.faults.len(), "fault"),
        count(plan.objectives.len(), "objective"),
        units::duration::Text(plan.load_duration()),
    ));
    Ok(0)
}

/// Reads a plan's text.
pub(crate) fn read(path: &Path) -> Result<Source, ExpectedError> {
    Source::read(path).map_err(|error| ExpectedError::NoInput(with_sources(&error)))
}

/// Checks a plan and resolves it, with another seed where one is given.
pub(crate) fn resolve(source: &Source, seed: Option<u64>) -> Result<ResolvedPlan, ExpectedError> {
    Ok(plan::check_with_seed(source, wan::Atlas::embedded(), seed.map(Seed::new))?)
}
