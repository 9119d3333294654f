//! Where a measured program runs: on a core of its own, in a session of its own, before everything else on the machine.
//!
//! Other work on the machine is what spoils figures most. A program's niceness alone does little, for the kernel shares
//! the processor between sessions first; so each program gets a session, and that session the highest priority. Only
//! root may ask for it. For everybody else the program runs as any other, and a quiet machine is up to them.
//!
//! Two cores of a virtual machine are often two threads of one real core, and a thread is nearly twice as fast while the
//! other rests. Beside a slow generator the server rests most of the time, which would make the slow one look cheap. So
//! whatever the server leaves of its core is used up by a [`Filler`], and all generators are measured beside a busy core.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::failure::Failure;

const SCRIPT: &str = r#"
{ echo -20 > /proc/self/autogroup; } 2>/dev/null
core=$1
shift
if nice -n -20 true 2>/dev/null && [ "$(id -u)" = 0 ]; then
    exec nice -n -20 taskset -c "$core" "$@"
fi
exec taskset -c "$core" "$@"
"#;

/// A command that runs the program on this core; add its arguments. The process that it becomes leads its own group.
pub(super) fn on_core(core: &str, program: &Path) -> Command {
    let mut command = Command::new("setsid");
    command.args(["sh", "-c", SCRIPT, "placement", core]).arg(program);
    command
}

/// Uses up what others leave of a core. It ends when this is dropped.
#[derive(Debug)]
pub(super) struct Filler(Child);

impl Filler {
    /// Starts at the lowest priority there is.
    pub(super) fn start(core: &str) -> Result<Self, Failure> {
        let script = "{ echo 19 > /proc/self/autogroup; } 2>/dev/null\nwhile :; do :; done";
        Command::new("setsid")
            .args(["nice", "-n", "19", "taskset", "-c", core, "sh", "-c", script])
            .stdin(Stdio::null())
            .spawn()
            .map(Self)
            .map_err(|error| {
                Failure::Blocked(format!("a program that uses up core {core} could not be started: {error}"))
            })
    }
}

impl Drop for Filler {
    fn drop(&mut self) {
        // It may have ended by itself, and there is nobody left to tell.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[cfg(test)]
mod tests {
    //! A real program, placed.
    #![expect(clippy::unwrap_used, reason = "tests may panic")]
    use super::*;

    #[test]
    fn the_program_runs_on_its_core_with_its_arguments_and_leads_its_group() {
        let script = r#"echo "$1 $(ps -o pgid= -p $$ | tr -d ' ') $$ $(taskset -cp $$ | sed 's/.*: //')""#;
        let output = on_core("0", Path::new("sh")).args(["-c", script, "sh", "a b"]).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let words: Vec<&str> = text.split_whitespace().collect();
        assert_eq!(words[..2], ["a", "b"]);
        assert_eq!(words[2], words[3], "it leads its group: {text}");
        assert_eq!(words[4], "0", "{text}");
    }
}
