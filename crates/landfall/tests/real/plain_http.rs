//! A service that isn't Chirp: two plain nginx servers, a fault made by commands, a ledger of files.

use crate::support::{Landfall, alone, landfall, root};
use std::{path::Path, process::Command, time::Duration};

const REGIONS: [(&str, &str); 2] = [("dublin", "127.11.0.1:18480"), ("ashburn", "127.12.0.1:18480")];

/// The two servers; dropping it ends them.
struct Servers<'a> {
    state: &'a Path,
}

impl Servers<'_> {
    fn script(&self, action: &str) -> bool {
        REGIONS.iter().all(|(name, address)| {
            let script = root().join("scenarios/plain-http/region.sh");
            Command::new(script).args([action, name, address]).env("STATE", self.state).status().unwrap().success()
        })
    }
}

impl Drop for Servers<'_> {
    fn drop(&mut self) {
        self.script("kill");
    }
}

#[test]
fn a_plain_http_service_fails_over_and_loses_nothing() {
    let _turn = alone();
    let folder = tempfile::tempdir().unwrap();
    let servers = Servers { state: folder.path() };
    assert!(servers.script("start"), "nginx could not be started: is it installed?");
    let out = folder.path().join("run");
    let plan = root().join("scenarios/plain-http/plan.yaml");
    // The hooks inherit this program's environment.
    let ended = Landfall::start_with(
        &["run", plan.to_str().unwrap(), "--out", out.to_str().unwrap()],
        &[("STATE", folder.path().to_str().unwrap())],
    )
    .wait(Duration::from_secs(180));
    ended.must_end_with(0);
    let again = landfall(&["--json", "judge", out.to_str().unwrap()]);
    assert_eq!(again.stdout.trim_end(), std::fs::read_to_string(out.join("report.json")).unwrap().trim_end());
}

#[test]
fn a_full_disk_ends_the_run_with_its_own_code() {
    let _turn = alone();
    let folder = tempfile::tempdir().unwrap();
    let servers = Servers { state: folder.path() };
    assert!(servers.script("start"), "nginx could not be started: is it installed?");
    let small = folder.path().join("small-disk");
    std::fs::create_dir(&small).unwrap();
    let plan = root().join("scenarios/plain-http/plan.yaml");
    // A mount of its own, seen by this command only, that is full after a few seconds of recording.
    let script = format!(
        "mount -t tmpfs -o size=128k tmpfs {small} && exec {landfall} run {plan} --out {small}/run",
        small = small.display(),
        landfall = env!("CARGO_BIN_EXE_landfall"),
        plan = plan.display(),
    );
    let unshare = ["--user", "--map-root-user", "--mount", "sh", "-c", &script];
    let ended = Landfall::run("unshare", &unshare, &[("STATE", folder.path().to_str().unwrap())])
        .wait(Duration::from_secs(120));
    ended.must_end_with(74);
    assert!(ended.stderr.contains("No space left on device"), "{}", ended.stderr);
}
