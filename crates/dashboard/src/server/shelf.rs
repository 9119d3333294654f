//! Recordings that can be looked at. Each is read and judged when somebody looks, a few are kept open, and while nobody asks the
//! others are judged one by one, so that the list says how they ended, and what the runs of one plan came to one after the other.
//!
//! What was read is kept with the length that its folder had then: a recording that has grown since is read again.

use super::{
    live::{Identity, Judged},
    owner::report_address,
    play::Tape,
    problem::Problem,
    together::Read,
};
use crate::{feed::Feed, replay, wire::Beside};
use ::plan::resolved::ResolvedPlan;
use axum::http::StatusCode;
use record::{ReadError, Recording, Tail};
use std::{
    collections::{BTreeSet, VecDeque},
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::sync::{mpsc, oneshot, watch};
use verdict::{
    Findings,
    runs::{self, Point},
};

/// Recordings that are kept open.
const OPEN_MAX: usize = 4;
/// Pairs of recordings of which is kept how they stand beside each other.
const PAIRS_MAX: usize = 64;
/// Recordings that are listed.
const RUNS_MAX: usize = 1_000;
/// Questions that may wait.
const WANTED_MAX: usize = 64;

/// A recording that was found.
#[derive(Debug)]
pub struct Recorded {
    identity: Identity,
    folder: PathBuf,
}

/// Why there is nothing to look at.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// It can't be opened.
    #[error("{} can't be read", .path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It is no recording, and none is in it.
    #[error("{} is no recording, and no folder in it is one", .path.display())]
    Nothing {
        /// Which.
        path: PathBuf,
    },
    /// It is a recording that can't be read.
    #[error(transparent)]
    Recording(#[from] ReadError),
    /// There are too many.
    #[error("there are more than {RUNS_MAX} recordings: name fewer folders")]
    TooMany,
}

/// Finds recordings: each path is one, or a folder of them. Newest first.
///
/// # Errors
/// A path that is neither, or a recording that can't be read.
pub fn find(paths: &[PathBuf]) -> Result<Vec<Recorded>, FindError> {
    let mut folders = Vec::new();
    for path in paths {
        let inside = if is_recording(path) { vec![path.clone()] } else { recordings_in(path)? };
        if inside.is_empty() {
            return Err(FindError::Nothing { path: path.clone() });
        }
        folders.extend(inside);
    }
    if folders.len() > RUNS_MAX {
        return Err(FindError::TooMany);
    }
    let mut found = folders.into_iter().map(recorded).collect::<Result<Vec<_>, _>>()?;
    found.sort_by_key(|one| std::cmp::Reverse(one.identity.started_unix_us));
    let mut names = BTreeSet::new();
    for one in &mut found {
        let name = one.identity.run.clone();
        let numbered = (2..).map(|number| format!("{name} {number}"));
        one.identity.run =
            std::iter::once(name.clone()).chain(numbered).find(|name| names.insert(name.clone())).unwrap_or(name);
    }
    Ok(found)
}

fn is_recording(path: &Path) -> bool {
    ["run.json", "resolved.json"].iter().any(|file| path.join(file).is_file())
}

fn recordings_in(path: &Path) -> Result<Vec<PathBuf>, FindError> {
    let unreadable = |source| FindError::Unreadable { path: path.to_owned(), source };
    let entries = fs::read_dir(path).map_err(unreadable)?;
    let entries = entries.collect::<io::Result<Vec<_>>>().map_err(unreadable)?;
    Ok(entries.into_iter().map(|entry| entry.path()).filter(|path| is_recording(path)).collect())
}

fn recorded(folder: PathBuf) -> Result<Recorded, FindError> {
    let tail = Tail::open(&folder)?;
    // `.` has a name only when it is looked up.
    let whole = folder.canonicalize().unwrap_or_else(|_| folder.clone());
    let run = whole.file_name().map_or_else(|| "run".to_owned(), |name| name.to_string_lossy().into_owned());
    let (plan, manifest) = (tail.plan(), tail.manifest());
    let identity = Identity {
        run,
        name: plan.name.clone(),
        sha256: plan.plan_sha256.clone(),
        landfall: manifest.map_or_else(String::new, |manifest| manifest.landfall_version.clone()),
        started_unix_us: manifest.map_or(0, record::Manifest::started_unix_micros),
    };
    Ok(Recorded { identity, folder })
}

/// A recording, read and judged.
#[derive(Debug)]
pub(crate) struct Shown {
    pub(crate) tape: Arc<Tape>,
    pub(crate) feed: Feed,
    pub(crate) judged: Judged,
    pub(crate) findings: Arc<Findings>,
    plan: ResolvedPlan,
}

impl Shown {
    /// Reads and judges the recording in that folder, which has that name in addresses; the text says why it can't.
    fn read(folder: &Path, run: &str) -> Result<Self, String> {
        let recording = Recording::read(folder).map_err(|error| error.to_string())?;
        let findings = verdict::judge(&recording);
        let (mut feed, mut messages, end) = replay::play(&recording);
        let last = feed.judged(&findings, &report_address(run));
        messages.extend(last.into_iter().map(|message| (end, message)));
        let (tape, judged) = (Arc::new(Tape::new(&messages)), Judged::of(&findings));
        Ok(Self { tape, feed, judged, findings: Arc::new(findings), plan: recording.plan })
    }
}

/// What is kept of every recording that was judged.
#[derive(Debug, Clone)]
pub(crate) struct Came {
    /// How it ended, and how long recovery took.
    pub(crate) point: Point,
    /// Runs of one plan have the same number.
    pub(crate) plan: usize,
}

/// A recording that can be asked for.
#[derive(Debug)]
pub(crate) struct StoredRun {
    pub(crate) identity: Arc<Identity>,
    pub(crate) came: watch::Receiver<Option<Came>>,
    index: usize,
    wanted: mpsc::Sender<Wanted>,
}

#[derive(Debug)]
enum Wanted {
    Opened {
        index: usize,
        reply: oneshot::Sender<Opened>,
    },
    /// The second held against the first.
    Beside {
        pair: [usize; 2],
        reply: oneshot::Sender<Paired>,
    },
}

type Opened = Result<Arc<Shown>, String>;
type Paired = Result<Arc<Beside>, String>;

impl StoredRun {
    pub(crate) async fn open(&self) -> Result<Arc<Shown>, Problem> {
        self.ask(|reply| Wanted::Opened { index: self.index, reply }).await
    }

    /// This recording held against an earlier one.
    pub(crate) async fn against(&self, earlier: &Self) -> Result<Arc<Beside>, Problem> {
        self.ask(|reply| Wanted::Beside { pair: [earlier.index, self.index], reply }).await
    }

    async fn ask<T>(&self, wanted: impl FnOnce(oneshot::Sender<Result<T, String>>) -> Wanted) -> Result<T, Problem> {
        let (reply, answer) = oneshot::channel();
        self.wanted.send(wanted(reply)).await.map_err(|_| Problem::ended())?;
        answer.await.map_err(|_| Problem::ended())?.map_err(|why| {
            let detail = "what is wrong with it is said above; landfall judge says it too";
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, why, detail)
        })
    }
}

