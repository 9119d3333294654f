//! The switches of a running region: on, off, or how does it stand? Each is one flag on the replication listener,
//! `{"stalled":true}`, and is answered with how it stands afterwards.

use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};

use crate::config::RegionConfig;
use crate::http::{Connection, RequestError};

/// How long the region may take to answer.
const TIMEOUT: Duration = Duration::from_secs(5);
const ANSWER_BYTES_MAX: usize = 4096;

/// One of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Switch {
    /// Its route.
    pub(super) path: &'static str,
    /// What its flag is called.
    pub(super) flag: &'static str,
}

impl Switch {
    /// Sets the flag, or asks only if there is nothing to set it to; answers how it stands.
    pub(super) async fn turn(self, region: &RegionConfig, to: Option<bool>) -> Result<bool, RequestError> {
        let mut connection = Connection::open(region.peer_listen, TIMEOUT).await?;
        let answer = match to {
            Some(to) => {
                let body = Bytes::from(json!({ self.flag: to }).to_string());
                connection.post(self.path, body, ANSWER_BYTES_MAX, TIMEOUT).await?
            }
            None => connection.get(self.path, ANSWER_BYTES_MAX, TIMEOUT).await?,
        };
        let state: Option<Value> = serde_json::from_slice(&answer.body).ok();
        let flag = state.filter(|_| answer.status == 200).and_then(|state| state.get(self.flag)?.as_bool());
        let text = || format!("status {}: {}", answer.status, String::from_utf8_lossy(&answer.body));
        flag.ok_or_else(|| RequestError::Unexpected(text()))
    }
}
