//! `landfall agent`: generates a share of runs' load, for a fleet or for the run that has started it.

use crate::{
    agents::{access, no_access},
    cli::AgentArguments,
    exit::{Code, ExpectedError},
    hidden::runtime,
    signals::watch_signals_with,
    talk::say,
};
use fleet::{
    agent::{self, AgentOptions},
    link,
    station::{self, Health, StationError, StationOptions},
    with_sources,
};
use std::time::Duration;
use tokio::{
    io::{stdin, stdout},
    sync::watch,
    time::timeout,
};

/// Writing an agent's last words may take this long.
const LAST_WORDS_MAX: Duration = Duration::from_secs(5);

/// An agent.
pub(crate) fn agent(arguments: &AgentArguments) -> Result<u8, ExpectedError> {
    match &arguments.nats {
        Some(nats) => stand(arguments, nats),
        None => of_a_run(arguments),
    }
}

/// An agent of a run on this machine.
fn of_a_run(arguments: &AgentArguments) -> Result<u8, ExpectedError> {
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

/// An agent of a fleet: stands here until it is told to leave.
fn stand(arguments: &AgentArguments, nats: &str) -> Result<u8, ExpectedError> {
    let options = StationOptions {
        name: arguments.name.clone(),
        region: arguments.region.clone(),
        access: access(nats, &arguments.identity)?,
        spool: arguments.spool.clone(),
    };
    let runtime = runtime()?;
    let stood = runtime.block_on(async {
        let (stop, stopped) = watch::channel(false);
        watch_signals_with(move |signals| {
            if signals > 1 {
                say("gone at once; what was not handed over is lost");
                std::process::exit(Code::Interrupted as i32);
            }
            stop.send_replace(true);
        })?;
        let (tell, health) = watch::channel(Health::default());
        if let Some(at) = arguments.health {
            let serving = station::serve_health(at, health).await;
            let serving =
                serving.map_err(|error| ExpectedError::Resources(format!("{at} can't be listened at: {error}")))?;
            tokio::spawn(serving);
        }
        station::run(options, stopped, &tell, &mut |text| say(text)).await.map_err(cant_stand)
    });
    // What is left of a run that was not handed over in time is not waited for.
    runtime.shutdown_background();
    stood.map(|()| 0)
}

fn cant_stand(error: StationError) -> ExpectedError {
    match error {
        StationError::Access(error) => no_access(error),
        StationError::Name(error) => {
            ExpectedError::Usage(error.to_string(), "choose another --name or --region".to_owned())
        }
        StationError::Twice { .. } => ExpectedError::Unavailable(
            error.to_string(),
            "a name is one agent's: choose another --name, or stop the other one (`landfall agents` shows where it is)"
                .to_owned(),
        ),
        StationError::Forbidden { .. } => ExpectedError::Unavailable(
            error.to_string(),
            "give the --name and --region that the certificate was made for, or theirs; when they fit, the server's \
             configuration is older than the certificate: write it again with `landfall deploy`, and have the server read it"
                .to_owned(),
        ),
        StationError::SpoolTaken { .. } => ExpectedError::Unavailable(
            error.to_string(),
            "give each agent of a machine a --spool of its own, or stop the other one".to_owned(),
        ),
        StationError::Spool { .. } => ExpectedError::Resources(with_sources(&error)),
    }
}
