//! Owns the processes of Chirp: regions, edges, steering. Starts them, kills them when a fault says so, starts them again, and notices
//! when one dies by itself.

use crate::{
    LabError, LabEvent,
    descriptors::DescriptorLimit,
    happenings,
    kept_data::KeptData,
    process::{LINES_MAX, Line, Process, Program, wait_for},
    throttle::Throttle,
};
use fault::{Part, ProcessRequest, Release};
use futures_util::future::join_all;
use plan::resolved::Engine;
use record::EventKind;
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, MissedTickBehavior, interval, timeout},
};
use units::{RegionName, Share};

/// A region must listen within this.
pub(crate) const READY_WITHIN: Duration = Duration::from_secs(20);
/// A region must have caught up and serve within this.
pub(crate) const SERVING_WITHIN: Duration = Duration::from_secs(60);
/// Somebody must have the lease of each partition within this.
const WRITER_WITHIN: Duration = Duration::from_secs(30);
/// Servers are copied over links between regions.
const SERVERS_WITHIN: Duration = Duration::from_secs(120);
const WATCH_EVERY: Duration = Duration::from_millis(250);

/// The processes of Chirp.
pub(crate) struct Supervisor {
    programs: BTreeMap<Part, Program>,
    running: BTreeMap<Part, Process>,
    /// Those that run as another version.
    released: BTreeMap<Part, Release>,
    /// Those that run a part of the time only.
    throttled: BTreeMap<Part, Throttle>,
    /// Those that can open few more descriptors.
    limited: BTreeMap<Part, DescriptorLimit>,
    engine: Engine,
    kept_data: KeptData,
    events: mpsc::Sender<LabEvent>,
    /// Partitions that have had a writer; with PostgreSQL, regions whose server has found its place.
    settled: watch::Sender<BTreeSet<String>>,
}

impl Supervisor {
    /// One that has nothing to own yet.
    pub(crate) fn new(engine: Engine, kept_data: KeptData, events: mpsc::Sender<LabEvent>) -> Self {
        Self {
            programs: BTreeMap::new(),
            running: BTreeMap::new(),
            released: BTreeMap::new(),
            throttled: BTreeMap::new(),
            limited: BTreeMap::new(),
            engine,
            kept_data,
            events,
            settled: watch::Sender::default(),
        }
    }

    /// Starts these, all at once, and waits until all of them serve.
    pub(crate) async fn start(&mut self, programs: impl IntoIterator<Item = (Part, Program)>) -> Result<(), LabError> {
        let programs: Vec<(Part, Program)> = programs.into_iter().collect();
        self.programs.extend(programs.iter().cloned());
        let mut waiting = Vec::new();
        for (part, _) in programs {
            let (process, lines) = self.spawn(&part)?;
            waiting.push((part, process, lines));
        }
        // One after the other: they boot side by side all the same.
        for (part, mut process, mut lines) in waiting {
            self.await_serving(&part, &mut process, &mut lines).await?;
            self.follow(&part, lines);
            self.running.insert(part, process);
        }
        Ok(())
    }

    /// Waits until so many partitions have a writer: before that a region serves, but nobody can write. With PostgreSQL it waits
    /// until each region's server is the writer or has its copy: copies that are still being made are not what a baseline is about.
    pub(crate) async fn await_writers(&self, partitions: usize) -> Result<(), LabError> {
        let (wanted, within) = match self.engine {
            Engine::Postgres => (self.names().len(), SERVERS_WITHIN),
            _ => (partitions, WRITER_WITHIN),
        };
        let mut settled = self.settled.subscribe();
        let all = settled.wait_for(|settled| settled.len() >= wanted);
        match timeout(within, all).await {
            // The sender is ours, so waiting can't fail otherwise.
            Ok(_) => Ok(()),
            Err(_) => Err(LabError::NoWriter { within }),
        }
    }

