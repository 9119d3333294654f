//! A small world: five places, two access profiles.

use plan::{
    geography::{Backbone, Geography, Place},
    resolved::{AccessProfile, PathBasis},
};
use std::time::Duration;
use units::{Bandwidth, RegionName};

/// Code, alias, name, continent, degrees north and east.
const PLACES: [(&str, &str, &str, &str, f64, f64); 5] = [
    ("us-east-1", "iad", "US East (N. Virginia)", "NA", 39.04, -77.49),
    ("eu-west-1", "dub", "Europe (Ireland)", "EU", 53.33, -6.25),
    ("eu-west-2", "lhr", "Europe (London)", "EU", 51.51, -0.13),
    ("ap-southeast-1", "sin", "Asia Pacific (Singapore)", "AS", 1.29, 103.85),
    ("sa-east-1", "gru", "South America (São Paulo)", "SA", -23.55, -46.64),
];

/// Round trips in milliseconds, in the order of the places.
const ROUND_TRIPS: [[u64; 5]; 5] = [
    [4, 68, 76, 218, 114],
    [68, 3, 12, 176, 178],
    [76, 12, 3, 168, 188],
    [218, 176, 168, 2, 326],
    [114, 178, 188, 326, 3],
];

pub(crate) struct World;

fn index(code: &str) -> Option<usize> {
    PLACES.iter().position(|(own, alias, ..)| [*own, *alias].contains(&code))
}

impl Geography for World {
    fn place(&self, code: &str) -> Option<Place> {
        let (code, _, name, continent, latitude, longitude) = PLACES[index(code)?];
        let (name, continent) = (name.to_owned(), continent.to_owned());
        Some(Place { code: RegionName::new(code), name, latitude, longitude, continent })
    }

    fn backbone(&self, from: &str, to: &str) -> Option<Backbone> {
        let round_trip = Duration::from_millis(ROUND_TRIPS[index(from)?][index(to)?]);
        let basis = PathBasis::Measured { source: "small-world".to_owned() };
        Some(Backbone { round_trip, jitter: Duration::from_millis(5), basis })
    }

    fn access(&self, profile: &str) -> Option<AccessProfile> {
        let (round_trip, jitter, mbit) = match profile {
            "fcc-cable" => (18, 4, 100_000_000),
            "fcc-dsl" => (30, 8, 10_000_000),
            _ => return None,
        };
        Some(AccessProfile {
            name: profile.to_owned(),
            round_trip: Duration::from_millis(round_trip),
            jitter: Duration::from_millis(jitter),
            up: Bandwidth::from_bits_per_second(mbit / 10),
            down: Bandwidth::from_bits_per_second(mbit),
        })
    }

    fn similar_places(&self, code: &str) -> Vec<String> {
        let start = code.split('-').next().unwrap_or_default();
        PLACES.iter().filter(|place| place.0.starts_with(start)).map(|place| place.0.to_owned()).collect()
    }

    fn access_profiles(&self) -> Vec<String> {
        vec!["fcc-cable".to_owned(), "fcc-dsl".to_owned()]
    }
}

/// The files of a folder under `tests/plans`, by name, as the plan's author would name them.
pub(crate) fn plans(folder: &str) -> Vec<(String, plan::Source)> {
    let path = std::path::Path::new("tests/plans").join(folder);
    let mut files: Vec<_> =
        std::fs::read_dir(&path).expect("the folder is there").collect::<Result<_, _>>().expect("it can be read");
    files.sort_by_key(std::fs::DirEntry::file_name);
    let read = |file: std::fs::DirEntry| {
        let name = file.path().file_stem().expect("a file has a name").to_string_lossy().into_owned();
        (name, plan::Source::read(path.join(file.file_name())).expect("it is text"))
    };
    files.into_iter().map(read).collect()
}
