//! Recordings with known answers, asked for as a browser does.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

use super::*;
use crate::{
    access::Access,
    server::shelf::{find, shelf},
};
use std::{path::PathBuf, time::Duration};
use tokio::{sync::watch, time::timeout};

/// Judging takes long where much else goes on.
const BOUND: Duration = Duration::from_secs(60);

/// A site with these recordings, of which somebody takes care.
fn site(names: &[&str]) -> Arc<Site> {
    let recordings = path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../verdict/tests/recordings");
    let folders: Vec<PathBuf> = names.iter().map(|name| recordings.join(name)).collect();
    let (runs, keeping) = shelf(find(&folders).unwrap());
    tokio::spawn(keeping);
    let access = Access::new("127.0.0.1:1".parse().unwrap()).unwrap();
    Arc::new(Site::new(access, runs.into_iter().map(Run::Stored).collect(), watch::channel(false).1))
}

async fn held(site: &Arc<Site>, name: &str, with: &str) -> Result<Beside, Problem> {
    let query = Ok(Query(With { with: with.to_owned() }));
    let asked = beside(State(Arc::clone(site)), Path(name.to_owned()), query);
    timeout(BOUND, asked).await.unwrap().map(|Json(held)| held)
}

#[tokio::test]
async fn two_runs_are_held_against_each_other_in_the_words_of_the_verdict() {
    let site = site(&["good", "recovery-too-slow", "repeated"]);
    let found = held(&site, "recovery-too-slow", "good").await.unwrap();
    assert_eq!((&*found.before, &*found.now), ("good", "recovery-too-slow"));
    assert!(found.aligned_us.is_some());
    let recovery = found.scorecard.iter().find(|row| row.name == "recovery time").unwrap();
    assert_eq!(recovery.fared, Fared::Worse, "{recovery:?}");
    assert!(recovery.text.contains("longer by more than chance explains"), "{recovery:?}");
    assert!(found.text.contains(" worse"), "{}", found.text);
    assert!(found.rows.iter().any(|row| row.fared == Fared::Worse && row.text.contains("longer")), "{:?}", found.rows);
    let other = held(&site, "repeated", "good").await.unwrap();
    assert_eq!((&*other.text, other.rows.len()), ("not comparable: the plans differ in the faults", 0));
    assert!(other.scorecard.iter().all(|row| row.fared == Fared::NotComparable), "{:?}", other.scorecard);
    assert!(held(&site, "good", "nobody").await.is_err());
}

#[tokio::test]
async fn the_runs_of_one_plan_are_a_trend_and_a_single_one_is_none() {
    let site = site(&["good", "recovery-too-slow", "repeated"]);
    for run in &site.runs {
        let Run::Stored(stored) = run else { unreachable!() };
        timeout(BOUND, stored.came.clone().wait_for(Option::is_some)).await.unwrap().unwrap();
    }
    let Json(trends) = trends(State(Arc::clone(&site))).await;
    let [trend] = &trends[..] else { panic!("{trends:?}") };
    let points: Vec<_> = trend.points.iter().map(|point| (&*point.run, point.recovery_us.is_some())).collect();
    assert_eq!(points, [("good", true), ("recovery-too-slow", true)]);
    assert!(trend.text.ends_with("too few to say what is usual (2 of 5)"), "{}", trend.text);
    assert!(trend.changes.contains("too few runs to see a change (2 of "), "{}", trend.changes);
    assert!(trend.changed.is_empty() && trend.points.iter().all(|point| !point.is_changed), "{trend:?}");
    assert!(trend.points[1].recovery_us > trend.points[1].limit_us, "{:?}", trend.points[1]);
}

/// A copy of a recording that may be changed.
fn copied(name: &str, to: &path::Path) -> PathBuf {
    let from = path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../verdict/tests/recordings").join(name);
    let folder = to.join(name);
    std::fs::create_dir(&folder).unwrap();
    for file in std::fs::read_dir(from).unwrap().map(Result::unwrap).filter(|file| file.path().is_file()) {
        std::fs::copy(file.path(), folder.join(file.file_name())).unwrap();
    }
    folder
}

#[tokio::test]
async fn two_runs_are_read_once_until_one_of_them_has_grown() {
    let root = tempfile::tempdir().unwrap();
    let folders = ["good", "recovery-too-slow"].map(|name| copied(name, root.path()));
    let (runs, keeping) = shelf(find(&folders).unwrap());
    tokio::spawn(keeping);
    let access = Access::new("127.0.0.1:1".parse().unwrap()).unwrap();
    let site = Arc::new(Site::new(access, runs.into_iter().map(Run::Stored).collect(), watch::channel(false).1));
    let first = held(&site, "good", "recovery-too-slow").await.unwrap();
    // Whoever reads it now finds nothing that can be read, and no byte more or less.
    for file in std::fs::read_dir(&folders[0]).unwrap().map(Result::unwrap) {
        let length = usize::try_from(file.metadata().unwrap().len()).unwrap();
        std::fs::write(file.path(), vec![b'x'; length]).unwrap();
    }
    assert_eq!(held(&site, "good", "recovery-too-slow").await.unwrap(), first);
    std::fs::write(folders[0].join("more"), "x").unwrap();
    assert!(held(&site, "good", "recovery-too-slow").await.is_err(), "what has grown is read again");
}
