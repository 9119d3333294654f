//! Programs that the tests and benchmarks drive from outside, and how a missing one comes to the machine.
//!
//! Only Debian's packages are used, by name. Whatever is installed is announced before it happens; where it may not be
//! installed (no root, no sudo without a password, another system), the message is the line to type.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::failure::Failure;
use crate::step::Step;

/// A program, the package that has it, and what it is needed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Program {
    /// Names under which it may be installed, the usual one first; what no folder of programs has is named by its whole path.
    names: &'static [&'static str],
    package: &'static str,
    purpose: &'static str,
}

/// A web server that is not ours, so that the load engine's client is judged by somebody else's HTTP.
pub(crate) const NGINX: Program =
    Program { names: &["nginx"], package: "nginx", purpose: "a web server that the load engine is tested against" };
/// A browser, so that the report is judged as a person would see it.
pub(crate) const CHROMIUM: Program = Program {
    names: &["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"],
    package: "chromium",
    purpose: "a browser that opens the written report",
};
/// A font as wide as Arial, without which the report that is printed takes more pages. It only comes along with chromium where what a
/// package recommends is installed as well.
pub(crate) const FONT: Program = Program {
    names: &[
        "/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf",
        "/usr/share/fonts/truetype/liberation2/LiberationSans-Regular.ttf",
    ],
    package: "fonts-liberation",
    purpose: "the font that the printed report is measured with",
};
/// What runs the clients of Toxiproxy that are written for it.
pub(crate) const NODE: Program =
    Program { names: &["node", "nodejs"], package: "nodejs", purpose: "what runs the npm client of Toxiproxy" };
/// What fetches them.
pub(crate) const NPM: Program =
    Program { names: &["npm"], package: "npm", purpose: "what fetches the npm client of Toxiproxy" };
/// What lays the rules by which the kernel cuts links.
pub(crate) const NFT: Program =
    Program { names: &["nft"], package: "nftables", purpose: "what tells the kernel which packets to drop" };
/// What brings the loopback of a network namespace up.
pub(crate) const IP: Program =
    Program { names: &["ip"], package: "iproute2", purpose: "what brings a network namespace up" };
/// The load generator to compare with.
pub(crate) const WRK: Program =
    Program { names: &["wrk"], package: "wrk", purpose: "a load generator to measure beside ours" };

/// What `cargo xtask test` needs.
pub(crate) const FOR_TESTS: [Program; 7] = [NGINX, CHROMIUM, FONT, NODE, NPM, NFT, IP];
/// What `cargo xtask bench` needs.
pub(crate) const FOR_BENCHMARKS: [Program; 2] = [NGINX, WRK];

/// Servers are installed here and not every person's `PATH` has these folders.
const SYSTEM_FOLDERS: [&str; 2] = ["/usr/sbin", "/usr/local/sbin"];
const INSTALL_LIMIT: Duration = Duration::from_secs(15 * 60);

/// Installs those of `programs` that are missing.
///
/// # Errors
/// When one is missing and cannot be installed from here; the text says what to type.
pub(crate) fn ensure(programs: &[Program]) -> Result<(), Failure> {
    let folders = search_folders();
    let missing = missing_of(programs, &folders);
    if missing.is_empty() {
        return Ok(());
    }
    for program in &missing {
        eprintln!("xtask: {} is not installed; it is needed as {}", program.names[0], program.purpose);
    }
    let packages: Vec<&str> = missing.iter().map(|program| program.package).collect();
    install(&packages)?;
    match missing_of(programs, &folders).first() {
        None => Ok(()),
        Some(program) => Err(Failure::Blocked(format!(
            "package {} is installed, but {} was not found",
            program.package, program.names[0]
        ))),
    }
}

/// Where a program is, if it is installed.
pub(crate) fn path_of(program: Program) -> Option<PathBuf> {
    found_in(program, &search_folders())
}

