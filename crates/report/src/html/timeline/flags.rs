//! Places flags side by side: each as near to its instant as can be, none on top of another, in their order.

/// Where flags that want to stand at `wanted` (in any order) can stand: `distance` apart at least, within `ends`. Where
/// there is no room for that, they stand as far apart as there is.
pub(super) fn spread(wanted: &[f64], distance: f64, ends: (f64, f64)) -> Vec<f64> {
    let room = ends.1 - ends.0;
    let gaps = wanted.len().saturating_sub(1).max(1) as f64;
    let distance = distance.min(room / gaps);
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by(|left, right| wanted[*left].total_cmp(&wanted[*right]).then(left.cmp(right)));
    let mut placed = wanted.to_vec();
    let mut least = ends.0;
    for index in &order {
        placed[*index] = placed[*index].max(least);
        least = placed[*index] + distance;
    }
    let mut most = ends.1;
    for index in order.iter().rev() {
        placed[*index] = placed[*index].min(most);
        most = placed[*index] - distance;
    }
    placed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_stand_where_they_belong_or_beside_it() {
        let cases: [(&[f64], &[f64], &str); 5] = [
            (&[], &[], "no flags"),
            (&[10.0, 50.0], &[10.0, 50.0], "far apart"),
            (&[10.0, 12.0, 14.0], &[10.0, 30.0, 50.0], "too near"),
            (&[99.0, 98.0], &[100.0, 80.0], "at the end, and out of order"),
            (&[-5.0], &[0.0], "before the beginning"),
        ];
        for (wanted, placed, case) in cases {
            assert_eq!(spread(wanted, 20.0, (0.0, 100.0)), placed, "{case}");
        }
    }

    #[test]
    fn more_flags_than_room_stand_evenly() {
        let placed = spread(&[50.0; 11], 20.0, (0.0, 100.0));
        let gaps: Vec<_> = placed.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(gaps.iter().all(|gap| (gap - 10.0).abs() < 1e-9), "{placed:?}");
    }
}
