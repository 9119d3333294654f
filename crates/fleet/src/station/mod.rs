//! An agent that stands somewhere for good: it says that it is there, and serves one run after the other.
//!
//! ```text
//!   seat ──▶ join ──▶ sitting: agent::run ──▶ left          here: every second, what it does
//!     ▲                  │                                  clock: asks the controller's, whoever answers
//!     └── another run ◀──┘                                  stop: hands over what it has, and leaves
//! ```
//!
//! One loop, which owns all of it. A word of a run that isn't this one is answered with *left*: a controller learns at once that an
//! agent was started again. A run that was asked to leave comes no more, so a late *join* of it begins nothing.
//!
//! **One name, one agent.** Two agents with one name would each hear half of what is said to them. So a station looks first whether
//! somebody hears under its name, and leaves the other alone. It can't know before a controller has ever spoken to that name; then
//! the controller sees both, and refuses them ([`crate::roster`]).

mod asking;
mod health;

pub use asking::{Answering, answer};
pub use health::{Health, serve as serve_health};

use crate::{
    agent::{self, AgentError, AgentOptions, RESUME_MAX},
    link::nats::{
        Down,
        access::{Access, AccessError},
        read::Hearing,
        seat::{Seat, Sitting, Word},
        subjects::{ANYWHERE, NotALabel, Whose},
    },
    message::{Hello, Here, Standing, ToAgent},
    with_sources,
};
use async_nats::connection::State;
use load::limits::Available;
use std::{
    collections::{BTreeSet, VecDeque},
    fs::{File, TryLockError},
    io,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};
use tokio::{
    sync::watch,
    time::{MissedTickBehavior, interval, sleep},
};
use units::duration::Text;

/// How often an agent says that it is there.
pub const HERE_EVERY: Duration = Duration::from_secs(1);
/// A run that has asked and says nothing more, not even an assignment, for so long is over.
const ASSIGN_MAX: Duration = Duration::from_secs(90);
/// A run that says nothing for so long may have lost its controller; it speaks twice a second.
const SILENT_MIN: Duration = Duration::from_secs(10);
/// An agent that is to leave has handed over what it has within this, or goes all the same.
pub const LEAVE_MAX: Duration = Duration::from_mins(1);
/// Who hears under this name is looked at again after this: an agent that was killed still seems to hear for a moment.
const LOOK_AGAIN_AFTER: Duration = Duration::from_secs(1);
/// … and so often. A question for messages is good for five seconds.
const LOOKS: usize = 7;
/// Runs that were left and whose names are kept.
const LEFT_MAX: usize = 32;
/// The folders for runs begin with this.
const RUN_FOLDER: &str = "landfall-run-";

/// What a station is.
#[derive(Debug, Clone)]
pub struct StationOptions {
    /// What it is called; unique in its fleet.
    pub name: String,
    /// The region that it stands in; `None`: nowhere in particular.
    pub region: Option<String>,
    /// How it reaches its NATS server.
    pub access: Access,
    /// Where it keeps what a controller has not stored yet.
    pub spool: PathBuf,
}

