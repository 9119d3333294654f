//! The closed model: who is there at what time.
//!
//! The shape gives the number of users; user g (from 0) is there while the shape is at least g + ½, that is while the number
//! rounded to the nearest whole user is above g. So users come in order and leave in reverse order, and nobody coordinates.
//!
//! Users belong to populations by largest deficit: each new user goes to the population that is furthest behind its share. Every
//! prefix of that sequence is within one user of the shares, and a ramp never moves a user from one population to another, which
//! rounding each population on its own would.
//!
//! Users whom a step brings in together enter [`ENTRIES_PER_SECOND`] apart, since a thousand users who press the key in the
//! same microsecond exist in no place but a load generator.

use super::{Parts, Shape};
use std::time::Duration;
use units::Share;

/// How fast users enter when the shape brings in many at once.
const ENTRIES_PER_SECOND: f64 = 5_000.0;

/// One user of the closed model.
#[derive(Debug, Clone, PartialEq)]
pub struct ClosedUser {
    /// Its number in the whole load, from 0.
    pub number: u64,
    /// Index of its population.
    pub population: usize,
    /// Its number in its population, from 0: whose it is.
    pub rank: u64,
    /// When it is there, after the start of the load; in order, without overlap.
    pub spans: Vec<(Duration, Duration)>,
    /// Numbers of journeys that it may have had already: its next one has this number.
    pub journeys_before: u64,
}

/// The users of the closed model that belong to some parts.
#[derive(Debug, Clone, PartialEq)]
pub struct Users {
    users: Vec<ClosedUser>,
}

impl Users {
    /// The users of that shape, over populations with these shares (which sum to the whole): the n-th of a population belongs to
    /// the part of that population that owns n.
    #[must_use]
    #[expect(clippy::cast_sign_loss, reason = "a shape is never negative")]
    pub fn new(shape: &Shape, shares: &[Share], parts: &Parts) -> Self {
        let count = (shape.peak() + 0.5).floor() as u64;
        let mut ranks = vec![0; shares.len()];
        let users = populations(shares, count)
            .enumerate()
            .filter_map(|(number, population)| {
                let rank = ranks[population];
                ranks[population] += 1;
                parts.of(population).filter(|part| part.owns(rank)).map(|_| (number as u64, population, rank))
            })
            .map(|(number, population, rank)| ClosedUser {
                number,
                population,
                rank,
                spans: spans(shape, number),
                journeys_before: 0,
            })
            .filter(|user| !user.spans.is_empty())
            .collect();
        Self { users }
    }

    /// The same users for somebody who goes on with them at `from`. Those who are there then enter apart from each other, as when a
    /// step brings them in. How many journeys they have had nobody knows; they begin with the microsecond as a number, since
    /// nobody has more than one in a microsecond: so nothing that they say comes twice.
    #[must_use]
    pub fn since(mut self, from: Duration) -> Self {
        if from.is_zero() {
            return self;
        }
        let mut entering = 0_u32;
        for user in &mut self.users {
            user.journeys_before = u64::try_from(from.as_micros()).unwrap_or(u64::MAX);
            for (enters, _) in user.spans.iter_mut().filter(|(enters, leaves)| *enters < from && from < *leaves) {
                *enters = from + Duration::from_secs_f64(f64::from(entering) / ENTRIES_PER_SECOND);
                entering += 1;
            }
            user.spans.retain(|(enters, leaves)| *enters >= from && enters < leaves);
        }
        self.users.retain(|user| !user.spans.is_empty());
        self
    }
}

impl IntoIterator for Users {
    type Item = ClosedUser;
    type IntoIter = std::vec::IntoIter<ClosedUser>;

    fn into_iter(self) -> Self::IntoIter {
        self.users.into_iter()
    }
}

/// The population of each of `count` users.
fn populations(shares: &[Share], count: u64) -> impl Iterator<Item = usize> {
    let mut taken = vec![0_i128; shares.len()];
    (0..if shares.is_empty() { 0 } else { count }).map(move |number| {
        let deficit = |index: &usize| {
            i128::from(shares[*index].parts_per_million()) * i128::from(number + 1) - 1_000_000 * taken[*index]
        };
        // Of equal deficits the first population wins, hence the reversed search for the maximum.
        let chosen = (0..shares.len()).rev().max_by_key(deficit).unwrap_or(0);
        taken[chosen] += 1;
        chosen
    })
}

/// When user `number` is there.
fn spans(shape: &Shape, number: u64) -> Vec<(Duration, Duration)> {
    let spans = shape.spans_at_least(number as f64 + 0.5);
    let entering = |(from, to): (Duration, Duration)| {
        let just_before = from.checked_sub(Duration::from_micros(1)).map_or(0.0, |before| shape.value(before));
        let rank = (number as f64 - just_before).max(0.0);
        let from = from + Duration::from_secs_f64(rank / ENTRIES_PER_SECOND);
        (from < to).then_some((from, to))
    };
    spans.into_iter().filter_map(entering).collect()
}
