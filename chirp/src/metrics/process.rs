//! `process_*`: what the process uses of the machine, read from `/proc/self` when it is scraped.
//!
//! The names are those that Prometheus's own client libraries give
//! (<https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics>). What cannot be read is
//! left out: no number rather than a false one.

use std::fs::{read_dir, read_to_string};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

/// The kernel tells times in this many ticks per second on every machine that Chirp runs on (`USER_HZ`,
/// proc(5); it is not the kernel's own rate).
const TICKS_PER_SECOND: f64 = 100.0;

/// Reads the numbers for each scrape.
#[derive(Debug)]
pub(super) struct ProcessNumbers;

#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Stat {
    cpu_seconds: f64,
    threads: f64,
    started_seconds_after_boot: f64,
}

impl Collector for ProcessNumbers {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let stat = read_to_string("/proc/self/stat").ok().as_deref().and_then(stat);
        let booted = read_to_string("/proc/stat").ok().as_deref().and_then(|text| field(text, "btime"));
        let status = read_to_string("/proc/self/status").unwrap_or_default();
        let bytes = |key| field(&status, key).map(|kilobytes| kilobytes * 1024.0);
        let started = booted.zip(stat).map(|(booted, stat)| booted + stat.started_seconds_after_boot);
        // The directory that is being read is an open file, too.
        let open = read_dir("/proc/self/fd").ok().map(|entries| entries.count().saturating_sub(1) as f64);
        if let Some(stat) = stat {
            let counter = ConstCounter::new(stat.cpu_seconds);
            let help = "CPU time used, user and system, in seconds";
            counter.encode(encoder.encode_descriptor("process_cpu_seconds", help, None, counter.metric_type())?)?;
        }
        let gauges = [
            ("process_start_time_seconds", "When the process began, in seconds since 1970", started),
            ("process_resident_memory_bytes", "Memory in use, in bytes", bytes("VmRSS")),
            ("process_virtual_memory_bytes", "Address space in use, in bytes", bytes("VmSize")),
            ("process_threads", "Threads", stat.map(|stat| stat.threads)),
            ("process_open_fds", "Open file descriptors", open),
            ("process_max_fds", "File descriptors that may be open", files_max()),
        ];
        for (name, help, value) in gauges {
            let Some(value) = value else { continue };
            let gauge = ConstGauge::new(value);
            gauge.encode(encoder.encode_descriptor(name, help, None, gauge.metric_type())?)?;
        }
        Ok(())
    }
}

/// `/proc/self/stat`; the name in it may hold anything, so the fields are counted from its end.
fn stat(text: &str) -> Option<Stat> {
    let fields: Vec<&str> = text.get(text.rfind(')')? + 1..)?.split_whitespace().collect();
    // proc(5) counts from 1 and has pid and name before: field 14 is here 11.
    let number = |index: usize| fields.get(index)?.parse::<f64>().ok();
    Some(Stat {
        cpu_seconds: (number(11)? + number(12)?) / TICKS_PER_SECOND,
        threads: number(17)?,
        started_seconds_after_boot: number(19)? / TICKS_PER_SECOND,
    })
}

/// The first number of the line that begins with `key`.
fn field(text: &str, key: &str) -> Option<f64> {
    let mut rests = text.lines().filter_map(|line| line.strip_prefix(key));
    let rest = rests.find(|rest| rest.starts_with([':', ' ', '\t']))?;
    rest.trim_start_matches(':').split_whitespace().next()?.parse().ok()
}

fn files_max() -> Option<f64> {
    field(&read_to_string("/proc/self/limits").ok()?, "Max open files")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;

    #[test]
    fn the_numbers_are_found_whatever_the_process_is_called() {
        let text =
            "17 (a) R 2 (b) S 1 17 17 0 -1 4194304 90 0 0 0 250 50 0 0 20 0 7 0 12300 1000 25 18446744073709551615";
        let expected = Stat { cpu_seconds: 3.0, threads: 7.0, started_seconds_after_boot: 123.0 };
        assert_eq!(stat(text), Some(expected));
        assert_eq!(stat("17 (a) S 1"), None);
        assert_eq!(field("VmRSSx: 1 kB\nVmRSS:\t  2048 kB\n", "VmRSS"), Some(2048.0));
        assert_eq!(field("btime 1763766000\n", "btime"), Some(1_763_766_000.0));
        assert_eq!(field("Max open files            1024                 4096 files", "Max open files"), Some(1024.0));
        assert_eq!(field("btime soon\n", "btime"), None);
    }

    #[test]
    fn this_process_has_all_of_them() {
        let text = super::super::Registry::with_prefix("chirp").text();
        for name in
            ["cpu_seconds_total", "start_time_seconds", "resident_memory_bytes", "open_fds", "max_fds", "threads"]
        {
            let line = text.lines().find(|line| line.starts_with(&format!("process_{name} "))).unwrap();
            assert!(line.rsplit_once(' ').unwrap().1.parse::<f64>().unwrap() >= 0.0, "{line}");
        }
    }
}