fn missing_of(programs: &[Program], folders: &[PathBuf]) -> Vec<Program> {
    programs.iter().copied().filter(|&program| found_in(program, folders).is_none()).collect()
}

fn found_in(program: Program, folders: &[PathBuf]) -> Option<PathBuf> {
    let candidates = program.names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    candidates.into_iter().find(|path| path.is_file())
}

/// A `PATH` in which installed servers are found, also where a person's has no folders of the system.
pub(crate) fn search_path() -> OsString {
    std::env::join_paths(search_folders()).unwrap_or_else(|_| std::env::var_os("PATH").unwrap_or_default())
}

fn search_folders() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).chain(SYSTEM_FOLDERS.iter().map(PathBuf::from)).collect()
}

fn install(packages: &[&str]) -> Result<(), Failure> {
    let by_hand = by_hand(packages);
    if !Path::new("/usr/bin/apt-get").is_file() {
        return Err(Failure::Blocked(format!("this system has no apt-get; install by hand: {}", packages.join(", "))));
    }
    let Some(prefix) = root_prefix() else {
        return Err(Failure::Blocked(format!("only root can install packages; type: {by_hand}")));
    };
    eprintln!("xtask: installing {} from Debian's packages", packages.join(", "));
    let told = |failure: Failure| Failure::Blocked(format!("{failure}; to install by hand, type: {by_hand}"));
    apt_get(prefix, &["update", "--quiet"]).map_err(told)?;
    let arguments: Vec<&str> = ["install", "--quiet", "--yes", "--no-install-recommends"]
        .into_iter()
        .chain(packages.iter().copied())
        .collect();
    apt_get(prefix, &arguments).map_err(told)
}

fn by_hand(packages: &[&str]) -> String {
    format!("sudo apt-get update && sudo apt-get install --no-install-recommends {}", packages.join(" "))
}

/// What to put before a command so that it runs as root: nothing, or sudo when it asks for no password.
fn root_prefix() -> Option<&'static [&'static str]> {
    let user = Step::new("id").arguments(&["-u"]).read().ok()?;
    if user.trim() == "0" {
        return Some(&[]);
    }
    Step::new("sudo").arguments(&["-n", "true"]).succeeds().then_some(&["sudo", "-n"])
}

fn apt_get(prefix: &[&str], arguments: &[&str]) -> Result<(), Failure> {
    let quiet = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-o", "DPkg::Lock::Timeout=300"];
    let words: Vec<&str> = prefix.iter().copied().chain(quiet).chain(arguments.iter().copied()).collect();
    let (program, rest) = words.split_first().expect("the words of apt-get are never empty");
    Step::new(program).arguments(rest).limit(INSTALL_LIMIT).run()
}

#[cfg(test)]
mod tests {
    //! Looking for programs in folders made for it; nothing is installed here.
    use super::*;

    const SHELL: Program = Program { names: &["no-such-shell", "sh"], package: "dash", purpose: "a shell" };
    const NOWHERE: Program = Program { names: &["no-such-program"], package: "none", purpose: "nothing" };

    #[test]
    fn what_is_missing_is_what_no_folder_has_under_any_name() {
        let folders = [PathBuf::from("/nonexistent"), PathBuf::from("/bin")];
        assert_eq!(missing_of(&[SHELL, NOWHERE], &folders), [NOWHERE]);
        assert_eq!(found_in(SHELL, &folders), Some(PathBuf::from("/bin/sh")));
        assert_eq!(missing_of(&[SHELL], &folders[..1]), [SHELL]);
        let by_path = Program { names: &["/nonexistent/font", "/bin/sh"], ..SHELL };
        assert_eq!(found_in(by_path, &folders[..1]), Some(PathBuf::from("/bin/sh")));
    }

    #[test]
    fn the_line_to_type_names_every_package() {
        assert_eq!(
            by_hand(&["nginx", "wrk"]),
            "sudo apt-get update && sudo apt-get install --no-install-recommends nginx wrk"
        );
    }
}
