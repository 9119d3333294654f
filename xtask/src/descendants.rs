//! The processes that a process started, and those that they started.
//!
//! Read from `/proc`. A program's own process group would be simpler to end, but then nothing would be left of the
//! group that the caller knows: who ends `cargo xtask` from outside, with Ctrl-C or as a whole group, must reach
//! everything that it runs.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};

/// Looking again finds a deeper generation each time; nothing sane is deeper.
const GENERATIONS_MAX: usize = 64;

/// Ends the process and all that descends from it, as far as they can still be told: a process whose parent has ended
/// belongs to nobody. Where there is no `/proc`, only the process itself.
///
/// All are stopped before any is ended. A running process could start another between the look and the blow.
pub(crate) fn kill_with_descendants(process: u32) {
    let mut stopped = Vec::new();
    let mut found = vec![process];
    for _ in 0..GENERATIONS_MAX {
        if found.is_empty() {
            break;
        }
        signal("-STOP", &found);
        stopped.append(&mut found);
        let parents = parents_of_all();
        let is_new = |&(child, parent): &(&u32, &u32)| stopped.contains(parent) && !stopped.contains(child);
        found = parents.iter().filter(is_new).map(|(&child, _)| child).collect();
    }
    signal("-KILL", &stopped);
}

fn signal(which: &str, processes: &[u32]) {
    let ids: Vec<String> = processes.iter().map(u32::to_string).collect();
    // Some may have ended in between, which is as good.
    let _ = Command::new("kill").arg(which).args(&ids).stderr(Stdio::null()).status();
}

/// Each process with its parent.
fn parents_of_all() -> BTreeMap<u32, u32> {
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let with_parent = processes.filter_map(|entry| {
        let process: u32 = entry.file_name().to_str()?.parse().ok()?;
        let stat = std::fs::read_to_string(entry.path().join("stat")).ok()?;
        Some((process, parent_in(&stat)?))
    });
    with_parent.collect()
}

/// The parent in one line of `/proc/*/stat`: the second field behind the program's name in parentheses.
fn parent_in(stat: &str) -> Option<u32> {
    let (_, after_name) = stat.rsplit_once(')')?;
    after_name.split_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    //! A real tree of processes, ended as a whole.
    #![expect(clippy::unwrap_used, reason = "tests may panic")]
    use super::*;
    use std::io::Read as _;

    #[test]
    fn children_of_children_end_too() {
        // Every process of the tree holds the pipe open, so its end is the end of all of them.
        let script = "sh -c 'sleep 60 & echo up; wait' & wait";
        let mut root = Command::new("sh").args(["-c", script]).stdout(Stdio::piped()).spawn().unwrap();
        let mut output = root.stdout.take().unwrap();
        let mut up = [0; 3];
        output.read_exact(&mut up).unwrap();
        kill_with_descendants(root.id());
        assert!(!root.wait().unwrap().success());
        assert_eq!(output.read_to_end(&mut Vec::new()).unwrap(), 0);
    }

    #[test]
    fn the_parent_is_read_behind_a_name_with_parentheses() {
        assert_eq!(parent_in("42 (a) b) S 7 40 40 0"), Some(7));
        assert_eq!(parent_in(""), None);
    }
}
