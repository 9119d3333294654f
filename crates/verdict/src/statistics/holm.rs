//! Many questions at once (Holm 1979): with twenty regions and four numbers each, four of eighty honest tests at 5 % alarm by
//! chance. Holm's step-down keeps the chance of *any* false alarm below α, and refuses less than Bonferroni.

/// The p-values adjusted for being asked together, in their order: one below α is significant in the family.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "a family is far below 2^53")]
pub fn adjusted(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|one, other| p[*one].total_cmp(&p[*other]));
    let mut adjusted = vec![1.0; p.len()];
    let mut least: f64 = 0.0;
    for (rank, index) in order.into_iter().enumerate() {
        // Whoever comes later in order of p can't be more significant than those before.
        least = least.max((p[index] * (p.len() - rank) as f64).min(1.0));
        adjusted[index] = least;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_those_of_the_books_example() {
        let cases: [(&[f64], &[f64]); 4] = [
            (&[0.01, 0.04, 0.03, 0.005], &[0.03, 0.06, 0.06, 0.02]),
            (&[0.5, 0.9], &[1.0, 1.0]),
            (&[0.04], &[0.04]),
            (&[], &[]),
        ];
        for (p, expected) in cases {
            let found = adjusted(p);
            let same = found.iter().zip(expected).all(|(one, other)| (one - other).abs() < 1e-12);
            assert!(same && found.len() == expected.len(), "{p:?}: {found:?}");
        }
    }
}
