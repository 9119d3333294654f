//! How much processor time a program and all that it started have used so far, as the kernel counts it.
//!
//! Read from `/proc`, so that any program can be measured from outside while it runs: two readings in the steady state
//! leave its start and its end out. The sum is over the process group, which holds the children too.

use std::time::Duration;

use crate::failure::Failure;
use crate::step::Step;

/// The kernel's unit of processor time in `/proc`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tick(Duration);

impl Tick {
    /// Asks the system; one hundredth of a second nearly everywhere.
    pub(super) fn of_this_system() -> Result<Self, Failure> {
        let text = Step::new("getconf").arguments(&["CLK_TCK"]).read()?;
        match text.trim().parse::<u32>() {
            Ok(per_second) if per_second > 0 => Ok(Self(Duration::from_secs(1) / per_second)),
            _ => Err(Failure::Blocked(format!("getconf CLK_TCK said {:?}, which is no number", text.trim()))),
        }
    }

    /// Processor time, user and system, of all processes whose group has this id.
    pub(super) fn used_by_group(self, group: u32) -> Duration {
        let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
        let stats = processes.filter_map(|entry| std::fs::read_to_string(entry.path().join("stat")).ok());
        let ticks: u32 = stats.filter_map(|stat| ticks_of(&stat, group)).sum();
        self.0 * ticks
    }
}

/// The ticks in one line of `/proc/*/stat`, if the process belongs to the group. Its second field is the program's name
/// in parentheses, which may hold spaces and parentheses itself.
fn ticks_of(stat: &str, group: u32) -> Option<u32> {
    let (_, after_name) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = after_name.split_whitespace().collect();
    let number = |index: usize| fields.get(index)?.parse::<u32>().ok();
    (number(2)? == group).then_some(number(11)? + number(12)?)
}

#[cfg(test)]
mod tests {
    //! Lines as the kernel writes them, and a real process.
    #![expect(clippy::unwrap_used, reason = "tests may panic")]
    use super::*;

    #[test]
    fn user_and_system_time_of_the_group_are_added() {
        let stat = "42 (a (b) c) S 1 40 40 0 -1 4194304 90 0 0 0 130 25 7 7 20 0 1 0 5 6 7";
        assert_eq!(ticks_of(stat, 40), Some(155));
        assert_eq!(ticks_of(stat, 41), None);
        assert_eq!(ticks_of("", 40), None);
    }

    #[test]
    fn the_system_tells_its_tick_and_nobody_belongs_to_group_zero_but_the_kernel() {
        let tick = Tick::of_this_system().unwrap();
        assert!(tick.0 > Duration::ZERO && tick.0 <= Duration::from_secs(1));
        assert_eq!(tick.used_by_group(u32::MAX), Duration::ZERO);
    }
}
