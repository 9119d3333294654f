//! The embedded tables, read once. Where each figure comes from is in `geo/SOURCES.md`.

use plan::{geography::Place, resolved::AccessProfile};
use std::{collections::BTreeMap, time::Duration};
use units::{Bandwidth, RegionName};

const REGIONS: &str = include_str!("../../geo/regions.csv");
const ROUND_TRIPS: &str = include_str!("../../geo/rtt.csv");
const STRETCH: &str = include_str!("../../geo/stretch.csv");
const ACCESS: &str = include_str!("../../geo/access.csv");

/// A row of `regions.csv`.
#[derive(Debug, Clone)]
pub(super) struct Region {
    pub(super) place: Place,
    /// The continent, or the part of it that networks treat as its own.
    pub(super) zone: String,
    pub(super) aliases: Vec<String>,
}

/// A row of `rtt.csv`: one direction.
#[derive(Debug, Clone)]
pub(super) struct Measured {
    pub(super) round_trip_ms: f64,
    pub(super) p90_ms: Option<f64>,
    pub(super) source: String,
}

pub(super) fn regions() -> Vec<Region> {
    let region = |row: Row| {
        let (continent, country) = (row.text("continent"), row.text("country"));
        Region {
            zone: zone(&continent, &country),
            aliases: row.text("aliases").split(';').filter(|alias| !alias.is_empty()).map(str::to_owned).collect(),
            place: Place {
                code: RegionName::new(row.text("code")),
                name: row.text("name"),
                latitude: row.required("lat"),
                longitude: row.required("lon"),
                continent,
            },
        }
    };
    rows(REGIONS).map(region).collect()
}

pub(super) fn round_trips() -> BTreeMap<(String, String), Measured> {
    let measured = |row: Row| {
        let figures = Measured {
            round_trip_ms: row.required("rtt_ms"),
            p90_ms: row.number("p90_ms"),
            source: row.text("source"),
        };
        ((row.text("from"), row.text("to")), figures)
    };
    rows(ROUND_TRIPS).map(measured).collect()
}

/// The median stretch factor by pair of zones, in order of the alphabet.
pub(super) fn stretch() -> BTreeMap<(String, String), f64> {
    rows(STRETCH).map(|row| ((row.text("zone_a"), row.text("zone_b")), row.required("stretch_p50"))).collect()
}

/// The profiles that have a round trip, in the table's order.
pub(super) fn access() -> Vec<AccessProfile> {
    let profile = |row: Row| {
        Some(AccessProfile {
            name: row.text("profile"),
            round_trip: milliseconds(row.number("rtt_ms")?),
            jitter: milliseconds(row.number("jitter_ms").unwrap_or(0.0)),
            up: row.number("up_mbps").and_then(megabits),
            down: row.number("down_mbps").and_then(megabits),
        })
    };
    rows(ACCESS).filter_map(profile).collect()
}

/// Milliseconds as a duration, exact to the microsecond.
pub(super) fn milliseconds(value: f64) -> Duration {
    Duration::from_micros((value * 1e3).round() as u64)
}

/// Continents, except that India and the Middle East are zones of their own: their cables are.
fn zone(continent: &str, country: &str) -> String {
    match country {
        "IN" => "IN",
        "AE" | "BH" | "IL" | "QA" | "SA" => "ME",
        _ => continent,
    }
    .to_owned()
}

#[expect(clippy::cast_sign_loss, reason = "no table has a negative bandwidth; a negative one would become none")]
fn megabits(value: f64) -> Option<Bandwidth> {
    Bandwidth::from_bits_per_second((value * 1e6).round() as u64)
}

/// A row with the names of its columns.
struct Row {
    header: csv::StringRecord,
    cells: csv::StringRecord,
}

fn rows(table: &'static str) -> impl Iterator<Item = Row> {
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let header = reader.headers().expect("an embedded table has a header").clone();
    let cells = reader.into_records().map(|row| row.expect("an embedded table is well-formed"));
    cells.map(move |cells| Row { header: header.clone(), cells })
}

impl Row {
    fn text(&self, column: &str) -> String {
        let position = self.header.iter().position(|name| name == column);
        self.cells.get(position.expect("an embedded table has its columns")).unwrap_or_default().to_owned()
    }

    /// `None` for an empty cell: the source gives no figure.
    fn number(&self, column: &str) -> Option<f64> {
        let text = self.text(column);
        (!text.is_empty()).then(|| text.parse().expect("an embedded table's figures are numbers"))
    }

    fn required(&self, column: &str) -> f64 {
        self.number(column).expect("an embedded table has this figure in each row")
    }
}
