//! Which load is tried next: up by a factor until something breaks, then into the middle of what is left.
//!
//! ```text
//!   ramp   ×0.25 held   ×0.5 held   ×1 held   ×2 held   ×4 broke, broke again
//!   bisect                                        ×2.83 held   ×3.36 broke, broke again   ×3.08 held   ×3.22 held
//!   knee                                                                           [ ×3.22 … ×3.36 ]
//! ```
//!
//! The middle is the geometric one: a load is a scale, and the precision is a ratio. Steps between are rounded to three digits.
//!
//! **Once is noise.** A step that broke is tried again with the same load; it counts as broken when both broke, and as held when
//! the second held (the answer names it as unsteady). A step that held is not tried again: the search costs half as much, and
//! the interval's lower end is one run that kept its promises.
//!
//! **The generator's edge is not the target's.** A step that can't be told, because the generator was late or for another reason,
//! is tried again as well. If it still can't be told, the search goes on below it, for the knee may be there; but such a load is
//! never an end of the interval. A ramp goes on over a load that is too little to judge, for more load has more samples.
//!
//! **Several variants.** A load may have to hold in several variants of the plan, one run each: it holds when it held in all,
//! and it broke when it broke in one, twice. The variant that did not hold is tried first from then on, so that a load that
//! is too much costs two runs, however many variants there are.

use crate::seen::Seen;
use std::num::NonZeroUsize;

/// The largest factor: a thousand times the plan is another plan.
pub const FACTOR_MAX: f64 = 1_000.0;
/// The smallest factor.
pub const FACTOR_MIN: f64 = 0.001;

/// Where is looked, and how closely.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range {
    from: f64,
    to: f64,
    ramp: f64,
    precision: f64,
}

/// A range that can't be searched.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RangeError {
    /// The ends.
    #[error(
        "a search goes from a smaller factor to a larger one, within {FACTOR_MIN} and {FACTOR_MAX}, not from {from} to {to}"
    )]
    Ends {
        /// Its beginning.
        from: f64,
        /// Its end.
        to: f64,
    },
    /// The ramp.
    #[error("each step of the ramp is 1.1 to 10 times the one before, not {0} times")]
    Ramp(f64),
    /// The precision.
    #[error("the interval may be 1% to 100% wide, not {}%", .0 * 100.0)]
    Precision(f64),
}

impl Range {
    /// From the factor `from` up to `to`, by steps of `ramp` times; the knee's interval is to be no wider than `precision` of its
    /// lower end.
    ///
    /// # Errors
    /// [`RangeError`] for what can't be searched.
    pub fn new(from: f64, to: f64, ramp: f64, precision: f64) -> Result<Self, RangeError> {
        if !(FACTOR_MIN..=FACTOR_MAX).contains(&from) || !(FACTOR_MIN..=FACTOR_MAX).contains(&to) || from > to {
            return Err(RangeError::Ends { from, to });
        }
        if !(1.1..=10.0).contains(&ramp) {
            return Err(RangeError::Ramp(ramp));
        }
        if !(0.01..=1.0).contains(&precision) {
            return Err(RangeError::Precision(precision));
        }
        Ok(Self { from, to, ramp, precision })
    }

    /// The smallest factor that is tried.
    #[must_use]
    pub fn from(&self) -> f64 {
        self.from
    }

    /// The largest factor that is tried.
    #[must_use]
    pub fn to(&self) -> f64 {
        self.to
    }

    /// How much larger each step of the ramp is.
    #[must_use]
    pub fn ramp(&self) -> f64 {
        self.ramp
    }

    /// How wide the interval may be, as a share of its lower end.
    #[must_use]
    pub fn precision(&self) -> f64 {
        self.precision
    }

    /// No search of this range tries more loads, whatever is seen.
    #[must_use]
    #[expect(clippy::cast_sign_loss, reason = "logarithms of ratios above 1")]
    pub fn loads_max(&self) -> u32 {
        let ramp = ((self.to / self.from).ln() / self.ramp.ln()).ceil() as u32 + 1;
        let halves = (self.ramp.ln() / (1.0 + self.precision).ln()).log2().ceil().max(0.0) as u32;
        // One more for the rounding of the middle.
        ramp + halves + 1
    }

    /// Whether these two are as close as wanted.
    fn is_close(&self, held: f64, above: f64) -> bool {
        above <= held * (1.0 + self.precision) * (1.0 + 1e-9)
    }
}

/// A step that is to be made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ask {
    /// The plan's load times this.
    pub factor: f64,
    /// Which variant of the plan, from 0.
    pub variant: usize,
    /// Whether it is the second time.
    pub repeats: bool,
}

/// A load that could not be told.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Untold {
    /// The plan's load times this.
    pub factor: f64,
    /// Whether the generator was the reason.
    pub by_generator: bool,
}

/// A search under way.
#[derive(Debug, Clone)]
pub struct Search {
    range: Range,
    /// In the order in which they are tried.
    variants: Vec<usize>,
    /// The load that is under way.
    under_way: Option<f64>,
    /// In so many variants it held.
    passed: usize,
    /// What the step that waits for being repeated has shown.
    first: Option<Seen>,
    /// The last load of the ramp.
    ramped: Option<f64>,
    held: Option<f64>,
    broke: Option<(f64, usize)>,
    untold: Option<Untold>,
    unsteady: Vec<f64>,
}

