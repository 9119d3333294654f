//! Lets a process open few more descriptors than it has: its soft limit (`RLIMIT_NOFILE`) is lowered from outside, and raised
//! again to what it was. For the processes of the same user that takes no privileges.

use rustix::process::{Pid, Resource, Rlimit, prlimit};
use std::{fs, io};

/// A process whose descriptors are limited. Dropping it gives back what it could open before.
pub(crate) struct DescriptorLimit {
    process: Pid,
    before: Rlimit,
}

impl DescriptorLimit {
    /// Lets that process open `left` more descriptors, at least as long as it closes none.
    pub(crate) fn set(process: u32, left: u32) -> io::Result<Self> {
        let no_process = || io::Error::new(io::ErrorKind::InvalidInput, format!("{process} is no process"));
        let id = i32::try_from(process).ok().and_then(Pid::from_raw).ok_or_else(no_process)?;
        let limits = fs::read_to_string(format!("/proc/{process}/limits"))?;
        let before = open_files(&limits).ok_or_else(|| io::Error::other("its limits can't be understood"))?;
        let limit = limit(&open(process)?, left);
        let current = Some(before.current.map_or(limit, |before| before.min(limit)));
        prlimit(Some(id), Resource::Nofile, Rlimit { current, ..before })?;
        Ok(Self { process: id, before })
    }
}

impl Drop for DescriptorLimit {
    fn drop(&mut self) {
        // An error means that the process is gone.
        let _ = prlimit(Some(self.process), Resource::Nofile, self.before);
    }
}

/// The numbers of what a process has open, in order.
fn open(process: u32) -> io::Result<Vec<u64>> {
    let mut open = Vec::new();
    for entry in fs::read_dir(format!("/proc/{process}/fd"))? {
        open.extend(entry?.file_name().to_str().and_then(|name| name.parse::<u64>().ok()));
    }
    open.sort_unstable();
    Ok(open)
}

/// The limit below which `left` numbers are free. Limits count numbers, not descriptors: what is above it stays open.
fn limit(open: &[u64], left: u32) -> u64 {
    let is_open = |number: &u64| open.binary_search(number).is_ok();
    let mut free = (0..).filter(|number| !is_open(number));
    free.nth(left as usize).unwrap_or(u64::MAX)
}

/// The limits of open files in `/proc/PID/limits`.
fn open_files(limits: &str) -> Option<Rlimit> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    let mut numbers = line.split_whitespace().map(|number| match number {
        "unlimited" => Some(None),
        number => number.parse().ok().map(Some),
    });
    Some(Rlimit { current: numbers.next()??, maximum: numbers.next()?? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_leaves_as_many_numbers_as_it_is_told() {
        // (what is open, how many more, the limit)
        let cases: [(&[u64], u32, u64); 5] =
            [(&[0, 1, 2], 0, 3), (&[0, 1, 2], 2, 5), (&[0, 1, 2, 9], 0, 3), (&[0, 1, 2, 4, 9], 1, 5), (&[], 0, 0)];
        for (open, left, expected) in cases {
            let limit = limit(open, left);
            assert_eq!(limit, expected, "{left} beside {open:?}");
            assert_eq!((0..limit).filter(|number| !open.contains(number)).count(), left as usize);
        }
    }

    #[test]
    fn limits_are_read() {
        let text = "Limit  Soft Limit  Hard Limit  Units\nMax open files            1024                 unlimited            files\n";
        assert_eq!(open_files(text), Some(Rlimit { current: Some(1024), maximum: None }));
        assert_eq!(open_files("Max processes 1 2 processes\n"), None);
    }

    #[test]
    fn a_process_is_limited_and_has_its_limit_back() {
        let mut child = std::process::Command::new("sleep")
            .arg("600")
            .stdin(std::process::Stdio::null())
            .spawn()
            .expect("sleep is there");
        let limits = || fs::read_to_string(format!("/proc/{}/limits", child.id())).ok().as_deref().and_then(open_files);
        let before = limits();
        let limited = DescriptorLimit::set(child.id(), 2).expect("it is ours");
        let now = limits().and_then(|limits| limits.current);
        assert_eq!(now, Some(limit(&open(child.id()).expect("it is ours"), 2)));
        drop(limited);
        let after = limits();
        child.kill().and_then(|()| child.wait()).expect("it is ours");
        assert_eq!(after, before);
    }
}
