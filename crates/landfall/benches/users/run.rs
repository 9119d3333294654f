//! `landfall run`: the program itself, with the agents that it starts.

use crate::machine;
use std::{
    fs::File,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
};

/// A run under way. Dropping it kills it; its agents end with it.
pub(crate) struct Run {
    controller: Child,
    /// Its recording.
    pub(crate) recording: PathBuf,
    said: PathBuf,
}

impl Run {
    /// Starts it in `folder`, where its recording and what it says go.
    pub(crate) fn start(plan: &Path, folder: &Path) -> Self {
        let (recording, said) = (folder.join("run"), folder.join("said"));
        let output = File::create(&said).unwrap();
        let controller = Command::new(env!("CARGO_BIN_EXE_landfall"))
            .arg("run")
            .arg(plan)
            .arg("--out")
            .arg(&recording)
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .stdout(output.try_clone().unwrap())
            .stderr(output)
            .spawn()
            .unwrap();
        Self { controller, recording, said }
    }

    pub(crate) fn controller(&self) -> u32 {
        self.controller.id()
    }

    /// The processes that generate load: its children, but for those that hold a fault.
    pub(crate) fn agents(&self) -> Vec<u32> {
        machine::children(self.controller()).into_iter().filter(|id| machine::is_called(*id, "agent")).collect()
    }

    /// How it ended, if it has.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.controller.try_wait().unwrap()
    }

    /// What it said so far.
    pub(crate) fn said(&self) -> String {
        std::fs::read_to_string(&self.said).unwrap_or_default()
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        let _ended_by_itself = self.controller.kill();
        let _ = self.controller.wait();
    }
}
