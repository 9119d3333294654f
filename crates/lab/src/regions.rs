//! Owns the regions' processes: starts them, kills them when a fault says so, starts them again, and notices when one dies
//! by itself.

use crate::{
    LabError, LabEvent, happenings,
    process::{LINES_MAX, Line, Process, Program, wait_for},
    throttle::Throttle,
};
use fault::ProcessRequest;
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

/// The regions' processes.
pub(crate) struct Regions {
    programs: BTreeMap<RegionName, Program>,
    running: BTreeMap<RegionName, Process>,
    /// Those that run a part of the time only.
    throttled: BTreeMap<RegionName, Throttle>,
    engine: Engine,
    events: mpsc::Sender<LabEvent>,
    /// Partitions that have had a writer; with PostgreSQL, regions whose server has found its place.
    settled: watch::Sender<BTreeSet<String>>,
}

impl Regions {
    /// Starts every region, all at once, and waits until all of them serve.
    pub(crate) async fn start(
        programs: BTreeMap<RegionName, Program>,
        engine: Engine,
        events: mpsc::Sender<LabEvent>,
    ) -> Result<Self, LabError> {
        let mut regions = Self {
            programs,
            running: BTreeMap::new(),
            throttled: BTreeMap::new(),
            engine,
            events,
            settled: watch::Sender::default(),
        };
        let mut waiting = Vec::new();
        for region in regions.programs.keys().cloned().collect::<Vec<_>>() {
            let (process, lines) = regions.spawn(&region)?;
            waiting.push((region, process, lines));
        }
        // One after the other: they boot side by side all the same.
        for (region, mut process, mut lines) in waiting {
            regions.await_serving(&region, &mut process, &mut lines).await?;
            regions.follow(lines);
            regions.running.insert(region.clone(), process);
        }
        Ok(regions)
    }

    /// Waits until so many partitions have a writer: before that a region serves, but nobody can write. With PostgreSQL it waits
    /// until each region's server is the writer or has its copy: copies that are still being made are not what a baseline is about.
    pub(crate) async fn await_writers(&self, partitions: usize) -> Result<(), LabError> {
        let (wanted, within) = match self.engine {
            Engine::Postgres => (self.programs.len(), SERVERS_WITHIN),
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
                    Some(ProcessRequest::Kill { regions, reply }) => {
                        // An asker that gave up needs no answer, here and below.
                        let _ = reply.send(self.kill(&regions).await);
                    }
                    Some(ProcessRequest::Throttle { regions, running, reply }) => {
                        let _ = reply.send(self.throttle(&regions, running));
                    }
                    Some(ProcessRequest::Start { regions, reply }) => {
                        let _ = reply.send(self.restart(&regions).await);
                    }
                    None => break,
                },
                _ = watch.tick() => self.notice_deaths(),
            }
        }
        drop(self.throttled);
        for process in self.running.into_values() {
            process.end().await;
        }
    }

    /// Kills these regions at once; those that were told to die do so also when one of them had died before.
    async fn kill(&mut self, regions: &[RegionName]) -> Result<String, String> {
        self.throttled.retain(|region, _| !regions.contains(region));
        let killing = regions.iter().map(|region| {
            let process = self.running.remove(region).ok_or_else(|| format!("no process of {region} is running"));
            async move {
                let id = process?.kill().await?;
                Ok(format!("process {id} of {region} killed with SIGKILL and gone"))
            }
        });
        let killed: Result<Vec<String>, String> = join_all(killing).await.into_iter().collect();
        killed.map(|killed| killed.join("; "))
    }

    /// Lets these regions run that part of the time.
    fn throttle(&mut self, regions: &[RegionName], running: Share) -> Result<String, String> {
        self.throttled.retain(|region, _| !regions.contains(region));
        for region in regions.iter().filter(|_| running != Share::WHOLE) {
            let id = self.running.get(region).and_then(Process::id);
            let throttle = id.and_then(|id| Throttle::start(id, running));
            let throttle = throttle.ok_or_else(|| format!("no process of {region} is running"))?;
            self.throttled.insert(region.clone(), throttle);
        }
        let names: Vec<&str> = regions.iter().map(RegionName::as_str).collect();
        Ok(format!("{} run {running} of the time", names.join(", ")))
    }

    /// Starts these regions side by side, for one may need another to serve.
    async fn restart(&mut self, regions: &[RegionName]) -> Result<String, String> {
        let mut waiting = Vec::new();
        for region in regions.iter().filter(|region| !self.running.contains_key(*region)) {
            let (process, lines) = self.spawn(region).map_err(|error| error.to_string())?;
            waiting.push((region, process, lines));
        }
        for (region, mut process, mut lines) in waiting {
            let serving = self.await_serving(region, &mut process, &mut lines).await;
            let line = serving.map_err(|error| error.to_string())?;
            self.follow(lines);
            self.running.insert(region.clone(), process);
            self.tell(line.at, EventKind::RegionServing(region.clone()), format!("{region} serves again"));
        }
        let names: Vec<&str> = regions.iter().map(RegionName::as_str).collect();
        Ok(format!("{} started and serving", names.join(", ")))
    }

    fn spawn(&self, region: &RegionName) -> Result<(Process, mpsc::Receiver<Line>), LabError> {
        let program = self
            .programs
            .get(region)
            .ok_or_else(|| LabError::Start { name: region.to_string(), reason: "no region of that name".to_owned() })?;
        let (sender, lines) = mpsc::channel(LINES_MAX);
        Ok((Process::start(program, sender)?, lines))
    }

    async fn await_serving(
        &self,
        region: &RegionName,
        process: &mut Process,
        lines: &mut mpsc::Receiver<Line>,
    ) -> Result<Line, LabError> {
        let mut defects = Vec::new();
        let seen = |line: &Line| {
            if line.event() == "defect" {
                defects.push((line.at, line.text("name").to_owned()));
            }
        };
        wait_for(process, lines, "ready", READY_WITHIN, seen).await?;
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

    /// Tells what a region says from now on, until it ends.
    fn follow(&self, mut lines: mpsc::Receiver<Line>) {
        let (names, engine) = (self.names(), self.engine);
        let (events, settled) = (self.events.clone(), self.settled.clone());
        tokio::spawn(async move {
            while let Some(line) = lines.recv().await {
                note_settled(&line, engine, &settled);
                happenings::tell(&line, &names, "region", &events);
            }
        });
    }

    fn names(&self) -> Vec<RegionName> {
        self.programs.keys().cloned().collect()
    }

    fn notice_deaths(&mut self) {
        let ended: Vec<_> = self
            .running
            .iter_mut()
            .filter_map(|(region, process)| process.ended().map(|status| (region.clone(), status)))
            .collect();
        for (region, status) in ended {
            self.running.remove(&region);
            self.throttled.remove(&region);
            let text = format!("the process of {region} ended by itself ({status}): no fault did that");
            self.tell(Instant::now(), EventKind::Note, text);
        }
    }

    fn tell(&self, at: Instant, kind: EventKind, text: String) {
        // Nobody listens when the run is over.
        let _ = self.events.try_send(LabEvent { at, kind, text, source: "lab" });
    }
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
