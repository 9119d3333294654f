//! Which server is taken, of those that are there.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

use super::*;

/// A folder with these (empty) programs in it.
fn machine(name: &str, programs: &[&str]) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("landfall-servers-{}-{name}", std::process::id()));
    for program in programs {
        let path = folder.join(program);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "").unwrap();
    }
    folder
}

#[test]
fn a_server_is_what_the_environment_says_else_the_newest_installed_else_what_was_fetched() {
    let programs = [
        "usr/13/bin/postgres",
        "usr/15/bin/postgres",
        "usr/16/bin/postgres",
        "usr/17/bin/psql",
        "usr/99/bin/postgres",
        "own/postgres",
        "tools/postgres/postgres",
        "tools/nats-server",
    ];
    let folder = machine("all", &programs);
    let (usr, tools, own) = (folder.join("usr"), folder.join("tools"), folder.join("own"));
    let nothing = folder.join("nothing");
    let cases = [
        ("the environment goes first", Some(own.clone()), &usr, Some(own)),
        ("one without a server is no reason to take another", Some(nothing.clone()), &usr, None),
        ("the newest that Chirp runs, with a server in it", None, &usr, Some(usr.join("16/bin"))),
        ("nothing is installed", None, &nothing, Some(tools.join("postgres"))),
    ];
    for (case, said, installed, expected) in cases {
        assert_eq!(postgres(said, installed, Some(&tools)).ok(), expected, "{case}");
    }
    assert_eq!(nats(None, Some(&tools)).unwrap(), tools.join("nats-server"));
    let error = postgres(None, &nothing, Some(&nothing)).unwrap_err().to_string();
    for part in ["no PostgreSQL server", "cargo xtask tools", POSTGRES_VARIABLE, "postgresql"] {
        assert!(error.contains(part), "{part}: {error}");
    }
    assert!(nats(None, None).unwrap_err().to_string().contains(NATS_VARIABLE));
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn the_labs_own_folders_let_everybody_pass() {
    let folder = machine("closed", &["data/file"]);
    let data = folder.join("data");
    for closed in [&data, &folder] {
        fs::set_permissions(closed, fs::Permissions::from_mode(0o700)).unwrap();
    }
    let_pass(&[&folder, &data]).unwrap();
    for open in [&folder, &data] {
        assert_eq!(fs::metadata(open).unwrap().permissions().mode() & 0o777, 0o711);
    }
    fs::remove_dir_all(folder).unwrap();
}
