#![expect(clippy::unwrap_used, reason = "tests may panic")]

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
use tokio::sync::watch;

use super::*;

const LONG: Duration = Duration::from_secs(60);

fn setting(name: &str) -> Setting {
    let name: Name = name.parse().unwrap();
    Setting { name, value: Value::Nothing, share: 1.0, region: None }
}

fn names(conditions: &Conditions) -> Vec<String> {
    conditions.shown().into_iter().map(|shown| shown.name).collect()
}

#[test]
fn what_is_set_is_on_until_it_is_cleared_for_conditions_and_defects_alike() {
    let conditions = Conditions::of_defects(&[Defect::ShallowHealth]);
    let has = |defect| conditions.defects().has(defect);
    assert!(names(&conditions).is_empty(), "those of the configuration have no lease");
    conditions.set(setting("storage-stalled"), LONG).unwrap();
    conditions.set(setting("no-idempotency"), LONG).unwrap();
    assert!(conditions.is(Condition::StorageStalled) && has(Defect::NoIdempotency) && has(Defect::ShallowHealth));
    assert_eq!(names(&conditions), ["storage-stalled", "no-idempotency"]);
    assert_eq!(conditions.clear(Some("no-idempotency".parse().unwrap()), None), 1);
    assert!(conditions.is(Condition::StorageStalled) && !has(Defect::NoIdempotency));
    conditions.set(setting("shallow-health"), LONG).unwrap();
    assert_eq!(conditions.clear(None, None), 2);
    assert!(!conditions.is(Condition::StorageStalled) && has(Defect::ShallowHealth), "configured is configured");
    assert_eq!(conditions.clear(None, None), 0);
}

#[tokio::test(start_paused = true)]
async fn a_condition_that_nobody_renews_ends_by_itself_and_one_that_is_renewed_goes_on() {
    let conditions = Conditions::default();
    let (trigger, _) = watch::channel(false);
    let keeping = tokio::spawn(conditions.clone().keep(Stop::of(&trigger)));
    let lease = Duration::from_millis(200);
    conditions.set(setting("health-green"), lease).unwrap();
    conditions.set(setting("storage-stalled"), lease).unwrap();
    conditions.set(setting("storage-stalled"), LONG).unwrap();
    conditions.wait_until(Condition::HealthGreen, false).await;
    assert_eq!(names(&conditions), ["storage-stalled"]);
    trigger.send_replace(true);
    keeping.await.unwrap();
}

#[test]
fn what_cannot_be_is_refused_with_its_reason() {
    let impossible = BTreeMap::from([(Name::Defect(Defect::NoFencing), "the engine fences")]);
    let region = Conditions::with(Role::Region, &Defects::default(), impossible, Vec::new());
    let dns = Conditions::with(Role::Dns, &Defects::default(), BTreeMap::new(), vec!["eu".into()]);
    let with = |name: &str, change: fn(&mut Setting)| {
        let mut setting = setting(name);
        change(&mut setting);
        setting
    };
    // (who, what, part of the reason)
    let cases = [
        (&region, with("dns-frozen", |_| ()), "nothing that a region has"),
        (&dns, with("storage-full", |_| ()), "nothing that the geo-DNS has"),
        (&region, with("no-fencing", |_| ()), "the engine fences"),
        (&region, with("storage-full", |setting| setting.share = 0.5), "for all that happens"),
        (&region, with("health-red", |setting| setting.share = 0.0), "above 0"),
        (&region, with("health-red", |setting| setting.share = f64::NAN), "above 0"),
        (&region, with("health-red", |setting| setting.region = Some("eu".into())), "not for a region"),
        (&dns, with("dns-sends", |setting| setting.value = Value::Word("mars".into())), "there are: eu"),
    ];
    for (conditions, setting, part) in cases {
        let refused = conditions.set(setting.clone(), LONG).unwrap_err().to_string();
        assert!(refused.contains(part), "{setting:?}: {refused}");
    }
    for lease in [Duration::ZERO, Duration::from_secs(3601)] {
        assert!(matches!(region.set(setting("storage-full"), lease), Err(ConditionError::Lease)), "{lease:?}");
    }
    assert!(names(&region).is_empty() && names(&dns).is_empty());
    let sends = with("dns-sends", |setting| setting.value = Value::Word("eu".into()));
    dns.set(sends, LONG).unwrap();
}

#[test]
fn a_health_check_lies_as_it_is_told() {
    let conditions = Conditions::default();
    assert_eq!(conditions.health_lie(), None);
    conditions.set_for_test(Condition::HealthRed, Value::Nothing);
    assert_eq!(conditions.health_lie(), Some(Lie::Red));
    conditions.set_for_test(Condition::HealthGreen, Value::Nothing);
    assert_eq!(conditions.health_lie(), Some(Lie::Green));
    conditions.clear(None, None);
    conditions.set_for_test(Condition::HealthFlapping, Value::Time(Duration::from_millis(40)));
    let mut seen = [false; 2];
    while seen != [true; 2] {
        seen[usize::from(conditions.health_lie().is_some())] = true;
        std::thread::yield_now();
    }
}

#[test]
fn a_rate_lets_through_what_it_says_and_keeps_no_more_than_its_burst() {
    let start = Instant::now();
    let at = |ms: u64| start + Duration::from_millis(ms);
    let value = Value::PerSecond(10);
    let mut held = Held { value, share: 1.0, since: start, until: at(0), met: 0, budget: (0.0, start) };
    let mut through = |wanted, ms| held.let_through(wanted, Duration::from_millis(500), at(ms)).unwrap();
    assert_eq!(through(1, 0), 0, "it begins with nothing");
    assert_eq!(through(1, 100), 1);
    assert_eq!(through(5, 300), 2);
    assert_eq!(through(100, 60_000), 5, "the burst");
    assert_eq!(through(100, 60_000), 0);
}

proptest! {
    /// After any number of times those that it has met are the share of them, to within one.
    #[test]
    fn the_share_is_exact(share in 0.01_f64..=1.0, times in 1_u64..500) {
        let conditions = Conditions::default();
        conditions.set(Setting { share, ..setting("health-red") }, LONG).unwrap();
        let met = (0..times).filter(|_| conditions.strikes(Condition::HealthRed).is_some()).count();
        prop_assert!((met as f64 - times as f64 * share).abs() < 1.0 + 1e-9, "{} of {}", met, times);
    }
}
