//! `landfall watch`: what a run shows, in another terminal, as often as somebody wants. It only reads the run directory, so the run
//! notices nothing of it unless somebody holds its load, and a run whose controller died is shown as far as it got.

use super::judge::{self, Judged};
use crate::{
    cli::{Talk, WatchArguments},
    exit::ExpectedError,
    hidden::runtime,
    hold_key::Door,
    live::{Follow, Live},
    signals::watch_signals_with,
    talk::say,
};
use fleet::{Observation, with_sources};
use record::Tail;
use report::Written;
use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};
use tokio::{sync::watch, time::MissedTickBehavior};
use units::RunTime;

const LOOK_EVERY: Duration = Duration::from_millis(250);
/// The writer flushes twice a second; when nothing comes for so long, it is asked whether there is a writer at all.
const SILENCE_MAX: Duration = Duration::from_secs(3);
/// Where runs are put when nobody says otherwise.
const RUNS: &str = "runs";
/// The run writes its reports while this judges.
const REPORTS_WITHIN: Duration = Duration::from_secs(5);
const HINT: &str = "[q] quit: the run goes on";
const HINT_WITHOUT_KEYS: &str = "Ctrl-C ends the watching, the run goes on";

/// How the look at a run ended.
enum Ended {
    /// The recording was ended.
    Regularly,
    /// Nobody writes it any more.
    Left,
    /// Whoever watched has seen enough.
    Enough,
}

/// Shows a run until it ends, then its verdict. `q` or Ctrl-C ends the watching; the run goes on.
pub(crate) fn watch(arguments: &WatchArguments, talk: Talk) -> Result<u8, ExpectedError> {
    let folder = match &arguments.run {
        Some(folder) => folder.clone(),
        None => newest(Path::new(RUNS))?,
    };
    let tail = Tail::open(&folder).map_err(|error| ExpectedError::NoInput(with_sources(&error)))?;
    let started = tail.manifest().map_or(0, record::Manifest::started_unix_micros);
    let mut live = Live::new(Arc::new(tail.plan().clone()), talk, started)
        .with_hint([HINT, HINT_WITHOUT_KEYS])
        .with_hold(Door::There(folder.clone()));
    live.say(&format!("watching {}", folder.display()));
    let ended = runtime()?.block_on(follow(tail, started, &mut live));
    live.finish();
    let ended = ended.map_err(|error| ExpectedError::unreadable(&folder, error))?;
    let is_ended = matches!(ended, Ended::Regularly);
    match ended {
        Ended::Enough => return Ok(0),
        Ended::Regularly => {}
        Ended::Left => say(&format!(
            "nobody writes this recording any more, and it was never ended: it is judged as far as it got \
             (agents of a fleet may still keep some of it: landfall resume {})",
            folder.display()
        )),
    }
    let findings = Judged::of(&folder)?.findings;
    Ok(judge::conclude(&findings, reports(&folder, is_ended).as_ref(), talk))
}

/// The reports that the run has written, or is about to.
fn reports(folder: &Path, is_ended: bool) -> Option<Written> {
    let begun = Instant::now();
    loop {
        let written = Written::found(folder);
        if written.is_some() || !is_ended || begun.elapsed() > REPORTS_WITHIN {
            return written;
        }
        std::thread::sleep(LOOK_EVERY);
    }
}

async fn follow(mut tail: Tail, started_unix_us: u64, live: &mut Live) -> std::io::Result<Ended> {
    let (enough, mut interrupted) = watch::channel(());
    watch_signals_with(move |_| enough.send_replace(())).map_err(std::io::Error::other)?;
    let mut looks = tokio::time::interval(LOOK_EVERY);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut last_news = Instant::now();
    loop {
        tokio::select! {
            _ = looks.tick() => {}
            _ = interrupted.changed() => return Ok(Ended::Enough),
        }
        let entries = tail.read()?;
        entries.iter().for_each(|entry| live.observe(&Observation::Entry(entry)));
        if tail.integrity().complete {
            return Ok(Ended::Regularly);
        }
        if !entries.is_empty() {
            last_news = Instant::now();
        } else if last_news.elapsed() >= SILENCE_MAX {
            // Asked as seldom as that, since the question keeps others from going on with the recording as long as it lasts.
            last_news = Instant::now();
            if !tail.has_writer()? {
                return Ok(Ended::Left);
            }
        }
        live.observe(&Observation::Tick(now(started_unix_us)));
        if live.is_left() {
            return Ok(Ended::Enough);
        }
    }
}

/// The time in a run that began then, by this machine's clock.
fn now(started_unix_us: u64) -> RunTime {
    let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    RunTime::from_micros((unix.as_micros() as u64).saturating_sub(started_unix_us))
}

/// The run directory that was begun last.
fn newest(runs: &Path) -> Result<PathBuf, ExpectedError> {
    let begun = |folder: &Path| fs::metadata(folder.join("run.json")).and_then(|file| file.modified()).ok();
    let folders = fs::read_dir(runs).into_iter().flatten().flatten().map(|entry| entry.path());
    folders.filter_map(|folder| Some((begun(&folder)?, folder))).max().map(|(_, folder)| folder).ok_or_else(|| {
        let help = "name a run directory: landfall watch RUN".to_owned();
        ExpectedError::Usage(format!("there is no run in {}/", runs.display()), help)
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;

    #[test]
    fn the_newest_run_is_the_one_that_was_begun_last() {
        let folder = tempfile::tempdir().unwrap();
        assert!(newest(folder.path()).is_err(), "no run is there");
        for (name, seconds) in [("old", 100), ("new", 300), ("middle", 200)] {
            fs::create_dir(folder.path().join(name)).unwrap();
            let file = fs::File::create(folder.path().join(name).join("run.json")).unwrap();
            file.set_modified(UNIX_EPOCH + Duration::from_secs(seconds)).unwrap();
        }
        fs::create_dir(folder.path().join("something-else")).unwrap();
        assert_eq!(newest(folder.path()).unwrap(), folder.path().join("new"));
    }
}
