//! One run of another program: shown before it starts, bounded in time, and its end reported with its command.
//!
//! ```text
//!   Step ── run ────────► the program writes to the terminal itself
//!        ── run_reading ► each line of standard output goes to the terminal and to a closure
//!        ── read ───────► standard output is the result; nothing is shown
//! ```
//!
//! A step ends in all cases. When its limit passes, the program and all it started are killed. When the program has ended but
//! something that it started still holds its output open, the step fails after [`LEFTOVER_GRACE`]: a test that leaves a
//! process behind is wrong, and must not hang the build server.

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use crate::descendants::kill_with_descendants;
use crate::failure::Failure;

/// How long output is still read after the program itself has ended.
const LEFTOVER_GRACE: Duration = Duration::from_secs(10);
/// How often a running program is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Lines read but not yet printed.
const LINES_IN_FLIGHT: usize = 1024;
/// The limit of a step that names none.
const USUAL_LIMIT: Duration = Duration::from_secs(60 * 60);

/// A program with its arguments, environment, folder and time limit.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    program: String,
    shown_program: String,
    arguments: Vec<String>,
    environment: Vec<(String, OsString)>,
    folder: Option<PathBuf>,
    limit: Duration,
}

impl Step {
    /// The program is looked up in `PATH` unless it is a path.
    pub(crate) fn new(program: &str) -> Self {
        Self {
            program: program.to_owned(),
            shown_program: program.to_owned(),
            arguments: Vec::new(),
            environment: Vec::new(),
            folder: None,
            limit: USUAL_LIMIT,
        }
    }

    /// Shows a short name instead of the program's path.
    pub(crate) fn shown_as(mut self, name: &str) -> Self {
        name.clone_into(&mut self.shown_program);
        self
    }

    /// Adds arguments.
    pub(crate) fn arguments<S: AsRef<str>>(mut self, arguments: &[S]) -> Self {
        self.arguments.extend(arguments.iter().map(|argument| argument.as_ref().to_owned()));
        self
    }

    /// These arguments, and no others.
    pub(crate) fn arguments_only<S: AsRef<str>>(mut self, arguments: &[S]) -> Self {
        self.arguments.clear();
        self.arguments(arguments)
    }

    /// Sets an environment variable for the program.
    pub(crate) fn environment(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.environment.push((name.to_owned(), value.into()));
        self
    }

    /// Runs in this folder.
    pub(crate) fn in_folder(mut self, folder: &Path) -> Self {
        self.folder = Some(folder.to_path_buf());
        self
    }

    /// Kills the program and all it started once this much time has passed.
    pub(crate) fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Runs to the end with the terminal as output. Fails when the program does.
    pub(crate) fn run(&self) -> Result<(), Failure> {
        self.show();
        let mut child = self.spawn(Stdio::inherit(), Stdio::inherit())?;
        let status = self.wait_until(Instant::now() + self.limit, &mut child)?;
        self.judge(status)
    }

    /// Runs to the end, printing each line of standard output and handing it to `see`. Fails when the program does.
    pub(crate) fn run_reading(&self, mut see: impl FnMut(&str)) -> Result<(), Failure> {
        self.show();
        self.follow(Stdio::inherit(), |line| {
            println!("{line}");
            see(line);
        })
    }

    /// Runs to the end and returns standard output. Fails when the program does, with what it wrote to standard error
    /// left on the terminal.
    pub(crate) fn read(&self) -> Result<String, Failure> {
        let mut text = String::new();
        self.follow(Stdio::inherit(), |line| {
            text.push_str(line);
            text.push('\n');
        })?;
        Ok(text)
    }

    /// Whether the program ends well; nothing is shown.
    pub(crate) fn succeeds(&self) -> bool {
        self.follow(Stdio::null(), |_line| ()).is_ok()
    }

    /// The command as a person would type it.
    pub(crate) fn line(&self) -> String {
        let quoted = |text: &String| {
            if text.contains(|character: char| character.is_whitespace()) { format!("'{text}'") } else { text.clone() }
        };
        let words: Vec<String> = std::iter::once(&self.shown_program).chain(&self.arguments).map(quoted).collect();
        words.join(" ")
    }

