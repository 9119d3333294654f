//! One population's arrivals, one after the other: its share of the shape, in one of two textures.
//!
//! *Regular*: arrival n is due when share × Λ reaches n + φ, where φ in 0..1 is drawn once per population, so that several
//! populations don't arrive in step. *Poisson*: a process of rate 1 (sums of −ln u), carried through Λ⁻¹ (time rescaling), which
//! makes it a Poisson process of the shape's rate, whatever the shape.
//!
//! The n-th gap is a hash of n, so a part that owns every K-th arrival computes the very times that the whole would.

use super::{Part, Shape, draws};
use plan::resolved::Arrivals;
use std::{sync::Arc, time::Duration};
use units::{Seed, Share};

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
        Self { shape, share: share.fraction(), part, texture, number: 0 }
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

impl Iterator for Schedule {
    type Item = Arrival;

    fn next(&mut self) -> Option<Arrival> {
        let number = match &mut self.texture {
            Texture::Regular { .. } => {
                let position = self.number;
                self.number += 1;
                self.part.number(position)
            }
            Texture::Poisson { gaps, reached } => loop {
                let number = self.number;
                self.number += 1;
                *reached -= (1.0 - draws::fraction(gaps.derive_number(number).value())).ln();
                if self.part.owns(number) {
                    break number;
                }
            },
        };
        let count = match self.texture {
            Texture::Regular { phase } => number as f64 + phase,
            Texture::Poisson { reached, .. } => reached,
        };
        Some(Arrival { number, intended: self.when(count)? })
    }
}
