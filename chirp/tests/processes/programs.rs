//! Where the programs are that tests drive and that are not ours.

use std::path::Path;

/// The folder of PostgreSQL's programs.
pub(crate) fn postgres() -> String {
    find("CHIRP_POSTGRES_BIN", "tools/postgres", "PostgreSQL")
}

/// As the environment says, else as `cargo xtask tools` has linked it.
pub(crate) fn find(variable: &str, link: &str, what: &str) -> String {
    if let Ok(path) = std::env::var(variable) {
        return path;
    }
    let built = Path::new(env!("CARGO_BIN_EXE_chirp"));
    let linked = built.parent().and_then(Path::parent).unwrap().join(link);
    assert!(linked.exists(), "no {what} for this test: run `cargo xtask tools` once, or `cargo xtask test`");
    linked.to_str().unwrap().to_owned()
}
