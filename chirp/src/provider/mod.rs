//! A third party to play with: one process that answers as a link previewer, a media host or a push
//! service would, and that can be slowed, broken or made to hang, for all regions or for one.
//!
//! It is outside of Chirp's trust and outside of its regions, so it shares nothing with them but the
//! configuration and the forms of `third_party::protocol`. What is wrong with it is set on a listener of its own,
//! which that does not touch: a provider that hangs must still say that it hangs.
//!
//! - `fate`: what happens to which call.
//! - `answers`: what it says when nothing is wrong; the same words for the same question.
//! - `server`: the two listeners.
//! - `arguments`: the command line.

mod answers;
mod arguments;
mod fate;
mod server;

use std::sync::Arc;

use crate::config::ProviderConfig;
use crate::error::{BindError, Error};
use crate::events::{self, Event};
use crate::stop::Stop;

pub(crate) use arguments::{ProviderArguments, find};

use server::Provider;

/// Runs a provider until `stop`.
pub(crate) async fn run(config: &ProviderConfig, stop: Stop) -> Result<(), Error> {
    let bind = async |address, what| {
        let bound = tokio::net::TcpListener::bind(address).await;
        bound.map_err(|source| Error::Bind(BindError { what, address, source }))
    };
    let listener = bind(config.listen, "third parties' users").await?;
    let admin = match config.admin_listen {
        Some(address) => Some(bind(address, "conditions").await?),
        None => None,
    };
    let provider = Arc::new(Provider::new(config.kind));
    let listen = config.listen.to_string();
    events::emit(&Event::Ready { region: None, name: Some(config.name.clone()), listen });
    tracing::info!(name = config.name, kind = config.kind.name(), listen = %config.listen, "ready");
    let keep = provider.conditions().clone().keep(stop.clone());
    let admin_stop = stop.clone();
    let serve_admin = async {
        if let Some(admin) = admin {
            server::serve_admin(admin, Arc::clone(&provider), admin_stop).await;
        }
    };
    tokio::join!(server::serve_calls(listener, Arc::clone(&provider), stop), serve_admin, keep);
    Ok(())
}
