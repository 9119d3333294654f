//! The clients that are published for Toxiproxy, unchanged: `toxiproxy-node-client` of npm and `toxiproxy-python` of PyPI, as
//! `cargo xtask tools` fetches them (pinned by hash in `tests/published/`). Neither package has tests of its own, so a
//! script per client calls each of its functions and looks at what they bring about.

use crate::client::{echo, served};
use std::{path::PathBuf, time::Duration};
use tokio::process::Command;

/// A script takes a second or two; this only ends one that hangs.
const HANGS_AFTER: Duration = Duration::from_secs(120);

/// Where `cargo xtask tools` has put the clients.
fn published() -> PathBuf {
    if let Some(path) = std::env::var_os("TOXIPROXY_CLIENTS") {
        return path.into();
    }
    let built = std::env::current_exe().unwrap();
    let linked = built.ancestors().map(|folder| folder.join("tools/toxiproxy-clients")).find(|link| link.exists());
    linked.expect("the published clients are not there; type: cargo xtask tools")
}

fn script(name: &str) -> String {
    format!("{}/tests/published/{name}", env!("CARGO_MANIFEST_DIR"))
}

async fn succeeds(mut command: Command) {
    let output = command.kill_on_drop(true).output();
    let output = tokio::time::timeout(HANGS_AFTER, output).await.unwrap().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {said}", output.status);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_function_of_the_published_clients() {
    let (api, upstream) = (served(None).await, echo().await);
    let mut node = Command::new("node");
    node.env("NODE_PATH", published().join("node_modules"));
    node.args([script("node.js"), format!("http://{}", api.address), upstream.clone()]);
    succeeds(node).await;

    let mut python = Command::new("python3");
    // Nothing else that is installed on this machine, and no proxy of its environment.
    python.env("PYTHONPATH", published().join("python")).env("NO_PROXY", "*").args(["-s", "-B"]);
    python.args([script("python.py"), api.address.ip().to_string(), api.address.port().to_string(), upstream]);
    succeeds(python).await;
}
