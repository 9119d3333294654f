//! The scenario, written for a number of users.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The users that the plan is written for.
const WRITTEN_FOR: f64 = 100_000.0;
/// What grows with the users, as it stands in the plan.
const RATES: [f64; 2] = [2_750.0, 265.0];
const USERS_MAX: f64 = 22_000.0;
/// The file whose presence means that Dublin is lost, beside the plan.
pub(crate) const LOST: &str = "dublin.lost";
/// Of each region, in the plan's words.
pub(crate) const REGIONS: [(&str, &str); 2] = [("dublin", "127.11.0.1:18490"), ("sydney", "127.12.0.1:18490")];
/// Connections that one process of a server takes, with room for an uneven spread.
const PER_SERVER: f64 = 14_000.0;

/// Writes the plan for so many users into a folder; its path.
pub(crate) fn write(users: u32, folder: &Path) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/users/plan.yaml");
    let mut text = fs::read_to_string(path).unwrap();
    let scale = f64::from(users) / WRITTEN_FOR;
    let mut scaled = |name: &str, number: f64, unit: &str, grown: String| {
        let before = format!("{name}: {number}{unit}");
        assert_eq!(text.matches(&before).count(), 1, "the plan has no \"{before}\"");
        text = text.replace(&before, &format!("{name}: {grown}{unit}"));
    };
    for rate in RATES {
        scaled("rate", rate, "/s", format!("{:.3}", rate * scale));
    }
    scaled("users_max", USERS_MAX, "", format!("{:.0}", (USERS_MAX * scale).ceil()));
    let written = folder.join("plan.yaml");
    fs::write(&written, text).unwrap();
    written
}

/// How many processes a region's server needs when all users are there.
pub(crate) fn servers(users: u32) -> u64 {
    (f64::from(users) / PER_SERVER).ceil() as u64
}
