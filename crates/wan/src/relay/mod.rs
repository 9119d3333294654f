//! The relay: a process that puts links between servers which can't be changed.
//!
//! ```text
//!   controller ── one JSON object per line ──▶ stdin
//!              ◀───────────────────────────── stdout          (all talk is there; stderr is for what went wrong)
//!
//!   server a ══▶ listens for link a-b ══ shaped stream ══▶ server b
//! ```
//!
//! - It uses the same [`crate::Link`] and [`crate::ShapedStream`] as the load generator: one model, two arms.
//! - Links are changed while bytes are on them, through the control channel ([`control`]).
//! - **Every fault holds a lease.** One that isn't renewed is taken away by the relay itself. When the control channel ends,
//!   because the controller ended it or died, everything is healed and the process ends, exit code 0.
//! - Limits: [`CONNECTIONS_MAX`] connections per link, [`LINE_BYTES_MAX`] bytes per line, [`LEASE_MAX`] per lease, one
//!   window and one small buffer per connection and direction.
//!
//! [`run_over_stdio`] is the whole process; [`serve`] is the same over any channel; [`Client`] asks.

mod client;
pub mod control;
mod convert;
mod error;
mod lease;
mod lines;
mod listener;
mod pump;
mod server;

pub use client::Client;
pub use error::{ClientError, RelayError};
pub use lease::LEASE_MAX;
pub use lines::LINE_BYTES_MAX;
pub use listener::CONNECTIONS_MAX;
pub use server::serve;

use crate::timer;

/// Runs a relay over standard input and output until the input ends.
///
/// # Errors
/// Those of [`serve`], and when the system gives no runtime or timer.
pub fn run_over_stdio() -> Result<(), RelayError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(RelayError::Channel)?;
    let served = runtime.block_on(async {
        timer::install().map_err(RelayError::Channel)?;
        serve(tokio::io::stdin(), tokio::io::stdout()).await
    });
    // A read of standard input can't be cancelled; waiting for it would keep a failed relay alive.
    runtime.shutdown_background();
    served
}
