//! Ctrl-C and SIGTERM.

use crate::{
    exit::{Code, ExpectedError},
    talk::say,
};
use fleet::StopLevel;
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::watch,
};

/// The first Ctrl-C (or SIGTERM) ends the run in order, the second at once: faults held by other processes heal by
/// themselves, children end when their input closes.
pub(crate) fn watch_signals(stop: watch::Sender<StopLevel>) -> Result<(), ExpectedError> {
    watch_signals_with(move |signals| {
        if signals > 1 {
            say("stopped at once; what the run broke is healed by the processes that hold it");
            crate::keys::give_back();
            std::process::exit(Code::Interrupted as i32);
        }
        stop.send_replace(StopLevel::Stop);
    })
}

/// Calls `take` with the number of each Ctrl-C and SIGTERM, from 1.
pub(crate) fn watch_signals_with(mut take: impl FnMut(usize) + Send + 'static) -> Result<(), ExpectedError> {
    let failed = |error| ExpectedError::Resources(format!("signals can't be watched: {error}"));
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    tokio::spawn(async move {
        let mut signals = 0;
        loop {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            signals += 1;
            take(signals);
        }
    });
    Ok(())
}
