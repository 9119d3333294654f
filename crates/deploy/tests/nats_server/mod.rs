//! A NATS server as a real process with the configuration that is written, for the tests of all who need one (which include this file).
//! It ends with the test.

use deploy::nats::{Ports, ServerName, ServerPlace};
use std::{
    fs,
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// How long a server may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// The program: as the environment says, else as `cargo xtask tools` has linked it.
pub(crate) fn program() -> PathBuf {
    if let Some(path) = std::env::var_os("CHIRP_NATS_SERVER") {
        return path.into();
    }
    let built = std::env::current_exe().unwrap();
    let linked = built.ancestors().map(|folder| folder.join("tools/nats-server")).find(|link| link.exists());
    linked.expect("no NATS server for this test: run `cargo xtask tools` once, or `cargo xtask test`")
}

/// One server process.
pub(crate) struct Server {
    pub(crate) ports: Ports,
    configuration: PathBuf,
    child: Child,
}

impl Server {
    /// Starts it with that configuration, which is written into the folder under its name, as is its log; returns when it listens.
    pub(crate) fn start(folder: &Path, name: &str, configuration: &str, ports: Ports) -> Self {
        let file = folder.join(format!("{name}.conf"));
        fs::write(&file, configuration).unwrap();
        let child = spawn(&file, ports);
        Self { ports, configuration: file, child }
    }

    /// Ends it as a power cut does.
    pub(crate) fn kill(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// The same, unless it has ended, and starts it again.
    pub(crate) fn restart(&mut self) {
        self.kill();
        self.child = spawn(&self.configuration, self.ports);
    }

    /// Gives it another configuration while it runs; returns when it has read it.
    pub(crate) fn reload(&self, configuration: &str) {
        fs::write(&self.configuration, configuration).unwrap();
        let told = Command::new("kill").args(["-HUP", &self.child.id().to_string()]).status().unwrap();
        assert!(told.success());
        let log = self.configuration.with_extension("log");
        wait_until("the server has read it", || fs::read_to_string(&log).unwrap().contains("Reloaded server"));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

fn spawn(configuration: &Path, ports: Ports) -> Child {
    let log = fs::File::options().create(true).append(true).open(configuration.with_extension("log")).unwrap();
    let mut command = Command::new(program());
    command.arg("--config").arg(configuration).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
    let child = command.spawn().unwrap();
    wait_until("a server listens", || TcpStream::connect(("127.0.0.1", ports.client)).is_ok());
    child
}

/// A place on this machine below that folder, where the files of an identity are in `keys`.
pub(crate) fn place(folder: &Path, name: &str, identity: &str, ports: Ports) -> ServerPlace {
    ServerPlace {
        name: ServerName::Given(name.to_owned()),
        tls: folder.join("keys").join(identity).display().to_string(),
        store: folder.join("store").join(name).display().to_string(),
        store_bytes_max: 1 << 30,
        listen: "127.0.0.1".to_owned(),
        monitor: "127.0.0.1".to_owned(),
        ports,
    }
}

/// Ports that were free a moment ago, for that many servers; all are held until all are known.
pub(crate) fn free_ports(servers: usize) -> Vec<Ports> {
    let bind = || TcpListener::bind("127.0.0.1:0").unwrap();
    let held: Vec<[TcpListener; 4]> = (0..servers).map(|_| [(); 4].map(|()| bind())).collect();
    let ports = |listeners: &[TcpListener; 4]| {
        let [client, leaf, cluster, monitor] =
            listeners.each_ref().map(|listener| listener.local_addr().unwrap().port());
        Ports { client, leaf, cluster, monitor }
    };
    held.iter().map(ports).collect()
}

/// Waits for a state.
pub(crate) fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < PATIENCE, "waited in vain: {what}");
        std::thread::park_timeout(Duration::from_millis(20));
    }
}
