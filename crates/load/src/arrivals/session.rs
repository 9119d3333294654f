//! The partly open model: a session walks a geometric number of journeys.
//!
//! After each journey the user stays with probability p = 1 − 1/mean, so P(K ≥ k) = p^(k−1), which inverts to
//! K = 1 + ⌊ln(1 − u) / ln p⌋ for an even u. (Schroeder, Wierman, Harchol-Balter 2006: up to 5 requests a session the system
//! behaves as an open one, from 10 as a closed one.)

use super::Draws;

/// Nobody walks more journeys than this in one session: with a mean of 100 one session in 10^43 would.
const JOURNEYS_MAX: u32 = 10_000;

/// How many journeys the session whose draws these are walks, 1..=10,000, on average `mean` (≥ 1).
#[must_use]
#[expect(clippy::cast_sign_loss, reason = "both logarithms are negative, so the quotient is positive")]
pub fn journeys_in_session(mean: f64, draws: &mut Draws) -> u32 {
    let stay = 1.0 - 1.0 / mean;
    let drawn = 1.0 - draws.fraction();
    if stay.is_nan() || stay <= 0.0 {
        return 1;
    }
    let further = (drawn.ln() / stay.ln()).floor();
    if further >= f64::from(JOURNEYS_MAX) { JOURNEYS_MAX } else { 1 + further as u32 }
}
