//! The load's shape: stages whose values fit the model, and that offer load at all.

use crate::{
    mistakes::{Code, Collector, Mistake, Span},
    read::{Field, Placed as _, Spanned, units_read::Level},
    resolved::{LoadModel, Stage},
    text::load::{ConstantText, LoadText, RampText, StageText, StepsText},
};
use std::time::Duration;
use units::Rate;

/// Stages at most, steps counted one by one.
const STAGES_MAX: usize = 1_000;
/// Load at most.
const DURATION_MAX: Duration = Duration::from_secs(86_400);
/// Users at most, in the closed model.
const USERS_MAX: u32 = 10_000_000;

/// Reads levels by the model: rates in the open models, users in the closed one.
struct Shape<'m, 's> {
    /// `None`: the model can't be read, so that any level will do.
    closed: Option<bool>,
    stages: Vec<Stage>,
    complete: bool,
    mistakes: &'m mut Collector<'s>,
}

/// The stages, or `None` when some can't be read or don't fit; then a mistake has been added.
pub(crate) fn stages(text: &LoadText, model: Option<LoadModel>, mistakes: &mut Collector<'_>) -> Option<Vec<Stage>> {
    let closed = model.map(|model| matches!(model, LoadModel::Closed));
    let mut shape = Shape { closed, stages: Vec::new(), complete: true, mistakes };
    shape.read(text);
    let Shape { stages, complete, mistakes, .. } = shape;
    if !complete {
        return None;
    }
    let span = text.stages.span_or(text.duration.span_or(text.place()));
    let total: Duration = stages.iter().map(Stage::duration).sum();
    if stages.len() > STAGES_MAX {
        let message = format!("{} stages (steps counted one by one), at most {STAGES_MAX} are possible", stages.len());
        mistakes.add(Mistake::new(Code::OutOfRange, span, message));
        return None;
    }
    if total > DURATION_MAX {
        let message = format!("the load lasts {}, at most 24h are possible", units::duration::Text(total));
        mistakes.add(Mistake::new(Code::OutOfRange, span, message));
        return None;
    }
    Some(stages)
}

impl Shape<'_, '_> {
    fn read(&mut self, text: &LoadText) {
        let short = [("rate", span(&text.rate)), ("users", span(&text.users)), ("for", span(&text.duration))];
        match text.stages.written() {
            Some(stages) => {
                for (key, span) in short.into_iter().filter_map(|(key, span)| Some((key, span?))) {
                    let message = format!("`stages` and `{key}` can't be together");
                    let mistake = Mistake::new(Code::Conflict, span, message).also(stages.span, "the stages");
                    self.add(
                        mistake.hint("`rate`, `users` and `for` are short for one constant stage; put them into it"),
                    );
                }
                self.complete &= stages.value.complete;
                for stage in &stages.value.items {
                    self.stage(&stage.value);
                }
            }
            None if text.stages.is_bad() => self.complete = false,
            None => self.short(text),
        }
    }

    /// One constant stage, from `rate` or `users` and `for`.
    fn short(&mut self, text: &LoadText) {
        let (key, example) = if self.closed == Some(true) { ("users", "users: 100") } else { ("rate", "rate: 400/s") };
        let level = if text.rate.is_written() { &text.rate } else { &text.users };
        if level.is_absent() {
            let mistake =
                Mistake::new(Code::Missing, text.place(), format!("a load lacks `stages`, or `{key}` and `for`"));
            self.add(mistake.hint(format!("add {example} and for: 90s")));
        } else if text.duration.is_absent() {
            let mistake = Mistake::new(Code::Missing, text.place(), "a load lacks `for`: how long it lasts");
            self.add(mistake.hint("add for: 90s"));
        }
        if let (Some(_), Some(users)) = (text.rate.written(), text.users.written()) {
            let mistake = Mistake::new(Code::Conflict, users.span, "`rate` and `users` can't be together");
            self.add(mistake.hint("arrivals per second (open) or users (closed): keep one"));
        }
        let rate = self.level(level);
        self.constant(rate, text.duration.value().map(|time| time.0), level, text.place());
    }

    fn stage(&mut self, text: &StageText) {
        if let Some(Spanned { value: ConstantText { rate, users, duration, .. }, span }) = text.constant.written() {
            let level = if rate.is_written() { rate } else { users };
            let value = self.level(level);
            self.constant(value, duration.value().map(|time| time.0), level, *span);
        } else if let Some(ramp) = text.linear.written() {
            self.ramp(&ramp.value, false);
        } else if let Some(ramp) = text.exponential.written() {
            self.ramp(&ramp.value, true);
        } else if let Some(steps) = text.steps.written() {
            self.steps(&steps.value);
        } else {
            self.complete = false;
        }
    }