/// The runs, and what keeps them.
pub(crate) fn shelf(recordings: Vec<Recorded>) -> (Vec<StoredRun>, impl Future<Output = ()> + Send) {
    let (wanted, asked) = mpsc::channel(WANTED_MAX);
    let (mut runs, mut places) = (Vec::new(), Vec::new());
    for (index, Recorded { identity, folder }) in recordings.into_iter().enumerate() {
        let (judge, came) = watch::channel(None);
        let identity = Arc::new(identity);
        places.push(Place { folder, identity: Arc::clone(&identity), judge });
        runs.push(StoredRun { identity, came, index, wanted: wanted.clone() });
    }
    let unjudged = (0..places.len()).collect();
    let shelf = Shelf { places, unjudged, open: VecDeque::new(), pairs: VecDeque::new(), plans: Vec::new() };
    (runs, shelf.keep(asked))
}

struct Place {
    folder: PathBuf,
    identity: Arc<Identity>,
    judge: watch::Sender<Option<Came>>,
}

/// The one owner of what is open.
struct Shelf {
    places: Vec<Place>,
    unjudged: VecDeque<usize>,
    /// What was asked for last is first.
    open: VecDeque<(Version, Arc<Shown>)>,
    pairs: VecDeque<([Version; 2], Arc<Beside>)>,
    /// One for all runs that can be seen as runs of one plan.
    plans: Vec<ResolvedPlan>,
}

/// A recording as it was when it was read: which, and how many bytes its folder had.
type Version = (usize, u64);

