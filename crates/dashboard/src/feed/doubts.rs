//! Seconds in which the generators of a population were not to be trusted, as it was said while they were new.
//!
//! Like a gap, a doubt that goes on is told with an open end, and again with its end: the same population and the same first second, so
//! the second message replaces the first.

use crate::wire::{Doubt, Message};
use verdict::live::Now;

/// What is known of doubts.
#[derive(Debug, Clone, Default)]
pub(super) struct Doubts {
    /// All that were told, in the order in which they began.
    told: Vec<Doubt>,
    /// By population: that which goes on, by its place in the list.
    open: Vec<Option<usize>>,
}

impl Doubts {
    /// Those that begin or end now.
    pub(super) fn now(&mut self, said: &Now) -> Vec<Message> {
        let second = said.at.second();
        self.open.resize(said.populations.len(), None);
        let mut news = Vec::new();
        for (population, one) in said.populations.iter().enumerate() {
            let changed = match (self.open[population], &one.distrust) {
                (None, Some(why)) => {
                    // What was said of now is about the second that was over last.
                    let from = second.saturating_sub(1);
                    self.told.push(Doubt { population, from, to: None, why: why.clone() });
                    self.open[population] = Some(self.told.len() - 1);
                    self.open[population]
                }
                (Some(place), None) => {
                    self.open[population] = None;
                    self.told[place].to = Some(second);
                    Some(place)
                }
                _ => None,
            };
            news.extend(changed.map(|place| Message::Doubt(self.told[place].clone())));
        }
        news
    }

    /// Every doubt.
    pub(super) fn all(&self) -> impl Iterator<Item = Message> + '_ {
        self.told.iter().cloned().map(Message::Doubt)
    }
}
