//! The parts that take time, files and the world as values do not reach for them.
//!
//! | part | what it decides |
//! | --- | --- |
//! | `units`, `plan` (one module of it reads files), `verdict`, `compare`, `knee` | what was asked for, and what it came to |
//! | `feed`, `replay` and `wire` in `dashboard` | what the page is told of it |
//! | `report` (it writes files) | how that is told |
//! | `deploy` (it writes files; keys come from the library that makes them) | what a fleet needs to stand somewhere |
//! | arrivals in `load`, links and places in `wan` | what will happen, and when |
//! | toxics and their chains in `toxiproxy` | what becomes of bytes, and when |
//! | clocks and the stop guard in `fleet` | what may be said of another machine's time; when a run must end |
//! | holds, merge, schedule and shares in `fleet` | when a load can be held; which batch counts; what is due; who generates what |
//! | `record` (files are its work, but nothing else is) | what is kept of it |
//!
//! Why: these parts are right or wrong by themselves, so they are tested with tables and properties, run the same
//! twice, and judge an old recording as they would a new one. One call of a clock ends that, and no test would show it.
//! A clippy ban on these calls would hold for the whole workspace, where the engine and the lab need them; so the ban
//! is here, by folder. Tests are free to use what they like.

use super::Finding;
use super::repository::Repository;
use super::source::RustSource;

/// Something outside that a pure part may not touch.
struct Reach {
    words: &'static [&'static str],
    instead: &'static str,
}

const CLOCK: Reach = Reach {
    words: &["Instant::now", "SystemTime::now", "Timestamp::now", "Zoned::now", "thread::sleep"],
    instead: "time comes in as a value",
};
const ENVIRONMENT: Reach =
    Reach { words: &["std::env", "env::var", "env::args"], instead: "settings come in as values" };
const NETWORK: Reach = Reach {
    words: &["std::net::Tcp", "std::net::Udp", "TcpStream", "TcpListener", "UdpSocket", "ToSocketAddrs", "socket2::"],
    instead: "who has the socket hands over what came through it",
};
const ASYNC: Reach =
    Reach { words: &["tokio::", "async fn", "async move", ".await"], instead: "this part has no waiting in it" };
const PROCESSES: Reach =
    Reach { words: &["std::process", "process::Command", "thread::spawn"], instead: "this part starts nothing" };
const FILES: Reach = Reach {
    words: &["std::fs", "fs::read", "fs::write", "File::open", "File::create"],
    instead: "text comes in as a value",
};
const CHANCE: Reach = Reach {
    words: &["rand::rng(", "rand::random", "from_os_rng", "OsRng", "SysRng"],
    instead: "seeds come in as values",
};

/// A part of the house and what it may not reach for.
struct PurePart {
    /// Path prefixes; a file that starts with one belongs to the part.
    places: &'static [&'static str],
    /// Files of the part that may read or write files, because that is what they are for.
    file_access: &'static [&'static str],
    banned: &'static [&'static Reach],
}

const NOTHING_OUTSIDE: &[&Reach] = &[&CLOCK, &ENVIRONMENT, &NETWORK, &ASYNC, &PROCESSES, &FILES, &CHANCE];
const FILES_ONLY: &[&Reach] = &[&CLOCK, &ENVIRONMENT, &NETWORK, &ASYNC, &PROCESSES, &CHANCE];

const PARTS: [PurePart; 13] = [
    PurePart { places: &["crates/units/src/"], file_access: &[], banned: NOTHING_OUTSIDE },
    PurePart { places: &["crates/plan/src/"], file_access: &["crates/plan/src/source"], banned: NOTHING_OUTSIDE },
    PurePart { places: &["crates/record/src/"], file_access: &[], banned: FILES_ONLY },
    PurePart { places: &["crates/verdict/src/"], file_access: &[], banned: NOTHING_OUTSIDE },
    PurePart { places: &["crates/compare/src/"], file_access: &[], banned: NOTHING_OUTSIDE },
    PurePart { places: &["crates/knee/src/"], file_access: &[], banned: NOTHING_OUTSIDE },
    PurePart {
        places: &["crates/dashboard/src/feed/", "crates/dashboard/src/replay", "crates/dashboard/src/wire"],
        file_access: &[],
        banned: NOTHING_OUTSIDE,
    },
    PurePart { places: &["crates/report/src/"], file_access: &[], banned: FILES_ONLY },
    PurePart { places: &["crates/deploy/src/"], file_access: &[], banned: FILES_ONLY },
    PurePart {
        places: &["crates/toxiproxy/src/model/", "crates/toxiproxy/src/chain/"],
        file_access: &[],
        banned: NOTHING_OUTSIDE,
    },
    PurePart { places: &["crates/load/src/arrivals"], file_access: &[], banned: NOTHING_OUTSIDE },
    PurePart {
        places: &[
            "crates/fleet/src/clock/",
            "crates/fleet/src/holds",
            "crates/fleet/src/merge",
            "crates/fleet/src/schedule",
            "crates/fleet/src/shares",
            "crates/fleet/src/stop_guard",
        ],
        file_access: &[],
        banned: NOTHING_OUTSIDE,
    },
    PurePart {
        places: &["crates/wan/src/link", "crates/wan/src/atlas", "crates/wan/src/network/effect"],
        file_access: &[],
        banned: NOTHING_OUTSIDE,
    },
];