    fn constant(&mut self, rate: Option<Rate>, duration: Option<Duration>, level: &Field<Level>, or: Span) {
        if rate == Some(Rate::ZERO) {
            self.add(Mistake::new(Code::OutOfRange, level.span_or(or), "no load at all").hint("write a value above 0"));
        }
        match rate.zip(duration) {
            Some((rate, duration)) => self.stages.push(Stage::Constant { rate, duration }),
            None => self.complete = false,
        }
    }

    fn ramp(&mut self, text: &RampText, exponential: bool) {
        let (from, to) = (self.level(&text.from), self.level(&text.to));
        let Some(((from, to), duration)) = from.zip(to).zip(text.duration.value()) else {
            self.complete = false;
            return;
        };
        let duration = duration.0;
        for (rate, field) in [(from, &text.from), (to, &text.to)] {
            if exponential && rate == Rate::ZERO {
                let message = "an exponential ramp can't start or end at 0: no factor leads there";
                let hint = "start at 1/s, or write `linear`";
                self.add(Mistake::new(Code::OutOfRange, field.span_or(text.place()), message).hint(hint));
            }
        }
        if !exponential && from == Rate::ZERO && to == Rate::ZERO {
            self.add(Mistake::new(Code::OutOfRange, text.place(), "a ramp from nothing to nothing"));
        }
        self.stages.push(match exponential {
            true => Stage::Exponential { from, to, duration },
            false => Stage::Linear { from, to, duration },
        });
    }

    fn steps(&mut self, text: &StepsText) {
        let (from, to, step) = (self.level(&text.from), self.level(&text.to), self.level(&text.step));
        let Some((((from, to), step), each)) = from.zip(to).zip(step).zip(text.each.value()) else {
            self.complete = false;
            return;
        };
        if step == Rate::ZERO {
            let mistake =
                Mistake::new(Code::OutOfRange, text.step.span_or(text.place()), "steps without height never arrive");
            self.add(mistake.hint("write a `step` above 0"));
            self.complete = false;
            return;
        }
        if from == Rate::ZERO {
            let span = text.from.span_or(text.place());
            self.add(Mistake::new(Code::OutOfRange, span, "no load at all in the first step").hint("start above 0"));
        }
        let (from, to, step) = (from.value(), to.value(), step.value());
        // One more than allowed is enough to be refused.
        let count = (((to - from).abs() / step - 1e-9).ceil().max(0.0) as usize).min(STAGES_MAX);
        for index in 0..=count {
            let height = step * index as f64;
            let value = if index == count {
                to
            } else if to > from {
                from + height
            } else {
                from - height
            };
            let rate = Rate::per_second(value).expect("between two rates");
            self.stages.push(Stage::Constant { rate, duration: each.0 });
        }
    }

    /// A level as a rate; users count as that many per second, which is how the resolved plan holds them.
    fn level(&mut self, field: &Field<Level>) -> Option<Rate> {
        let Spanned { value, span } = field.written()?;
        match (value, self.closed) {
            (Level::Rate(rate), Some(false) | None) => Some(*rate),
            (Level::Users(users), Some(true) | None) if *users <= USERS_MAX => Rate::per_second(f64::from(*users)),
            (Level::Users(users), Some(true) | None) => {
                let mistake = Mistake::new(Code::OutOfRange, *span, format!("{users} users are too many"));
                self.add(mistake.hint(format!("at most {USERS_MAX}")));
                None
            }
            (Level::Users(number), Some(false)) => {
                let mistake = Mistake::new(Code::WrongUnit, *span, format!("\"{number}\" is not a rate"));
                self.add(mistake.hint(format!(
                    "arrivals per second are meant: did you mean {number}/s? For users, add model: closed"
                )));
                None
            }
            (Level::Rate(rate), Some(true)) => {
                let mistake = Mistake::new(Code::WrongUnit, *span, format!("\"{rate}\" is not a number of users"));
                self.add(
                    mistake.hint(
                        "the closed model has users, such as 100; for arrivals per second, remove `model: closed`",
                    ),
                );
                None
            }
        }
    }

    fn add(&mut self, mistake: Mistake) {
        self.mistakes.add(mistake);
    }
}

fn span<T>(field: &Field<T>) -> Option<Span> {
    field.written().map(|written| written.span)
}
