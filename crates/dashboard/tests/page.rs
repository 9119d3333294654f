//! The page's own tests: what is pure, its colours, and the page in a real browser, as `npm test` runs them.
//!
//! The page was built by this crate's build script, in a folder of the target folder that has its packages. The tests run on a
//! copy of the sources beside it, with those packages, so that nothing is written into the source tree.
#![cfg(feature = "page")]
#![expect(clippy::unwrap_used, reason = "tests may panic")]

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

/// What the tests make there, or what is no source.
const LEFT_OUT: [&str; 4] = ["node_modules", "dist", "dist-report", ".unit"];
const TO_INSTALL: &str = "install them: apt-get install --no-install-recommends nodejs npm chromium";

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (path, copied) = (entry.path(), to.join(entry.file_name()));
        if LEFT_OUT.iter().any(|name| entry.file_name() == *name) {
            continue;
        }
        if path.is_dir() {
            copy(&path, &copied);
        } else {
            fs::copy(&path, &copied).unwrap();
        }
    }
}

fn chromium() -> Option<PathBuf> {
    let names = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];
    let folders: Vec<PathBuf> = env::split_paths(&env::var_os("PATH")?).collect();
    names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name))).find(|path| path.is_file())
}

#[test]
fn the_page_answers_every_question_in_a_real_browser() {
    let chromium = chromium().unwrap_or_else(|| panic!("the page's tests need chromium; {TO_INSTALL}"));
    let tmp = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let packages = tmp.parent().unwrap().join("landfall-page/work/node_modules");
    assert!(packages.is_dir(), "the page's packages are in {} when this crate is built", packages.display());
    let work = tmp.join("page");
    if work.exists() {
        fs::remove_dir_all(&work).unwrap();
    }
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("page"), &work);
    std::os::unix::fs::symlink(&packages, work.join("node_modules")).unwrap();
    let pictures = env::var_os("SCREENSHOTS").map_or_else(|| tmp.join("page-screenshots"), PathBuf::from);
    let ended = Command::new("npm")
        .args(["test", "--silent"])
        .current_dir(&work)
        .env("CHROMIUM", chromium)
        .env("SCREENSHOTS", &pictures)
        .output()
        .unwrap_or_else(|error| panic!("npm can't be started ({error}); {TO_INSTALL}"));
    let told = format!("{}\n{}", String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
    assert!(ended.status.success(), "npm test: {}, pictures in {}\n{told}", ended.status, pictures.display());
}
