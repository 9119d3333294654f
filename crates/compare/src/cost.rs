//! What a deployment costs: instances × hours, and bytes between regions, at a price list.
//!
//! A month has 730 hours. The load is that of the comparison, all month long, without a failure: failures are rare, and what
//! they cost is in the other columns. Traffic to users is the same for all and left out; so is storage. Bytes are priced where
//! they leave a region, as clouds do. Prices are a list with its source and date, and anybody can bring their own.

use crate::run::{Machines, Traffic};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const HOURS_PER_MONTH: f64 = 730.0;
const SECONDS_PER_HOUR: f64 = 3_600.0;
const BYTES_PER_GB: f64 = 1e9;

/// Prices, with where they are from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriceList {
    /// What it is called: "AWS on demand".
    pub name: String,
    /// Where the prices are from.
    pub sources: Vec<String>,
    /// Of which day they are.
    pub date: String,
    /// `USD`.
    pub currency: String,
    /// What one instance is.
    pub instance: String,
    /// What it costs for an hour.
    pub instance_hour: f64,
    /// What a gigabyte (10⁹ bytes) costs that leaves a region for another.
    pub transfer_gb: f64,
    /// The same for regions where it differs, by name.
    #[serde(default)]
    pub transfer_gb_from: BTreeMap<String, f64>,
}

/// A price list that can't be used.
#[derive(Debug, thiserror::Error)]
pub enum PriceError {
    /// No TOML, or not that of a price list.
    #[error("this is no price list")]
    Malformed(#[from] toml::de::Error),
    /// A price that is none.
    #[error("{key} = {value} is no price")]
    NoPrice {
        /// Which.
        key: String,
        /// What stands there.
        value: f64,
    },
}

impl PriceList {
    /// The list that is built in.
    ///
    /// # Panics
    /// Never: a test reads it.
    #[must_use]
    pub fn built_in() -> Self {
        Self::read(include_str!("prices.toml")).expect("the list that is built in can be read")
    }

    /// Reads a price list.
    ///
    /// # Errors
    /// When it isn't one.
    pub fn read(text: &str) -> Result<Self, PriceError> {
        let list: Self = toml::from_str(text)?;
        let own = [("instance_hour", list.instance_hour), ("transfer_gb", list.transfer_gb)];
        let by_region = list.transfer_gb_from.iter().map(|(region, price)| (region.as_str(), *price));
        let bad = own.into_iter().chain(by_region).find(|(_, price)| !price.is_finite() || *price < 0.0);
        if let Some((key, value)) = bad {
            return Err(PriceError::NoPrice { key: key.to_owned(), value });
        }
        Ok(list)
    }

    fn transfer_from(&self, region: &str) -> f64 {
        self.transfer_gb_from.get(region).copied().unwrap_or(self.transfer_gb)
    }
}

/// What a deployment costs in a month, part by part.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cost {
    /// Instances that run all month.
    pub instances: u64,
    /// Instances × hours × price.
    pub instances_month: f64,
    /// Gigabytes between regions in a month at this load.
    pub transfer_gb_month: f64,
    /// What they cost.
    pub transfer_month: f64,
    /// Both together.
    pub month: f64,
}

/// Prices what ran.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
pub fn cost(prices: &PriceList, machines: Machines, traffic: &Traffic) -> Cost {
    let instances = machines.regions + machines.edges + machines.databases;
    let instances_month = instances as f64 * HOURS_PER_MONTH * prices.instance_hour;
    let windows = HOURS_PER_MONTH * SECONDS_PER_HOUR / traffic.window.as_secs_f64().max(f64::MIN_POSITIVE);
    let gigabytes = |bytes: u64| bytes as f64 * windows / BYTES_PER_GB;
    let transfer_gb_month = traffic.sent_bytes.values().map(|bytes| gigabytes(*bytes)).sum();
    let transfer_month =
        traffic.sent_bytes.iter().map(|(region, bytes)| gigabytes(*bytes) * prices.transfer_from(region)).sum();
    Cost { instances, instances_month, transfer_gb_month, transfer_month, month: instances_month + transfer_month }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_month_is_730_hours_of_instances_and_of_bytes() {
        let prices = PriceList { instance_hour: 0.1, transfer_gb: 0.02, ..PriceList::built_in() };
        let machines = Machines { regions: 3, edges: 0, databases: 0 };
        // 10 MB in ten seconds are 1 MB/s: 2,628 GB in 2,628,000 s.
        let sent = BTreeMap::from([("us-east-1".to_owned(), 4_000_000), ("ap-southeast-1".to_owned(), 6_000_000)]);
        let traffic = Traffic { window: Duration::from_secs(10), sent_bytes: sent, requests: None };
        let found = cost(&prices, machines, &traffic);
        assert_eq!(found.instances, 3);
        assert!((found.instances_month - 219.0).abs() < 1e-9);
        assert!((found.transfer_gb_month - 2_628.0).abs() < 1e-6);
        // 1,051.2 GB at 0.02 and 1,576.8 GB at the price of Singapore.
        assert!((found.transfer_month - (21.024 + 1_576.8 * 0.09)).abs() < 1e-6, "{found:?}");
        assert!((found.month - found.instances_month - found.transfer_month).abs() < 1e-9);
    }

    #[test]
    fn a_list_that_is_none_says_so() {
        let built_in = include_str!("prices.toml");
        let broken =
            |from: &str, to: &str| PriceList::read(&built_in.replace(from, to)).map_err(|error| error.to_string());
        assert_eq!(broken("transfer_gb = 0.02", "transfer_gb = -1.0"), Err("transfer_gb = -1 is no price".to_owned()));
        assert_eq!(broken("currency", "curency"), Err("this is no price list".to_owned()));
        assert!(broken("", "").is_ok());
    }
}
