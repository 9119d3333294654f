//! Distances: over the globe, and between misspelt names.

/// Mean radius of the earth, km (IUGG).
const EARTH_RADIUS_KM: f64 = 6_371.008_8;

/// Great-circle distance in km between two points in degrees north and east (haversine).
pub(super) fn great_circle_km(from: (f64, f64), to: (f64, f64)) -> f64 {
    let (from_north, to_north) = (from.0.to_radians(), to.0.to_radians());
    let north = (to_north - from_north) / 2.0;
    let east = (to.1 - from.1).to_radians() / 2.0;
    let square = north.sin().powi(2) + from_north.cos() * to_north.cos() * east.sin().powi(2);
    2.0 * EARTH_RADIUS_KM * square.sqrt().clamp(0.0, 1.0).asin()
}

/// Changes of one letter (insert, remove, replace, swap neighbours) that turn one text into the other.
pub(super) fn edits(one: &str, other: &str) -> usize {
    let one: Vec<char> = one.chars().collect();
    let other: Vec<char> = other.chars().collect();
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=other.len()).collect();
    for (row, letter) in one.iter().enumerate() {
        let mut current = vec![row + 1];
        for (column, candidate) in other.iter().enumerate() {
            let replaced = last[column] + usize::from(letter != candidate);
            let mut best = replaced.min(last[column + 1] + 1).min(current[column] + 1);
            let swapped = row > 0 && column > 0 && *letter == other[column - 1] && one[row - 1] == *candidate;
            if swapped {
                best = best.min(before_last[column - 1] + 1);
            }
            current.push(best);
        }
        before_last = std::mem::replace(&mut last, current);
    }
    last[other.len()]
}
