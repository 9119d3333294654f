//! Commands that processes of a run are started with: an agent, the relay, the holder of a command hook, Chirp's parts.

use crate::{cli::AgentArguments, exit::ExpectedError};
use fleet::{
    agent::{self, AgentOptions},
    link, with_sources,
};
use std::time::Duration;
use tokio::{
    io::{BufReader, stdin, stdout},
    time::timeout,
};

/// Writing an agent's last words may take this long.
const LAST_WORDS_MAX: Duration = Duration::from_secs(5);

/// Chirp's own commands.
pub(crate) fn chirp(command: chirp::Command) -> Result<u8, ExpectedError> {
    match chirp::run(command) {
        Ok(()) => Ok(0),
        Err(error) => {
            crate::command::say(&format!("chirp: {error}"));
            Ok(1)
        }
    }
}

/// An agent of a run on this machine.
pub(crate) fn agent(arguments: &AgentArguments) -> Result<u8, ExpectedError> {
    let runtime = runtime()?;
    let options = AgentOptions::new(&arguments.name, None, arguments.spool.clone());
    let ended = runtime.block_on(async {
        let (end, written) = link::pipe::agent(stdin(), stdout());
        let ended = agent::run(end, options).await;
        // The last words, such as a refusal; a controller that reads no more doesn't keep it.
        let _ = timeout(LAST_WORDS_MAX, written).await;
        ended
    });
    // A read of standard input can't be cancelled; waiting for it would keep an agent alive that was refused.
    runtime.shutdown_background();
    let help = || "a run starts its agents, and they end with it".to_owned();
    ended.map(|()| 0).map_err(|error| ExpectedError::Unavailable(with_sources(&error), help()))
}

/// The relay between the lab's regions.
pub(crate) fn relay() -> Result<u8, ExpectedError> {
    let ended = wan::relay::run_over_stdio();
    ended
        .map(|()| 0)
        .map_err(|error| ExpectedError::Unavailable(with_sources(&error), "the lab starts the relay".to_owned()))
}

/// The holder of a command hook.
pub(crate) fn hold_fault() -> Result<u8, ExpectedError> {
    let ended = runtime()?.block_on(fault::hold::run(BufReader::new(stdin()), stdout()));
    ended.map(|()| 0).map_err(|error| ExpectedError::Software(error.to_string()))
}

/// A runtime on this thread: none of these commands needs more.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, ExpectedError> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| ExpectedError::Resources(format!("the asynchronous runtime can't be made: {error}")))
}
