//! NATS servers with the configuration that is written, as real processes.

use deploy::credentials::issue;
use deploy::fleet::Fleet;
use deploy::nats::{self, Ports, ServerName, ServerPlace};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long a server may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// As the environment says, else as `cargo xtask tools` has linked it.
fn program() -> PathBuf {
    if let Some(path) = std::env::var_os("CHIRP_NATS_SERVER") {
        return path.into();
    }
    let built = std::env::current_exe().unwrap();
    let linked = built.ancestors().map(|folder| folder.join("tools/nats-server")).find(|link| link.exists());
    linked.expect("no NATS server for this test: run `cargo xtask tools` once, or `cargo xtask test`")
}

/// A hub, and maybe the leaf node of its only region.
pub(crate) struct Servers {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) hubs: Vec<Ports>,
    pub(crate) leaf: Ports,
    children: Vec<Child>,
}

impl Servers {
    /// A hub of one server and a leaf node.
    pub(crate) fn start() -> Self {
        let mut servers = Self::hub(1);
        let configuration = servers.leaf_configuration(&fleet());
        servers.run("leaf", &configuration, servers.leaf);
        wait_until("the leaf node has found the hub", || {
            http_get(servers.leaf.monitor, "/leafz").contains("\"leafnodes\": 1")
        });
        servers
    }

    /// Only a hub, of that many servers.
    pub(crate) fn hub(count: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        issue(&fleet(), &folder.path().join("keys"), crate::credentials::terms()).unwrap();
        let mut hubs = free_ports(count + 1);
        let leaf = hubs.pop().unwrap();
        let mut servers = Self { folder, hubs, leaf, children: Vec::new() };
        for number in 0..count {
            let configuration = servers.hub_configuration(&fleet(), number);
            servers.run(&format!("hub-{number}"), &configuration, servers.hubs[number]);
        }
        for ports in &servers.hubs {
            wait_until("the hub is well", || http_get(ports.monitor, "/healthz").contains("\"ok\""));
        }
        servers
    }

    /// Ends a server of the hub as a power cut does.
    pub(crate) fn kill(&mut self, number: usize) {
        self.children[number].kill().unwrap();
        self.children[number].wait().unwrap();
    }

    fn hub_configuration(&self, fleet: &Fleet, number: usize) -> String {
        let routes: Vec<String> = self.hubs.iter().map(|ports| format!("127.0.0.1:{}", ports.cluster)).collect();
        nats::hub(fleet, &self.place(&format!("hub-{number}"), "hub", self.hubs[number]), &routes)
    }

    fn leaf_configuration(&self, fleet: &Fleet) -> String {
        let hub = [format!("127.0.0.1:{}", self.hubs[0].leaf)];
        nats::leaf(fleet, &fleet.regions()[0], &self.place("leaf", "eu/leaf", self.leaf), &hub)
    }

    /// Where an identity's files are.
    pub(crate) fn keys(&self, identity: &str) -> PathBuf {
        self.folder.path().join("keys").join(identity)
    }

    /// Gives both servers the configuration of another fleet, while they run.
    pub(crate) fn reload(&self, fleet: &Fleet) {
        let configurations = [("hub-0", self.hub_configuration(fleet, 0)), ("leaf", self.leaf_configuration(fleet))];
        for (child, (name, configuration)) in self.children.iter().zip(configurations) {
            std::fs::write(self.folder.path().join(format!("{name}.conf")), configuration).unwrap();
            let told = Command::new("kill").args(["-HUP", &child.id().to_string()]).status().unwrap();
            assert!(told.success());
            let log = self.folder.path().join(format!("{name}.log"));
            wait_until("the server has read it", || std::fs::read_to_string(&log).unwrap().contains("Reloaded server"));
        }
    }

    fn place(&self, name: &str, identity: &str, ports: Ports) -> ServerPlace {
        let store = self.folder.path().join("store").join(name);
        place(ServerName::Given(name.to_owned()), &self.keys(identity), &store, ports)
    }

    fn run(&mut self, name: &str, configuration: &str, ports: Ports) {
        let file = self.folder.path().join(format!("{name}.conf"));
        std::fs::write(&file, configuration).unwrap();
        let log = std::fs::File::create(self.folder.path().join(format!("{name}.log"))).unwrap();
        let mut command = Command::new(program());
        command.arg("--config").arg(&file).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        self.children.push(command.spawn().unwrap());
        wait_until(name, || !http_get(ports.monitor, "/varz").is_empty());
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        for child in &mut self.children {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A hub on this machine and a region with two agents.
pub(crate) fn fleet() -> Fleet {
    Fleet::read("hub.addresses = [\"127.0.0.1\"]\n[[region]]\nname = \"eu\"\nagents = 2\n").unwrap()
}

fn place(name: ServerName, tls: &Path, store: &Path, ports: Ports) -> ServerPlace {
    ServerPlace {
        name,
        tls: tls.to_str().unwrap().to_owned(),
        store: store.to_str().unwrap().to_owned(),
        store_bytes_max: 1 << 30,
        listen: "127.0.0.1".to_owned(),
        monitor: "127.0.0.1".to_owned(),
        ports,
    }
}

/// Ports that were free a moment ago, for that many servers; all are held until all are known.
fn free_ports(servers: usize) -> Vec<Ports> {
    let bind = || TcpListener::bind("127.0.0.1:0").unwrap();
    let held: Vec<[TcpListener; 4]> = (0..servers).map(|_| [(); 4].map(|()| bind())).collect();
    let ports = |listeners: &[TcpListener; 4]| {
        let [client, leaf, cluster, monitor] =
            listeners.each_ref().map(|listener| listener.local_addr().unwrap().port());
        Ports { client, leaf, cluster, monitor }
    };
    held.iter().map(ports).collect()
}

pub(crate) fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < PATIENCE, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The answer as text; nothing if there is none.
fn http_get(port: u16, path: &str) -> String {
    use std::io::{Read as _, Write as _};
    let mut answer = String::new();
    if let Ok(mut stream) = std::net::TcpStream::connect(("127.0.0.1", port)) {
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        let _ = stream.write_all(request.as_bytes()).and_then(|()| stream.read_to_string(&mut answer));
    }
    answer
}

#[test]
fn the_server_accepts_every_configuration_that_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let fleet = crate::fleet();
    issue(&fleet, folder.path(), crate::credentials::terms()).unwrap();
    let routes: Vec<String> = (0..3).map(|number| format!("nats-{number}.example.com:6222")).collect();
    let name = || ServerName::Variable("POD_NAME".to_owned());
    let own =
        |identity: &str| place(name(), &folder.path().join(identity), &folder.path().join("store"), Ports::default());
    let hub = ["nats.example.com:7422".to_owned()];
    let mut configurations = vec![nats::hub(&fleet, &own("hub"), &[]), nats::hub(&fleet, &own("hub"), &routes)];
    for region in fleet.regions() {
        configurations.push(nats::leaf(&fleet, region, &own(&format!("{}/leaf", region.name)), &hub));
    }
    let accepts = |configuration: &str| {
        let file = folder.path().join("nats.conf");
        std::fs::write(&file, configuration).unwrap();
        let output =
            Command::new(program()).arg("-t").arg("-c").arg(&file).env("POD_NAME", "nats-hub-0").output().unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    for configuration in &configurations {
        let (accepted, said) = accepts(configuration);
        assert!(accepted, "{said}\n{configuration}");
    }
    let (accepted, said) = accepts(&configurations[0].replace("verify_and_map", "verify_and_mop"));
    assert!(!accepted && said.contains("verify_and_mop"), "an unknown word is refused: {said}");
}
