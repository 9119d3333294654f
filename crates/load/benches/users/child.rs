//! Processes of the benchmark: they end when their input does, so none outlives it, however it ends.

use std::{
    io::{BufRead, BufReader, Read, Write},
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

    /// Asks something and reads the line that it answers.
    pub(crate) fn ask(&mut self, question: &str) -> String {
        writeln!(self.input, "{question}").unwrap();
        self.line()
    }

    /// Waits for its end; everything that it printed.
    pub(crate) fn finish(mut self) -> String {
        let mut text = String::new();
        self.output.read_to_string(&mut text).unwrap();
        let status = self.process.wait().unwrap();
        assert!(status.success(), "a process of the benchmark ended with {status}:\n{text}");
        text
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        let _ended_by_itself = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Ends this process when its input ends.
pub(crate) fn end_with_input() {
    std::thread::spawn(|| {
        let mut nothing = [0; 64];
        while std::io::stdin().read(&mut nothing).is_ok_and(|length| length > 0) {}
        std::process::exit(1);
    });
}
