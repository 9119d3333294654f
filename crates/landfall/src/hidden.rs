//! Commands that processes of a run are started with: the relay, the holder of a command hook, Chirp's parts.

use crate::exit::ExpectedError;
use fleet::with_sources;
use tokio::io::{BufReader, stdin, stdout};

/// Chirp's own commands.
pub(crate) fn chirp(command: chirp::Command) -> Result<u8, ExpectedError> {
    match chirp::run(command) {
        Ok(()) => Ok(0),
        Err(error) => {
            crate::talk::say(&format!("chirp: {error}"));
            Ok(1)
        }
    }
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
