//! What surrounds the judgement: what ran, what happened, counts to draw, notes, and the one sentence.

pub(crate) mod events;
pub(crate) mod fine;
pub(crate) mod notes;
pub(crate) mod run;
pub(crate) mod sentence;
pub(crate) mod series;
