//! Process: one that is no region is killed, or stands still: an edge, or the geo-DNS.
//!
//! **What happens in the world.** A balancer crashes, a name server hangs. The regions behind it are well, and their own monitoring
//! says so; users who come that way see nothing of them.
//!
//! **What is emulated.** SIGKILL, and a new start at the end; or SIGSTOP and SIGCONT. The kernel lives on: a dead edge refuses at once,
//! one that stands still accepts connections and answers nothing.
//!
//! **Proof of effect.** A dead edge refuses connections, a still one answers nothing; the geo-DNS answers none of some questions from
//! the users' networks. **Proof of removal.** They answer.

use crate::{
    Environment, FaultError, Part, ProcessRequest, Proof,
    actuator::{Actuator, Doing},
    conditions::is_silent,
    reach,
};
use futures_util::future::join_all;
use plan::fault::{Process, ProcessState};
use std::{io::ErrorKind, time::Duration};
use tokio::{sync::oneshot, time::Instant};
use units::Share;

/// What has not come by then doesn't come.
const ANSWER_WITHIN: Duration = Duration::from_millis(800);

/// The fault on its process.
pub(crate) struct OneProcess {
    kind: Process,
    changed: Instant,
    told: String,
}

impl OneProcess {
    pub(crate) fn new(kind: Process) -> Self {
        Self { kind, changed: Instant::now(), told: String::new() }
    }

    /// How many edges it is about, the first ones at their place.
    fn count(&self) -> u32 {
        self.kind.edges.unwrap_or(1)
    }

    fn parts(&self) -> Vec<Part> {
        let Some(region) = &self.kind.edge else { return vec![Part::Steering] };
        (0..self.count()).map(|number| Part::Edge(region.clone(), number)).collect()
    }

    async fn ask(
        &mut self,
        environment: &Environment,
        request: impl FnOnce(Vec<Part>, oneshot::Sender<Result<String, String>>) -> ProcessRequest,
    ) -> Result<(), FaultError> {
        self.changed = Instant::now();
        self.told = environment.ask_lab("process", |reply| request(self.parts(), reply)).await?;
        Ok(())
    }

    /// Whether it is there for users; the error says what was seen instead.
    async fn look(&self, environment: &Environment, broken: bool) -> Result<String, String> {
        let Some(region) = &self.kind.edge else {
            let chirp = environment.chirp.as_ref().ok_or("the target has no geo-DNS")?;
            let (silent, text) = is_silent(chirp).await?;
            return if silent == broken { Ok(text) } else { Err(text) };
        };
        let index = environment.region(region).ok_or("the region is unknown")?;
        let doors = environment.chirp.as_ref().and_then(|chirp| chirp.doors.get(index)?.get(..self.count() as usize));
        let doors = doors.ok_or("nobody knows where the edges are")?;
        let looks = doors.iter().map(|door| async move {
            match (reach::answers(environment.door(*door), ANSWER_WITHIN).await, broken) {
                (Ok(()), false) => Ok(format!("{door} answers")),
                (Ok(()), true) => Err(format!("{door} answers")),
                (Err(error), true) if error.kind() == self.sign() => Ok(format!("{door}: {error}")),
                (Err(error), _) => Err(format!("{door}: {error}")),
            }
        });
        Ok(join_all(looks).await.into_iter().collect::<Result<Vec<String>, String>>()?.join(", "))
    }

    /// What becomes of an exchange with a broken edge.
    fn sign(&self) -> ErrorKind {
        match self.kind.is {
            ProcessState::Killed => ErrorKind::ConnectionRefused,
            ProcessState::Paused => ErrorKind::TimedOut,
        }
    }

    async fn prove(&self, environment: &Environment, within: Duration, broken: bool) -> Result<Proof, FaultError> {
        let proof = reach::poll(within, || self.look(environment, broken)).await?;
        Ok(Proof { not_before: self.changed, seen: proof.seen, text: format!("{}; {}", self.told, proof.text) })
    }
}

impl Actuator for OneProcess {
    fn inject<'a>(&'a mut self, environment: &'a Environment) -> Doing<'a, ()> {
        Box::pin(async move {
            let is_killed = self.kind.is == ProcessState::Killed;
            self.ask(environment, |parts, reply| match is_killed {
                true => ProcessRequest::Kill { parts, reply },
                false => ProcessRequest::Throttle { parts, running: Share::NONE, reply },
            })
            .await
        })
    }

    fn verify_effect<'a>(&'a self, environment: &'a Environment, within: Duration) -> Doing<'a, Proof> {
        Box::pin(self.prove(environment, within, true))
    }

    fn heal<'a>(&'a mut self, environment: &'a Environment) -> Doing<'a, ()> {
        Box::pin(async move {
            let is_killed = self.kind.is == ProcessState::Killed;
            self.ask(environment, |parts, reply| match is_killed {
                true => ProcessRequest::Start { parts, reply },
                false => ProcessRequest::Throttle { parts, running: Share::WHOLE, reply },
            })
            .await
        })
    }

    fn verify_removal<'a>(&'a self, environment: &'a Environment, within: Duration) -> Doing<'a, Proof> {
        Box::pin(self.prove(environment, within, false))
    }
}
