//! The links of a namespace, and the faults that cut them.

use super::{
    Block, Cut, Flow, KernelError, Namespace, Ways,
    namespace::{NFT, program},
    rules,
};
use crate::LinkId;
use std::{
    collections::BTreeMap,
    io,
    net::{SocketAddr, SocketAddrV4},
    process::Stdio,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpSocket, TcpStream},
    process::Command,
    time::{Instant, timeout},
};
use units::FaultName;

/// nft answers within milliseconds; a machine that compiles on all cores may take a while to let it.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// A lease is renewed in the kernel when this part of it is over: renewals come far more often.
const RENEW_AFTER: f64 = 0.25;

/// The links of a namespace, which the kernel cuts. Cheap to clone; all clones are the same.
#[derive(Debug, Clone)]
pub struct Cuts(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    namespace: Namespace,
    flows: BTreeMap<LinkId, Vec<Flow>>,
    tables: Mutex<BTreeMap<FaultName, Table>>,
}

/// A fault's table in the kernel.
#[derive(Debug, Clone, Copy)]
struct Table {
    number: u32,
    lease: Duration,
    renewed: Instant,
}

impl Cuts {
    /// The links of that namespace, each with its flows; the first of them is the one that openers take.
    #[must_use]
    pub fn new(namespace: Namespace, flows: BTreeMap<LinkId, Vec<Flow>>) -> Self {
        Self(Arc::new(Shared { namespace, flows, tables: Mutex::default() }))
    }

    /// Cuts links in the name of a fault, in place of what the same fault cut before. The kernel ends it by itself when it isn't
    /// renewed within the lease. Links that it doesn't know are skipped.
    ///
    /// # Errors
    /// When nft can't be asked or refuses; then nothing has changed, unless its answer got lost.
    pub async fn apply(
        &self,
        fault: &FaultName,
        cut: Cut,
        links: &[(LinkId, Ways)],
        lease: Duration,
    ) -> Result<(), KernelError> {
        let known = links.iter().filter_map(|(id, ways)| Some((self.0.flows.get(id)?, *ways)));
        let flows: Vec<(Flow, Ways)> =
            known.flat_map(|(flows, ways)| flows.iter().map(move |flow| (*flow, ways))).collect();
        // Before the kernel is told: where the answer gets lost, removing it must find it.
        let number = self.enter(fault, lease);
        self.nft(&["-f", "-"], &rules::apply(number, fault, cut, &flows, lease)).await?;
        Ok(())
    }

    /// Renews a fault's lease.
    ///
    /// # Errors
    /// [`KernelError::Over`] when the fault is no more; others when nft can't be asked.
    pub async fn renew(&self, fault: &FaultName) -> Result<(), KernelError> {
        let table = self.tables().get(fault).copied().ok_or(KernelError::Over)?;
        let now = Instant::now();
        if now.saturating_duration_since(table.renewed) < table.lease.mul_f64(RENEW_AFTER) {
            return Ok(());
        }
        match self.nft(&["-f", "-"], &rules::renew(table.number, table.lease)).await {
            Ok(_) => {
                if let Some(table) = self.tables().get_mut(fault) {
                    table.renewed = now;
                }
                Ok(())
            }
            Err(KernelError::Refused { .. }) => Err(KernelError::Over),
            Err(error) => Err(error),
        }
    }

    /// Takes a fault away; harmless when there is none.
    ///
    /// # Errors
    /// When nft can't be asked; then it ends by its lease.
    pub async fn remove(&self, fault: &FaultName) -> Result<(), KernelError> {
        let Some(Table { number, .. }) = self.tables().get(fault).copied() else { return Ok(()) };
        self.nft(&["-f", "-"], &rules::remove(number)).await?;
        self.tables().remove(fault);
        Ok(())
    }

    /// How many packets a fault has dropped or answered with a reset so far.
    ///
    /// # Errors
    /// [`KernelError::Over`] when there is no such fault; others when nft can't be asked.
    pub async fn packets(&self, fault: &FaultName) -> Result<u64, KernelError> {
        let number = self.tables().get(fault).ok_or(KernelError::Over)?.number;
        let table = format!("landfall-{number}");
        Ok(rules::packets(&self.nft(&["list", "chain", "ip", &table, "cut"], "").await?))
    }

    /// Opens a connection as the link's openers do: from where they are, to where they go. It takes as long as the kernel lets it.
    ///
    /// # Errors
    /// What the kernel says; [`io::ErrorKind::NotFound`] when there is no such link.
    pub async fn connect(&self, link: LinkId) -> io::Result<TcpStream> {
        let flow = self.0.flows.get(&link).and_then(|flows| flows.first());
        let Flow { openers, accepter } = *flow.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        let socket = TcpSocket::new_v4()?;
        if openers != Block::LOOPBACK {
            let address = openers.address.to_bits() | u32::from(openers.prefix < 32);
            socket.bind(SocketAddr::V4(SocketAddrV4::new(address.into(), 0)))?;
        }
        socket.connect(SocketAddr::V4(accepter)).await
    }

    /// Notes that a fault cuts; gives the number of its table, which is its own for good.
    fn enter(&self, fault: &FaultName, lease: Duration) -> u32 {
        let mut tables = self.tables();
        let free = tables.values().map(|table| table.number + 1).max().unwrap_or(1);
        let number = tables.get(fault).map_or(free, |table| table.number);
        tables.insert(fault.clone(), Table { number, lease, renewed: Instant::now() });
        number
    }

    fn tables(&self) -> MutexGuard<'_, BTreeMap<FaultName, Table>> {
        self.0.tables.lock().expect("nothing panics while it holds the list of tables")
    }

    /// What nft says, which must be here for it: a command runs in the namespace of the thread that starts it.
    async fn nft(&self, arguments: &[&str], script: &str) -> Result<String, KernelError> {
        if !self.0.namespace.is_here() {
            return Err(KernelError::Elsewhere);
        }
        let run = |source| KernelError::Run { name: NFT.0, source };
        let asking = async {
            let mut child = Command::new(program(NFT)?)
                .args(arguments)
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .kill_on_drop(true)
                .spawn()
                .map_err(run)?;
            let mut input = child.stdin.take().expect("standard input is piped");
            input.write_all(script.as_bytes()).await.map_err(run)?;
            drop(input);
            child.wait_with_output().await.map_err(run)
        };
        let late = |_| KernelError::Late { name: NFT.0, within: ANSWER_WITHIN };
        let output = timeout(ANSWER_WITHIN, asking).await.map_err(late)??;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        Err(KernelError::Refused { name: NFT.0, text: said.lines().next().unwrap_or_default().trim().to_owned() })
    }
}
