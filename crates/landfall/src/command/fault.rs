//! `landfall fault`: breaks and heals something in a run or a lab that goes on, and shows how its faults stand. `landfall hold`: holds
//! the load of a run.

use crate::{
    cli::{FaultCommand, FaultHealArguments, FaultInjectArguments, FaultListArguments, HoldArguments, Talk},
    exit::ExpectedError,
    hidden::runtime,
    talk::{print_line, say},
};
use fleet::{
    control::{Answer, Ask, FaultState, MistakeSaid, Standing, socket},
    with_sources,
};
use std::{path::Path, time::Duration};
use tokio::time::{Instant, sleep};
use units::FaultName;

/// Between two looks at how a fault stands.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// An injection and its proof take no longer than this.
const PROVEN_WITHIN: Duration = Duration::from_secs(660);

/// Carries one of them out.
pub(crate) fn fault(command: &FaultCommand, talk: Talk) -> Result<u8, ExpectedError> {
    match command {
        FaultCommand::Inject(arguments) => runtime()?.block_on(inject(arguments, talk)),
        FaultCommand::Heal(arguments) => runtime()?.block_on(heal(arguments)),
        FaultCommand::List(arguments) => runtime()?.block_on(list(arguments, talk)),
    }
}

/// Holds the load of a run, or lets it go on.
pub(crate) fn hold(arguments: &HoldArguments) -> Result<u8, ExpectedError> {
    let how = "by `landfall hold`".to_owned();
    let asked = if arguments.end { Ask::EndHold { how } } else { Ask::Hold { how } };
    match runtime()?.block_on(ask(&arguments.folder, asked))? {
        Answer::Done => Ok(0),
        Answer::Refused { why } => {
            let help = if arguments.end {
                "leave --end out to hold it; `landfall watch` shows what the run does"
            } else {
                "the load can be held while it changes, by a ramp or by steps"
            };
            Err(ExpectedError::Unavailable(why, help.to_owned()))
        }
        other => Err(unexpected(other)),
    }
}

async fn inject(arguments: &FaultInjectArguments, talk: Talk) -> Result<u8, ExpectedError> {
    let text = with_length(&arguments.fault, arguments.length.as_deref());
    let name = match ask(&arguments.folder, Ask::Inject { fault: text }).await? {
        Answer::Given { fault } => fault,
        other => return Err(unexpected(other)),
    };
    say(&format!("{name} is being injected; it is healed by itself, whatever becomes of this command"));
    let deadline = Instant::now() + PROVEN_WITHIN;
    loop {
        let faults = standing(&arguments.folder).await?;
        let Some(one) = faults.iter().find(|one| one.name == name) else {
            return Err(unexpected(Answer::Refused { why: format!("nobody knows of {name} any more") }));
        };
        if one.state != FaultState::Injecting || Instant::now() >= deadline {
            show(one, talk)?;
            // A fault that is short may be healed before anybody looked: its proof is in the recording.
            let is_there = matches!(one.state, FaultState::Active | FaultState::Healing | FaultState::Healed);
            return Ok(if is_there { 0 } else { report::exit_code(verdict::findings::Verdict::Inconclusive) });
        }
        sleep(LOOK_EVERY).await;
    }
}

async fn heal(arguments: &FaultHealArguments) -> Result<u8, ExpectedError> {
    let fault = arguments.name.as_deref().map(FaultName::new);
    match ask(&arguments.folder, Ask::Heal { fault }).await? {
        Answer::Done => Ok(0),
        other => Err(unexpected(other)),
    }
}

async fn list(arguments: &FaultListArguments, talk: Talk) -> Result<u8, ExpectedError> {
    for one in standing(&arguments.folder).await? {
        show(&one, talk)?;
    }
    Ok(0)
}

async fn standing(folder: &Path) -> Result<Vec<Standing>, ExpectedError> {
    match ask(folder, Ask::Faults).await? {
        Answer::Faults { faults } => Ok(faults),
        other => Err(unexpected(other)),
    }
}

async fn ask(folder: &Path, ask: Ask) -> Result<Answer, ExpectedError> {
    let help =
        "name the folder of a run that goes on (--out, or runs/…), or of a lab that is up; only its own user may ask";
    socket::ask(folder, ask).await.map_err(|error| ExpectedError::Unavailable(with_sources(&error), help.to_owned()))
}

/// Another answer than was hoped for.
fn unexpected(answer: Answer) -> ExpectedError {
    match answer {
        Answer::Mistakes { mistakes } => ExpectedError::BadFault(in_lines(&mistakes)),
        Answer::Refused { why } => {
            ExpectedError::Unavailable(why, "`landfall fault list` shows how the faults stand".to_owned())
        }
        other => ExpectedError::Software(format!("that is no answer to what was asked: {other:?}")),
    }
}

fn in_lines(mistakes: &[MistakeSaid]) -> String {
    let line = |mistake: &MistakeSaid| {
        let hint = mistake.hint.as_ref().filter(|hint| !hint.is_empty());
        let hint = hint.map_or_else(String::new, |hint| format!("\n  hint: {hint}"));
        format!("the fault:{}:{}: {}{hint}", mistake.line, mistake.column, mistake.message)
    };
    mistakes.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The fault with `for` in it.
fn with_length(fault: &str, length: Option<&str>) -> String {
    let fault = fault.trim();
    match (length, fault.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'))) {
        (None, _) => fault.to_owned(),
        (Some(length), Some(inside)) => format!("{{{inside}, for: {length}}}"),
        (Some(length), None) => format!("{fault}\nfor: {length}"),
    }
}

/// One line of a fault, on standard output.
fn show(one: &Standing, talk: Talk) -> Result<(), ExpectedError> {
    if talk.json {
        let line = serde_json::to_string(one).map_err(|error| ExpectedError::Software(error.to_string()))?;
        print_line(&line);
        return Ok(());
    }
    let left = one.left_ms.map_or_else(String::new, |left| {
        format!(", {} left", units::duration::Text(Duration::from_secs(left.div_ceil(1_000))))
    });
    let given = if one.given { ", given" } else { "" };
    print_line(&format!("{:<10} {}: {}{given}{left}", word(one.state), one.name, one.breaks));
    if !one.text.is_empty() {
        print_line(&format!("           {}", one.text));
    }
    Ok(())
}

fn word(state: FaultState) -> &'static str {
    match state {
        FaultState::Planned => "planned",
        FaultState::Injecting => "injecting",
        FaultState::Active => "active",
        FaultState::Unproven => "unproven",
        FaultState::Healing => "healing",
        FaultState::Healed => "healed",
        FaultState::NotHealed => "not healed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_comes_into_the_fault_as_it_is_written() {
        let loss = "region-loss: {region: eu-west-1}";
        assert_eq!(with_length(loss, Some("15s")), "region-loss: {region: eu-west-1}\nfor: 15s");
        assert_eq!(with_length(" {region-loss: {region: a}} ", Some("5s")), "{region-loss: {region: a}, for: 5s}");
        assert_eq!(with_length("for: 3s", None), "for: 3s");
    }
}
