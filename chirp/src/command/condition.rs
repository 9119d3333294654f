//! `chirp condition`: makes something wrong with a running process for a while, ends that, or asks.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use clap::{Args, Subcommand};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::condition::{Condition, Form, Name, Shown};
use crate::config::Config;
use crate::error::Error;
use crate::http::{Connection, RequestError};
use crate::provider;

/// How long a process may take to answer.
const TIMEOUT: Duration = Duration::from_secs(5);
const ANSWER_BYTES_MAX: usize = 256 * 1024;
const PATH: &str = "/admin/conditions";

/// Arguments of `condition`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("who").required(true))]
pub struct ConditionArguments {
    /// The configuration of the deployment.
    #[arg(long, value_name = "FILE")]
    pub(super) config: PathBuf,
    /// This region.
    #[arg(long, value_name = "NAME", group = "who")]
    region: Option<String>,
    /// The geo-DNS.
    #[arg(long, group = "who")]
    dns: bool,
    /// This edge.
    #[arg(long, value_name = "NAME", group = "who")]
    edge: Option<String>,
    /// This provider.
    #[arg(long, value_name = "NAME", group = "who")]
    provider: Option<String>,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// From now on this is so; what is on with the same value is renewed.
    Set {
        /// `chirp conditions` and `chirp defects` list them.
        #[arg(value_name = "NAME[=VALUE]")]
        what: String,
        /// For how long, unless it is set again.
        #[arg(long, value_name = "TIME", value_parser = lease)]
        lease: Duration,
        /// For this share of what happens, such as 30%.
        #[arg(long, value_name = "SHARE", value_parser = share, default_value = "100%")]
        share: f64,
        /// Only for the calls of this region (of a provider).
        #[arg(long = "for", value_name = "REGION")]
        region: Option<String>,
    },
    /// It is over; without a name all is.
    Clear {
        /// Which; a value after it counts for nothing.
        name: Option<String>,
        /// Only for the calls of this region.
        #[arg(long = "for", value_name = "REGION")]
        region: Option<String>,
    },
    /// Is it on? Without a name: is anything?
    Status {
        /// Which.
        name: Option<String>,
    },
}

#[derive(Debug, Deserialize)]
struct State {
    conditions: Vec<Shown>,
}

fn lease(text: &str) -> Result<Duration, String> {
    match Form::Time.read(Some(text)) {
        Ok(crate::condition::Value::Time(lease)) => Ok(lease),
        _ => Err("write it as 15s or 500ms, at most 60m".to_owned()),
    }
}

fn share(text: &str) -> Result<f64, String> {
    let percent = text.strip_suffix('%').and_then(|number| number.parse::<f64>().ok());
    percent
        .filter(|percent| *percent > 0.0 && *percent <= 100.0)
        .map_or_else(|| Err("write it as 30%, above 0 and up to 100".to_owned()), |percent| Ok(percent / 100.0))
}

/// Does it, and prints what is on afterwards; `status` of what is not on is an error (exit code 1).
pub(super) async fn run(config: &Config, arguments: &ConditionArguments) -> Result<(), Error> {
    let (who, address) = target(config, arguments)?;
    if let Action::Set { region: Some(region), .. } | Action::Clear { region: Some(region), .. } = &arguments.action {
        super::find_region(config, region)?;
    }
    let (path, body) = match &arguments.action {
        Action::Set { what, lease, share, region } => {
            let (name, value) = what.split_once('=').unzip();
            let name = name.unwrap_or(what);
            let lease_ms = lease.as_millis() as u64;
            let body = json!({ "name": name, "value": value, "share": share, "for": region, "lease_ms": lease_ms });
            (PATH.to_owned(), Some(body))
        }
        Action::Clear { name, region } => {
            let name = name.as_deref().map(bare);
            (format!("{PATH}/clear"), Some(json!({ "name": name, "for": region })))
        }
        Action::Status { .. } => (PATH.to_owned(), None),
    };
    let asked = ask(address, &path, body).await;
    let answer = asked.map_err(|source| Error::Condition { who: who.clone(), address, source })?;
    let state = answer.map_err(|reason| Error::ConditionRefused { who: who.clone(), reason })?;
    super::print(&text(&state))?;
    match &arguments.action {
        Action::Status { name } => {
            let name = name.as_deref().map(bare);
            let is_on = state.conditions.iter().any(|shown| name.is_none_or(|name| shown.name == name));
            let what = name.unwrap_or("a condition").to_owned();
            if is_on { Ok(()) } else { Err(Error::NotOn { what, who }) }
        }
        _ => Ok(()),
    }
}

/// All that can be set.
pub(super) fn list() -> String {
    let mut text = String::new();
    for condition in Condition::all() {
        let name = Name::Condition(condition);
        let share = if condition.takes_share() { " [--share SHARE]" } else { "" };
        let region = if condition.takes_region() { " [--for REGION]" } else { "" };
        writeln!(text, "{}{}{share}{region}\n    {}", name.text(), name.form().example(), name.description())
            .expect("a string takes every write");
    }
    text.push_str("and every defect (`chirp defects`)\n");
    text
}

fn bare(what: &str) -> &str {
    what.split_once('=').map_or(what, |(name, _)| name)
}

/// Who is asked, in words, and where.
fn target(config: &Config, arguments: &ConditionArguments) -> Result<(String, SocketAddr), Error> {
    let (who, address) = if let Some(name) = &arguments.region {
        let region = super::find_region(config, name)?;
        (format!("region {name}"), Some(region.peer_listen))
    } else if let Some(name) = &arguments.edge {
        (format!("edge {name}"), super::find_edge(config, name)?.admin_listen)
    } else if let Some(name) = &arguments.provider {
        (format!("provider {name}"), provider::find(config, name)?.admin_listen)
    } else {
        ("the geo-DNS".to_owned(), config.steering.as_ref().ok_or(Error::NoSteering)?.admin_listen)
    };
    let address = address.ok_or_else(|| Error::NoAdmin(who.clone()))?;
    Ok((who, address))
}

/// The inner error is the process's own word.
async fn ask(address: SocketAddr, path: &str, body: Option<Value>) -> Result<Result<State, String>, RequestError> {
    let mut connection = Connection::open(address, TIMEOUT).await?;
    let answer = match body {
        Some(body) => connection.post(path, Bytes::from(body.to_string()), ANSWER_BYTES_MAX, TIMEOUT).await?,
        None => connection.get(path, ANSWER_BYTES_MAX, TIMEOUT).await?,
    };
    let text = || String::from_utf8_lossy(&answer.body).into_owned();
    if answer.status == 400 {
        let said: Option<Value> = serde_json::from_slice(&answer.body).ok();
        let reason = said.and_then(|said| Some(said.get("error")?.as_str()?.to_owned()));
        return Ok(Err(reason.unwrap_or_else(text)));
    }
    let state = serde_json::from_slice(&answer.body).ok().filter(|_| answer.status == 200);
    state.map(Ok).ok_or_else(|| RequestError::Unexpected(format!("status {}: {}", answer.status, text())))
}

fn text(state: &State) -> String {
    if state.conditions.is_empty() {
        return "none\n".to_owned();
    }
    let mut text = String::new();
    for Shown { name, value, share, region, left_ms } in &state.conditions {
        let value = if value.is_empty() { String::new() } else { format!("={value}") };
        let share = if *share < 1.0 { format!(" for {}%", share * 100.0) } else { String::new() };
        let region = region.as_ref().map_or(String::new(), |region| format!(" for calls of {region}"));
        writeln!(text, "{name}{value}{share}{region}, {left_ms} ms left").expect("a string takes every write");
    }
    text
}
