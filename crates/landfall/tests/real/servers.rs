//! NATS servers with the configuration that is written, and the agents that reach them: a hub, a leaf node in each region, and
//! certificates for all. They end with the test.

use crate::{
    nats_server::{Server, free_ports, place},
    support::{Landfall, landfall, until},
};
use deploy::{
    fleet::Fleet,
    nats::{self, Ports},
};
use std::{
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::Duration,
};

const BOUND: Duration = Duration::from_secs(60);

pub(crate) struct Servers {
    folder: tempfile::TempDir,
    regions: Vec<&'static str>,
    hubs: Vec<Server>,
    leaves: Vec<Server>,
    /// Between the last region's leaf node and the hub.
    wire: Wire,
}

impl Servers {
    /// A hub of so many servers, and regions with so many agents each.
    pub(crate) fn start(hubs: usize, regions: &[(&'static str, u32)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let keys = folder.path().join("keys").display().to_string();
        let mut credentials =
            ["deploy", "credentials", "--hub", "127.0.0.1", "--out", &keys].map(str::to_owned).to_vec();
        let mut text = "hub.addresses = [\"127.0.0.1\"]\n".to_owned();
        for (name, agents) in regions {
            credentials.extend(["--region".to_owned(), format!("{name}={agents}")]);
            text.push_str(&format!("[[region]]\nname = \"{name}\"\nagents = {agents}\n"));
        }
        landfall(&credentials.iter().map(String::as_str).collect::<Vec<_>>()).must_end_with(0);
        let fleet = Fleet::read(&text).unwrap();
        let ports = free_ports(hubs + regions.len());
        let (hub_ports, leaf_ports) = ports.split_at(hubs);
        let address = |port: u16| format!("127.0.0.1:{port}");
        let routes: Vec<String> = hub_ports.iter().map(|ports| address(ports.cluster)).collect();
        let of_hub = |number: usize, ports: Ports| {
            let name = format!("hub-{number}");
            let configuration = nats::hub(&fleet, &place(folder.path(), &name, "hub", ports), &routes);
            Server::start(folder.path(), &name, &configuration, ports)
        };
        let hubs: Vec<Server> = hub_ports.iter().enumerate().map(|(number, ports)| of_hub(number, *ports)).collect();
        let doors: Vec<String> = hub_ports.iter().map(|ports| address(ports.leaf)).collect();
        let wire = Wire::start(&doors);
        let of_leaf = |(number, ports): (usize, &Ports)| {
            let region = &fleet.regions()[number];
            let hub = if number + 1 == regions.len() { &wire.addresses } else { &doors };
            let place = place(folder.path(), &region.name, &format!("{}/leaf", region.name), *ports);
            Server::start(folder.path(), &region.name, &nats::leaf(&fleet, region, &place, hub), *ports)
        };
        let leaves = leaf_ports.iter().enumerate().map(of_leaf).collect();
        let regions = regions.iter().map(|(name, _)| *name).collect();
        Self { folder, regions, hubs, leaves, wire }
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The ports of the hub's servers.
    pub(crate) fn hubs(&self) -> Vec<Ports> {
        self.hubs.iter().map(|server| server.ports).collect()
    }

    /// Ends a server of the hub as a power cut does.
    pub(crate) fn kill_hub(&mut self, number: usize) {
        self.hubs[number].kill();
    }

    /// Starts it again.
    pub(crate) fn start_hub(&mut self, number: usize) {
        self.hubs[number].restart();
    }

    /// Nothing passes between the last region and the hub from now on.
    pub(crate) fn cut(&mut self) {
        self.wire.cut();
    }

    /// Bytes pass again.
    pub(crate) fn mend(&mut self) {
        self.wire.mend();
    }

    fn keys(&self, identity: &str) -> PathBuf {
        self.folder().join("keys").join(identity)
    }

    /// What an identity gives to be let in, with the option that names the servers.
    fn options(&self, option: &str, identity: &str, ports: &[u16]) -> Vec<String> {
        let file = |name: &str| self.keys(identity).join(name).display().to_string();
        let urls: Vec<String> = ports.iter().map(|port| format!("tls://127.0.0.1:{port}")).collect();
        let mut options = vec![option.to_owned(), urls.join(",")];
        for (option, name) in [("--certificate", "tls.crt"), ("--key", "tls.key"), ("--authority", "ca.crt")] {
            options.extend([option.to_owned(), file(name)]);
        }
        options
    }

    pub(crate) fn controller(&self) -> Vec<String> {
        let ports: Vec<u16> = self.hubs.iter().map(|server| server.ports.client).collect();
        self.options("--fleet", "controller", &ports)
    }

    /// An agent of a region, maybe behind another program.
    pub(crate) fn agent(&self, region: &str, number: usize, before: &[&str]) -> Landfall {
        let name = format!("{region}-{number}");
        let spool = self.folder().join(format!("spool-{name}")).display().to_string();
        let leaf = self.regions.iter().position(|name| *name == region).unwrap();
        let mut arguments: Vec<String> = before.iter().map(|word| (*word).to_owned()).collect();
        arguments
            .extend([env!("CARGO_BIN_EXE_landfall"), "agent", "--name", &name, "--region", region].map(str::to_owned));
        arguments.extend(self.options("--nats", &format!("{region}/{name}"), &[self.leaves[leaf].ports.client]));
        arguments.extend(["--spool".to_owned(), spool]);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        Landfall::run(arguments[0], &arguments[1..], &[])
    }

    /// The agents that are there, once there are so many.
    pub(crate) fn roster(&self, agents: usize) -> serde_json::Value {
        until(BOUND, "the agents are there", || {
            let options = self.controller();
            let options: Vec<&str> =
                ["--json", "agents"].into_iter().chain(options.iter().map(String::as_str)).collect();
            let ended = landfall(&options);
            ended.must_end_with(0);
            let roster: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
            (roster["agents"].as_array().unwrap().len() == agents).then_some(roster)
        })
    }
}

/// Landfall's own relay between a leaf node and each server of the hub. It ends with its input.
struct Wire {
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    child: Child,
    /// Where it listens, one for each server of the hub.
    addresses: Vec<String>,
    asked: u64,
}

/// Nobody takes the cut away by forgetting it.
const LEASE: &str = "10m";

impl Wire {
    fn start(doors: &[String]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_landfall"));
        let mut child = command.arg("relay").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let input = child.stdin.take().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let mut wire = Self { input, output, child, addresses: Vec::new(), asked: 0 };
        let link = |(number, door): (usize, &String)| serde_json::json!({ "name": format!("wire-{number}"), "listen": "127.0.0.1:0", "forward_to": door });
        let links: Vec<_> = doors.iter().enumerate().map(link).collect();
        let ready = wire.ask("start", &serde_json::json!({ "format": "1.0", "seed": "1", "links": links }));
        let links = ready["ready"]["links"].as_array().unwrap();
        wire.addresses = links.iter().map(|link| link["address"].as_str().unwrap().to_owned()).collect();
        wire
    }

    fn cut(&mut self) {
        let state = serde_json::json!({ "state": "black-hole" });
        let overlay = |number| {
            let overlay = serde_json::json!({ "forward": state, "backward": state });
            serde_json::json!({ "link": format!("wire-{number}"), "overlay": overlay })
        };
        let overlays: Vec<_> = (0..self.addresses.len()).map(overlay).collect();
        self.ask("apply", &serde_json::json!({ "fault": "cut", "lease": LEASE, "overlays": overlays }));
    }

    fn mend(&mut self) {
        self.ask("remove", &serde_json::json!({ "fault": "cut" }));
    }

    fn ask(&mut self, command: &str, what: &serde_json::Value) -> serde_json::Value {
        self.asked += 1;
        writeln!(self.input, "{}", serde_json::json!({ "id": self.asked, command: what })).unwrap();
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        let answer: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert!(answer["error"].is_null(), "{answer}");
        answer
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