    fn show(&self) {
        eprintln!("$ {}", self.line());
    }

    fn follow(&self, errors: Stdio, mut see: impl FnMut(&str)) -> Result<(), Failure> {
        let mut child = self.spawn(Stdio::piped(), errors)?;
        let output = child.stdout.take().expect("standard output was asked for as a pipe");
        let lines = lines_of(output);
        let deadline = Instant::now() + self.limit;
        let mut ended_at = None;
        loop {
            match lines.recv_timeout(LOOK_EVERY) {
                Ok(line) => see(&line),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    if ended_at.is_none() && self.ended(&mut child)?.is_some() {
                        ended_at = Some(Instant::now());
                    }
                }
            }
            if ended_at.is_some_and(|at| at.elapsed() >= LEFTOVER_GRACE) {
                let message = "outlived it and holds its output open";
                return Err(Failure::Found(format!("a process started by `{}` {message}", self.line())));
            }
            self.stop_after(deadline, &mut child)?;
        }
        let status = self.wait_until(deadline, &mut child)?;
        self.judge(status)
    }

    fn wait_until(&self, deadline: Instant, child: &mut Child) -> Result<ExitStatus, Failure> {
        loop {
            if let Some(status) = self.ended(child)? {
                return Ok(status);
            }
            self.stop_after(deadline, child)?;
            std::thread::sleep(LOOK_EVERY);
        }
    }

    fn spawn(&self, output: Stdio, errors: Stdio) -> Result<Child, Failure> {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).stdin(Stdio::null()).stdout(output).stderr(errors);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        command.spawn().map_err(|error| self.blocked("started", &error))
    }

    fn ended(&self, child: &mut Child) -> Result<Option<ExitStatus>, Failure> {
        child.try_wait().map_err(|error| self.blocked("waited for", &error))
    }

    fn stop_after(&self, deadline: Instant, child: &mut Child) -> Result<(), Failure> {
        if Instant::now() < deadline {
            return Ok(());
        }
        kill_with_descendants(child.id());
        // The child itself is gone by now, or belongs to a system without /proc.
        let _ = child.kill();
        let _ = child.wait();
        Err(Failure::Found(format!("`{}` was stopped after its limit of {} s", self.line(), self.limit.as_secs())))
    }

    fn judge(&self, status: ExitStatus) -> Result<(), Failure> {
        if status.success() {
            return Ok(());
        }
        Err(Failure::Found(format!("`{}` failed ({status})", self.line())))
    }

    fn blocked(&self, what: &str, error: &std::io::Error) -> Failure {
        Failure::Blocked(format!("`{}` could not be {what}: {error}", self.line()))
    }
}

fn lines_of(output: ChildStdout) -> Receiver<String> {
    let (sender, receiver) = sync_channel(LINES_IN_FLIGHT);
    std::thread::spawn(move || {
        let mut reader = BufReader::new(output);
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
            let text = String::from_utf8_lossy(&line);
            if sender.send(text.trim_end_matches(['\n', '\r']).to_owned()).is_err() {
                return;
            }
            line.clear();
        }
    });
    receiver
}

#[cfg(test)]
mod tests {
    //! Real programs with known ends.
    #![expect(clippy::unwrap_used, reason = "tests may panic")]
    use super::*;

    #[test]
    fn output_is_read_and_failure_is_told_with_the_command() {
        assert_eq!(Step::new("echo").arguments(&["one", "two"]).read().unwrap(), "one two\n");
        let failure = Step::new("sh").arguments(&["-c", "exit 3"]).run().unwrap_err();
        assert_eq!(failure.to_string(), "`sh -c 'exit 3'` failed (exit status: 3)");
        let failure = Step::new("no-such-program").read().unwrap_err();
        assert!(failure.to_string().starts_with("`no-such-program` could not be started"), "{failure}");
    }

    #[test]
    fn a_step_past_its_limit_is_stopped() {
        let step = Step::new("sleep").arguments(&["600"]).limit(Duration::ZERO);
        assert_eq!(step.run().unwrap_err().to_string(), "`sleep 600` was stopped after its limit of 0 s");
        assert_eq!(step.read().unwrap_err().to_string(), "`sleep 600` was stopped after its limit of 0 s");
    }
}
