//! A region of the target: its servers, and what they count.

use crate::child::Child;

/// Servers at one address.
pub(crate) struct Region {
    name: &'static str,
    address: &'static str,
    processes: u64,
    servers: Vec<Child>,
}

impl Region {
    pub(crate) fn start(name: &'static str, address: &'static str, processes: u64) -> Self {
        let mut region = Self { name, address, processes, servers: Vec::new() };
        region.come_up();
        region
    }

    /// Starts what is not there.
    pub(crate) fn come_up(&mut self) {
        let arguments = ["serve", self.address, self.name].map(str::to_owned);
        let missing = self.processes.saturating_sub(self.servers.len() as u64);
        let mut started: Vec<Child> = (0..missing).map(|_| Child::start(&arguments)).collect();
        started.iter_mut().for_each(|server| assert_eq!(server.line(), "ready"));
        self.servers.append(&mut started);
    }

    /// Kills all at once: one after the other, each with its thousands of connections, would take seconds.
    pub(crate) fn die(&mut self) {
        self.servers.iter_mut().for_each(Child::kill);
        self.servers.clear();
    }

    /// Connections that are open.
    pub(crate) fn open(&mut self) -> u64 {
        let open = |server: &mut Child| -> u64 { server.ask("count").split(' ').next().unwrap().parse().unwrap() };
        self.servers.iter_mut().map(open).sum()
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The processes.
    pub(crate) fn ids(&self) -> impl Iterator<Item = u32> {
        self.servers.iter().map(Child::id)
    }
}
