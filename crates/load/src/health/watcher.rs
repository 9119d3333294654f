//! Looks at the generator once a second, from a thread of its own, so that a generator that hangs is seen to hang.

use super::{
    LiveCounts, ThreadHealth, process,
    saturation::{Change, Saturation, Second},
};
use crate::recorder::{Clock, Shared};
use record::{Entry, Event, EventKind, GeneratorSecond};
use std::{
    collections::VecDeque,
    io,
    sync::{
        Arc,
        mpsc::{RecvTimeoutError, SyncSender, sync_channel},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};
use tokio::sync::mpsc;

/// Entries that wait for a full output; more are dropped, oldest first.
const WAITING_MAX: usize = 256;

/// The watching thread; ends when dropped.
#[derive(Debug)]
pub(crate) struct Watcher {
    stop: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// What is watched.
pub(crate) struct Watched {
    pub(crate) clock: Clock,
    pub(crate) threads: Vec<Arc<ThreadHealth>>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) output: mpsc::Sender<Entry>,
    pub(crate) lag_p99_max: Duration,
}

impl Watcher {
    /// Begins to watch.
    ///
    /// # Errors
    /// The thread could not be started.
    pub(crate) fn start(watched: Watched) -> io::Result<Self> {
        let (stop, stopped) = sync_channel::<()>(1);
        let thread = std::thread::Builder::new().name("load-watcher".to_owned()).spawn(move || {
            let mut watch = Watch::new(watched);
            loop {
                match stopped.recv_timeout(watch.until_next_second()) {
                    Err(RecvTimeoutError::Timeout) => watch.look(),
                    Ok(()) | Err(RecvTimeoutError::Disconnected) => return,
                }
            }
        })?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            // A panic of the watcher has been printed; the load's own threads are not concerned.
            let _panicked = thread.join();
        }
    }
}

struct Watch {
    watched: Watched,
    saturation: Saturation,
    /// When it last looked, and what CPU each thread had used by then.
    last: (Instant, Vec<Duration>),
    waiting: VecDeque<Entry>,
}

impl Watch {
    fn new(watched: Watched) -> Self {
        let saturation = Saturation::new(watched.lag_p99_max, watched.threads.len());
        let last = (Instant::now(), cpu(&watched.threads));
        Self { watched, saturation, last, waiting: VecDeque::new() }
    }

    fn until_next_second(&self) -> Duration {
        let now = self.watched.clock.at(Instant::now());
        Duration::from_micros(1_000_000 - now.as_micros() % 1_000_000)
    }

    fn look(&mut self) {
        let now = Instant::now();
        let used = cpu(&self.watched.threads);
        let elapsed = (now - self.last.0).as_secs_f64().max(1e-3);
        let share = |(now, before): (&Duration, &Duration)| {
            (now.saturating_sub(*before).as_secs_f64() / elapsed).clamp(0.0, 1.0)
        };
        let thread_cpu: Vec<f64> = used.iter().zip(&self.last.1).map(share).collect();
        self.last = (now, used);
        let at = self.watched.clock.at(now);
        self.send(Entry::Generator(GeneratorSecond {
            agent: 0,
            second: at.second().saturating_sub(1),
            thread_cpu: thread_cpu.clone(),
            descriptors: process::descriptors(),
            descriptors_max: process::descriptors_limit().0,
            memory: process::memory(),
        }));
        let exhausted = LiveCounts::sum(self.watched.threads.iter().map(|thread| &**thread)).exhausted;
        let second = Second { lags: self.watched.shared.take_lags(), thread_cpu, exhausted };
        let change = match self.saturation.judge(second) {
            Some(Change::Saturated(reason)) => (true, reason),
            Some(Change::Recovered) => (false, "the generator keeps up again".to_owned()),
            None => return,
        };
        self.send(Event::new(at, EventKind::GeneratorSaturated(change.0), "generator", change.1).into());
    }

    fn send(&mut self, entry: Entry) {
        if self.waiting.len() == WAITING_MAX {
            self.waiting.pop_front();
        }
        self.waiting.push_back(entry);
        while let Some(entry) = self.waiting.pop_front() {
            if let Err(mpsc::error::TrySendError::Full(entry)) = self.watched.output.try_send(entry) {
                self.waiting.push_front(entry);
                return;
            }
        }
    }
}

fn cpu(threads: &[Arc<ThreadHealth>]) -> Vec<Duration> {
    let used = |thread: &Arc<ThreadHealth>| thread.kernel_id().and_then(process::thread_cpu).unwrap_or_default();
    threads.iter().map(used).collect()
}
