//! Can we stop looking? Wald's sequential probability ratio test (1945) of a failing share, p₀ against p₁.
//!
//! Each request adds ln(p₁/p₀) if it failed and ln((1−p₁)/(1−p₀)) if not; at A = ln((1−β)/α) it is p₁, at B = ln(β/(1−α)) it is
//! p₀. With 0.1 % against 1 % and α = β = 1 %, two failures in a row decide, and by Wald's formula 668 requests do on average when
//! nothing is wrong, 320 when something is. The formula takes a decision to end exactly at A or B; a failure leaps beyond A, so
//! that it really takes about 390. It is for looking once at each request; whoever looks at several numbers needs more.

/// What the requests so far say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// The share is p₀.
    Usual,
    /// The share is p₁.
    Raised,
}

/// A sequential test that is under way.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sprt {
    failed: f64,
    succeeded: f64,
    raised: f64,
    usual: f64,
    ratio: f64,
}

impl Sprt {
    /// A test of `usual` (p₀) against `raised` (p₁), with `alpha` the chance to call p₀ raised and `beta` to call p₁ usual; all
    /// between 0 and 1, `usual` < `raised`.
    #[must_use]
    pub fn new(usual: f64, raised: f64, alpha: f64, beta: f64) -> Self {
        Self {
            failed: (raised / usual).ln(),
            succeeded: ((1.0 - raised) / (1.0 - usual)).ln(),
            raised: ((1.0 - beta) / alpha).ln(),
            usual: (beta / (1.0 - alpha)).ln(),
            ratio: 0.0,
        }
    }

    /// Requests it takes on average when the true share is `share`, by Wald's formula, where the chance to end at A is `at_raised`.
    #[must_use]
    pub fn requests_expected(&self, share: f64, at_raised: f64) -> f64 {
        let each = share * self.failed + (1.0 - share) * self.succeeded;
        (at_raised * self.raised + (1.0 - at_raised) * self.usual) / each
    }

    /// Takes the next request; `None`: not decided yet.
    pub fn take(&mut self, has_failed: bool) -> Option<Decision> {
        self.ratio += if has_failed { self.failed } else { self.succeeded };
        if self.ratio >= self.raised {
            Some(Decision::Raised)
        } else if self.ratio <= self.usual {
            Some(Decision::Usual)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::noise::Noise;

    fn test() -> Sprt {
        Sprt::new(0.001, 0.01, 0.01, 0.01)
    }

    #[test]
    fn two_failures_in_a_row_decide() {
        let mut sprt = test();
        assert!((sprt.raised - 4.595).abs() < 0.001, "{}", sprt.raised);
        assert_eq!(sprt.take(true), None);
        assert_eq!(sprt.take(true), Some(Decision::Raised));
    }

    #[test]
    fn it_takes_668_requests_when_nothing_is_wrong_and_320_when_something_is() {
        let cases = [(0.001, 0.01, 668.0, 670.0, Decision::Usual), (0.01, 0.99, 320.0, 390.0, Decision::Raised)];
        for (share, at_raised, by_formula, expected, right) in cases {
            let formula = test().requests_expected(share, at_raised);
            assert!((formula - by_formula).abs() < 1.0, "{share}: {formula} by the formula, expected {by_formula}");
            let mut noise = Noise::new(8);
            let (mut requests, mut wrong) = (0_u32, 0_u32);
            for _ in 0..2_000 {
                let mut sprt = test();
                let decision = loop {
                    requests += 1;
                    if let Some(decision) = sprt.take(noise.uniform() < share) {
                        break decision;
                    }
                };
                wrong += u32::from(decision != right);
            }
            let mean = f64::from(requests) / 2_000.0;
            assert!((mean / expected - 1.0).abs() < 0.04, "{share}: {mean}, expected {expected}");
            // One per cent of 2,000, with three standard deviations.
            assert!(wrong <= 34, "{share}: {wrong} of 2,000 were called wrong");
        }
    }
}
