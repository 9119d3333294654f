//! `[third_party]`, how a region deals with third parties, and `[[provider]]`, who they are.
//!
//! The endpoints of a kind of third party are the providers of that kind, in the order of the file: the
//! first is preferred. A region reaches a provider at its `listen`, or where `[provider.reach]` says (a
//! relay may sit there). A provider that is not Chirp's own process needs no `admin_listen`.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use serde::Deserialize;
use toml::Spanned;

use super::check::{Mistakes, joined};
use super::format::Number;
use crate::names::RegionName;
use crate::third_party::{BreakerRules, CallRules, Kind, RetryRules};

/// `[third_party]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ThirdPartyTable {
    budget_ms: Number,
    timeout_ms: Number,
    places_max: Number,
    attempts_max: Number,
    retry_ms_min: Number,
    retry_ms_max: Number,
    retry_percent: Number,
    retry_burst: Number,
    breaker_window_ms: Number,
    breaker_calls_min: Number,
    breaker_failure_percent: Number,
    breaker_open_ms_min: Number,
    breaker_open_ms_max: Number,
    push_queue_max: Number,
    push_workers: Number,
    push_patience_ms: Number,
}

/// `[[provider]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProviderTable {
    name: Spanned<String>,
    kind: Spanned<String>,
    listen: Spanned<String>,
    admin_listen: Option<Spanned<String>>,
    #[serde(default)]
    reach: BTreeMap<String, Spanned<String>>,
}

/// How a region deals with third parties.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ThirdPartyConfig {
    /// What a post waits at most for all that third parties do for it.
    pub(crate) budget: Duration,
    /// One question of a post.
    pub(crate) calls: CallRules,
    /// Posts whose push notifications may wait. More are dropped.
    pub(crate) push_queue_max: usize,
    /// Posts whose push notifications are sent at the same time.
    pub(crate) push_workers: usize,
    /// How long after the post its notifications are still worth sending.
    pub(crate) push_patience: Duration,
}

/// A third party.
#[derive(Clone, Debug)]
pub(crate) struct ProviderConfig {
    /// Its name; in events and metrics.
    pub(crate) name: String,
    /// What it does.
    pub(crate) kind: Kind,
    /// Where it serves.
    pub(crate) listen: SocketAddr,
    /// Where its faults are switched; none if it is not a process of Chirp's.
    pub(crate) admin_listen: Option<SocketAddr>,
    /// Where regions reach it that do not reach it at `listen`.
    reach: BTreeMap<RegionName, SocketAddr>,
}

impl ProviderConfig {
    /// Where a region reaches it.
    pub(crate) fn reached_from(&self, region: &RegionName) -> SocketAddr {
        self.reach.get(region).copied().unwrap_or(self.listen)
    }
}

/// `[third_party]`, checked.
pub(super) fn third_party(table: &ThirdPartyTable, mistakes: &mut Mistakes<'_>) -> ThirdPartyConfig {
    let timeout = mistakes.millis("timeout_ms", &table.timeout_ms, 120);
    let calls = CallRules {
        timeout,
        places: mistakes.number("places_max", &table.places_max, 64, 1..=10_000) as usize,
        retry: RetryRules {
            attempts_max: mistakes.number("attempts_max", &table.attempts_max, 3, 1..=20) as u32,
            wait_min: mistakes.millis("retry_ms_min", &table.retry_ms_min, 20),
            wait_max: mistakes.millis("retry_ms_max", &table.retry_ms_max, 200),
            budget_percent: mistakes.number("retry_percent", &table.retry_percent, 20, 0..=100) as u32,
            budget_burst: mistakes.number("retry_burst", &table.retry_burst, 20, 0..=10_000) as u32,
        },
        breaker: BreakerRules {
            window: mistakes.millis("breaker_window_ms", &table.breaker_window_ms, 10_000),
            calls_min: mistakes.number("breaker_calls_min", &table.breaker_calls_min, 5, 1..=10_000) as u32,
            failure_percent: mistakes.number("breaker_failure_percent", &table.breaker_failure_percent, 50, 1..=100)
                as u32,
            open_min: mistakes.millis("breaker_open_ms_min", &table.breaker_open_ms_min, 1000),
            open_max: mistakes.millis("breaker_open_ms_max", &table.breaker_open_ms_max, 15_000),
            probe_patience: timeout * 2,
        },
    };
    let orders = [
        ("retry_ms_max", &table.retry_ms_max, calls.retry.wait_max, "retry_ms_min", calls.retry.wait_min),
        (
            "breaker_open_ms_max",
            &table.breaker_open_ms_max,
            calls.breaker.open_max,
            "breaker_open_ms_min",
            calls.breaker.open_min,
        ),
    ];
    for (max_key, written, max, min_key, min) in orders {
        if let Some(written) = written
            && max < min
        {
            let message = format!("{max_key} = {} is below {min_key} = {}", written.get_ref(), min.as_millis());
            mistakes.at(written.span(), message, format!("make it at least {min_key}"));
        }
    }
    ThirdPartyConfig {
        budget: mistakes.millis("budget_ms", &table.budget_ms, 250),
        calls,
        push_queue_max: mistakes.number("push_queue_max", &table.push_queue_max, 1000, 1..=1_000_000) as usize,
        push_workers: mistakes.number("push_workers", &table.push_workers, 4, 1..=256) as usize,
        push_patience: mistakes.millis("push_patience_ms", &table.push_patience_ms, 30_000),
    }
}

