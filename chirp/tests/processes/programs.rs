//! Where the programs are that tests drive and that are not ours.

use std::path::Path;

/// The folder of PostgreSQL's programs: as the environment says, else as `cargo xtask tools` has linked it.
pub(crate) fn postgres() -> String {
    if let Ok(bin) = std::env::var("CHIRP_POSTGRES_BIN") {
        return bin;
    }
    let built = Path::new(env!("CARGO_BIN_EXE_chirp"));
    let linked = built.parent().and_then(Path::parent).unwrap().join("tools/postgres");
    assert!(linked.exists(), "no PostgreSQL for this test: run `cargo xtask tools` once, or `cargo xtask test`");
    linked.to_str().unwrap().to_owned()
}
