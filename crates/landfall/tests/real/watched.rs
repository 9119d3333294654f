//! A run that is looked at in a real browser, from its beginning to its verdict.

use crate::support::{Ended, Landfall, root};
use serde_json::Value;
use std::{
    env, fs,
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

/// The run is over when the browser has seen its verdict.
const BOUND: Duration = Duration::from_secs(120);

/// Carries that out with its page, and looks at it. Gives how it ended, and what was seen, as `watch.mjs` says it.
pub(crate) fn run(arguments: &[&str]) -> (Ended, Value) {
    let mut all = arguments.to_vec();
    all.extend(["--page", "127.0.0.1:0", "--page-for", "240s"]);
    let mut landfall = Landfall::start(&all);
    let address = landfall.hear("the page: ");
    let seen = look_at(&address);
    // The page was to stay.
    landfall.signal("-INT");
    (landfall.wait(BOUND), seen)
}

/// The page's sources and packages are in the target folder, for the page is built there.
fn look_at(address: &str) -> Value {
    let tmp = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let packages = tmp.parent().unwrap().join("landfall-page/work/node_modules");
    assert!(packages.is_dir(), "the page's packages are in {} when it is built", packages.display());
    let work = tempfile::tempdir_in(tmp).unwrap();
    for entry in fs::read_dir(root().join("crates/dashboard/page/tests")).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, work.path().join(path.file_name().unwrap())).unwrap();
    }
    std::os::unix::fs::symlink(&packages, work.path().join("node_modules")).unwrap();
    let pictures = env::var_os("SCREENSHOTS").map_or_else(|| tmp.join("page-screenshots"), Into::into);
    // Behind everything else: beside this run there is one that is judged by how punctual it is.
    let watched = Command::new("nice")
        .args(["-n", "19", "node", "watch.mjs", address])
        .current_dir(work.path())
        .env("SCREENSHOTS", &pictures)
        .stdin(Stdio::null())
        .output()
        .expect("node is there: the page was built by it");
    let said = String::from_utf8_lossy(&watched.stdout);
    let told = String::from_utf8_lossy(&watched.stderr);
    assert!(watched.status.success(), "pictures in {}\n{said}\n{told}", pictures.display());
    serde_json::from_str(said.trim()).unwrap()
}

/// `14:02:00.3` in a text, behind those words, in seconds of the day.
pub(crate) fn time_of_day(text: &str, words: &str) -> f64 {
    let (_, rest) = text.split_once(words).unwrap_or_else(|| panic!("{words:?} is not in {text:?}"));
    let time: String = rest.chars().take_while(|letter| letter.is_ascii_digit() || ":.".contains(*letter)).collect();
    time.trim_end_matches('.').split(':').fold(0.0, |sum, part| sum * 60.0 + part.parse::<f64>().unwrap())
}