pub(super) fn check(repository: &Repository) -> Vec<Finding> {
    PARTS.iter().flat_map(|part| check_part(part, repository)).collect()
}

fn check_part(part: &PurePart, repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    for place in part.places {
        let sources: Vec<&RustSource> = repository.sources.iter().filter(|file| file.path.starts_with(place)).collect();
        if sources.is_empty() {
            let message = "no file here, so nothing was checked: correct the list in xtask/src/tidy/purity.rs";
            findings.push(Finding::new(place, 0, message));
        }
        findings.extend(sources.iter().flat_map(|source| check_source(part, source)));
    }
    findings
}

fn check_source(part: &PurePart, source: &RustSource) -> Vec<Finding> {
    let mut findings = Vec::new();
    let may_use_files = part.file_access.iter().any(|path| source.path.starts_with(path));
    for (number, line) in source.shipped_code() {
        for reach in part.banned {
            if may_use_files && reach.instead == FILES.instead {
                continue;
            }
            if let Some(word) = reach.words.iter().find(|word| mentions(line, word)) {
                findings.push(Finding::new(&source.path, number, format!("{word} in a pure part; {}", reach.instead)));
            }
        }
    }
    findings
}

/// Whether the word is there and is not the tail of a longer name.
fn mentions(line: &str, word: &str) -> bool {
    let is_name = |character: char| character.is_alphanumeric() || character == '_';
    line.match_indices(word).any(|(at, _)| word.starts_with('.') || !line[..at].ends_with(is_name))
}

#[cfg(test)]
mod tests {
    //! A part that reaches outside, and ways to do so that are allowed.
    use super::*;

    const PART: PurePart =
        PurePart { places: &["crates/plan/src/"], file_access: &["crates/plan/src/source"], banned: NOTHING_OUTSIDE };

    fn found(path: &str, text: &str) -> Vec<String> {
        check_part(&PART, &Repository::of(&[(path, text)])).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn reaching_outside_is_found_with_what_to_do_instead() {
        let cases = [
            ("the clock", "let now = Instant::now();", "Instant::now in a pure part; time comes in as a value"),
            ("the environment", "use std::env;", "std::env in a pure part; settings come in as values"),
            ("waiting", "let x = f().await;", ".await in a pure part; this part has no waiting in it"),
            ("files", "std::fs::read(p)", "std::fs in a pure part; text comes in as a value"),
        ];
        for (sentence, line, expected) in cases {
            let found = found("crates/plan/src/lib.rs", &format!("//! Doc.\n{line}\n"));
            assert_eq!(found, [format!("crates/plan/src/lib.rs:2: {expected}")], "{sentence}");
        }
    }

    #[test]
    fn tests_comments_and_the_module_that_reads_files_are_free() {
        let in_tests = "//! Never Instant::now.\n#[cfg(test)]\nmod tests {\n    fn a() { Instant::now(); }\n}\n";
        assert!(found("crates/plan/src/lib.rs", in_tests).is_empty());
        assert!(found("crates/plan/src/source.rs", "std::fs::read(p)\n").is_empty());
        assert_eq!(found("crates/plan/src/source.rs", "Instant::now()\n").len(), 1);
    }

    #[test]
    fn a_part_that_has_moved_is_not_taken_for_clean() {
        let found = found("crates/plans/src/lib.rs", "");
        assert!(found[0].starts_with("crates/plan/src/: no file here"), "{found:?}");
    }
}
