//! One supervised child: started in a process group of its own (a Ctrl-C in the terminal is ours alone to handle), its
//! standard output read as one JSON object per line, its standard error kept in a log file. It ends when its standard input
//! closes, so it can't outlive this process, however that ends.

use crate::LabError;
use fault::Release;
use serde_json::Value;
use std::{fs::File, path::PathBuf, process::Stdio, time::Duration};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, ChildStdin, ChildStdout, Command},
    sync::mpsc,
    time::{Instant, timeout, timeout_at},
};

/// Lines of a child that may wait to be looked at; children say little.
pub(crate) const LINES_MAX: usize = 256;

/// A child whose input is closed must end within this.
const END_WITHIN: Duration = Duration::from_secs(3);

/// What to start.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    /// For messages.
    pub(crate) name: String,
    /// Program and arguments.
    pub(crate) command: Vec<String>,
    /// Where its standard error goes.
    pub(crate) log: PathBuf,
}

impl Program {
    /// The same as another version: the first two words of a part's command are `landfall chirp`.
    pub(crate) fn released(&self, release: &Release) -> Self {
        let mut command = self.command.clone();
        if !release.program.is_empty() {
            command.splice(..2.min(self.command.len()), release.program.iter().cloned());
        }
        command.extend(release.arguments.iter().cloned());
        Self { command, ..self.clone() }
    }
}

/// A running child. Dropping it kills it.
pub(crate) struct Process {
    program: Program,
    child: Child,
    _input: ChildStdin,
}

/// A running child whose standard streams its owner uses as it likes. Dropping it kills it.
pub(crate) struct OpenProcess {
    child: Child,
}

impl OpenProcess {
    /// Starts `program`; answers its standard output and its standard input, which must be kept for as long as it is to live.
    pub(crate) fn start(program: &Program) -> Result<(Self, ChildStdout, ChildStdin), LabError> {
        let log = File::options()
            .create(true)
            .append(true)
            .open(&program.log)
            .map_err(|source| LabError::File { path: program.log.clone(), source })?;
        let failed = |reason: String| LabError::Start { name: program.name.clone(), reason };
        let (name, arguments) = program.command.split_first().ok_or_else(|| failed("no program".to_owned()))?;
        let mut child = Command::new(name)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| failed(error.to_string()))?;
        let input = child.stdin.take().expect("standard input is piped");
        let output = child.stdout.take().expect("standard output is piped");
        Ok((Self { child }, output, input))
    }

    /// Waits for its end, for its input is closed; kills it when that takes longer than [`END_WITHIN`]. Answers whether it has ended by
    /// itself.
    pub(crate) async fn end(mut self) -> bool {
        let has_ended = timeout(END_WITHIN, self.child.wait()).await.is_ok();
        if !has_ended {
            // An error means that it is gone.
            let _ = self.child.kill().await;
        }
        has_ended
    }
}

/// One line of a child's standard output, and when it was read.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) at: Instant,
    pub(crate) value: Value,
}

impl Line {
    /// The line's `event` member.
    pub(crate) fn event(&self) -> &str {
        self.text("event")
    }

    /// A text member, empty when it isn't there.
    pub(crate) fn text(&self, member: &str) -> &str {
        self.value.get(member).and_then(Value::as_str).unwrap_or_default()
    }
}

impl Process {
    /// Starts `program`; its lines go to `lines` until it ends.
    pub(crate) fn start(program: &Program, lines: mpsc::Sender<Line>) -> Result<Self, LabError> {
        let (OpenProcess { child }, output, input) = OpenProcess::start(program)?;
        let mut output = BufReader::new(output).lines();
        tokio::spawn(async move {
            while let Ok(Some(line)) = output.next_line().await {
                let value = serde_json::from_str(&line).unwrap_or(Value::Null);
                // Read on also when nobody listens: a closed pipe would break the child.
                let _ = lines.try_send(Line { at: Instant::now(), value });
            }
        });
        Ok(Self { program: program.clone(), child, _input: input })
    }

    /// Its id; `None` when it has ended.
    pub(crate) fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Kills it with SIGKILL and waits until it is gone. Answers its id.
    pub(crate) async fn kill(mut self) -> Result<u32, String> {
        let id = self.child.id().ok_or_else(|| format!("{} had ended before it was killed", self.program.name))?;
        self.child.kill().await.map_err(|error| format!("{} could not be killed: {error}", self.program.name))?;
        Ok(id)
    }

    /// Ends it in order: its input is closed, and what doesn't end by itself within [`END_WITHIN`] is killed. Answers whether it has
    /// ended by itself.
    pub(crate) async fn end(self) -> bool {
        let Self { child, _input: input, .. } = self;
        drop(input);
        OpenProcess { child }.end().await
    }

    /// Whether it has ended by itself, and how.
    pub(crate) fn ended(&mut self) -> Option<String> {
        self.child.try_wait().ok().flatten().map(|status| status.to_string())
    }
}

/// Waits until `lines` brings the event `wanted`, handing every line to `seen`.
pub(crate) async fn wait_for(
    process: &mut Process,
    lines: &mut mpsc::Receiver<Line>,
    wanted: &str,
    within: Duration,
    mut seen: impl FnMut(&Line),
) -> Result<Line, LabError> {
    let deadline = Instant::now() + within;
    loop {
        match timeout_at(deadline, lines.recv()).await {
            Ok(Some(line)) => {
                seen(&line);
                if line.event() == wanted {
                    return Ok(line);
                }
            }
            Ok(None) => return Err(ended(process).await),
            Err(_) => {
                let (name, log) = (process.program.name.clone(), process.program.log.clone());
                return Err(LabError::NotReady { name, within, log });
            }
        }
    }
}

/// The error for a process whose output has ended; it is about to end itself.
async fn ended(process: &mut Process) -> LabError {
    let status = timeout(Duration::from_secs(2), process.child.wait()).await;
    let status = match status {
        Ok(Ok(status)) => status.to_string(),
        Ok(Err(error)) => error.to_string(),
        Err(_) => "its output ended, but it didn't".to_owned(),
    };
    let log = process.program.log.clone();
    let text = std::fs::read_to_string(&log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    let tail = lines[lines.len().saturating_sub(8)..].join("\n");
    LabError::Ended { name: process.program.name.clone(), status, log, tail }
}