impl Search {
    /// Nothing was tried yet. A load has to hold in so many `variants` of the plan.
    #[must_use]
    pub fn new(range: Range, variants: NonZeroUsize) -> Self {
        Self {
            range,
            variants: (0..variants.get()).collect(),
            under_way: None,
            passed: 0,
            first: None,
            ramped: None,
            held: None,
            broke: None,
            untold: None,
            unsteady: Vec::new(),
        }
    }

    /// Where is looked.
    #[must_use]
    pub fn range(&self) -> Range {
        self.range
    }

    /// No search takes more steps than this one may, whatever is seen: each may be repeated.
    #[must_use]
    pub fn steps_max(&self) -> usize {
        2 * self.variants.len() * self.range.loads_max() as usize
    }

    /// The largest load that held, in each variant.
    #[must_use]
    pub fn held(&self) -> Option<f64> {
        self.held
    }

    /// The smallest load that broke, twice.
    #[must_use]
    pub fn broke(&self) -> Option<f64> {
        self.broke.map(|(factor, _)| factor)
    }

    /// The variant in which it broke.
    #[must_use]
    pub fn binding(&self) -> Option<usize> {
        self.broke.map(|(_, variant)| variant)
    }

    /// The smallest load that could not be told, twice.
    #[must_use]
    pub fn untold(&self) -> Option<Untold> {
        self.untold
    }

    /// Loads that did not hold the first time and held the second, in the order in which they were tried.
    #[must_use]
    pub fn unsteady(&self) -> &[f64] {
        &self.unsteady
    }

    /// Whether held and broke are as close as wanted.
    #[must_use]
    pub fn is_found(&self) -> bool {
        self.held.zip(self.broke()).is_some_and(|(held, broke)| self.range.is_close(held, broke))
    }

    /// The next step; `None`: there is nothing more to be learnt.
    #[must_use]
    pub fn next(&self) -> Option<Ask> {
        let factor = self.under_way.or_else(|| self.next_load())?;
        Some(Ask { factor, variant: self.variants[self.passed], repeats: self.first.is_some() })
    }

    fn next_load(&self) -> Option<f64> {
        match (self.ceiling(), self.held) {
            (None, _) => self.next_of_ramp(),
            (Some(_), None) => None,
            (Some(ceiling), Some(held)) => middle(held, ceiling).filter(|_| !self.range.is_close(held, ceiling)),
        }
    }

    /// What the step that [`Self::next`] gave has shown.
    ///
    /// # Panics
    /// There is no next step.
    pub fn take(&mut self, seen: Seen) {
        let Ask { factor, variant, .. } = self.next().expect("only a step that was asked for can be seen");
        if self.ceiling().is_none() {
            self.ramped = Some(factor);
        }
        self.under_way = Some(factor);
        match (self.first.take(), seen) {
            (None, Seen::Held) => self.passes(factor),
            (None, Seen::TooLittle) if self.ceiling().is_none() => self.is_over(),
            (None, seen) => self.first = Some(seen),
            (Some(_), Seen::Held) => {
                if !self.unsteady.contains(&factor) {
                    self.unsteady.push(factor);
                }
                self.passes(factor);
            }
            (Some(Seen::Broke), Seen::Broke) => {
                self.broke = Some((factor, variant));
                self.fails();
            }
            (Some(first), second) => {
                let by_generator = first == Seen::GeneratorLate || second == Seen::GeneratorLate;
                self.untold = Some(Untold { factor, by_generator });
                self.fails();
            }
        }
    }

    /// The load held in one more variant.
    fn passes(&mut self, factor: f64) {
        self.passed += 1;
        if self.passed == self.variants.len() {
            self.held = Some(factor);
            self.is_over();
        }
    }

    /// It did not in this one, which is tried first from now on.
    fn fails(&mut self) {
        self.variants[..=self.passed].rotate_right(1);
        self.is_over();
    }

    fn is_over(&mut self) {
        (self.under_way, self.passed) = (None, 0);
    }

    /// The smallest load that is known not to be below the knee.
    fn ceiling(&self) -> Option<f64> {
        let untold = self.untold.map(|untold| untold.factor);
        self.broke().into_iter().chain(untold).min_by(f64::total_cmp)
    }

    fn next_of_ramp(&self) -> Option<f64> {
        let Range { from, to, ramp, .. } = self.range;
        match self.ramped {
            None => Some(from),
            Some(last) if last >= to => None,
            // A last step that is next to nothing is taken with the one before.
            Some(last) => Some(if last * ramp * 1.01 >= to { to } else { rounded(last * ramp) }),
        }
    }
}

/// The geometric middle, with three digits where that is still between them; `None`: there is none.
fn middle(held: f64, above: f64) -> Option<f64> {
    let exact = (held * above).sqrt();
    [rounded(exact), exact].into_iter().find(|middle| held < *middle && *middle < above)
}

/// To three significant digits.
fn rounded(factor: f64) -> f64 {
    let unit = 10_f64.powf(factor.log10().floor() - 2.0);
    // Dividing by a power of ten keeps the shortest decimal, where multiplying by its inverse would not.
    if unit < 1.0 { (factor / unit).round() / (1.0 / unit).round() } else { (factor / unit).round() * unit }
}

#[cfg(test)]
mod tests;
