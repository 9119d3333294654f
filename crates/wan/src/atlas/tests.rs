//! The atlas against its sources.

#![expect(clippy::unwrap_used, reason = "tests may panic")]

use super::*;

fn round_trip_ms(from: &str, to: &str) -> f64 {
    Atlas::embedded().backbone(from, to).unwrap().round_trip.as_secs_f64() * 1e3
}

fn measured_by(from: &str, to: &str) -> String {
    match Atlas::embedded().backbone(from, to).unwrap().basis {
        PathBasis::Measured { source } => source,
        other => panic!("{from} to {to} is {other:?}"),
    }
}

#[test]
fn measured_pairs_are_the_mean_of_both_directions() {
    // (from, to, mean of the two rows of the table, source)
    let figures = [
        ("us-east-1", "eu-west-1", (69.736 + 69.622) / 2.0, "cloudping-2025-07"),
        ("me-south-1", "us-west-2", (262.9 + 214.9) / 2.0, "cloudping-2025-07"),
    ];
    for (from, to, expected, source) in figures {
        assert!((round_trip_ms(from, to) - expected).abs() < 0.1, "{from} to {to}: {}", round_trip_ms(from, to));
        assert_eq!(measured_by(from, to), source);
        assert!((round_trip_ms(from, to) - round_trip_ms(to, from)).abs() < f64::EPSILON, "a path has one length");
    }
}

#[test]
fn one_measured_direction_is_enough() {
    // The Aptos table has Google Cloud to AWS, not back.
    assert_eq!(measured_by("us-central1", "eu-west-1"), measured_by("eu-west-1", "us-central1"));
    assert!(
        (round_trip_ms("us-central1", "eu-west-1") - round_trip_ms("eu-west-1", "us-central1")).abs() < f64::EPSILON
    );
}

#[test]
fn the_aws_matrix_is_complete_with_its_diagonal() {
    let without = ["ap-southeast-6", "cn-north-1", "cn-northwest-1", "us-gov-east-1", "us-gov-west-1"];
    let aws: Vec<String> = tables::regions()
        .into_iter()
        .take(38)
        .map(|region| region.place.code.as_str().to_owned())
        .filter(|code| !without.contains(&code.as_str()))
        .collect();
    assert_eq!(aws.len(), 33);
    for from in &aws {
        for to in &aws {
            assert_eq!(measured_by(from, to), "cloudping-2025-07", "{from} to {to}");
        }
    }
}

#[test]
fn nothing_is_faster_than_light_in_fibre() {
    let atlas = Atlas::embedded();
    let codes: Vec<&str> = atlas.places().map(|place| place.code.as_str()).collect();
    assert_eq!(codes.len(), 152);
    let mut nearest = (f64::MAX, "", "");
    for from in &codes {
        for to in &codes {
            let light = 2.0 * atlas.kilometres(from, to).unwrap() / FIBRE_KM_PER_MS;
            let round_trip = round_trip_ms(from, to);
            assert!(round_trip >= light, "{from} to {to}: {round_trip} ms, light needs {light}");
            if light > 100.0 && measured_or_none(from, to) && round_trip / light < nearest.0 {
                nearest = (round_trip / light, from, to);
            }
        }
    }
    assert!((nearest.0 - 1.12).abs() < 0.01, "the source's nearest pair is 12 % above light, ours is {nearest:?}");
}

fn measured_or_none(from: &str, to: &str) -> bool {
    matches!(Atlas::embedded().backbone(from, to).unwrap().basis, PathBasis::Measured { .. })
}

#[test]
fn jitter_is_measured_where_the_source_has_it_else_the_median_of_the_cloud_pairs() {
    let jitter = |from, to| Atlas::embedded().backbone(from, to).unwrap().jitter;
    assert_ne!(jitter("us-east-1", "eu-west-1"), Duration::from_micros(5_200));
    assert!(jitter("us-east-1", "eu-west-1") > Duration::ZERO);
    assert_eq!(jitter("westeurope", "eastus"), Duration::from_micros(5_200), "Azure publishes one statistic");
}

#[test]
fn an_unmeasured_pair_uses_the_stretch_of_its_zones_and_says_so() {
    let atlas = Atlas::embedded();
    let backbone = atlas.backbone("eu-west-1", "northeurope").unwrap();
    assert_eq!(backbone.basis, PathBasis::ZoneStretch { zones: "EU-EU".to_owned() });
    let cape_town = atlas.backbone("ap-southeast-6", "africa-south1").unwrap();
    assert_eq!(cape_town.basis, PathBasis::ZoneStretch { zones: "AF-OC".to_owned() });
    let kilometres = atlas.kilometres("ap-southeast-6", "africa-south1").unwrap();
    let expected = 1.0 + 2.92 * 2.0 * kilometres / 200.0;
    assert!((cape_town.round_trip.as_secs_f64() * 1e3 - expected).abs() < 0.01);
}

