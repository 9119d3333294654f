//! What a process uses of the machine, as the kernel counts it (`/proc`, proc(5)).

use std::{fs, time::Duration};

/// The kernel tells times in this many ticks per second (`USER_HZ`).
const TICKS_PER_SECOND: u64 = 100;

/// What a process uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Usage {
    /// Processor time since it began, its own and the kernel's for it.
    pub(crate) processor: Duration,
    /// How long its first thread could have run and waited for a processor; zero where the kernel doesn't count it.
    pub(crate) waited: Duration,
    /// Memory that is really there, in MiB.
    pub(crate) resident_mib: u64,
}

impl Usage {
    /// What the process with that id uses now.
    pub(crate) fn of(process: u32) -> Result<Self, String> {
        let read = |file: &str| {
            let path = format!("/proc/{process}/{file}");
            fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))
        };
        let waiting = read("schedstat").unwrap_or_default();
        Self::read(&read("stat")?, &read("status")?, &waiting)
            .ok_or_else(|| format!("/proc/{process} can't be understood"))
    }

    fn read(stat: &str, status: &str, schedstat: &str) -> Option<Self> {
        // The name in it may hold anything, so the fields are counted from its end: field 14 of proc(5) is here 11.
        let fields: Vec<&str> = stat.get(stat.rfind(')')? + 1..)?.split_whitespace().collect();
        let ticks = |index: usize| fields.get(index)?.parse::<u64>().ok();
        let ticks = ticks(11)? + ticks(12)?;
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        let kib: u64 = resident.split_whitespace().next()?.parse().ok()?;
        // Nanoseconds on a processor, nanoseconds waiting for one, and how often (Documentation/scheduler/sched-stats).
        let waited = schedstat.split_whitespace().nth(1).and_then(|waited| waited.parse().ok()).unwrap_or(0);
        Some(Self {
            processor: Duration::from_millis(ticks * 1_000 / TICKS_PER_SECOND),
            waited: Duration::from_nanos(waited),
            resident_mib: kib / 1024,
        })
    }
}

/// Memory that this machine could still give, in MiB.
pub(crate) fn available_mib() -> Result<u64, String> {
    let text = fs::read_to_string("/proc/meminfo").map_err(|error| format!("/proc/meminfo: {error}"))?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:")).unwrap_or_default();
    let kib: Option<u64> = line.split_whitespace().next().and_then(|kib| kib.parse().ok());
    kib.map(|kib| kib / 1024).ok_or_else(|| "/proc/meminfo does not say what is available".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_read_whatever_the_process_is_called() {
        let stat =
            "17 (a) R 2 (b) S 1 17 17 0 -1 4194304 90 0 0 0 250 55 0 0 20 0 7 0 12300 1000 25 18446744073709551615";
        let waited = Duration::from_micros(1_500);
        let expected = Usage { processor: Duration::from_millis(3_050), waited, resident_mib: 2 };
        let status = "Name:\ta\nVmRSS:\t  2048 kB\n";
        assert_eq!(Usage::read(stat, status, "3050000000 1500000 17\n"), Some(expected));
        assert_eq!(Usage::read(stat, status, ""), Some(Usage { waited: Duration::ZERO, ..expected }), "not counted");
        assert_eq!(Usage::read(stat, "Name:\ta\n", ""), None);
        assert_eq!(Usage::read("17 (a) S 1", "VmRSS: 1 kB", ""), None);
        assert!(available_mib().is_ok_and(|mib| mib > 0));
    }
}
