//! Publishes to a stream, with a bound on what is under way.
//!
//! A part that is not acknowledged in time is given up: whoever said it says it again. Two messages may overtake each other only when
//! one is given up, for parts are sent in their order.

use super::parts;
use async_nats::{
    Client,
    jetstream::{
        Context,
        context::{ContextBuilder, PublishAckFuture},
        message::PublishMessage,
    },
};
use std::{collections::VecDeque, time::Duration};

/// Parts under way.
const WINDOW: usize = 16;
/// A part that isn't acknowledged within this is given up.
const STORED_WITHIN: Duration = Duration::from_secs(5);
/// Room for what a server counts besides the payload.
const SPARE_BYTES: usize = 1024;

/// What publishes.
#[derive(Debug)]
pub struct Deliver {
    context: Context,
    client: Client,
    number: u64,
    under_way: VecDeque<PublishAckFuture>,
}

impl Deliver {
    /// Over that connection.
    #[must_use]
    pub fn new(client: &Client) -> Self {
        let context = ContextBuilder::new().timeout(STORED_WITHIN).max_ack_inflight(2 * WINDOW).build(client.clone());
        Self { context, client: client.clone(), number: 0, under_way: VecDeque::new() }
    }

    /// Sends a message; waits while the window is full.
    ///
    /// # Errors
    /// What was given up meanwhile, this one or an earlier one. The next one may be sent all the same.
    pub async fn send(&mut self, subject: &str, message: &[u8]) -> Result<(), String> {
        self.number += 1;
        let part_bytes_max = self.client.server_info().max_payload.saturating_sub(SPARE_BYTES);
        let mut outcome = Ok(());
        for part in parts::cut(self.number, message, part_bytes_max.max(2 * parts::HEAD_BYTES_MAX)) {
            if self.under_way.len() >= WINDOW {
                outcome = outcome.and(self.settle_one().await);
            }
            let part = PublishMessage::build().payload(part.into());
            match self.context.send_publish(subject.to_owned(), part).await {
                Ok(acknowledgement) => self.under_way.push_back(acknowledgement),
                // Without one of its parts the rest is of no use.
                Err(error) => return Err(crate::with_sources(&error)),
            }
        }
        outcome
    }

    /// Waits until everything is stored, or given up.
    ///
    /// # Errors
    /// What was given up.
    pub async fn settle(&mut self) -> Result<(), String> {
        let mut outcome = Ok(());
        while !self.under_way.is_empty() {
            outcome = outcome.and(self.settle_one().await);
        }
        outcome
    }

    async fn settle_one(&mut self) -> Result<(), String> {
        let Some(acknowledgement) = self.under_way.pop_front() else { return Ok(()) };
        acknowledgement.await.map(drop).map_err(|error| crate::with_sources(&error))
    }
}
