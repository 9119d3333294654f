//! NATS servers with the configuration that is written, as real processes.

use crate::nats_server::{Server, free_ports, place, program, wait_until};
use deploy::credentials::issue;
use deploy::fleet::Fleet;
use deploy::nats::{self, Ports, ServerName, ServerPlace};
use std::path::PathBuf;
use std::process::Command;

/// A hub, and maybe the leaf node of its only region.
pub(crate) struct Servers {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) hubs: Vec<Ports>,
    pub(crate) leaf: Ports,
    /// The hub's come first.
    servers: Vec<Server>,
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
        let mut servers = Self { folder, hubs, leaf, servers: Vec::new() };
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
        self.servers[number].kill();
    }

    fn hub_configuration(&self, fleet: &Fleet, number: usize) -> String {
        let routes: Vec<String> = self.hubs.iter().map(|ports| format!("127.0.0.1:{}", ports.cluster)).collect();
        nats::hub(fleet, &place(self.folder.path(), &format!("hub-{number}"), "hub", self.hubs[number]), &routes)
    }

    fn leaf_configuration(&self, fleet: &Fleet) -> String {
        let hub = [format!("127.0.0.1:{}", self.hubs[0].leaf)];
        nats::leaf(fleet, &fleet.regions()[0], &place(self.folder.path(), "leaf", "eu/leaf", self.leaf), &hub)
    }

    /// Where an identity's files are.
    pub(crate) fn keys(&self, identity: &str) -> PathBuf {
        self.folder.path().join("keys").join(identity)
    }

    /// Gives both servers the configuration of another fleet, while they run.
    pub(crate) fn reload(&self, fleet: &Fleet) {
        let configurations = [self.hub_configuration(fleet, 0), self.leaf_configuration(fleet)];
        for (server, configuration) in self.servers.iter().zip(configurations) {
            server.reload(&configuration);
        }
    }

    fn run(&mut self, name: &str, configuration: &str, ports: Ports) {
        self.servers.push(Server::start(self.folder.path(), name, configuration, ports));
        wait_until(name, || !http_get(ports.monitor, "/varz").is_empty());
    }
}

/// A hub on this machine and a region with two agents.
pub(crate) fn fleet() -> Fleet {
    Fleet::read("hub.addresses = [\"127.0.0.1\"]\n[[region]]\nname = \"eu\"\nagents = 2\n").unwrap()
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
    let own = |identity: &str| {
        let name = ServerName::Variable("POD_NAME".to_owned());
        let tls = folder.path().join(identity).display().to_string();
        ServerPlace { name, tls, ..place(folder.path(), "own", identity, Ports::default()) }
    };
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
