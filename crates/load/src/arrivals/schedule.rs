//! One population's arrivals, one after the other: its share of the shape, in one of two textures.
//!
//! *Regular*: arrival n is due when share × Λ reaches n + φ, where φ in 0..1 is drawn once per population, so that several
//! populations don't arrive in step. *Poisson*: a process of rate 1 (sums of −ln u), carried through Λ⁻¹ (time rescaling), which
//! makes it a Poisson process of the shape's rate, whatever the shape.
//!
//! The n-th gap is a hash of n, so a part that owns some of the arrivals computes the very times that the whole would.
//!
//! Which arrivals there are says the texture; when they are due says the shape alone. So a load that is held ([`Schedule::follow`])
//! has the same arrivals at other times: none is lost, and none comes twice.

use super::{Shape, draws};
use plan::resolved::Arrivals;
use std::{sync::Arc, time::Duration};
use units::{Part, Seed, Share};

/// An arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    /// Its number among all arrivals of its population, from 0.
    pub number: u64,
    /// When the plan wants it, after the start of the load.
    pub intended: Duration,
}

/// The arrivals of one population that belong to one part, in order.
#[derive(Debug, Clone)]
pub struct Schedule {
    shape: Arc<Shape>,
    share: f64,
    part: Part,
    texture: Texture,
    /// The number of the next arrival to consider.
    number: u64,
    /// What is due before is somebody else's.
    from: Duration,
    /// The one that comes next, once somebody looked.
    next: Option<Next>,
    /// One has been taken.
    has_begun: bool,
}

/// The arrival that comes next.
#[derive(Debug, Clone, Copy)]
struct Next {
    number: u64,
    /// What share × Λ reaches when it is due.
    count: f64,
    /// When; `None`: not before the load ends.
    intended: Option<Duration>,
}

#[derive(Debug, Clone)]
enum Texture {
    Regular { phase: f64 },
    Poisson { gaps: Seed, reached: f64 },
}

impl Schedule {
    /// The part of a population's arrivals; `seed` is the population's own.
    #[must_use]
    pub fn new(shape: Arc<Shape>, share: Share, arrivals: Arrivals, seed: Seed, part: Part) -> Self {
        let seed = seed.derive("arrivals");
        let texture = match arrivals {
            Arrivals::Regular => Texture::Regular { phase: draws::fraction(seed.value()) },
            Arrivals::Poisson => Texture::Poisson { gaps: seed, reached: 0.0 },
        };
        Self {
            shape,
            share: share.fraction(),
            part,
            texture,
            number: 0,
            from: Duration::ZERO,
            next: None,
            has_begun: false,
        }
    }

    /// The same without the arrivals that are due before `from`: what is left for somebody who goes on then. Nothing of it depends on
    /// who generated what came before.
    #[must_use]
    pub fn since(mut self, from: Duration) -> Self {
        if !from.is_zero() {
            self.skip_far_before(from);
        }
        self.from = from;
        self
    }

    /// Leaves out what is due before `from` for sure. The inverse of the shape rounds, so the last few are left to
    /// [`Self::next`], which looks at their times themselves.
    #[expect(clippy::cast_sign_loss, reason = "clamped to zero and above")]
    fn skip_far_before(&mut self, from: Duration) {
        let surely = (self.shape.cumulative(from) * self.share - 2.0).max(0.0);
        match &mut self.texture {
            Texture::Regular { .. } => self.number = self.part.count_below(surely as u64),
            Texture::Poisson { gaps, reached } => {
                let mut after = *reached + gap(*gaps, self.number);
                while after < surely {
                    *reached = after;
                    self.number += 1;
                    after += gap(*gaps, self.number);
                }
            }
        }
    }

    /// How many arrivals of the whole population are due until `elapsed`, if they are regular; a Poisson process has no such
    /// formula.
    #[must_use]
    #[expect(clippy::cast_sign_loss, reason = "clamped to zero and above")]
    pub fn due(&self, elapsed: Duration) -> Option<u64> {
        let Texture::Regular { phase } = self.texture else { return None };
        let reached = self.shape.cumulative(elapsed) * self.share - phase;
        let mut count = (reached.floor() + 1.0).max(0.0) as u64;
        // The inverse rounds to nanoseconds; the intended times themselves decide.
        while count > 0 && self.regular(phase, count - 1).is_none_or(|intended| intended > elapsed) {
            count -= 1;
        }
        while self.regular(phase, count).is_some_and(|intended| intended <= elapsed) {
            count += 1;
        }
        Some(count)
    }

    fn regular(&self, phase: f64, number: u64) -> Option<Duration> {
        self.when(number as f64 + phase)
    }

    fn when(&self, count: f64) -> Option<Duration> {
        if self.share > 0.0 { self.shape.when(count / self.share) } else { None }
    }
}

impl Schedule {
    /// The next arrival, which stays the next; `None`: there is none before the load ends.
    pub fn peek(&mut self) -> Option<Arrival> {
        loop {
            let next = match self.next {
                Some(next) => next,
                None => self.draw(),
            };
            self.next = Some(next);
            let intended = next.intended?;
            if intended >= self.from {
                return Some(Arrival { number: next.number, intended });
            }
            self.next = None;
        }
    }

    /// The next arrival if that holds of it.
    pub fn next_if(&mut self, holds: impl FnOnce(&Arrival) -> bool) -> Option<Arrival> {
        self.peek().filter(holds)?;
        self.next()
    }

    /// Goes on in another shape, the same until now.
    pub fn follow(&mut self, shape: Arc<Shape>) {
        self.shape = shape;
        if self.has_begun {
            self.next = self.next.map(|next| Next { intended: self.when(next.count), ..next });
            return;
        }
        // What was left out as due before was told by the other shape.
        (self.number, self.next) = (0, None);
        if let Texture::Poisson { reached, .. } = &mut self.texture {
            *reached = 0.0;
        }
        if !self.from.is_zero() {
            self.skip_far_before(self.from);
        }
    }

    /// The part's next arrival, whenever it is due.
    fn draw(&mut self) -> Next {
        let number = match &mut self.texture {
            Texture::Regular { .. } => {
                let position = self.number;
                self.number += 1;
                self.part.number(position)
            }
            Texture::Poisson { gaps, reached } => loop {
                let number = self.number;
                self.number += 1;
                *reached += gap(*gaps, number);
                if self.part.owns(number) {
                    break number;
                }
            },
        };
        let count = match self.texture {
            Texture::Regular { phase } => number as f64 + phase,
            Texture::Poisson { reached, .. } => reached,
        };
        Next { number, count, intended: self.when(count) }
    }
}

impl Iterator for Schedule {
    type Item = Arrival;

    fn next(&mut self) -> Option<Arrival> {
        let next = self.peek();
        if next.is_some() {
            (self.next, self.has_begun) = (None, true);
        }
        next
    }
}

/// The gap before that arrival in a process of rate 1.
fn gap(gaps: Seed, number: u64) -> f64 {
    -(1.0 - draws::fraction(gaps.derive_number(number).value())).ln()
}