/// Why a station can't stand there.
#[derive(Debug, thiserror::Error)]
pub enum StationError {
    /// Its name, or its region's, can't be a token of a subject.
    #[error(transparent)]
    Name(#[from] NotALabel),
    /// It reaches no server.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// Another agent has its name.
    #[error("another agent is called {name}, and is there")]
    Twice {
        /// The name.
        name: String,
    },
    /// Its certificate is not that of its name and region.
    #[error("our certificate is not that of agent {name} {place}, says the NATS server: it forbids {what}")]
    Forbidden {
        /// The name.
        name: String,
        /// Where it was to stand.
        place: String,
        /// What the server doesn't let it do.
        what: String,
    },
    /// Another agent has its spool.
    #[error("another agent of this machine keeps what it has to tell in {path}", path = path.display())]
    SpoolTaken {
        /// Where.
        path: PathBuf,
    },
    /// Its spool can't be used.
    #[error("the spool in {path} can't be used", path = path.display())]
    Spool {
        /// Where it was to be.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// Stands there until `stop` is raised, and says what happens. `health` is told how it is.
///
/// # Errors
/// See [`StationError`]: only before it stands. Later it goes on trying.
pub async fn run(
    options: StationOptions,
    stop: watch::Receiver<bool>,
    health: &watch::Sender<Health>,
    say: &mut (dyn FnMut(&str) + Send),
) -> Result<(), StationError> {
    let whose = Whose::new(options.region.as_deref().unwrap_or(ANYWHERE), &options.name)?;
    let _ours = lock(&options.spool)?;
    let left_behind = left_behind(&options.spool, say)
        .map_err(|source| StationError::Spool { path: options.spool.clone(), source })?;
    let mut seat = Seat::take(&options.access, whose).await?;
    alone(&seat, &options).await?;
    seat.open();
    let asked = asking::ask(seat.client().clone(), seat.whose().clock());
    let who = AgentOptions::new(&options.name, options.region.clone(), options.spool.clone());
    say(&format!("agent {} is there, {}", options.name, place(&options)));
    let mut station = Station {
        hello: who.hello(),
        memory: None,
        options,
        who,
        seat,
        sitting: None,
        left: VecDeque::new(),
        left_behind,
        asked,
        leave: watch::channel(false).0,
        heard: Instant::now(),
        leaving: None,
        hearing: Hearing::Unasked,
        said: Said::default(),
        say,
    };
    station.stand(stop, health).await;
    Ok(())
}

fn place(options: &StationOptions) -> String {
    options.region.as_ref().map_or("nowhere in particular".to_owned(), |region| format!("in {region}"))
}

/// Makes sure that nobody else uses the spool while what this gives lives: two would take each other's batches for their own, or remove them.
fn lock(spool: &Path) -> Result<File, StationError> {
    let unusable = |source| StationError::Spool { path: spool.to_owned(), source };
    std::fs::create_dir_all(spool).map_err(unusable)?;
    let folder = File::open(spool).map_err(unusable)?;
    match folder.try_lock() {
        Err(TryLockError::WouldBlock) => Err(StationError::SpoolTaken { path: spool.to_owned() }),
        // A disk that knows no locks is as good as one.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(folder),
    }
}

/// The runs of which something was left, because this agent was ended in their middle: whoever carries one out may still ask. What is
/// older than any controller is waited for is removed.
fn left_behind(spool: &Path, say: &mut (dyn FnMut(&str) + Send)) -> io::Result<BTreeSet<String>> {
    let mut runs = BTreeSet::new();
    for entry in std::fs::read_dir(spool)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some(run) = name.strip_prefix(RUN_FOLDER) else { continue };
        let age = entry.metadata()?.modified()?.elapsed().unwrap_or_default();
        if age < RESUME_MAX {
            say(&format!("run {run} had left something in the spool: it is handed over if the run asks"));
            runs.insert(run.to_owned());
        } else {
            std::fs::remove_dir_all(entry.path())?;
            say(&format!("removed what run {run} had left in the spool: nobody has asked for it"));
        }
    }
    Ok(runs)
}

/// Makes sure that this is its name, and that nobody else hears under it.
async fn alone(seat: &Seat, options: &StationOptions) -> Result<(), StationError> {
    let name = options.name.clone();
    for _ in 0..LOOKS {
        let asked = tokio::select! {
            asked = seat.asked() => asked,
            what = seat.forbidden() => return Err(StationError::Forbidden { name, place: place(options), what }),
        };
        if asked.is_none_or(|asked| asked == 0) {
            return Ok(());
        }
        sleep(LOOK_AGAIN_AFTER).await;
    }
    Err(StationError::Twice { name })
}

struct Station<'a> {
    options: StationOptions,
    who: AgentOptions,
    hello: Hello,
    memory: Option<u64>,
    seat: Seat,
    sitting: Option<Sitting>,
    /// Runs that were left, the last one last.
    left: VecDeque<String>,
    /// Runs of which something is in the spool since before this station's time.
    left_behind: BTreeSet<String>,
    asked: asking::Asking,
    leave: watch::Sender<bool>,
    /// When the run that sits here last said something.
    heard: Instant,
    /// When it began to leave.
    leaving: Option<Instant>,
    hearing: Hearing,
    said: Said,
    say: &'a mut (dyn FnMut(&str) + Send),
}

/// What was said and is said again only when it has changed.
#[derive(Debug, Clone, Copy, Default)]
struct Said {
    cut: bool,
    silent: bool,
}

impl Station<'_> {
    async fn stand(&mut self, mut stop: watch::Receiver<bool>, health: &watch::Sender<Health>) {
        let mut tick = interval(HERE_EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                Ok(()) = stop.changed(), if !self.is_leaving() => self.begin_to_leave(),
                why = over(&mut self.sitting) => self.end_of_run(&why),
                word = self.seat.next() => match word {
                    Word::Down(run, down) => self.hear(&run, down),
                    Word::Event(event) => (self.say)(&event),
                },
                _ = tick.tick() => {
                    self.tick(health);
                    self.here(self.standing()).await;
                }
            }
            if self.is_leaving() && self.is_done() {
                self.here(Standing::Left).await;
                // What was said last is on its way when this returns; a server that is gone hears nothing.
                let _ = tokio::time::timeout(HERE_EVERY, self.seat.client().flush()).await;
                (self.say)("left");
                return;
            }
        }
    }

    fn hear(&mut self, run: &str, down: Down) {
        match &mut self.sitting {
            Some(sitting) if sitting.run == run => match down {
                Down::Join => {}
                Down::Message(message) => {
                    self.heard = Instant::now();
                    if let ToAgent::Refuse(refusal) = &message {
                        (self.say)(&format!("run {run} refuses this agent: {}", refusal.reason));
                    }
                    sitting.hear(message);
                }
                Down::Leave => sitting.end(),
            },
            _ => self.answer(run, &down),
        }
    }

    /// A word of a run that isn't sitting here.
    fn answer(&mut self, run: &str, down: &Down) {
        let was_here = self.left.iter().any(|left| left == run);
        match (down, &self.sitting) {
            (Down::Leave, _) => {}
            (Down::Message(ToAgent::Refuse(refusal)), None) => {
                (self.say)(&format!("run {run} refuses this agent: {}", refusal.reason));
            }
            (Down::Message(ToAgent::Tell(tell)), None) if self.left_behind.remove(run) => {
                (self.say)(&format!("run {run} asks for what was left: it is handed over"));
                self.remember(run);
                self.seat.hand_over(run, self.folder(run), tell.stored);
            }
            (Down::Join, None) if !self.is_leaving() && !was_here => self.join(run),
            (_, Some(sitting)) => {
                let why = format!("it is in run {}", sitting.run);
                self.seat.decline(run, why);
            }
            (_, None) if self.is_leaving() => self.seat.decline(run, "it is leaving".to_owned()),
            (_, None) if was_here => self.seat.decline(run, "it has left the run".to_owned()),
            (_, None) => {
                self.remember(run);
                self.seat.decline(run, "it was started again and is not in the run any more".to_owned());
            }
        }
    }

    /// Where the batches of a run are.
    fn folder(&self, run: &str) -> PathBuf {
        self.options.spool.join(format!("{RUN_FOLDER}{run}"))
    }

    fn join(&mut self, run: &str) {
        for left in std::mem::take(&mut self.left_behind) {
            // What can't be removed is tried again at the next start.
            let _ = std::fs::remove_dir_all(self.folder(&left));
            (self.say)(&format!("removed what run {left} had left in the spool: another one begins"));
        }
        let StationOptions { name, region, .. } = &self.options;
        let mut options = AgentOptions::new(name, region.clone(), self.folder(run));
        options.clocks = Some(self.asked.clocks());
        options.leave = Some(self.leave.subscribe());
        options.instance.clone_from(&self.who.instance);
        (self.say)(&format!("run {run} begins"));
        self.heard = Instant::now();
        self.sitting = Some(self.seat.sit(run.to_owned(), |end| async move {
            match agent::run(end, options).await {
                Ok(()) => "it has done its part".to_owned(),
                Err(AgentError::ControllerGone) => "the run wants nothing more of it".to_owned(),
                Err(error) => with_sources(&error),
            }
        }));
    }

    fn end_of_run(&mut self, why: &str) {
        let Some(sitting) = self.sitting.take() else { return };
        self.remember(&sitting.run);
        (self.say)(&format!("run {} is over: {why}", sitting.run));
    }

    fn remember(&mut self, run: &str) {
        if self.left.len() == LEFT_MAX {
            self.left.pop_front();
        }
        self.left.push_back(run.to_owned());
    }

    fn begin_to_leave(&mut self) {
        self.leaving = Some(Instant::now());
        self.leave.send_replace(true);
        if let Some(sitting) = &mut self.sitting {
            (self.say)(&format!("leaving run {}: the load stops, and what is left is handed over", sitting.run));
            if !sitting.is_assigned() {
                sitting.end();
            }
        }
    }

    fn tick(&mut self, health: &watch::Sender<Health>) {
        if let Some(sitting) = self.sitting.as_mut().filter(|_| self.heard.elapsed() >= ASSIGN_MAX)
            && !sitting.is_assigned()
        {
            sitting.end();
        }
        self.look(health);
    }

    /// Says once what doesn't last for a moment only.
    fn look(&mut self, health: &watch::Sender<Health>) {
        let hearing = self.seat.hearing();
        let before = std::mem::replace(&mut self.hearing, hearing.clone());
        let cut = |hearing: &Hearing| matches!(hearing, Hearing::Cut(_));
        match &hearing {
            Hearing::Cut(why) if cut(&before) && !self.said.cut => {
                self.said.cut = true;
                (self.say)(&format!("nothing is heard of the hub: {why}; trying again"));
            }
            Hearing::Open | Hearing::Unasked if self.said.cut => {
                self.said.cut = false;
                (self.say)("the hub is heard again");
            }
            _ => {}
        }
        let silent = self.sitting.as_ref().filter(|_| self.heard.elapsed() >= SILENT_MIN);
        if let Some(sitting) = silent.filter(|_| !self.said.silent) {
            let length = Text(SILENT_MIN);
            (self.say)(&format!(
                "run {} has said nothing for {length}: its controller, or the way to it, is gone",
                sitting.run
            ));
        }
        self.said.silent = silent.is_some();
        health.send_replace(Health::now(hearing, self.is_leaving()));
    }

    fn is_leaving(&self) -> bool {
        self.leaving.is_some()
    }

    fn is_done(&self) -> bool {
        self.sitting.is_none() || self.leaving.is_some_and(|since| since.elapsed() >= LEAVE_MAX)
    }

    fn standing(&self) -> Standing {
        match &self.sitting {
            None => Standing::Free,
            Some(sitting) if self.is_leaving() => Standing::Leaving(sitting.run.clone()),
            Some(sitting) => Standing::InRun(sitting.run.clone()),
        }
    }

    async fn here(&mut self, standing: Standing) {
        if standing == Standing::Free {
            // Counting descriptors takes a while where there are many: only what is free is of interest.
            (self.hello, self.memory) = (self.who.hello(), Available::raise().memory);
        }
        let here = Here {
            hello: self.hello.clone(),
            domain: self.seat.domain().map(str::to_owned),
            standing,
            silent_ms: self.sitting.as_ref().map_or(0, |_| millis(self.heard.elapsed())),
            memory: self.memory,
            spool_free: free(&self.options.spool),
            clocks: self.asked.said(),
        };
        let text = serde_json::to_vec(&here).expect("messages are plain JSON");
        if self.seat.client().connection_state() != State::Connected {
            // It would be said when it isn't true any more.
            return;
        }
        let _ = self.seat.client().publish(self.seat.whose().here(), text.into()).await;
    }
}

/// Why the run that sits here was left; waits for ever when none does.
async fn over(sitting: &mut Option<Sitting>) -> String {
    match sitting {
        Some(sitting) => sitting.over().await,
        None => std::future::pending().await,
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Bytes that are free where that folder is.
fn free(folder: &Path) -> u64 {
    rustix::fs::statvfs(folder).map_or(0, |disk| disk.f_bavail.saturating_mul(disk.f_frsize))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;

    #[test]
    fn a_spool_is_one_agents() {
        let folder = tempfile::tempdir().unwrap();
        let spool = folder.path().join("spool");
        let first = lock(&spool).unwrap();
        let second = lock(&spool).unwrap_err();
        assert!(matches!(&second, StationError::SpoolTaken { path } if *path == spool), "{second}");
        drop(first);
        lock(&spool).unwrap();
    }
}
