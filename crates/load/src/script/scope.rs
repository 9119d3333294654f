//! What one user knows while it walks a journey, and how it speaks: the values behind the expressions of templates.

use super::{Script, text::Value};
use crate::arrivals::Draws;
use base64::{Engine, engine::general_purpose::STANDARD};
use plan::template::Numbers;
use std::{io::Write, ops::RangeInclusive};

/// What one user knows while it walks a journey.
#[derive(Debug)]
pub(crate) struct Scope {
    /// Population index.
    pub(crate) population: usize,
    /// The user's number in its population.
    pub(crate) user: u64,
    /// How many journeys it walked before this one.
    pub(crate) iteration: u64,
    /// Which of the population's journeys this is, for the feeds.
    pub(crate) ordinal: u64,
    /// Its choices.
    pub(crate) draws: Draws,
    /// Extracted values, by variable.
    pub(crate) variables: Box<[String]>,
    /// Unique values given so far.
    pub(crate) uniques: u32,
    /// What the last answer showed, where its request says what to look at.
    pub(crate) shown: Box<[String]>,
}

/// A point to come back to, so that a second attempt sends what the first one sent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mark {
    draws: Draws,
    uniques: u32,
}

/// The names of a probe write.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LedgerNames<'a> {
    /// Its unique value.
    pub(crate) value: &'a str,
    /// What the write's answer called it.
    pub(crate) id: &'a str,
    /// The name of the session's key; empty outside of sessions.
    pub(crate) key: &'a str,
}

/// Who evaluates a template: the script for all, the scope for this user.
#[derive(Debug)]
pub(crate) struct Speaker<'a> {
    pub(crate) script: &'a Script,
    pub(crate) scope: &'a mut Scope,
    pub(crate) ledger: Option<LedgerNames<'a>>,
}

impl Scope {
    /// A user before its first journey.
    pub(crate) fn new(population: usize, user: u64, draws: Draws) -> Self {
        Self {
            population,
            user,
            iteration: 0,
            ordinal: user,
            draws,
            variables: Box::default(),
            uniques: 0,
            shown: Box::default(),
        }
    }

    /// Forgets what the last journey extracted.
    pub(crate) fn begin(&mut self, variables: usize) {
        if self.variables.len() == variables {
            self.variables.fill(String::new());
        } else {
            self.variables = vec![String::new(); variables].into();
        }
    }

    pub(crate) fn mark(&self) -> Mark {
        Mark { draws: self.draws, uniques: self.uniques }
    }

    pub(crate) fn rewind(&mut self, mark: Mark) {
        self.draws = mark.draws;
        self.uniques = mark.uniques;
    }
}

impl Speaker<'_> {
    /// Writes the value of an expression.
    pub(super) fn say(&mut self, value: &Value, out: &mut Vec<u8>) {
        match value {
            Value::Variable(index) => {
                let known = self.scope.variables.get(*index).map(String::as_bytes);
                out.extend_from_slice(known.unwrap_or_default());
            }
            Value::User => number(out, self.scope.user),
            Value::Iteration => number(out, self.scope.iteration),
            Value::Population => out.extend_from_slice(self.population().name.as_str().as_bytes()),
            Value::Origin => out.extend_from_slice(self.population().origin.as_str().as_bytes()),
            Value::Feed { feed, column } => {
                let row = self.script.row(self.scope.population, *feed, self.scope.ordinal);
                out.extend(row.and_then(|row| row.get(*column)).into_iter().flat_map(|text| text.bytes()));
            }
            Value::Unique => self.unique(out),
            Value::Random(numbers) => {
                let turn = self.scope.draws.within(0, numbers.count() - 1);
                number(out, numbers.at(turn));
            }
            Value::Resident(numbers) => {
                let turns = self.residents(*numbers);
                let turn = self.scope.draws.within(*turns.start(), *turns.end());
                number(out, numbers.at(turn));
            }
            Value::Choice(words) => {
                let drawn = self.scope.draws.within(0, words.len().saturating_sub(1) as u64);
                out.extend_from_slice(words[drawn as usize].as_bytes());
            }
            Value::Now => write_to(out, format_args!("{}", jiff::Timestamp::now())),
            Value::NowUnix => write_to(out, format_args!("{}", jiff::Timestamp::now().as_second())),
            Value::NowUnixMillis => write_to(out, format_args!("{}", jiff::Timestamp::now().as_millisecond())),
            Value::Base64(inner) => {
                let mut plain = Vec::new();
                self.say(inner, &mut plain);
                out.extend_from_slice(STANDARD.encode(plain).as_bytes());
            }
            Value::Literal(text) => out.extend_from_slice(text.as_bytes()),
            Value::Probe => out.extend(self.ledger.iter().flat_map(|names| names.value.bytes())),
            Value::ProbeId => out.extend(self.ledger.iter().flat_map(|names| names.id.bytes())),
            Value::ProbeKey => out.extend(self.ledger.iter().flat_map(|names| names.key.bytes())),
        }
    }

    fn population(&self) -> &plan::resolved::Population {
        &self.script.plan().populations[self.scope.population]
    }

    /// The turns of those numbers that belong to the population's nearest region; of all where it has none.
    fn residents(&self, numbers: Numbers) -> RangeInclusive<u64> {
        let regions = self.script.plan().regions.len();
        let nearest = self.population().nearest.first();
        nearest.map_or(0..=numbers.count() - 1, |region| numbers.turns_of(*region, regions))
    }

    /// Run, population, user, journey and count, in hex: no two calls of a run share all five, and no coordination is needed.
    fn unique(&mut self, out: &mut Vec<u8>) {
        let Scope { population, user, iteration, uniques, .. } = *self.scope;
        self.scope.uniques += 1;
        write_to(out, format_args!("{}-{population:x}-{user:x}-{iteration:x}-{uniques:x}", self.script.stamp()));
    }
}

fn number(out: &mut Vec<u8>, value: u64) {
    write_to(out, format_args!("{value}"));
}

fn write_to(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).expect("a vector takes every byte");
}
