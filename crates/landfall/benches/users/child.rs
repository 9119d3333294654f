//! A server's process: it ends when its input does, so none outlives the benchmark, however that ends.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child as Process, ChildStdin, ChildStdout, Command, Stdio},
};

/// This benchmark's own program in another role. It is killed when this is dropped.
pub(crate) struct Child {
    process: Process,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Child {
    pub(crate) fn start(arguments: &[String]) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        let mut process = command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let input = process.stdin.take().unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        Self { process, input, output }
    }

    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// The next line that it prints.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line.trim().to_owned()
    }

    /// Asks something and reads the line that it answers. The question is one write: each piece would get an answer of its own,
    /// and every answer after that would be an old one.
    pub(crate) fn ask(&mut self, question: &str) -> String {
        self.input.write_all(format!("{question}\n").as_bytes()).unwrap();
        self.line()
    }

    /// Doesn't wait for its end.
    pub(crate) fn kill(&mut self) {
        let _ended_by_itself = self.process.kill();
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.kill();
        let _ = self.process.wait();
    }
}
