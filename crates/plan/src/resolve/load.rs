//! `load`: the model, the shape, and how users use connections.

use super::Resolver;
use crate::{
    check::{shape, timing::LoadTimes},
    mistakes::{Code, Mistake},
    read::{Placed as _, Spanned, collections::ShortOr},
    resolved::{ConnectionPolicy, Load, LoadModel, Stage},
    text::{
        PlanText,
        load::{LoadText, ModelWord},
    },
};
use std::time::Duration;

/// Users at the same time per population, where the plan says nothing.
const USERS_MAX: u64 = 2_000;
/// The warm-up where the plan says nothing and the load is long enough.
const WARM_UP: Duration = Duration::from_secs(5);

/// The load and its times. The times are known when the stages are, even where something else of the load is not.
pub(crate) struct Shaped {
    /// The load.
    pub(super) load: Option<Load>,
    /// Its times.
    pub(crate) times: LoadTimes,
}

impl Resolver<'_, '_> {
    pub(super) fn load(&mut self, text: &PlanText) -> Option<Shaped> {
        let Spanned { value: text, span } = text.load.written()?;
        let model = self.model(text);
        let stages = shape::stages(text, model, self.mistakes)?;
        let total = stages.iter().map(Stage::duration).sum();
        let warm_up = self.warm_up(text, total);
        let times = LoadTimes { warm_up, end: total, span: text.stages.span_or(text.duration.span_or(*span)) };
        let connections = self.connections(text, model, &stages);
        let load = (|| {
            Some(Load {
                model: model?,
                stages,
                arrivals: text.arrivals.value()?.0,
                pacing: text.pacing.value()?.0,
                connections: connections?,
                start_within: text.start_within.value()?.0,
                threads: text.threads.value().map(|threads| usize::try_from(threads.0).expect("the reader limits it")),
            })
        })();
        Some(Shaped { load, times })
    }

    fn model(&mut self, text: &LoadText) -> Option<LoadModel> {
        let span = text.model.span_or(text.place());
        match text.model.value()? {
            ShortOr::Short(word) => match word.0 {
                ModelWord::Open => Some(LoadModel::Open),
                ModelWord::Closed => Some(LoadModel::Closed),
                ModelWord::PartlyOpen => {
                    let mistake = Mistake::new(Code::Missing, span, "the partly open model lacks `journeys_mean`");
                    self.add(mistake.hint("write model: {partly-open: {journeys_mean: 4}}"));
                    None
                }
            },
            ShortOr::Long(long) => {
                let mean = long.partly_open.value()?.journeys_mean.written()?;
                if !(1.0..=10_000.0).contains(&mean.value.0) {
                    let message = format!("a session can't walk {} journeys", mean.value.0);
                    self.add(Mistake::new(Code::OutOfRange, mean.span, message).hint("a mean from 1 to 10000"));
                }
                Some(LoadModel::PartlyOpen { journeys_mean: mean.value.0 })
            }
        }
    }

    fn connections(&mut self, text: &LoadText, model: Option<LoadModel>, stages: &[Stage]) -> Option<ConnectionPolicy> {
        let connections = text.connections.value()?;
        let keep_alive = *connections.keep_alive.value()?;
        let users = match model {
            Some(LoadModel::Closed) => stages.iter().map(|stage| highest(stage).ceil() as u64).max().unwrap_or(0),
            Some(LoadModel::Open | LoadModel::PartlyOpen { .. }) | None => 0,
        };
        let users_max = match connections.users_max.written() {
            Some(written) => {
                if written.value.0 < users {
                    let message = format!("the load has up to {users} users, `users_max` allows {}", written.value.0);
                    self.add(Mistake::new(Code::Conflict, written.span, message).hint("raise it, or leave it out"));
                }
                written.value.0
            }
            None if connections.users_max.is_bad() => return None,
            None => USERS_MAX.max(users),
        };
        Some(ConnectionPolicy { keep_alive, users_max: u32::try_from(users_max).expect("levels and readers limit it") })
    }

    fn warm_up(&mut self, text: &LoadText, total: Duration) -> Duration {
        let Some(warm_up) = text.warm_up.written() else { return WARM_UP.min(total / 10) };
        if warm_up.value.0 >= total {
            let warm_up_text = units::duration::Text(warm_up.value.0);
            let message = format!("the warm-up takes {warm_up_text}, the load only {}", units::duration::Text(total));
            self.add(Mistake::new(Code::Timing, warm_up.span, message).hint("a shorter warm-up, or a longer load"));
        }
        warm_up.value.0
    }
}

fn highest(stage: &Stage) -> f64 {
    match stage {
        Stage::Constant { rate, .. } => rate.value(),
        Stage::Linear { from, to, .. } | Stage::Exponential { from, to, .. } => from.value().max(to.value()),
    }
}
