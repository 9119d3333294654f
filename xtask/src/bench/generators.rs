//! The generators that are measured, each as the command that makes the same load: users on connections of their own who
//! ask again as soon as they have their answer.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::placement;
use super::server::Server;
use crate::failure::Failure;

const K6_SCRIPT: &str = include_str!("k6.js");
const PLAN: &str = include_str!("closed.yaml");

/// What all generators are asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Load {
    pub(super) users: u32,
    /// Longer than the measurement takes; the generator is ended before.
    pub(super) seconds: u64,
}

/// One generator that is installed or built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Generator {
    pub(super) kind: Kind,
    pub(super) program: PathBuf,
}

/// The generators there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Wrk,
    K6,
    Landfall,
}

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Wrk => "wrk",
            Self::K6 => "k6",
            Self::Landfall => "landfall",
        }
    }
}

/// A generator at work, in a process group of its own. It is ended when this is dropped.
#[derive(Debug)]
pub(super) struct Working {
    process: Child,
    log: PathBuf,
}

impl Working {
    /// The id of its process group.
    pub(super) fn group(&self) -> u32 {
        self.process.id()
    }

    /// Fails when it has ended already.
    pub(super) fn must_be_running(&mut self) -> Result<(), Failure> {
        match self.process.try_wait() {
            Ok(None) => Ok(()),
            Ok(Some(status)) => {
                let log = fs::read_to_string(&self.log).unwrap_or_default();
                Err(Failure::Blocked(format!("a generator ended too early ({status}):\n{log}")))
            }
            Err(error) => Err(Failure::Blocked(format!("a generator could not be looked at: {error}"))),
        }
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        // The group may be gone already, and there is nobody left to tell.
        let group = format!("-{}", self.process.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
        let _ = self.process.wait();
    }
}

impl Generator {
    /// Starts it on this core, with its files and its log in `folder`.
    pub(super) fn start(&self, server: &Server, load: Load, folder: &Path, core: &str) -> Result<Working, Failure> {
        let start = || -> std::io::Result<Working> {
            fs::create_dir_all(folder)?;
            let arguments = self.arguments(server, load, folder)?;
            let log = folder.join(format!("{}.log", self.kind.name()));
            let output = File::create(&log)?;
            let process = placement::on_core(core, &self.program)
                .args(arguments)
                .current_dir(folder)
                .stdin(Stdio::null())
                .stderr(output.try_clone()?)
                .stdout(output)
                .spawn()?;
            Ok(Working { process, log })
        };
        start().map_err(|error| Failure::Blocked(format!("{} could not be started: {error}", self.kind.name())))
    }

    fn arguments(&self, server: &Server, load: Load, folder: &Path) -> std::io::Result<Vec<String>> {
        let Load { users, seconds } = load;
        let words = match self.kind {
            Kind::Wrk => vec!["-t1".to_owned(), format!("-c{users}"), format!("-d{seconds}s"), server.url()],
            Kind::K6 => {
                fs::write(folder.join("k6.js"), K6_SCRIPT)?;
                let fixed = ["run", "--no-usage-report", "--quiet", "--address", "", "--vus"].map(str::to_owned);
                let own = [users.to_string(), "--duration".to_owned(), format!("{seconds}s"), "--env".to_owned()];
                let rest = [format!("TARGET={}", server.url()), "k6.js".to_owned()];
                fixed.into_iter().chain(own).chain(rest).collect()
            }
            Kind::Landfall => {
                fs::write(folder.join("closed.yaml"), plan(&server.base(), load))?;
                let run = folder.join("run");
                if run.exists() {
                    fs::remove_dir_all(&run)?;
                }
                ["run", "closed.yaml", "--out", "run"].map(str::to_owned).to_vec()
            }
        };
        Ok(words)
    }
}

fn plan(base: &str, load: Load) -> String {
    PLAN.replace("{{ base }}", base)
        .replace("{{ users }}", &load.users.to_string())
        .replace("{{ seconds }}", &load.seconds.to_string())
}

#[cfg(test)]
mod tests {
    //! The plan that is made for Landfall; that it is a good one shows when it is carried out.
    use super::*;

    #[test]
    fn the_plan_has_nothing_left_to_fill_in() {
        let plan = plan("http://127.0.0.1:1234", Load { users: 64, seconds: 9 });
        assert!(plan.contains("us-east-1: \"http://127.0.0.1:1234\""), "{plan}");
        assert!(plan.contains("users: 64") && plan.contains("for: 9s"), "{plan}");
        assert!(!plan.contains("{{"), "{plan}");
    }
}
