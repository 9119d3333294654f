//! What happens to one call: what is wrong with the provider on purpose, for all regions or for the one that calls.
//!
//! Of several conditions the worst counts. Of those with the same name the one for a region goes before the one for
//! all.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::condition::{Condition, Conditions, Value};

/// Regions that may be told apart. Calls of more are counted together.
const REGIONS_MAX: usize = 64;

/// What happens to one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is answered.
    Answer,
    /// It is answered later.
    Delay(Duration),
    /// It is answered 500.
    Fail,
    /// It is not answered.
    Hang,
    /// Its connection is closed.
    Refuse,
}

impl Fate {
    /// Of a call of this region.
    pub(super) fn of(conditions: &Conditions, region: &str) -> Self {
        let meets = |condition| conditions.strikes_region(condition, region);
        if meets(Condition::ProviderHangs).is_some() {
            Self::Hang
        } else if meets(Condition::ProviderRefuses).is_some() {
            Self::Refuse
        } else if meets(Condition::ProviderFails).is_some() {
            Self::Fail
        } else if let Some(Value::Time(delay)) = meets(Condition::ProviderSlow) {
            Self::Delay(delay)
        } else {
            Self::Answer
        }
    }
}

/// Counts the calls of each region.
#[derive(Debug, Default)]
pub(super) struct Calls(BTreeMap<String, u64>);

impl Calls {
    /// One more.
    pub(super) fn count(&mut self, region: &str) {
        let is_known = self.0.len() < REGIONS_MAX || self.0.contains_key(region);
        *self.0.entry(if is_known { region } else { "others" }.to_owned()).or_default() += 1;
    }

    /// So far, by region.
    pub(super) fn by_region(&self) -> &BTreeMap<String, u64> {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;
    use crate::condition::{Name, Role, Setting};
    use crate::defects::Defects;

    const LEASE: Duration = Duration::from_secs(60);

    fn set(conditions: &Conditions, condition: Condition, value: Value, region: Option<&str>) {
        let region = region.map(str::to_owned);
        conditions.set(Setting { name: Name::Condition(condition), value, share: 1.0, region }, LEASE).unwrap();
    }

    #[test]
    fn what_is_set_for_a_region_goes_before_what_is_set_for_all_and_the_worst_counts() {
        let conditions = Conditions::new(Role::Provider, &Defects::default());
        let slow = |ms| Value::Time(Duration::from_millis(ms));
        assert_eq!(Fate::of(&conditions, "eu"), Fate::Answer);
        set(&conditions, Condition::ProviderSlow, slow(100), None);
        set(&conditions, Condition::ProviderSlow, slow(500), Some("eu"));
        assert_eq!(Fate::of(&conditions, "eu"), Fate::Delay(Duration::from_millis(500)));
        assert_eq!(Fate::of(&conditions, "us"), Fate::Delay(Duration::from_millis(100)));
        set(&conditions, Condition::ProviderFails, Value::Nothing, Some("eu"));
        set(&conditions, Condition::ProviderRefuses, Value::Nothing, Some("us"));
        assert_eq!((Fate::of(&conditions, "eu"), Fate::of(&conditions, "us")), (Fate::Fail, Fate::Refuse));
        set(&conditions, Condition::ProviderHangs, Value::Nothing, None);
        assert_eq!((Fate::of(&conditions, "eu"), Fate::of(&conditions, "us")), (Fate::Hang, Fate::Hang));
        conditions.clear(None, Some("eu"));
        conditions.clear(Some(Name::Condition(Condition::ProviderHangs)), None);
        assert_eq!(
            (Fate::of(&conditions, "eu"), Fate::of(&conditions, "us")),
            (Fate::Delay(Duration::from_millis(100)), Fate::Refuse)
        );
        conditions.clear(None, None);
        assert_eq!((Fate::of(&conditions, "eu"), Fate::of(&conditions, "us")), (Fate::Answer, Fate::Answer));
    }

    #[test]
    fn calls_are_counted_by_region_and_regions_have_a_limit() {
        let mut calls = Calls::default();
        (0..3).for_each(|_| calls.count("eu"));
        (0..1000).for_each(|number| calls.count(&format!("made-up-{number}")));
        assert_eq!(calls.by_region()["eu"], 3);
        assert!(calls.by_region().len() <= REGIONS_MAX + 1);
        assert_eq!(calls.by_region().values().sum::<u64>(), 1003);
    }
}
