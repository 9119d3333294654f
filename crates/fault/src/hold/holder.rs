//! The holder's side: obeys orders, and heals by itself when nobody gives any.

use super::{Answer, Assignment, FORMAT, Order, run_command::run_command};
use std::time::Duration;
use tokio::{
    io::{AsyncBufRead, AsyncBufReadExt, AsyncWrite, AsyncWriteExt, Lines},
    time::{Instant, sleep_until},
};

/// How often healing is tried before the holder gives up.
const HEAL_ATTEMPTS: u32 = 3;

/// Why a holder could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum HoldError {
    /// The parent's lines could not be read.
    #[error("the first line is no assignment: {0}")]
    Assignment(String),
    /// Healing failed although nobody is left to tell.
    #[error("the fault could not be healed: {0}")]
    NotHealed(String),
}

/// Holds a command hook until the fault is healed and the parent is done, or is gone.
///
/// # Errors
/// An assignment that can't be read; a fault that could not be healed when the parent was gone.
pub async fn run(input: impl AsyncBufRead + Unpin, output: impl AsyncWrite + Unpin) -> Result<(), HoldError> {
    let mut lines = input.lines();
    let first = lines.next_line().await.ok().flatten().unwrap_or_default();
    let assignment: Assignment =
        serde_json::from_str(&first).map_err(|error| HoldError::Assignment(format!("{error}: {first:?}")))?;
    if assignment.format != FORMAT {
        return Err(HoldError::Assignment(format!("format {} instead of {FORMAT}", assignment.format)));
    }
    let mut holder = Holder { assignment, broken: false, lease_until: Instant::now() };
    holder.obey(&mut lines, output).await;
    holder.heal_alone().await
}

struct Holder {
    assignment: Assignment,
    /// Whether there may be something to heal.
    broken: bool,
    lease_until: Instant,
}

impl Holder {
    /// Until the parent's lines end or the lease does.
    async fn obey<R: AsyncBufRead + Unpin>(&mut self, lines: &mut Lines<R>, mut output: impl AsyncWrite + Unpin) {
        self.renew();
        loop {
            let line = tokio::select! {
                line = lines.next_line() => line.ok().flatten(),
                () = sleep_until(self.lease_until), if self.broken => None,
            };
            let Some(order) = line.and_then(|line| serde_json::from_str(&line).ok()) else { return };
            self.renew();
            if order == Order::Renew {
                continue;
            }
            let result = self.carry_out(order).await;
            // A command may have taken longer than the lease; the parent was waiting for it.
            self.renew();
            let answer = Answer { ok: result.is_ok(), text: result.unwrap_or_else(|error| error) };
            let mut line = serde_json::to_string(&answer).expect("an answer is plain JSON");
            line.push('\n');
            if output.write_all(line.as_bytes()).await.is_err() || output.flush().await.is_err() {
                return;
            }
        }
    }

    async fn carry_out(&mut self, order: Order) -> Result<String, String> {
        match order {
            Order::Inject => {
                self.broken = true;
                self.command(&self.assignment.inject).await
            }
            Order::VerifyEffect => self.command(&self.assignment.verify_effect).await,
            Order::VerifyRemoval => self.command(&self.assignment.verify_removal).await,
            Order::Heal => {
                let result = self.command(&self.assignment.heal).await;
                self.broken = result.is_err();
                result
            }
            Order::Renew => Ok(String::new()),
        }
    }

    async fn heal_alone(&mut self) -> Result<(), HoldError> {
        let mut last = String::new();
        for _ in 0..HEAL_ATTEMPTS {
            if !self.broken {
                return Ok(());
            }
            last = self.carry_out(Order::Heal).await.err().unwrap_or_default();
        }
        if self.broken { Err(HoldError::NotHealed(last)) } else { Ok(()) }
    }

    async fn command(&self, arguments: &[String]) -> Result<String, String> {
        run_command(arguments, &self.assignment.environment, Duration::from_millis(self.assignment.timeout_ms)).await
    }

    fn renew(&mut self) {
        self.lease_until = Instant::now() + Duration::from_millis(self.assignment.lease_ms);
    }
}
