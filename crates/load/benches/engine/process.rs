//! Processes of the benchmark: started on a core of their own, read from `/proc`, ended when dropped.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    process::{Child, ChildStdout, Command, Stdio},
    time::Duration,
};

/// A process that ends when dropped.
pub(crate) struct Process {
    child: Child,
    output: BufReader<ChildStdout>,
}

/// Which core: the generators' or the servers'.
#[derive(Clone, Copy)]
pub(crate) enum Core {
    Generator,
    Server,
    Any,
}

impl Process {
    /// Starts a program in a session of its own, with priority where that is allowed, so that other jobs take little.
    pub(crate) fn start(core: Core, program: &str, arguments: &[&str]) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get());
        let pin = match core {
            Core::Generator if cores > 1 => "taskset -c 0 ",
            Core::Server if cores > 1 => "taskset -c 1 ",
            _ => "",
        };
        let script = format!(
            "echo -20 2>/dev/null >/proc/self/autogroup; \
             if nice -n -20 true 2>/dev/null; then exec {pin}nice -n -20 \"$@\"; else exec {pin}\"$@\"; fi"
        );
        let mut command = Command::new("setsid");
        command.args(["bash", "-c", &script, "bench", program]).args(arguments);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Self { child, output }
    }

    /// Starts this benchmark's own program in another role.
    pub(crate) fn role(core: Core, arguments: &[&str]) -> Self {
        let program = std::env::current_exe().unwrap();
        Self::start(core, program.to_str().unwrap(), arguments)
    }

    /// The next line that it prints.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line.trim().to_owned()
    }

    /// Waits for its end; everything that it printed.
    pub(crate) fn finish(mut self) -> String {
        let mut text = String::new();
        self.output.read_to_string(&mut text).unwrap();
        self.child.wait().unwrap();
        text
    }

    /// User and kernel CPU time of all its threads.
    pub(crate) fn cpu(&self) -> (Duration, Duration) {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        let ticks = |index: usize| -> u64 { fields[index].parse().unwrap() };
        let time = |ticks: u64| Duration::from_millis(ticks * 1_000 / rustix::param::clock_ticks_per_second());
        (time(ticks(11)), time(ticks(12)))
    }

    /// Resident memory in bytes.
    pub(crate) fn memory(&self) -> u64 {
        let text = std::fs::read_to_string(format!("/proc/{}/statm", self.child.id())).unwrap();
        let pages: u64 = text.split_whitespace().nth(1).unwrap().parse().unwrap();
        pages * rustix::param::page_size() as u64
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ended_by_itself = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A server of this benchmark, and how many requests it has answered.
pub(crate) struct ServerProcess {
    /// Ends with this.
    _process: Process,
    pub(crate) address: SocketAddr,
}

impl ServerProcess {
    pub(crate) fn start(core: Core, arguments: &[&str]) -> Self {
        let mut process = Process::role(core, &[&["serve"], arguments].concat());
        let address = process.line().parse().unwrap();
        Self { _process: process, address }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn answered(&self) -> u64 {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.write_all(b"GET /answered HTTP/1.1\r\n\r\n").unwrap();
        let mut answer = [0; 512];
        let length = stream.read(&mut answer).unwrap();
        let text = String::from_utf8_lossy(&answer[..length]).into_owned();
        text.rsplit("\r\n\r\n").next().unwrap().trim().parse().unwrap()
    }
}
