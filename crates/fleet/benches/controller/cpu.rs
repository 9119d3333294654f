//! What this process has used, from `/proc`: the kernel scales these figures to the time that threads really ran.

use std::{collections::BTreeMap, fs, path::Path, time::Duration};

/// CPU time, user and system.
#[derive(Debug, Clone, Default)]
pub(crate) struct Used {
    pub(crate) all: Duration,
    /// By the thread's name.
    pub(crate) threads: BTreeMap<String, Duration>,
}

impl Used {
    /// Until now.
    pub(crate) fn now() -> Self {
        let tasks = fs::read_dir("/proc/self/task").unwrap();
        let mut threads = BTreeMap::new();
        for task in tasks.flatten() {
            // One that has ended meanwhile has used nothing since.
            let Ok(name) = fs::read_to_string(task.path().join("comm")) else { continue };
            let used = cpu(&task.path().join("stat")).unwrap_or_default();
            *threads.entry(name.trim().to_owned()).or_default() += used;
        }
        Self { all: cpu(Path::new("/proc/self/stat")).unwrap(), threads }
    }

    /// Since then.
    pub(crate) fn since(&self, before: &Self) -> Self {
        let since = |(name, used): (&String, &Duration)| {
            (name.clone(), *used - before.threads.get(name).copied().unwrap_or_default())
        };
        Self { all: self.all - before.all, threads: self.threads.iter().map(since).collect() }
    }
}

fn cpu(stat: &Path) -> Option<Duration> {
    let text = fs::read_to_string(stat).ok()?;
    let fields: Vec<&str> = text.rsplit(')').next()?.split_whitespace().collect();
    let ticks = |index: usize| -> Option<u64> { fields.get(index)?.parse().ok() };
    Some(Duration::from_millis((ticks(11)? + ticks(12)?) * 1_000 / rustix::param::clock_ticks_per_second()))
}

/// Resident memory at its highest, in bytes.
pub(crate) fn memory_peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.split_whitespace().next().unwrap().parse::<u64>().unwrap() << 10
}

/// Bytes of the files in a folder.
pub(crate) fn bytes_below(folder: &Path) -> u64 {
    fs::read_dir(folder).unwrap().flatten().map(|entry| entry.metadata().unwrap().len()).sum()
}
