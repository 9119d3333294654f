//! `chirp provider-fault`: switches the faults of a running provider, or asks for them.
//!
//! `status` ends well only if a fault is on, so that a hook can prove with it that a fault has taken
//! effect, and with its opposite that it is gone.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;

use super::faults::Fault;
use super::server::{FaultChange, FaultState};
use crate::config::ProviderConfig;
use crate::http::{Connection, RequestError};

/// How long the provider may take to answer.
const TIMEOUT: Duration = Duration::from_secs(5);
const ANSWER_BYTES_MAX: usize = 4096;

/// What to do with the faults of a provider.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum FaultAction {
    /// Switch one on.
    Set(Fault),
    /// Switch off.
    Clear,
    /// Ask.
    Status,
}

/// Why the faults of a provider could not be switched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProviderError {
    /// No such provider in the configuration.
    #[error("no provider `{name}` in the configuration")]
    Unknown {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// It is not a process of Chirp's.
    #[error("provider {0} has no `admin_listen`")]
    NoAdmin(String),
    /// A fault that makes no sense.
    #[error("{0}")]
    Senseless(String),
    /// It could not be asked.
    #[error("cannot ask provider {name} at {address} about its faults")]
    Request {
        /// Which provider.
        name: String,
        /// Where its faults are switched.
        address: SocketAddr,
        /// Why.
        source: RequestError,
    },
    /// The answer to `status` is no.
    #[error("provider {0} has no fault")]
    NoFault(String),
}

impl ProviderError {
    /// What to do about it, if there is something to say.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unknown { known, .. } if known.is_empty() => Some("there are none: add a [[provider]]".into()),
            Self::Unknown { known, .. } => Some(format!("there are: {known}")),
            Self::NoAdmin(_) => Some("give it an address of its own for faults: admin_listen = \"IP:PORT\"".into()),
            Self::Request { .. } => Some("is the provider running, and with the same configuration?".into()),
            Self::Senseless(_) | Self::NoFault(_) => None,
        }
    }
}

/// Does it, for the calls of one region or of all; answers what to print.
pub(crate) async fn control(
    provider: &ProviderConfig,
    region: Option<&str>,
    action: FaultAction,
) -> Result<String, ProviderError> {
    let address = provider.admin_listen.ok_or_else(|| ProviderError::NoAdmin(provider.name.clone()))?;
    let asked = ask(address, region, action).await;
    let state = asked.map_err(|source| ProviderError::Request { name: provider.name.clone(), address, source })?;
    if action == FaultAction::Status && state.fault.is_none() && (region.is_some() || !state.any) {
        return Err(ProviderError::NoFault(provider.name.clone()));
    }
    Ok(match (state.fault, state.any) {
        (Some(Fault::Slow { delay_ms }), _) => format!("slow {delay_ms}ms\n"),
        (Some(Fault::Fail { share }), _) => format!("fail {share}\n"),
        (Some(Fault::Hang), _) => "hang\n".to_owned(),
        (Some(Fault::Refuse), _) => "refuse\n".to_owned(),
        (None, true) if region.is_none() => "a fault for one region\n".to_owned(),
        (None, _) => "no fault\n".to_owned(),
    })
}

async fn ask(address: SocketAddr, region: Option<&str>, action: FaultAction) -> Result<FaultState, RequestError> {
    let mut connection = Connection::open(address, TIMEOUT).await?;
    let fault = match action {
        FaultAction::Set(fault) => Some(fault),
        FaultAction::Clear => None,
        FaultAction::Status => {
            // A region's name needs no escaping: it was checked.
            let path = region.map_or("/admin/fault".to_owned(), |region| format!("/admin/fault?for={region}"));
            return state_in(&connection.get(&path, ANSWER_BYTES_MAX, TIMEOUT).await?);
        }
    };
    let change = FaultChange { region: region.map(str::to_owned), fault };
    let body = Bytes::from(serde_json::to_vec(&change).expect("a change has text keys only"));
    state_in(&connection.post("/admin/fault", body, ANSWER_BYTES_MAX, TIMEOUT).await?)
}

fn state_in(answer: &crate::http::Answer) -> Result<FaultState, RequestError> {
    let text = || String::from_utf8_lossy(&answer.body).into_owned();
    if answer.status != 200 {
        return Err(RequestError::Unexpected(format!("status {}: {}", answer.status, text())));
    }
    serde_json::from_slice(&answer.body).map_err(|_| RequestError::Unexpected(text()))
}
