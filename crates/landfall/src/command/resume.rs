//! `landfall resume`: goes on with a run whose controller was killed. Its agents wait for up to an hour with what they kept.

use super::judge::{self, Judged};
use crate::{
    agents::{access, listen, no_access},
    cli::{ResumeArguments, Talk},
    exit::ExpectedError,
    hidden::runtime,
    talk::say,
};
use fleet::{
    ResumeError, Resumed,
    enlist::{self, EnlistError, Rejoined},
    link::nats::controller::Bus,
    with_sources,
};
use record::{AgentNews, Entry, Recording};
use std::{collections::BTreeSet, path::Path, time::SystemTime};

/// Fetches what the agents kept, ends the recording, judges it.
pub(crate) fn resume(arguments: &ResumeArguments, talk: Talk) -> Result<u8, ExpectedError> {
    let access = access(&arguments.fleet, &arguments.identity)?;
    let run = &arguments.run;
    let instances = instances(run)?;
    let runtime = runtime()?;
    let resumed = runtime.block_on(async {
        let bus = Bus::connect(&access).await.map_err(no_access)?;
        say(&format!("looking who waits for this run, at {access}"));
        let roster = listen(&bus).await?;
        let rejoined = enlist::rejoin(&bus, &roster, &instances).await.map_err(|error| cant_rejoin(&error))?;
        let Some(Rejoined { links, enlistment, run: name }) = rejoined else { return Err(nobody(run)) };
        say(&format!("waiting in run {name}: {}; fetching what was kept", counted(links.len())));
        let resumed = fleet::resume(run, links, SystemTime::now(), &mut say).await;
        enlistment.close().await;
        resumed.map_err(|error| cant_resume(&error))
    });
    runtime.shutdown_background();
    told(&resumed?).iter().for_each(|line| say(line));
    let judged = Judged::of(run)?;
    let written = judged.write(run);
    let code = judge::conclude(&judged.findings, written.as_ref().ok(), talk);
    written.map(|_| code)
}

/// The agents of a recording that had not ended.
fn instances(run: &Path) -> Result<BTreeSet<String>, ExpectedError> {
    let recording = Recording::read(run).map_err(|error| ExpectedError::NoInput(with_sources(&error)))?;
    let joined = recording.entries.into_iter().filter_map(|entry| match entry {
        Entry::Agent(entry) => match entry.news {
            AgentNews::Joined(joined) => Some(joined.instance),
            _ => None,
        },
        _ => None,
    });
    Ok(joined.collect())
}

fn told(resumed: &Resumed) -> Vec<String> {
    let Resumed { drained, lost, .. } = resumed;
    let all = format!("{} handed over everything: {}", counted(drained.len()), drained.join(", "));
    std::iter::once(all).filter(|_| !drained.is_empty()).chain(lost.iter().cloned()).collect()
}

fn counted(agents: usize) -> String {
    if agents == 1 { "1 agent".to_owned() } else { format!("{agents} agents") }
}

fn nobody(run: &Path) -> ExpectedError {
    let help = format!("what is recorded can be judged: landfall judge {}", run.display());
    ExpectedError::Unavailable("no agent of that run waits for its controller any more".to_owned(), help)
}

fn cant_rejoin(error: &EnlistError) -> ExpectedError {
    let help = "the hub, or a region's leaf node, can't be reached: look at its log, and at /leafz of the hub";
    ExpectedError::Unavailable(with_sources(error), help.to_owned())
}

fn cant_resume(error: &ResumeError) -> ExpectedError {
    let said = with_sources(error);
    match error {
        ResumeError::Recording(record::ResumeError::Ended { .. }) => {
            ExpectedError::Usage(said, "there is nothing to resume: landfall judge judges it".to_owned())
        }
        ResumeError::Recording(record::ResumeError::Busy { .. }) => {
            ExpectedError::Usage(said, "its controller lives: wait for its end, or end it".to_owned())
        }
        ResumeError::Recording(_) | ResumeError::Thread(_) => ExpectedError::Resources(said),
        ResumeError::Write(_) => ExpectedError::WriteFailed(said),
    }
}
