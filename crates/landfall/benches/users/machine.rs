//! What the kernel says: memory of processes and of itself, connections, processor time.

use std::fs;

/// Memory of a process, in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Memory {
    /// Resident, with what it shares with others (its program) in full.
    pub(crate) resident: u64,
    /// Its own and its part of what is shared: sums over processes count nothing twice.
    pub(crate) proportional: u64,
}

impl Memory {
    pub(crate) fn of(process: u32) -> Self {
        let text = fs::read_to_string(format!("/proc/{process}/smaps_rollup")).unwrap_or_default();
        let field = |name: &str| {
            let line = text.lines().find(|line| line.starts_with(name));
            line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok()).unwrap_or(0) * 1_024
        };
        Self { resident: field("Rss:"), proportional: field("Pss:") }
    }

    pub(crate) fn sum(processes: impl Iterator<Item = u32>) -> Self {
        processes.map(Self::of).fold(Self::default(), |sum, one| Self {
            resident: sum.resident + one.resident,
            proportional: sum.proportional + one.proportional,
        })
    }
}

/// What the whole machine has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Machine {
    /// TCP sockets that are connected or listen, of both ends where both are here.
    pub(crate) sockets: u64,
    /// The kernel's slabs, in bytes.
    pub(crate) slab: u64,
    /// Memory of sockets' buffers, in bytes.
    pub(crate) buffers: u64,
}

impl Machine {
    pub(crate) fn now() -> Self {
        let text = fs::read_to_string("/proc/net/sockstat").unwrap();
        let line: Vec<&str> = text.lines().find(|line| line.starts_with("TCP:")).unwrap().split_whitespace().collect();
        let after = |name: &str| -> u64 {
            let index = line.iter().position(|word| *word == name).unwrap();
            line[index + 1].parse().unwrap()
        };
        let memory = fs::read_to_string("/proc/meminfo").unwrap();
        let slab = memory.lines().find(|line| line.starts_with("Slab:")).unwrap();
        let slab: u64 = slab.split_whitespace().nth(1).unwrap().parse().unwrap();
        let page = rustix::param::page_size() as u64;
        Self { sockets: after("inuse"), slab: slab * 1_024, buffers: after("mem") * page }
    }
}

/// The children of a process.
pub(crate) fn children(parent: u32) -> Vec<u32> {
    let ids = fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    // "ID (NAME) STATE PARENT …", and a name may have spaces.
    let parent_of = |id: &u32| -> Option<u32> {
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        stat.rsplit_once(") ")?.1.split(' ').nth(1)?.parse().ok()
    };
    ids.filter(|id| parent_of(id) == Some(parent)).collect()
}

/// Whether the first argument of a process is that.
pub(crate) fn is_called(process: u32, argument: &str) -> bool {
    let line = fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
    line.split(|byte| *byte == 0).nth(1) == Some(argument.as_bytes())
}