impl Shelf {
    async fn keep(mut self, mut asked: mpsc::Receiver<Wanted>) {
        loop {
            let idle = !self.unjudged.is_empty();
            tokio::select! {
                biased;
                wanted = asked.recv() => match wanted {
                    // Whoever asked may be gone.
                    Some(Wanted::Opened { index, reply }) => drop(reply.send(self.take(index).await)),
                    Some(Wanted::Beside { pair, reply }) => drop(reply.send(self.beside(pair).await)),
                    None => return,
                },
                () = std::future::ready(()), if idle => {
                    let Some(index) = self.unjudged.pop_front() else { continue };
                    if self.places[index].judge.borrow().is_none() {
                        // Whoever looks at it is told what is wrong with it.
                        let _ = self.load(index).await;
                    }
                }
            }
        }
    }

    async fn take(&mut self, index: usize) -> Opened {
        let version = self.version(index);
        let known = self.open.iter().find(|(open, _)| *open == version).map(|(_, shown)| Arc::clone(shown));
        let shown = match known {
            Some(shown) => shown,
            None => self.load(index).await?,
        };
        self.open.retain(|((open, _), _)| *open != index);
        self.open.push_front((version, Arc::clone(&shown)));
        self.open.truncate(OPEN_MAX);
        Ok(shown)
    }

    async fn beside(&mut self, pair: [usize; 2]) -> Paired {
        let versions = pair.map(|index| self.version(index));
        if let Some((_, held)) = self.pairs.iter().find(|(known, _)| *known == versions) {
            return Ok(Arc::clone(held));
        }
        let [before, now] = pair;
        let (before, now) = (self.read(before).await?, self.read(now).await?);
        let held = tokio::task::spawn_blocking(move || before.beside(&now)).await;
        let held = Arc::new(held.map_err(|_| "comparing them came to no end".to_owned())??);
        self.pairs.push_front((versions, Arc::clone(&held)));
        self.pairs.truncate(PAIRS_MAX);
        Ok(held)
    }

    async fn read(&mut self, index: usize) -> Result<Read, String> {
        let findings = Arc::clone(&self.take(index).await?.findings);
        let Place { folder, identity, .. } = &self.places[index];
        Ok(Read { name: identity.run.clone(), folder: folder.clone(), findings })
    }

    /// What can't be looked at has no length: whoever reads it is told why.
    fn version(&self, index: usize) -> Version {
        let files = fs::read_dir(&self.places[index].folder).into_iter().flatten().flatten();
        (index, files.filter_map(|file| Some(file.metadata().ok()?.len())).sum())
    }

    async fn load(&mut self, index: usize) -> Opened {
        let Place { folder, identity, .. } = &self.places[index];
        let (folder, identity) = (folder.clone(), Arc::clone(identity));
        let loaded = tokio::task::spawn_blocking(move || Shown::read(&folder, &identity.run)).await;
        let shown = Arc::new(loaded.map_err(|_| "reading it came to no end".to_owned())??);
        let point = Point::of(&self.places[index].identity.run, &shown.findings);
        let plan = self.number_of(&shown.plan);
        self.places[index].judge.send_replace(Some(Came { point, plan }));
        Ok(shown)
    }

    /// The number of that plan.
    fn number_of(&mut self, plan: &ResolvedPlan) -> usize {
        let known = self.plans.iter().position(|known| runs::are_of_one_plan(known, plan));
        known.unwrap_or_else(|| {
            self.plans.push(plan.clone());
            self.plans.len() - 1
        })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;

    fn recordings() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../verdict/tests/recordings")
    }

    #[test]
    fn a_recording_is_found_by_itself_and_in_its_folder() {
        let one = find(&[recordings().join("good")]).unwrap();
        assert_eq!((one.len(), &*one[0].identity.run), (1, "good"));
        assert!(!one[0].identity.sha256.is_empty());
        assert!(find(&[recordings()]).unwrap().len() > 10);
        let twice = find(&[recordings().join("good"), recordings().join("good")]).unwrap();
        assert_eq!([&*twice[0].identity.run, &*twice[1].identity.run], ["good", "good 2"]);
    }

    #[test]
    fn what_is_no_recording_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let said = |path: &Path| find(&[path.to_owned()]).unwrap_err().to_string();
        assert!(said(folder.path()).contains("no folder in it is one"));
        assert!(said(&folder.path().join("gone")).contains("gone can't be read"));
        fs::write(folder.path().join("run.json"), "{}").unwrap();
        assert!(said(folder.path()).contains("run.json") || said(folder.path()).contains("resolved.json"));
    }
}
