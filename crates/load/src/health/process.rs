//! What the kernel knows of this process: CPU per thread, descriptors, memory.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::{fs, time::Duration};

/// CPU time of a thread of this process; `None` when it is gone.
pub(super) fn thread_cpu(kernel_id: u64) -> Option<Duration> {
    // Nanoseconds on a core, nanoseconds waiting for one, time slices.
    let text = fs::read_to_string(format!("/proc/self/task/{kernel_id}/schedstat")).ok()?;
    text.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}

/// Open descriptors of this process; 0 when the kernel doesn't say.
pub(crate) fn descriptors() -> u64 {
    // Since Linux 6.2 the directory's size is the number; before, it is 0 and the entries have to be counted.
    match fs::metadata("/proc/self/fd").map(|directory| directory.len()) {
        Ok(0) | Err(_) => fs::read_dir("/proc/self/fd").map_or(0, |entries| entries.count() as u64),
        Ok(count) => count,
    }
}

/// Descriptors that this process may have open: (now, at most).
pub(crate) fn descriptors_limit() -> (u64, u64) {
    let limit = getrlimit(Resource::Nofile);
    (limit.current.unwrap_or(u64::MAX), limit.maximum.unwrap_or(u64::MAX))
}

/// Raises the limit of descriptors as far as this process may; gives what it is then.
pub(crate) fn raise_descriptors() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    if limit.current != limit.maximum {
        // Where this is refused the limit simply stays what it was, and is reported as such.
        let _refused = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
    }
    descriptors_limit().0
}

/// Resident memory of this process in bytes; 0 when the kernel doesn't say.
pub(crate) fn memory() -> u64 {
    let text = fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: u64 = text.split_whitespace().nth(1).and_then(|pages| pages.parse().ok()).unwrap_or(0);
    pages * rustix::param::page_size() as u64
}

/// Memory of this machine that is free for use, in bytes; `None` when the kernel doesn't say.
pub(crate) fn memory_available() -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("MemAvailable:"))?;
    let kibibytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kibibytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_tells_about_this_process() {
        let id = u64::from(rustix::thread::gettid().as_raw_nonzero().get().unsigned_abs());
        assert!(thread_cpu(id).is_some(), "this thread has used CPU");
        assert_eq!(thread_cpu(u64::from(u32::MAX)), None, "no thread has that number");
        let before = descriptors();
        let file = fs::File::open("/proc/self/statm");
        assert!(descriptors() > before || file.is_err(), "an open file is a descriptor");
        assert!(before > 0 && memory() > 0 && memory_available().is_some());
        let (now, most) = descriptors_limit();
        assert!(now <= most, "{now} of {most}");
        assert_eq!(raise_descriptors(), most, "the soft limit can be raised to the hard one");
    }
}
