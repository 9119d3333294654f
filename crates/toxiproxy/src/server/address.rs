//! Where to listen: this machine only, unless somebody said otherwise.

use crate::model::Refusal;
use std::net::SocketAddr;
use tokio::net::{TcpListener, lookup_host};

/// Listens at a host and port. Without a host (`:8080`, or nothing at all) it is this machine's loopback, or every address
/// if that is allowed; without a port, a free one.
pub(super) async fn bind(listen: &str, exposed: bool) -> Result<(TcpListener, SocketAddr), Refusal> {
    let failed = |error: std::io::Error| Refusal::Listen { address: listen.to_owned(), reason: error.to_string() };
    let addresses: Vec<SocketAddr> = lookup_host(whole(listen, exposed)).await.map_err(failed)?.collect();
    if !exposed && !addresses.iter().all(|address| address.ip().is_loopback()) {
        return Err(Refusal::Exposed(listen.to_owned()));
    }
    let listener = TcpListener::bind(addresses.as_slice()).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}

fn whole(listen: &str, exposed: bool) -> String {
    let host = if exposed { "0.0.0.0" } else { "127.0.0.1" };
    match listen {
        "" => format!("{host}:0"),
        _ if listen.starts_with(':') => format!("{host}{listen}"),
        _ => listen.to_owned(),
    }
}
