//! NATS servers as real processes. They end with the test.

use crate::nats_server::{Server, free_ports, place};
use deploy::{
    credentials::{Terms, issue},
    fleet::{Fleet, RegionText},
    nats::{self, Ports},
};
use fleet::link::nats::access::{Access, Credentials};
use std::path::Path;

/// One server without certificates and without domains.
pub(crate) struct Plain {
    pub(crate) folder: tempfile::TempDir,
    server: Server,
}

impl Plain {
    /// One that takes messages of so many bytes.
    pub(crate) fn start(payload_max: u32) -> Self {
        Self::configured(&format!("max_payload: {payload_max}\njetstream {{ store_dir: \"STORE\" }}\n"))
    }

    pub(crate) fn configured(rest: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ports = free_ports(1)[0];
        let rest = rest.replace("STORE", folder.path().join("store").to_str().unwrap());
        let configuration = format!("listen: \"127.0.0.1:{}\"\n{rest}", ports.client);
        let server = Server::start(folder.path(), "plain", &configuration, ports);
        Self { folder, server }
    }

    pub(crate) fn port(&self) -> u16 {
        self.server.ports.client
    }

    pub(crate) fn access(&self) -> Access {
        Access::new(&format!("nats://127.0.0.1:{}", self.port()), Credentials::default()).unwrap()
    }

    pub(crate) fn restart(&mut self) {
        self.server.restart();
    }
}

/// A hub and a leaf node in each of two regions, with certificates, as `landfall deploy` writes them.
pub(crate) struct Regions {
    pub(crate) folder: tempfile::TempDir,
    hubs: Vec<Server>,
    leaves: Vec<Server>,
}

impl Regions {
    /// With a hub of so many servers.
    pub(crate) fn start(count: usize) -> Self {
        install_tls();
        let folder = tempfile::tempdir().unwrap();
        let fleet = fleet();
        issue(&fleet, &folder.path().join("keys"), terms(0)).unwrap();
        let ports = free_ports(count + fleet.regions().len());
        let (of_hubs, of_leaves) = ports.split_at(count);
        let address = |port: u16| format!("127.0.0.1:{port}");
        let routes: Vec<String> = of_hubs.iter().map(|ports| address(ports.cluster)).collect();
        let doors: Vec<String> = of_hubs.iter().map(|ports| address(ports.leaf)).collect();
        let hub = |(number, ports): (usize, &Ports)| {
            let name = format!("hub-{number}");
            let configuration = nats::hub(&fleet, &place(folder.path(), &name, "hub", *ports), &routes);
            Server::start(folder.path(), &name, &configuration, *ports)
        };
        let hubs = of_hubs.iter().enumerate().map(hub).collect();
        let leaf = |(region, ports): (&RegionText, &Ports)| {
            let place = place(folder.path(), &region.name, &format!("{}/leaf", region.name), *ports);
            Server::start(folder.path(), &region.name, &nats::leaf(&fleet, region, &place, &doors), *ports)
        };
        let leaves = fleet.regions().iter().zip(of_leaves).map(leaf).collect();
        Self { folder, hubs, leaves }
    }

    /// Ends a server of the hub as a power cut does, and starts it again; the leaf nodes go on.
    pub(crate) fn restart_hub(&mut self, number: usize) {
        self.hubs[number].restart();
    }

    /// Ends a server of the hub as a power cut does.
    pub(crate) fn kill_hub(&mut self, number: usize) {
        self.hubs[number].kill();
    }

    pub(crate) fn hub_port(&self) -> u16 {
        self.hubs[0].ports.client
    }

    /// The controller's.
    pub(crate) fn controller(&self) -> Access {
        let servers: Vec<String> =
            self.hubs.iter().map(|hub| format!("tls://127.0.0.1:{}", hub.ports.client)).collect();
        let credentials = credentials(&self.folder.path().join("keys/controller"));
        Access::new(&servers.join(","), credentials).unwrap()
    }

    /// An agent's, by its region's number.
    pub(crate) fn agent(&self, region: usize, name: &str) -> Access {
        let identity = format!("{}/{name}", fleet().regions()[region].name);
        self.access(&identity, self.leaves[region].ports.client)
    }

    pub(crate) fn access(&self, identity: &str, port: u16) -> Access {
        let credentials = credentials(&self.folder.path().join("keys").join(identity));
        Access::new(&format!("tls://127.0.0.1:{port}"), credentials).unwrap()
    }
}

/// The files in a folder.
pub(crate) fn credentials(folder: &Path) -> Credentials {
    let file = |name: &str| Some(folder.join(name));
    Credentials { certificate: file("tls.crt"), key: file("tls.key"), authority: file("ca.crt") }
}

/// Two regions with two agents each.
pub(crate) fn fleet() -> Fleet {
    Fleet::read(
        "hub.addresses = [\"127.0.0.1\"]\n[[region]]\nname = \"us-east-2\"\nagents = 2\n\
         [[region]]\nname = \"eu-west-1\"\nagents = 2\n",
    )
    .unwrap()
}

/// Certificates that were made so many days ago, for 90 days.
pub(crate) fn terms(days_ago: i32) -> Terms {
    let today = jiff::Zoned::now().date();
    let made = today.saturating_sub(jiff::Span::new().days(days_ago));
    Terms { today: made, days: 90, renew: days_ago > 0 }
}

pub(crate) fn install_tls() {
    // Another test may have been first.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
}
