//! The clients that others have published for Toxiproxy, which `landfall proxy` is tested with: one of npm, one of PyPI.
//!
//! Each registry's own client fetches them and checks their hashes, which stand beside the scripts that use them
//! (`crates/toxiproxy/tests/published/`). No script of a package runs while it is fetched, and nothing of them is shipped.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::failure::Failure;
use crate::step::Step;

const FETCH_LIMIT: Duration = Duration::from_secs(10 * 60);

/// What says which packages, and with which hashes.
const FILES: [(&str, &str); 3] = [
    ("package.json", include_str!("../../../crates/toxiproxy/tests/published/package.json")),
    ("package-lock.json", include_str!("../../../crates/toxiproxy/tests/published/package-lock.json")),
    ("requirements.txt", include_str!("../../../crates/toxiproxy/tests/published/requirements.txt")),
];

/// The folder with the clients, below `folder`: `node_modules/` and `python/`. Fetched first if it is not there, or if other
/// packages are pinned than those in it.
pub(super) fn ensure(folder: &Path) -> Result<PathBuf, Failure> {
    let home = folder.join("toxiproxy-clients");
    if is_of_the_pins(&home) {
        return Ok(home);
    }
    eprintln!("xtask: fetching toxiproxy-node-client from npm and toxiproxy-python from PyPI, to test with them");
    let part = folder.join("toxiproxy-clients.part");
    for old in [&home, &part].into_iter().filter(|old| old.exists()) {
        std::fs::remove_dir_all(old).map_err(|error| blocked("remove", old, &error))?;
    }
    std::fs::create_dir_all(&part).map_err(|error| blocked("make", &part, &error))?;
    for (name, text) in FILES {
        let path = part.join(name);
        std::fs::write(&path, text).map_err(|error| blocked("write", &path, &error))?;
    }
    let npm = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--root-user-action=ignore"];
    let pinned = ["--target", "python", "--no-deps", "--only-binary=:all:", "--require-hashes"];
    for step in [
        Step::new("npm").arguments(&npm),
        Step::new("python3").arguments(&pip).arguments(&pinned).arguments(&["--requirement", "requirements.txt"]),
    ] {
        step.in_folder(&part).limit(FETCH_LIMIT).run()?;
    }
    std::fs::rename(&part, &home).map_err(|error| blocked("rename", &part, &error))?;
    Ok(home)
}

/// Whether a folder was fetched by these very files.
fn is_of_the_pins(home: &Path) -> bool {
    FILES.iter().all(|(name, text)| std::fs::read_to_string(home.join(name)).is_ok_and(|present| present == *text))
}

fn blocked(what: &str, path: &Path, error: &std::io::Error) -> Failure {
    Failure::Blocked(format!("cannot {what} {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    //! What is fetched is pinned, and no file says from where.
    use super::*;

    #[test]
    fn every_package_has_a_hash_and_no_address() {
        let [_, (_, lock), (_, requirements)] = FILES;
        let lines = requirements.lines().filter(|line| !line.starts_with('#'));
        assert!(lines.clone().count() > 0 && lines.clone().all(|line| line.contains(" --hash=sha256:")));
        let packages = lock.matches("\"node_modules/").count();
        assert!(packages > 0 && lock.matches("\"integrity\": \"sha512-").count() == packages);
        assert!(!lock.contains("\"resolved\""), "the registry is the one that npm is set up for");
    }
}