    /// Obeys `requests` until their senders are gone.
    pub(crate) async fn supervise(mut self, mut requests: mpsc::Receiver<ProcessRequest>) {
        let mut watch = interval(WATCH_EVERY);
        watch.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                request = requests.recv() => match request {
                    Some(ProcessRequest::Kill { parts, reply }) => {
                        // An asker that gave up needs no answer, here and below.
                        let _ = reply.send(self.kill(&parts).await);
                    }
                    Some(ProcessRequest::Throttle { parts, running, reply }) => {
                        let _ = reply.send(self.throttle(&parts, running));
                    }
                    Some(ProcessRequest::KeepData { parts, reply }) => {
                        let _ = reply.send(self.keep_data(&parts).await);
                    }
                    Some(ProcessRequest::PutBackData { parts, reply }) => {
                        let _ = reply.send(self.put_back_data(&parts).await);
                    }
                    Some(ProcessRequest::LimitDescriptors { parts, left, reply }) => {
                        let _ = reply.send(self.limit_descriptors(&parts, left));
                    }
                    Some(ProcessRequest::Replace { parts, release, reply }) => {
                        let _ = reply.send(self.replace(&parts, release).await);
                    }
                    Some(ProcessRequest::Id { part, reply }) => {
                        let _ = reply.send(self.id(&part));
                    }
                    Some(ProcessRequest::Start { parts, reply }) => {
                        let _ = reply.send(self.restart(&parts).await);
                    }
                    None => break,
                },
                _ = watch.tick() => self.notice_deaths(),
            }
        }
        drop((self.throttled, self.limited));
        for process in self.running.into_values() {
            process.end().await;
        }
    }

    /// Kills these at once; those that were told to die do so also when one of them had died before.
    async fn kill(&mut self, parts: &[Part]) -> Result<String, String> {
        self.throttled.retain(|part, _| !parts.contains(part));
        self.limited.retain(|part, _| !parts.contains(part));
        let killing = parts.iter().map(|part| {
            let process = self.running.remove(part).ok_or_else(|| format!("no process of {part} is running"));
            async move {
                let id = process?.kill().await?;
                Ok(format!("process {id} of {part} killed with SIGKILL and gone"))
            }
        });
        let killed: Result<Vec<String>, String> = join_all(killing).await.into_iter().collect();
        killed.map(|killed| killed.join("; "))
    }

    /// Lets these run that part of the time.
    fn throttle(&mut self, parts: &[Part], running: Share) -> Result<String, String> {
        self.throttled.retain(|part, _| !parts.contains(part));
        for part in parts.iter().filter(|_| running != Share::WHOLE) {
            let throttle = Throttle::start(self.id(part)?, running);
            let throttle = throttle.ok_or_else(|| format!("no process of {part} is running"))?;
            self.throttled.insert(part.clone(), throttle);
        }
        Ok(format!("{} run {running} of the time", words(parts)))
    }

    /// Keeps a copy of the data of each.
    async fn keep_data(&self, parts: &[Part]) -> Result<String, String> {
        let mut said = Vec::new();
        for part in parts {
            if self.throttled.contains_key(part) {
                // It would be let go with the copy's end.
                return Err(format!("the data of {part} can't be copied while another fault makes it stand still"));
            }
            let (region, process) = (region_of(part)?, self.running.get(part).and_then(Process::id));
            let kept = self.kept_data.clone();
            said.push(blocking(move || kept.keep(&region, process)).await?);
        }
        Ok(said.join("; "))
    }

    /// Puts these copies in the place of the data of each.
    async fn put_back_data(&self, parts: &[Part]) -> Result<String, String> {
        if let Some(running) = parts.iter().find(|part| self.running.contains_key(part)) {
            return Err(format!("{running} runs: its data can't be replaced"));
        }
        let mut said = Vec::new();
        for part in parts {
            let (region, kept) = (region_of(part)?, self.kept_data.clone());
            said.push(blocking(move || kept.put_back(&region)).await?);
        }
        Ok(said.join("; "))
    }

    /// Lets these open so many more descriptors, or as many as before.
    fn limit_descriptors(&mut self, parts: &[Part], left: Option<u32>) -> Result<String, String> {
        self.limited.retain(|part, _| !parts.contains(part));
        let Some(left) = left else { return Ok(format!("{} have their limit of descriptors back", words(parts))) };
        for part in parts {
            let limit = DescriptorLimit::set(self.id(part)?, left);
            let limit = limit.map_err(|error| format!("the descriptors of {part} can't be limited: {error}"))?;
            self.limited.insert(part.clone(), limit);
        }
        Ok(format!("{} may open {left} more descriptors", words(parts)))
    }

    /// The id of the process of a part.
    fn id(&self, part: &Part) -> Result<u32, String> {
        self.running.get(part).and_then(Process::id).ok_or_else(|| format!("no process of {part} is running"))
    }

    /// Stops these in order and starts them as another version, or as their own.
    async fn replace(&mut self, parts: &[Part], release: Option<Release>) -> Result<String, String> {
        let parts: Vec<Part> = match release {
            Some(_) => parts.to_vec(),
            // What runs its own version is left as it is.
            None => parts.iter().filter(|part| self.released.contains_key(*part)).cloned().collect(),
        };
        let running: Vec<(Part, Process)> =
            parts.iter().filter_map(|part| self.running.remove(part).map(|process| (part.clone(), process))).collect();
        let ended = join_all(running.into_iter().map(|(part, process)| async move {
            let how = if process.end().await { "ended in order" } else { "had to be killed" };
            format!("{part} {how}")
        }));
        let ended = ended.await.join(", ");
        for part in &parts {
            match &release {
                Some(release) => self.released.insert(part.clone(), release.clone()),
                None => self.released.remove(part),
            };
        }
        let started = self.restart(&parts).await?;
        Ok(format!("{ended}; {started}"))
    }

    /// Starts these side by side, for one may need another to serve.
    async fn restart(&mut self, parts: &[Part]) -> Result<String, String> {
        let mut waiting = Vec::new();
        for part in parts.iter().filter(|part| !self.running.contains_key(*part)) {
            let (process, lines) = self.spawn(part).map_err(|error| error.to_string())?;
            waiting.push((part, process, lines));
        }
        for (part, mut process, mut lines) in waiting {
            let serving = self.await_serving(part, &mut process, &mut lines).await;
            let line = serving.map_err(|error| error.to_string())?;
            self.follow(part, lines);
            self.running.insert(part.clone(), process);
            let kind = match part {
                Part::Region(region) => EventKind::RegionServing(region.clone()),
                Part::Edge(..) | Part::Steering | Part::ThirdParty(_) => EventKind::Note,
            };
            self.tell(line.at, kind, format!("{part} serves again"));
        }
        Ok(format!("{} started and serving", words(parts)))
    }

    fn spawn(&self, part: &Part) -> Result<(Process, mpsc::Receiver<Line>), LabError> {
        let program = self
            .programs
            .get(part)
            .ok_or_else(|| LabError::Start { name: part.to_string(), reason: "there is no such part".to_owned() })?;
        let released = self.released.get(part).map(|release| program.released(release));
        let (sender, lines) = mpsc::channel(LINES_MAX);
        Ok((Process::start(released.as_ref().unwrap_or(program), sender)?, lines))
    }

    async fn await_serving(
        &self,
        part: &Part,
        process: &mut Process,
        lines: &mut mpsc::Receiver<Line>,
    ) -> Result<Line, LabError> {
        let mut defects = Vec::new();
        let seen = |line: &Line| {
            if line.event() == "defect" {
                defects.push((line.at, line.text("name").to_owned()));
            }
        };
        let ready = wait_for(process, lines, "ready", READY_WITHIN, seen).await?;
        let Part::Region(region) = part else { return Ok(ready) };
        let names = self.names();
        let (engine, settled) = (self.engine, &self.settled);
        let news = |line: &Line| {
            note_settled(line, engine, settled);
            happenings::tell(line, &names, "region", &self.events);
        };
        let line = wait_for(process, lines, "serving", SERVING_WITHIN, news).await?;
        for (at, defect) in defects {
            self.tell(at, EventKind::DefectOn(defect.clone()), format!("{region} runs with the defect {defect}"));
        }
        Ok(line)
    }

    /// Tells what a part says from now on, until it ends.
    fn follow(&self, part: &Part, mut lines: mpsc::Receiver<Line>) {
        let (names, engine) = (self.names(), self.engine);
        let source = match part {
            Part::Region(_) => "region",
            Part::Edge(..) => "edge",
            Part::Steering => "steering",
            Part::ThirdParty(_) => "third party",
        };
        let (events, settled) = (self.events.clone(), self.settled.clone());
        tokio::spawn(async move {
            while let Some(line) = lines.recv().await {
                note_settled(&line, engine, &settled);
                happenings::tell(&line, &names, source, &events);
            }
        });
    }

    /// The regions.
    fn names(&self) -> Vec<RegionName> {
        let region = |part: &Part| match part {
            Part::Region(region) => Some(region.clone()),
            Part::Edge(..) | Part::Steering | Part::ThirdParty(_) => None,
        };
        self.programs.keys().filter_map(region).collect()
    }

    fn notice_deaths(&mut self) {
        let ended: Vec<_> = self
            .running
            .iter_mut()
            .filter_map(|(part, process)| process.ended().map(|status| (part.clone(), status)))
            .collect();
        for (part, status) in ended {
            self.running.remove(&part);
            self.throttled.remove(&part);
            self.limited.remove(&part);
            let text = format!("the process of {part} ended by itself ({status}): no fault did that");
            self.tell(Instant::now(), EventKind::Note, text);
        }
    }

    fn tell(&self, at: Instant, kind: EventKind, text: String) {
        // Nobody listens when the run is over.
        let _ = self.events.try_send(LabEvent { at, kind, text, source: "lab" });
    }
}

