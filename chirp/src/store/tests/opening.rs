#![expect(clippy::unwrap_used, reason = "tests may panic")]

use super::BenchRegion;
use crate::condition::Conditions;
use crate::names::RegionName;
use crate::resolve::Resolver;
use crate::store::open::StoreOptions;
use crate::store::tables::META;
use crate::store::{Rules, Seed, StoreError, Writer};
use crate::wall_clock::WallClock;

fn open(options: &StoreOptions) -> Result<(), StoreError> {
    Writer::start(options, WallClock::default(), &Conditions::default(), BenchRegion::metrics()).map(drop)
}

#[test]
fn a_directory_belongs_to_one_region_one_seed_and_one_process() {
    let region = BenchRegion::new("eu");
    let options = BenchRegion::options(&region.region, &region.directory);
    assert!(matches!(open(&options), Err(StoreError::InUse { .. })));
    let BenchRegion { store, writer, directory, .. } = region;
    drop((store, writer));

    let stranger = StoreOptions { region: RegionName::parse("us").unwrap(), ..options.clone() };
    assert!(matches!(open(&stranger), Err(StoreError::Owner { .. })));
    let reseeded = StoreOptions { seed: Seed { users: 7, follows_per_user: 0 }, ..options.clone() };
    let error = open(&reseeded).unwrap_err();
    assert!(error.to_string().contains("6 users") && error.to_string().contains("7 users"), "{error}");
    open(&options).unwrap();
    drop(directory);
}

#[test]
fn what_was_acknowledged_is_there_after_a_restart_and_the_clock_goes_on() {
    let region = BenchRegion::new("eu");
    let log = region.store.log().to_owned();
    let before = region.post("user-1", "hello", None).unwrap().post;
    let head = *region.writer.durable().borrow();
    let region = region.restarted();
    assert_eq!(region.store.log(), log);
    assert_eq!(region.store.post(&before.id).unwrap().as_ref(), Some(&before));
    assert_eq!(region.timeline("user-1"), std::slice::from_ref(&before));
    assert_eq!(*region.writer.durable().borrow(), head);
    let after = region.post("user-1", "again", None).unwrap().post;
    assert!(after.created > before.created);
}

#[test]
fn a_wall_clock_that_was_set_back_over_a_restart_is_not_followed() {
    let region = BenchRegion::new("eu").restarted_with_clock_offset_ms(3_600_000);
    let before = region.post("user-1", "in an hour", None).unwrap().post;
    let region = region.restarted_with_clock_offset_ms(0);
    let after = region.post("user-1", "now", None).unwrap().post;
    assert!(after.created > before.created, "{} and then {}", before.created, after.created);
    assert_eq!(region.timeline("user-1"), [after, before]);
}

#[test]
fn a_fresh_directory_has_a_log_of_its_own() {
    assert_ne!(BenchRegion::new("eu").store.log(), BenchRegion::new("us").store.log());
}

#[test]
fn a_directory_of_another_format_or_resolver_is_refused() {
    let region = BenchRegion::new("eu");
    let options = BenchRegion::options(&region.region, &region.directory);
    let BenchRegion { store, writer, directory, .. } = region;
    drop((store, writer));
    let rules = Rules { resolver: Resolver::Semantic, ..Rules::default() };
    let error = open(&StoreOptions { rules, ..options.clone() }).unwrap_err();
    assert!(error.to_string().contains("crdt") && error.to_string().contains("semantic"), "{error}");
    let database = redb::Database::open(directory.path().join("chirp.redb")).unwrap();
    let transaction = database.begin_write().unwrap();
    // The first format did not say which it was.
    transaction.open_table(META).unwrap().remove("format").unwrap();
    transaction.commit().unwrap();
    drop(database);
    let error = open(&options).unwrap_err();
    assert!(matches!(error, StoreError::Format { stored: 1, expected: 2 }), "{error}");
}
