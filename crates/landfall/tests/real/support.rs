//! Runs the real program, two runs at a time at most: one whose verdict depends on how punctual its generator is ([`alone`]), and
//! beside it one of which only exit codes, counts or lost writes are looked at ([`beside`]), which a busy machine doesn't change.

use std::{
    io::Read,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Mutex, MutexGuard},
    time::{Duration, Instant},
};

static PUNCTUAL: Mutex<()> = Mutex::new(());
static ANY: Mutex<()> = Mutex::new(());

/// The project's root.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Waits until no other test has a run whose verdict depends on its generator: two of them on a small machine would make each other
/// late.
pub(crate) fn alone() -> MutexGuard<'static, ()> {
    turn(&PUNCTUAL)
}

/// Waits until no other test but one that is [`alone`] has a run.
pub(crate) fn beside() -> MutexGuard<'static, ()> {
    turn(&ANY)
}

fn turn(turns: &'static Mutex<()>) -> MutexGuard<'static, ()> {
    // A failed test leaves nothing behind that would hurt the next.
    turns.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// A running `landfall`. Dropping it kills it.
pub(crate) struct Landfall {
    child: Child,
}

/// What a `landfall` that ended left behind.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Landfall {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::start_with(arguments, &[])
    }

    /// With variables in its environment.
    pub(crate) fn start_with(arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        Self::run(env!("CARGO_BIN_EXE_landfall"), arguments, variables)
    }

    /// Behind another program that ends as it does.
    pub(crate) fn run(program: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let child = Command::new(program)
            .args(arguments)
            .env("NO_COLOR", "1")
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        Self { child }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal by number.
    pub(crate) fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args([signal, &self.id().to_string()]).status();
        assert!(sent.expect("kill is there").success(), "signal {signal} could not be sent");
    }

    /// What follows `words` in a line that it says; waits for it as long as it says anything.
    pub(crate) fn hear(&mut self, words: &str) -> String {
        let err = self.child.stderr.as_mut().expect("standard error is piped");
        let (mut line, mut byte) = (Vec::new(), [0]);
        loop {
            assert_eq!(err.read(&mut byte).expect("standard error can be read"), 1, "it never said {words:?}");
            line.extend(byte);
            if byte == *b"\n" {
                let said = String::from_utf8_lossy(&line).into_owned();
                if let Some((_, rest)) = said.split_once(words) {
                    return rest.trim().to_owned();
                }
                line.clear();
            }
        }
    }

    /// Waits for its end, at most this long.
    pub(crate) fn wait(mut self, within: Duration) -> Ended {
        let mut out = self.child.stdout.take().expect("standard output is piped");
        let mut err = self.child.stderr.take().expect("standard error is piped");
        let stdout = std::thread::spawn(move || read(&mut out));
        let stderr = std::thread::spawn(move || read(&mut err));
        let status = until(within, "landfall ends", || self.child.try_wait().expect("a child can be awaited"));
        let text = |thread: std::thread::JoinHandle<String>| thread.join().expect("reading doesn't panic");
        Ended { status, stdout: text(stdout), stderr: text(stderr) }
    }
}

impl Drop for Landfall {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Ended {
    pub(crate) fn code(&self) -> i32 {
        self.status.code().unwrap_or(-1)
    }

    /// Asserts the exit code, and shows everything that was said when it is another.
    pub(crate) fn must_end_with(&self, code: i32) -> &Self {
        assert_eq!(self.code(), code, "exit code; it said:\n{}\n{}", self.stderr, self.stdout);
        self
    }
}

/// Runs to the end.
pub(crate) fn landfall(arguments: &[&str]) -> Ended {
    Landfall::start(arguments).wait(Duration::from_secs(240))
}

/// Waits for a condition, with a bound.
pub(crate) fn until<T>(within: Duration, what: &str, mut condition: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + within;
    loop {
        if let Some(value) = condition() {
            return value;
        }
        assert!(Instant::now() < deadline, "waited {within:?} in vain until {what}");
        std::thread::park_timeout(Duration::from_millis(50));
    }
}

/// Ids and command lines of the processes that carry `text` in their command line.
pub(crate) fn processes_with(text: &str) -> Vec<(u32, String)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").expect("/proc is there").flatten() {
        let Some(id) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line).replace('\0', " ");
        if line.contains(text) {
            found.push((id, line));
        }
    }
    found
}

fn read(stream: &mut impl Read) -> String {
    let mut bytes = Vec::new();
    // A stream that breaks off has been read as far as it goes.
    let _ = stream.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}
