//! Something is broken in a lab that is up, by the command line: proven, listed, healed by itself, and refused in the plan's words.

use crate::support::{Landfall, beside, landfall, until};
use std::{fs, time::Duration};

const BOUND: Duration = Duration::from_secs(120);

#[test]
fn what_is_given_to_a_lab_is_proven_and_ends_by_itself_though_who_gave_it_is_killed() {
    let _turn = beside();
    let folder = tempfile::tempdir().unwrap();
    let plan = folder.path().join("plan.yaml");
    let target = "target: {chirp: {regions: [us-east-1, eu-west-1], users: 20}}";
    fs::write(&plan, format!("version: 1\n{target}\nload: {{rate: 1/s, for: 30s}}\n")).unwrap();
    let out = folder.path().join("lab");
    let (plan, out) = (plan.to_str().unwrap(), out.to_str().unwrap());
    let nobody = landfall(&["fault", "list", out]);
    nobody.must_end_with(69);
    let _lab = Landfall::start(&["lab", plan, "--out", out]);
    until(BOUND, "the lab can be asked", || (landfall(&["fault", "list", out]).code() == 0).then_some(()));
    let behind = "clock: {region: eu-west-1, offset: -5s}";
    let given = Landfall::start(&["fault", "inject", out, behind, "--for", "3s"]);
    let name = "clock eu-west-1";
    until(BOUND, "it is known", || landfall(&["fault", "list", out]).stdout.contains(name).then_some(()));
    drop(given);
    let wrong = landfall(&["fault", "inject", out, "clock: {region: eu-west-7, offset: -5s}", "--for", "3s"]);
    wrong.must_end_with(65);
    assert!(wrong.stderr.contains("the target has no region `eu-west-7`"), "{}", wrong.stderr);
    let healed = |line: &str| line.starts_with("healed") && line.contains(name);
    until(BOUND, "it ends by itself", || landfall(&["fault", "list", out]).stdout.lines().any(healed).then_some(()));
    let again = landfall(&["fault", "inject", out, behind, "--for", "60s"]);
    again.must_end_with(0);
    assert!(again.stdout.contains("active"), "{}", again.stdout);
    landfall(&["fault", "heal", out, "clock eu-west-1 2"]).must_end_with(0);
    until(BOUND, "it is healed early", || {
        let list = landfall(&["fault", "list", out]).stdout;
        (list.lines().filter(|line| healed(line)).count() == 2).then_some(())
    });
}
