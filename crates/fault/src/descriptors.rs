//! Pressure on descriptors: the process of a region can open few more files and connections, or none.
//!
//! **What happens in the world.** A limit that was never raised, or a leak of connections: on the day the region gets another
//! one's users it has no descriptors left. What is open works on, new connections are taken by the kernel and never by the
//! process, peers that have to connect anew can't, and the health check of somebody who keeps a connection is green.
//!
//! **What is emulated.** The limit of the region's process itself (prlimit, `RLIMIT_NOFILE`) is lowered until as many numbers are
//! free as the plan says. Whoever closes something gives somebody else a place. Nothing tells the process.
//!
//! **Who holds it.** The limit is the process's and ends with it; the lab's processes end with Landfall.
//!
//! **Proof of effect.** Of some more new connections than there are places, kept open side by side, at least half of the surplus
//! are not answered, and all of them were before. **Proof of removal.** All are answered.

use crate::{
    Environment, FaultError, Part, ProcessRequest, Proof,
    actuator::{Actuator, Doing},
    door::{Door, Stream},
    reach,
};
use futures_util::future::join_all;
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::{Instant, timeout},
};
use units::RegionName;

/// So many more connections than there are places: users close theirs meanwhile, and each that is closed is a place.
const SURPLUS: usize = 32;
/// What has not come by then doesn't come.
const ANSWER_WITHIN: Duration = Duration::from_secs(1);
/// All are answered within this before, also where the machine is busy.
const BEFORE_WITHIN: Duration = Duration::from_secs(5);

/// The fault on its region.
pub(crate) struct Descriptors {
    region: RegionName,
    left: u32,
    changed: Instant,
    told: String,
}

impl Descriptors {
    pub(crate) fn new(region: RegionName, left: u32) -> Self {
        Self { region, left, changed: Instant::now(), told: String::new() }
    }

    async fn limit(&mut self, descriptors_left: Option<u32>, environment: &Environment) -> Result<(), FaultError> {
        self.changed = Instant::now();
        let parts = vec![Part::Region(self.region.clone())];
        let request = |reply| ProcessRequest::LimitDescriptors { parts, left: descriptors_left, reply };
        self.told = environment.ask_lab("pressure on descriptors", request).await?;
        Ok(())
    }

    /// How many of the connections that are opened side by side are answered, and of how many.
    async fn answered(&self, environment: &Environment) -> Result<(usize, usize), String> {
        let index = environment.region(&self.region).ok_or("the region is unknown")?;
        let address = environment.chirp.as_ref().and_then(|chirp| chirp.users.get(index)).copied();
        let address = address.ok_or("nobody knows where the region is")?;
        let count = self.left as usize + SURPLUS;
        let door = environment.door(address);
        let opened: Vec<Option<Box<dyn Stream>>> = join_all((0..count).map(|_| is_answered(&door))).await;
        let opened: Vec<Box<dyn Stream>> = opened.into_iter().flatten().collect();
        let answered = opened.len();
        // What the region has not closed yet would be counted as used when its limit is set, and be free afterwards.
        join_all(opened.into_iter().map(|stream| timeout(ANSWER_WITHIN, close(stream)))).await;
        Ok((answered, count))
    }

    async fn look(&self, environment: &Environment, broken: bool) -> Result<String, String> {
        let (answered, count) = self.answered(environment).await?;
        let text = format!("{answered} of {count} new connections to {} are answered", self.region);
        let is_so = if broken { count - answered >= SURPLUS / 2 } else { answered == count };
        if is_so { Ok(text) } else { Err(text) }
    }

    async fn prove(&self, environment: &Environment, within: Duration, broken: bool) -> Result<Proof, FaultError> {
        let proof = reach::poll(within, || self.look(environment, broken)).await?;
        Ok(Proof { not_before: self.changed, seen: proof.seen, text: format!("{}; {}", self.told, proof.text) })
    }
}

/// A connection on which something was answered; it is open as long as it is kept.
async fn is_answered(door: &Door) -> Option<Box<dyn Stream>> {
    let exchange = async {
        let mut stream = door.open().await.ok()?;
        stream.write_all(b"GET /livez HTTP/1.1\r\nhost: probe\r\n\r\n").await.ok()?;
        let read = stream.read(&mut [0]).await.ok()?;
        (read > 0).then_some(stream)
    };
    timeout(ANSWER_WITHIN, exchange).await.ok().flatten()
}

/// Says that nothing more comes, and waits until the other side has closed too.
async fn close(mut stream: Box<dyn Stream>) {
    let mut rest = [0; 1024];
    let ended = stream.shutdown().await;
    while ended.is_ok() && stream.read(&mut rest).await.is_ok_and(|count| count > 0) {}
}

impl Actuator for Descriptors {
    fn inject<'a>(&'a mut self, environment: &'a Environment) -> Doing<'a, ()> {
        Box::pin(async move {
            // What is not answered before proves nothing later.
            let before = reach::poll(BEFORE_WITHIN, || self.look(environment, false)).await;
            before.map_err(|error| FaultError::Process(format!("before: {error}")))?;
            self.limit(Some(self.left), environment).await
        })
    }

    fn verify_effect<'a>(&'a self, environment: &'a Environment, within: Duration) -> Doing<'a, Proof> {
        Box::pin(self.prove(environment, within, true))
    }

    fn heal<'a>(&'a mut self, environment: &'a Environment) -> Doing<'a, ()> {
        Box::pin(self.limit(None, environment))
    }

    fn verify_removal<'a>(&'a self, environment: &'a Environment, within: Duration) -> Doing<'a, Proof> {
        Box::pin(self.prove(environment, within, false))
    }
}