#[test]
fn india_and_the_middle_east_are_zones_of_their_own() {
    let zones = |from, to| Atlas::embedded().backbone(from, to).unwrap().basis;
    for (from, to, expected) in [
        ("ap-south-1", "asia-south2", "IN-IN"),
        ("me-central-1", "uaenorth", "ME-ME"),
        ("ap-south-1", "uaenorth", "IN-ME"),
    ] {
        assert_eq!(zones(from, to), PathBasis::ZoneStretch { zones: expected.to_owned() }, "{from} to {to}");
    }
}

#[test]
fn a_pair_of_zones_without_stretch_uses_the_line_and_says_so() {
    let atlas = Atlas::embedded();
    let backbone = atlas.backbone("sa-east-1", "southamerica-west1").unwrap();
    let kilometres = atlas.kilometres("sa-east-1", "southamerica-west1").unwrap();
    assert_eq!(backbone.basis, PathBasis::Line { kilometres: kilometres.round() as u32 });
    let expected = 6.3 + 0.016_3 * kilometres;
    assert!((backbone.round_trip.as_secs_f64() * 1e3 - expected).abs() < 0.01);
}

#[test]
fn a_place_to_itself_is_its_measured_diagonal_or_a_millisecond() {
    assert!((round_trip_ms("af-south-1", "af-south-1") - 4.456).abs() < 0.001);
    assert!((round_trip_ms("westeurope", "westeurope") - 1.0).abs() < f64::EPSILON);
    assert!((round_trip_ms("southamerica-east1", "southamerica-east1") - 1.0).abs() < f64::EPSILON);
}

#[test]
fn great_circles_are_right() {
    let atlas = Atlas::embedded();
    // London to New York is 5,570 km by any table; Ashburn lies 350 km further.
    assert!((great_circle_km((51.5074, -0.1278), (40.7128, -74.0060)) - 5_570.0).abs() < 5.0);
    assert!((great_circle_km((0.0, 179.5), (0.0, -179.5)) - 111.2).abs() < 0.1, "over the date line");
    assert!((atlas.kilometres("eu-west-2", "us-east-1").unwrap() - 5_920.0).abs() < 30.0);
}

#[test]
fn places_answer_to_code_and_alias_in_any_case() {
    let code = |name| Atlas::embedded().place(name).map(|place| place.code.as_str().to_owned());
    let cases = [
        ("us-east-1", "us-east-1"),
        ("US-East-1", "us-east-1"),
        ("amazon:us:ashburn", "us-east-1"),
        ("amazon:br:São Paulo", "sa-east-1"),
        (" dub ", "eu-west-1"),
        ("westeurope", "westeurope"),
    ];
    for (name, expected) in cases {
        assert_eq!(code(name).as_deref(), Some(expected), "{name}");
    }
    assert_eq!(code("atlantis"), None);
    assert!(Atlas::embedded().backbone("atlantis", "eu-west-1").is_none());
}

#[test]
fn misspelt_places_get_hints() {
    let hints = |name| Atlas::embedded().similar_places(name);
    assert_eq!(hints("eu-wset-1")[0], "eu-west-1");
    assert!(hints("us-eats-1").contains(&"us-east-1".to_owned()));
    assert!(hints("something else entirely").is_empty());
}

#[test]
fn access_profiles_keep_empty_cells_empty() {
    let atlas = Atlas::embedded();
    let cable = atlas.access("fcc-cable").unwrap();
    assert_eq!((cable.round_trip, cable.up, cable.down), (Duration::from_millis(18), None, None));
    let dsl = atlas.access("WPT-DSL").unwrap();
    assert_eq!(dsl.up.unwrap().bits_per_second(), 384_000);
    assert_eq!(dsl.down.unwrap().bits_per_second(), 1_500_000);
    assert_eq!(atlas.access("none").unwrap().round_trip, Duration::ZERO);
    assert!(atlas.access("ookla-5g-world-2021q3").is_none(), "no round trip, no place on a path");
    assert_eq!(atlas.access_profiles().len(), 36);
    assert_eq!(atlas.access_profiles()[0], "none");
}

#[test]
fn edits_count_insertions_removals_replacements_and_swaps() {
    let cases =
        [("", "", 0), ("abc", "", 3), ("abc", "abd", 1), ("abc", "acb", 1), ("abc", "abxc", 1), ("ab", "ba", 1)];
    for (one, other, expected) in cases {
        assert_eq!(edits(one, other), expected, "{one} to {other}");
        assert_eq!(edits(other, one), expected, "{other} to {one}");
    }
}