/// All `[[provider]]`, checked.
pub(super) fn providers(
    tables: &[ProviderTable],
    regions: &[RegionName],
    mistakes: &mut Mistakes<'_>,
) -> Vec<ProviderConfig> {
    let mut providers: Vec<ProviderConfig> = Vec::new();
    for table in tables {
        let name = table.name.get_ref();
        if RegionName::parse(name).is_err() {
            let message = format!("`{name}` is not a name of a provider");
            mistakes.at(table.name.span(), message, "1 to 32 of a-z, 0-9 and -, such as previews-a");
        }
        if providers.iter().any(|other| other.name == *name) {
            mistakes.at(table.name.span(), format!("provider {name} is there twice"), "give each its own name");
        }
        let kind = Kind::ALL.into_iter().find(|kind| kind.name() == table.kind.get_ref());
        if kind.is_none() {
            let known: Vec<&str> = Kind::ALL.iter().map(|kind| kind.name()).collect();
            let message = format!("kind = \"{}\" is not a kind of third party", table.kind.get_ref());
            mistakes.at(table.kind.span(), message, format!("there are: {}", known.join(", ")));
        }
        let admin_listen = table.admin_listen.as_ref();
        providers.push(ProviderConfig {
            name: name.clone(),
            kind: kind.unwrap_or(Kind::Previews),
            listen: mistakes.address("listen", &table.listen),
            admin_listen: admin_listen.map(|written| mistakes.address("admin_listen", written)),
            reach: reach(table, regions, mistakes),
        });
    }
    providers
}

fn reach(
    table: &ProviderTable,
    regions: &[RegionName],
    mistakes: &mut Mistakes<'_>,
) -> BTreeMap<RegionName, SocketAddr> {
    let mut reach = BTreeMap::new();
    for (region, written) in &table.reach {
        let address = mistakes.address(region, written);
        match regions.iter().find(|known| known.as_str() == region) {
            Some(known) => {
                reach.insert(known.clone(), address);
            }
            None => {
                let message = format!("{region} in `reach` of provider {} is no region", table.name.get_ref());
                mistakes.at(written.span(), message, format!("there are: {}", joined(regions)));
            }
        }
    }
    reach
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may panic")]

    use std::path::Path;

    use super::super::{Config, ConfigError};
    use super::*;

    const REGION: &str = r#"
[[region]]
name = "eu"
listen = "127.2.0.1:7400"
peer_listen = "127.2.0.1:7401"
data = "data/eu"
"#;

    fn parse(text: &str) -> Result<Config, ConfigError> {
        Config::parse(Path::new("/etc/chirp.toml"), &format!("{text}{REGION}"))
    }

    #[test]
    fn providers_are_read_in_their_order_with_where_each_region_reaches_them() {
        let config = parse(
            r#"
[third_party]
budget_ms = 80
timeout_ms = 30
[[provider]]
name = "previews-b"
kind = "previews"
listen = "127.70.0.1:7600"
[[provider]]
name = "previews-a"
kind = "previews"
listen = "127.70.0.2:7600"
admin_listen = "127.70.0.2:7601"
[provider.reach]
eu = "127.2.0.9:7600"
"#,
        )
        .unwrap();
        let (eu, us) = (RegionName::parse("eu").unwrap(), RegionName::parse("us").unwrap());
        let names: Vec<&str> = config.providers.iter().map(|provider| provider.name.as_str()).collect();
        assert_eq!(names, ["previews-b", "previews-a"]);
        assert_eq!(config.providers[0].reached_from(&eu), "127.70.0.1:7600".parse().unwrap());
        assert_eq!(config.providers[1].reached_from(&eu), "127.2.0.9:7600".parse().unwrap());
        assert_eq!(config.providers[1].reached_from(&us), config.providers[1].listen);
        assert_eq!(config.third_party.budget, Duration::from_millis(80));
        assert_eq!(config.third_party.calls.breaker.probe_patience, Duration::from_millis(60));
        assert_eq!(config.third_party.push_workers, 4);
    }

    #[test]
    fn mistakes_are_told_all_at_once() {
        let error = parse(
            r#"
[third_party]
retry_ms_min = 20
retry_ms_max = 10
breaker_open_ms_min = 20
breaker_open_ms_max = 10
breaker_failure_percent = 101
[[provider]]
name = "A b"
kind = "weather"
listen = "here"
[[provider]]
name = "A b"
kind = "media"
listen = "127.70.0.1:7600"
[provider.reach]
mars = "127.2.0.9:7600"
"#,
        )
        .unwrap_err();
        let ConfigError::Mistaken { mistakes, .. } = &error else { panic!("{error}") };
        let text = error.to_string();
        for part in [
            "line 4: retry_ms_max = 10 is below retry_ms_min = 20",
            "line 6: breaker_open_ms_max = 10 is below breaker_open_ms_min = 20",
            "line 7: breaker_failure_percent = 101 is out of range",
            "line 9: `A b` is not a name of a provider",
            "line 10: kind = \"weather\" is not a kind of third party",
            "there are: previews, media, pushes",
            "line 11: listen = \"here\" is not an address",
            "line 13: provider A b is there twice",
            "line 17: mars in `reach` of provider A b is no region",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert_eq!(mistakes.len(), 9, "{text}");
    }
}
