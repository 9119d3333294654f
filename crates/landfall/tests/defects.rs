//! The plan's list of Chirp's defects is Chirp's own. The two share no code, so this holds them together.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

use std::{collections::BTreeSet, process::Command};

#[test]
fn the_plan_knows_the_defects_that_chirp_has() {
    let output = Command::new(env!("CARGO_BIN_EXE_landfall")).args(["chirp", "defects"]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let listed: BTreeSet<&str> = text.lines().filter(|line| !line.starts_with(' ')).collect();
    assert_eq!(listed, plan::CHIRP_DEFECTS.into_iter().collect());
}
