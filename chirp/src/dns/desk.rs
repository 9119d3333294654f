//! Answers queries with what is known of health, and with what is wrong on purpose.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use super::Target;
use super::answer::{Failure, Known, WrongAnswer, Zone};
use super::health::Board;
use crate::condition::{Condition, Conditions, Value};

/// Everything that an answer depends on.
#[derive(Debug)]
pub(super) struct Desk {
    zone: Arc<Zone>,
    board: Arc<Board>,
    targets: Vec<String>,
    conditions: Conditions,
}

impl Desk {
    pub(super) fn new(zone: Arc<Zone>, board: Arc<Board>, targets: &[Target], conditions: Conditions) -> Self {
        let targets = targets.iter().map(|target| target.name.clone()).collect();
        Self { zone, board, targets, conditions }
    }

    /// The answer to a query, if it gets one, and how long it is to be kept back.
    pub(super) fn answer(&self, query: &[u8], source: IpAddr) -> Option<(Vec<u8>, Duration)> {
        let known = Known { healthy: self.board.healthy(), serial: self.board.serial() };
        let answer = self.zone.answer(query, source, &known, &self.wrong())?;
        let delay = match self.conditions.strikes(Condition::DnsSlow) {
            Some(Value::Time(delay)) => delay,
            _ => Duration::ZERO,
        };
        Some((answer, delay))
    }

    fn wrong(&self) -> WrongAnswer {
        let failure = match self.conditions.strikes(Condition::DnsFails) {
            Some(Value::Word(word)) => Failure::of_word(&word),
            _ => None,
        };
        let ttl = self.conditions.time(Condition::DnsTtl);
        let placed = |condition| {
            let (place, share) = self.conditions.shared(condition)?;
            let target = self.targets.iter().position(|target| place == Value::Word(target.clone()))?;
            Some((target, share))
        };
        let (sends, avoids) = (placed(Condition::DnsSends), placed(Condition::DnsAvoids));
        WrongAnswer { failure, ttl_seconds: ttl.map(|ttl| ttl.as_secs() as u32), sends, avoids }
    }
}