/// The region that a part is.
fn region_of(part: &Part) -> Result<RegionName, String> {
    match part {
        Part::Region(region) => Ok(region.clone()),
        Part::Edge(..) | Part::Steering | Part::ThirdParty(_) => Err(format!("{part} has no data")),
    }
}

/// Does what waits for the disk, away from the thread that others wait for.
async fn blocking(work: impl FnOnce() -> Result<String, String> + Send + 'static) -> Result<String, String> {
    tokio::task::spawn_blocking(work).await.map_err(|error| error.to_string())?
}

/// Their names, for messages.
fn words(parts: &[Part]) -> String {
    parts.iter().map(Part::to_string).collect::<Vec<_>>().join(", ")
}

/// Remembers the partition that a region says it writes from now on; with PostgreSQL the region, once its server is the writer
/// or follows it with a whole copy. (There is no copy without a writer.)
fn note_settled(line: &Line, engine: Engine, settled: &watch::Sender<BTreeSet<String>>) {
    let who = match (engine, line.event()) {
        (Engine::Postgres, "postgres_writer" | "postgres_standby") => line.text("region"),
        (Engine::Postgres, _) => return,
        (_, "writer") => line.text("partition"),
        _ => return,
    };
    settled.send_modify(|settled| {
        settled.insert(who.to_owned());
    });
}
