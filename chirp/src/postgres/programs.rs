//! The programs of a PostgreSQL installation, and how one is run to its end.
//!
//! Every run has a limit, and is killed when the future is dropped or the limit passes: the cut-off is the
//! same as that of a crash, which every program here survives (what it was making is thrown away).

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

use super::PostgresError;
use super::account::Account;

/// The oldest major version that is run.
pub(super) const MAJOR_MIN: u32 = 14;
/// The newest major version that is run.
pub(super) const MAJOR_MAX: u32 = 18;
/// All that are needed.
const NEEDED: [&str; 4] = ["postgres", "initdb", "pg_basebackup", "pg_rewind"];
/// How long asking for the version may take.
const VERSION_LIMIT: Duration = Duration::from_secs(30);
/// How much of what a failed program said is passed on, in bytes.
const SAID_BYTES_MAX: usize = 2000;

/// Where the programs are, and who runs them.
#[derive(Clone, Debug)]
pub(super) struct Programs {
    bin: PathBuf,
    account: Account,
}

impl Programs {
    /// Checks that all are there, can be reached by the user, and have a version that is known.
    pub(super) async fn find(bin: &Path, account: Account) -> Result<Self, PostgresError> {
        for program in NEEDED {
            if !bin.join(program).is_file() {
                return Err(PostgresError::NoProgram { program, bin: bin.to_owned() });
            }
        }
        let programs = Self { bin: bin.to_owned(), account };
        let said = programs.run("postgres", &["--version".to_owned()], VERSION_LIMIT).await;
        let said = said.map_err(|error| match error {
            PostgresError::Program { .. } => programs.unreachable(bin),
            other => other,
        })?;
        let major = major_in(&said);
        if !major.is_some_and(|major| (MAJOR_MIN..=MAJOR_MAX).contains(&major)) {
            return Err(PostgresError::Version { bin: bin.to_owned(), said: said.trim().to_owned() });
        }
        Ok(programs)
    }

    /// Who runs them.
    pub(super) fn account(&self) -> &Account {
        &self.account
    }

    /// Checks that the user can get to a folder and write there.
    pub(super) async fn check_writable(&self, folder: &Path) -> Result<(), PostgresError> {
        let mut command = self.as_user("test");
        command.arg("-w").arg(folder);
        let outcome = finish("test", command, VERSION_LIMIT).await;
        outcome.map(drop).map_err(|_| self.unreachable(folder))
    }

    /// Runs one to its end; answers standard output.
    pub(super) async fn run(
        &self,
        program: &'static str,
        arguments: &[String],
        limit: Duration,
    ) -> Result<String, PostgresError> {
        let mut command = self.command(program);
        command.args(arguments);
        finish(program, command, limit).await
    }

    /// One of them, to be started.
    pub(super) fn command(&self, program: &'static str) -> Command {
        self.as_user(&self.bin.join(program).display().to_string())
    }

    fn as_user(&self, program: &str) -> Command {
        let words = self.account.prefix();
        let mut command = Command::new(&words[0]);
        // What the region's own environment says about PostgreSQL (PGPORT, PGDATA) is not for this server.
        command.args(&words[1..]).arg(program).env_clear().env("PATH", "/usr/bin:/bin").env("LC_ALL", "C");
        command.current_dir("/").stdin(Stdio::null()).kill_on_drop(true);
        command
    }

    fn unreachable(&self, path: &Path) -> PostgresError {
        PostgresError::Unreachable { user: self.account.name().to_owned(), path: path.to_owned() }
    }
}

async fn finish(program: &'static str, mut command: Command, limit: Duration) -> Result<String, PostgresError> {
    let running = command.stdout(Stdio::piped()).stderr(Stdio::piped()).output();
    let output = tokio::time::timeout(limit, running).await;
    let output = output.map_err(|_| PostgresError::Late { what: program, limit })?;
    let output = output.map_err(|error| PostgresError::file("start", program, error))?;
    if !output.status.success() {
        let said = tail(&String::from_utf8_lossy(&output.stderr), SAID_BYTES_MAX);
        return Err(PostgresError::Program { program, status: output.status.to_string(), said });
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The end of a text, from the beginning of a character.
pub(super) fn tail(text: &str, bytes_max: usize) -> String {
    let text = text.trim();
    let from = (text.len().saturating_sub(bytes_max)..=text.len()).find(|at| text.is_char_boundary(*at));
    text[from.unwrap_or(0)..].to_owned()
}

/// The major version in `postgres (PostgreSQL) 15.18 (Debian …)`.
fn major_in(said: &str) -> Option<u32> {
    let version = said.strip_prefix("postgres (PostgreSQL) ")?;
    version.split(|character: char| !character.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read_from_every_form_of_the_line() {
        let cases = [
            ("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n", Some(15)),
            ("postgres (PostgreSQL) 16.14", Some(16)),
            ("postgres (PostgreSQL) 19beta1", Some(19)),
            ("psql (PostgreSQL) 15.18", None),
            ("", None),
        ];
        for (said, major) in cases {
            assert_eq!(major_in(said), major, "{said}");
        }
    }

    #[test]
    fn the_tail_is_cut_between_characters() {
        assert_eq!(tail("aä", 2), "ä");
        assert_eq!(tail("aä", 1), "");
        assert_eq!(tail("  abc\n", 10), "abc");
    }
}
