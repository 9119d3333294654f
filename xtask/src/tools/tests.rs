//! Which PostgreSQL is taken, that calls take turns, and that a wheel with another hash is refused. Nothing is fetched
//! from the network: what pip is pointed at is a folder.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

use super::*;
use crate::step::Step;

/// A folder of this test, below cargo's own for tests.
fn scratch(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("xtask-tools-{}-{name}", std::process::id()));
    if folder.exists() {
        std::fs::remove_dir_all(&folder).unwrap();
    }
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
fn the_newest_installed_server_is_taken_and_a_client_alone_is_none() {
    let folder = scratch("debian");
    assert_eq!(installed_postgres(&folder), None);
    for (version, program) in [("9", "postgres"), ("15", "postgres"), ("16", "psql"), ("common", "postgres")] {
        std::fs::create_dir_all(folder.join(version).join("bin")).unwrap();
        std::fs::write(folder.join(version).join("bin").join(program), "").unwrap();
    }
    assert_eq!(installed_postgres(&folder), Some(folder.join("15/bin")));
    assert_eq!(installed_postgres(Path::new("/nonexistent")), None);
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn one_call_at_a_time() {
    let folder = scratch("turn");
    let turn = take_turn(&folder).unwrap();
    let second = File::create(folder.join("lock")).unwrap();
    assert!(matches!(second.try_lock(), Err(TryLockError::WouldBlock)));
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| take_turn(&folder).is_ok());
        drop(turn);
        assert!(waiting.join().unwrap());
    });
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn pip_refuses_a_wheel_whose_hash_is_another_one() {
    let folder = scratch("hash");
    // The smallest wheel that pip takes for one.
    let script = "import sys, zipfile\n\
        with zipfile.ZipFile(sys.argv[1], 'w') as wheel:\n    \
            wheel.writestr('thing-1.dist-info/METADATA', 'Metadata-Version: 2.1\\nName: thing\\nVersion: 1\\n')\n    \
            wheel.writestr('thing-1.dist-info/WHEEL', 'Wheel-Version: 1.0\\nTag: py3-none-any\\n')\n    \
            wheel.writestr('thing-1.dist-info/RECORD', '')\n";
    let wheel = folder.join("thing-1-py3-none-any.whl");
    Step::new("python3").arguments(&["-c", script, wheel.to_str().unwrap()]).read().unwrap();
    let hash = Step::new("python3").arguments(&["-m", "pip", "hash", wheel.to_str().unwrap()]).read().unwrap();
    let right = hash.trim().rsplit_once("sha256:").unwrap().1.to_owned();
    let wrong = "0".repeat(64);
    for (sentence, digest, taken) in [("the right hash", &right, true), ("another hash", &wrong, false)] {
        let requirements = folder.join("requirements.txt");
        std::fs::write(&requirements, format!("thing==1 --hash=sha256:{digest}")).unwrap();
        let step =
            Step::new("python3").arguments(&["-m", "pip", "download", "--quiet", "--require-hashes"]).arguments(&[
                "--no-index",
                "--find-links",
                folder.to_str().unwrap(),
                "--dest",
                folder.join("got").to_str().unwrap(),
                "--requirement",
                requirements.to_str().unwrap(),
            ]);
        assert_eq!(step.succeeds(), taken, "{sentence}");
    }
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_link_leads_where_the_last_call_says() {
    let folder = scratch("link");
    for place in ["/usr/bin", "/usr/bin", "/usr/lib"] {
        link(&folder.join("postgres"), Path::new(place)).unwrap();
        assert_eq!(std::fs::read_link(folder.join("postgres")).unwrap(), Path::new(place));
    }
    std::fs::remove_dir_all(folder).unwrap();
}
