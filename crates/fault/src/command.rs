//! Command: whatever the user's own commands break, on a target that Landfall didn't boot.
//!
//! **What happens.** `inject` is run, `verify_effect` is run again and again until it exits with 0; at the end `heal`, and
//! `verify_removal` until it exits with 0. Each is an argument list, no shell is involved, each is bounded in time, and its
//! output is kept in `hooks.log` of the run directory.
//!
//! **Heal always runs**: also when `inject` failed half-way, and when Landfall itself is killed, since a process of its own
//! holds the hook (see [`crate::hold`]). `heal` must therefore be harmless when there is nothing to mend.
//!
//! **Proof.** Without probes nothing is proven and the verdict is inconclusive; that is why the plan demands both.

use crate::{
    Environment, FaultError, Proof,
    actuator::{Actuator, Doing},
    hold::Client,
};
use plan::resolved::CommandHook;
use std::time::Duration;
use tokio::{
    sync::Mutex,
    time::{Instant, sleep},
};

const PAUSE: Duration = Duration::from_millis(200);

/// The fault made by the user's commands.
pub(crate) struct Command {
    hook: CommandHook,
    lease: Duration,
    client: Option<Mutex<Client>>,
}

impl Command {
    pub(crate) fn new(hook: CommandHook, lease: Duration) -> Self {
        Self { hook, lease, client: None }
    }

    async fn prove(&self, within: Duration, effect: bool) -> Result<Proof, FaultError> {
        let client = self.client()?;
        let deadline = Instant::now() + within;
        let mut not_before = Instant::now();
        loop {
            let began = Instant::now();
            let mut holder = client.lock().await;
            let result = if effect { holder.verify_effect().await } else { holder.verify_removal().await };
            drop(holder);
            match result {
                Ok(text) => return Ok(Proof { not_before, seen: Instant::now(), text }),
                Err(error) if Instant::now() + PAUSE >= deadline => {
                    return Err(FaultError::Unproven { within, last: error.to_string() });
                }
                Err(_) => not_before = began,
            }
            sleep(PAUSE).await;
        }
    }

    fn client(&self) -> Result<&Mutex<Client>, FaultError> {
        self.client.as_ref().ok_or_else(|| FaultError::Hook("the hook was never started".to_owned()))
    }
}

impl Actuator for Command {
    fn inject<'a>(&'a mut self, environment: &'a Environment) -> Doing<'a, ()> {
        Box::pin(async move {
            let client = Client::start(&self.hook, self.lease, environment).await?;
            let client = self.client.insert(Mutex::new(client));
            client.get_mut().inject().await.map(drop)
        })
    }

    fn verify_effect<'a>(&'a self, _: &'a Environment, within: Duration) -> Doing<'a, Proof> {
        Box::pin(self.prove(within, true))
    }

    fn heal<'a>(&'a mut self, _: &'a Environment) -> Doing<'a, ()> {
        Box::pin(async move { self.client()?.lock().await.heal().await.map(drop) })
    }

    fn verify_removal<'a>(&'a self, _: &'a Environment, within: Duration) -> Doing<'a, Proof> {
        Box::pin(self.prove(within, false))
    }

    fn renew<'a>(&'a self, _: &'a Environment) -> Doing<'a, ()> {
        Box::pin(async move { self.client()?.lock().await.renew().await })
    }
}
