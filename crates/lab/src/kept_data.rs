//! Copies of regions' data, kept for their return with old data.
//!
//! ```text
//!   data/eu-west-1 ── keep, while the region stands still ──▶ kept/eu-west-1
//!   data/eu-west-1 ◀── put back, while it doesn't run ─────── kept/eu-west-1
//! ```
//!
//! **What a copy is.** What the files hold at one instant, as the image of a volume does: neither closed in order nor torn. It is what a
//! kill at that instant would have left, for the kernel's cache belongs to both. For that every thread of the region stands still
//! while it is copied (SIGSTOP), which takes milliseconds and is told.

use rustix::process::{Pid, Signal, kill_process_group};
use std::{
    fs, io,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};
use units::RegionName;

/// All threads of a process stand still within this.
const STILL_WITHIN: Duration = Duration::from_secs(2);
/// Between two looks at them.
const LOOK_EVERY: Duration = Duration::from_millis(1);
/// Folders in folders, at most.
const DEPTH_MAX: usize = 16;

/// Where the data of regions is, and where copies of it are kept.
#[derive(Debug, Clone)]
pub(crate) struct KeptData {
    data: PathBuf,
    kept: PathBuf,
}

impl KeptData {
    /// In the folder of a lab, whose regions have their data in `data`.
    pub(crate) fn of(folder: &Path) -> Self {
        Self { data: folder.join("data"), kept: folder.join("kept") }
    }

    /// Copies the data of a region, whose process, if it runs, stands still meanwhile; answers what was done. Blocks.
    pub(crate) fn keep(&self, region: &RegionName, process: Option<u32>) -> Result<String, String> {
        let (data, kept) = (self.data.join(region.as_str()), self.kept.join(region.as_str()));
        let failed = |error: io::Error| format!("the data of {region} could not be copied: {error}");
        remove(&kept).map_err(failed)?;
        let began = Instant::now();
        let still = process.map(Still::hold).transpose().map_err(failed)?;
        let copied = copy(&data, &kept, DEPTH_MAX);
        drop(still);
        let (took, bytes) = (began.elapsed().as_millis(), copied.map_err(failed)?);
        let stood = if process.is_some() { "it stood still for" } else { "which took" };
        Ok(format!("a copy of the data of {region} is kept, {:.1} MB; {stood} {took} ms", bytes as f64 / 1e6))
    }

    /// Puts the copy in the place of the data of a region that doesn't run; answers what was done. Blocks.
    pub(crate) fn put_back(&self, region: &RegionName) -> Result<String, String> {
        let (data, kept) = (self.data.join(region.as_str()), self.kept.join(region.as_str()));
        if !kept.is_dir() {
            return Err(format!("no copy of the data of {region} was kept"));
        }
        let put = remove(&data).and_then(|()| fs::rename(&kept, &data));
        put.map_err(|error| format!("the data of {region} could not be put back: {error}"))?;
        Ok(format!("{region} has the data again that was kept"))
    }
}

/// A process group that stands still. Dropping it lets it go on.
struct Still(Pid);

impl Still {
    /// Stops the group of that process, and waits until all threads of the process stand.
    fn hold(process: u32) -> io::Result<Self> {
        let id = i32::try_from(process).ok().and_then(Pid::from_raw);
        let id = id.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "that is no process"))?;
        kill_process_group(id, Signal::STOP)?;
        let still = Self(id);
        let deadline = Instant::now() + STILL_WITHIN;
        while !stands(process)? {
            if Instant::now() >= deadline {
                return Err(io::Error::new(io::ErrorKind::TimedOut, "its process does not stand still"));
            }
            std::thread::sleep(LOOK_EVERY);
        }
        Ok(still)
    }
}

impl Drop for Still {
    fn drop(&mut self) {
        // An error means that the group is gone.
        let _ = kill_process_group(self.0, Signal::CONT);
    }
}

/// Whether every thread of a process is stopped.
fn stands(process: u32) -> io::Result<bool> {
    for thread in fs::read_dir(format!("/proc/{process}/task"))? {
        // A thread that has ended meanwhile stands still as well.
        let status = fs::read_to_string(thread?.path().join("stat")).unwrap_or_default();
        let state = status.rsplit(") ").next().and_then(|rest| rest.chars().next());
        if state.is_some_and(|state| state != 'T') {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Copies a folder with everything in it; answers how many bytes.
fn copy(from: &Path, to: &Path, depth: usize) -> io::Result<u64> {
    if depth == 0 {
        return Err(io::Error::other("its folders go too deep"));
    }
    fs::create_dir_all(to)?;
    let mut bytes = 0;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (kind, path, target) = (entry.file_type()?, entry.path(), to.join(entry.file_name()));
        bytes += if kind.is_dir() { copy(&path, &target, depth - 1)? } else { fs::copy(&path, &target)? };
    }
    Ok(bytes)
}

fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{os::unix::process::CommandExt as _, process::Command};

    fn region() -> RegionName {
        RegionName::new("eu-west-1")
    }

    #[test]
    fn what_was_kept_is_there_again_and_nothing_of_what_came_after_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let kept = KeptData::of(folder.path());
        let data = folder.path().join("data/eu-west-1");
        fs::create_dir_all(data.join("deeper")).expect("made");
        fs::write(data.join("posts"), "one").expect("written");
        fs::write(data.join("deeper/likes"), "two").expect("written");
        assert!(kept.put_back(&region()).is_err(), "nothing is kept yet");
        let said = kept.keep(&region(), None).expect("kept");
        assert!(said.contains("eu-west-1 is kept"), "{said}");
        fs::write(data.join("posts"), "one and more").expect("written");
        fs::write(data.join("later"), "three").expect("written");
        kept.put_back(&region()).expect("put back");
        assert_eq!(fs::read_to_string(data.join("posts")).expect("there"), "one");
        assert_eq!(fs::read_to_string(data.join("deeper/likes")).expect("there"), "two");
        assert!(!data.join("later").exists());
        assert!(kept.put_back(&region()).is_err(), "a copy is put back once");
    }

    #[test]
    fn a_process_stands_still_while_its_data_is_copied_and_goes_on() {
        let folder = tempfile::tempdir().expect("a folder");
        let kept = KeptData::of(folder.path());
        fs::create_dir_all(folder.path().join("data/eu-west-1")).expect("made");
        let mut child = Command::new("sleep").arg("600").process_group(0).spawn().expect("sleep is there");
        let held = Still::hold(child.id()).expect("held");
        assert!(stands(child.id()).expect("it lives"));
        drop(held);
        kept.keep(&region(), Some(child.id())).expect("kept");
        let deadline = Instant::now() + Duration::from_secs(20);
        while stands(child.id()).expect("it lives") {
            assert!(Instant::now() < deadline, "it was not let go");
            std::thread::sleep(LOOK_EVERY);
        }
        child.kill().expect("killed");
        child.wait().expect("gone");
    }
}
