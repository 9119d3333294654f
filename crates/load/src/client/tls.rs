//! What is trusted, and how handshakes are made.
//!
//! Sessions are resumed, with one memory of tickets per thread: returning users resume, and each handshake is counted as
//! full or resumed.

use crate::LoadError;
use plan::resolved::TlsTrust;
use rustls::{ClientConfig, client::Resumption};
use std::{path::Path, sync::Arc};
use trust::{Trust, TrustError};

/// Servers whose tickets a thread remembers.
const SESSIONS: usize = 256;

/// How handshakes are made by one thread.
pub(crate) fn configuration(trust: &TlsTrust) -> Result<Arc<ClientConfig>, LoadError> {
    let trust = match trust {
        TlsTrust::Public => Trust::Public,
        TlsTrust::File { path } => Trust::File(Path::new(path)),
        TlsTrust::Anything => Trust::Anything,
    };
    let certificates =
        |TrustError { path, reason }| LoadError::Certificates { path: path.display().to_string(), reason };
    let mut config = trust.client().map_err(certificates)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config.resumption = Resumption::in_memory_sessions(SESSIONS);
    Ok(Arc::new(config))
}
