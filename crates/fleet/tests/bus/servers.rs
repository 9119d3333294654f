//! NATS servers as real processes. They end with the test.

use deploy::{
    credentials::{Terms, issue},
    fleet::Fleet,
    nats::{self, Ports, ServerName, ServerPlace},
};
use fleet::link::nats::access::{Access, Credentials};
use std::{
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

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

/// One server process.
struct Server {
    configuration: PathBuf,
    port: u16,
    child: Child,
}

impl Server {
    fn start(folder: &Path, name: &str, configuration: &str, port: u16) -> Self {
        let file = folder.join(format!("{name}.conf"));
        std::fs::write(&file, configuration).unwrap();
        let child = Self::spawn(&file, port);
        Self { configuration: file, port, child }
    }

    fn spawn(file: &Path, port: u16) -> Child {
        let log = std::fs::File::options().create(true).append(true).open(file.with_extension("log")).unwrap();
        let mut command = Command::new(program());
        command.arg("--config").arg(file).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        let child = command.spawn().unwrap();
        wait_until("a server listens", || TcpStream::connect(("127.0.0.1", port)).is_ok());
        child
    }

    /// Ends it as a power cut does.
    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// The same, and starts it again.
    fn restart(&mut self) {
        self.kill();
        self.child = Self::spawn(&self.configuration, self.port);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

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
        let port = free_ports(1)[0].client;
        let rest = rest.replace("STORE", folder.path().join("store").to_str().unwrap());
        let server = Server::start(folder.path(), "plain", &format!("listen: \"127.0.0.1:{port}\"\n{rest}"), port);
        Self { folder, server }
    }

    pub(crate) fn port(&self) -> u16 {
        self.server.port
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
    hubs: Vec<Ports>,
    leaves: Vec<Ports>,
    /// The hub's come first.
    servers: Vec<Server>,
}

impl Regions {
    /// With a hub of so many servers.
    pub(crate) fn start(count: usize) -> Self {
        install_tls();
        let folder = tempfile::tempdir().unwrap();
        let fleet = fleet();
        issue(&fleet, &folder.path().join("keys"), terms(0)).unwrap();
        let mut hubs = free_ports(count + fleet.regions().len());
        let leaves = hubs.split_off(count);
        let mut servers = Vec::new();
        let routes: Vec<String> = hubs.iter().map(|ports| format!("127.0.0.1:{}", ports.cluster)).collect();
        for (number, ports) in hubs.iter().enumerate() {
            let name = format!("hub-{number}");
            let configuration = nats::hub(&fleet, &place(folder.path(), &name, "hub", *ports), &routes);
            servers.push(Server::start(folder.path(), &name, &configuration, ports.client));
        }
        let at_hub: Vec<String> = hubs.iter().map(|ports| format!("127.0.0.1:{}", ports.leaf)).collect();
        for (region, ports) in fleet.regions().iter().zip(&leaves) {
            let place = place(folder.path(), &region.name, &format!("{}/leaf", region.name), *ports);
            let configuration = nats::leaf(&fleet, region, &place, &at_hub);
            servers.push(Server::start(folder.path(), &region.name, &configuration, ports.client));
        }
        Self { folder, hubs, leaves, servers }
    }

    /// Ends a server of the hub as a power cut does, and starts it again; the leaf nodes go on.
    pub(crate) fn restart_hub(&mut self, number: usize) {
        self.servers[number].restart();
    }

    /// Ends a server of the hub as a power cut does.
    pub(crate) fn kill_hub(&mut self, number: usize) {
        self.servers[number].kill();
    }

    pub(crate) fn hub_port(&self) -> u16 {
        self.hubs[0].client
    }

    /// The controller's.
    pub(crate) fn controller(&self) -> Access {
        let servers: Vec<String> = self.hubs.iter().map(|ports| format!("tls://127.0.0.1:{}", ports.client)).collect();
        let credentials = credentials(&self.folder.path().join("keys/controller"));
        Access::new(&servers.join(","), credentials).unwrap()
    }

    /// An agent's, by its region's number.
    pub(crate) fn agent(&self, region: usize, name: &str) -> Access {
        let identity = format!("{}/{name}", fleet().regions()[region].name);
        self.access(&identity, self.leaves[region].client)
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

fn place(folder: &Path, name: &str, identity: &str, ports: Ports) -> ServerPlace {
    ServerPlace {
        name: ServerName::Given(name.to_owned()),
        tls: folder.join("keys").join(identity).to_str().unwrap().to_owned(),
        store: folder.join("store").join(name).to_str().unwrap().to_owned(),
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

pub(crate) fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < PATIENCE, "waited in vain: {what}");
        std::thread::park_timeout(Duration::from_millis(20));
    }
}
