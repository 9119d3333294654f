//! `load`: how users turn up.

use crate::{
    read::{
        collections::{List, ShortOr},
        section::section,
        units_read::{DAY_MS, Level, Time},
        values::{Decimal, Whole},
        words::{Word, Words},
    },
    resolved::{Arrivals, Pacing},
};

section! {
    /// How users turn up, for all populations together; each takes its share. The shape is `stages`, or in short one
    /// stage: `rate` and `for` (`users` and `for` in the closed model).
    LoadText "a load" {
        /// `open`: arrivals per second, whatever happens to earlier ones. `closed`: a number of users who each start the
        /// next journey when the last is done. `{partly-open: …}`: sessions per second, each a short walk.
        optional "model" model: ShortOr<Word<ModelWord>, ModelText> = "open";
        /// The shape, one stage after the other; at most 1000, together at most 24h.
        optional "stages" stages: List<StageText>;
        /// Short for one constant stage in the open models: arrivals (or sessions) per second.
        optional "rate" rate: Level;
        /// Short for one constant stage in the closed model: how many users.
        optional "users" users: Level;
        /// How long the one stage lasts.
        optional "for" duration: Time<1_000, DAY_MS>;
        /// How arrivals lie in time: `poisson` (like people) or `regular` (evenly spaced).
        optional "arrivals" arrivals: Word<Arrivals> = "poisson";
        /// `precise`: a timer of nanoseconds for each arrival. `batched`: steps of one millisecond, for less CPU.
        optional "pacing" pacing: Word<Pacing> = "precise";
        /// How users use connections.
        optional "connections" connections: ConnectionsText = "{}";
        /// An arrival that found no free user this long after its intended time is dropped, and counted as such.
        optional "start_within" start_within: Time<1, 3_600_000> = "10s";
        /// Cores to generate load on. Default: all.
        optional "threads" threads: Whole<1, 1024>;
        /// Load before this time is sent and recorded, but is no part of the baseline. Default: 5s, or a tenth of the
        /// load's time where that is shorter.
        optional "warm_up" warm_up: Time<0, DAY_MS>;
    }
}

section! {
    /// A model with its settings.
    ModelText "a model" {
        /// Sessions per second; each walks a geometric number of journeys.
        required "partly-open" partly_open: PartlyOpenText;
    }
}

section! {
    /// Sessions per second; each walks a geometric number of journeys.
    PartlyOpenText "partly-open" {
        /// Mean number of journeys in a session, from 1 to 10000. Another follows with probability 1 − 1/mean.
        required "journeys_mean" journeys_mean: Decimal;
    }
}

section! {
    /// One stage of the shape.
    StageText "a stage" (exactly one of "constant", "linear", "exponential", "steps") {
        /// The same all the time.
        optional "constant" constant: ConstantText;
        /// From one value to another, evenly.
        optional "linear" linear: RampText;
        /// From one value to another, by the same factor in each second. Both above zero.
        optional "exponential" exponential: RampText;
        /// From one value to another in steps, both ends included.
        optional "steps" steps: StepsText;
    }
}

section! {
    /// The same all the time.
    ConstantText "constant" (exactly one of "rate", "users") {
        /// Arrivals per second, such as `400/s`.
        optional "rate" rate: Level;
        /// How many users (closed model).
        optional "users" users: Level;
        /// How long.
        required "for" duration: Time<1, DAY_MS>;
    }
}

section! {
    /// From one value to another.
    RampText "a ramp" {
        /// At its start: a rate such as `100/s`, or a number of users in the closed model.
        required "from" from: Level;
        /// At its end.
        required "to" to: Level;
        /// How long.
        required "for" duration: Time<1, DAY_MS>;
    }
}

section! {
    /// From one value to another in steps, both ends included.
    StepsText "steps" {
        /// The first step: a rate such as `100/s`, or a number of users in the closed model.
        required "from" from: Level;
        /// The last step.
        required "to" to: Level;
        /// The height of a step, above zero; it leads down where `to` is less than `from`. The last step is cut to `to`.
        required "step" step: Level;
        /// How long each step lasts.
        required "each" each: Time<1, DAY_MS>;
    }
}

section! {
    /// How users use connections.
    ConnectionsText "connections" {
        /// Keep connections alive between the requests of a user; `false`: a fresh one for each request.
        optional "keep_alive" keep_alive: bool = "true";
        /// Users at the same time, per population, over all threads. In the open model an arrival above it waits, and the
        /// wait counts as latency. Default: 2000, or as many as the closed model has.
        optional "users_max" users_max: Whole<1, 1_000_000>;
    }
}

/// `model` in one word. `partly-open` alone is refused later, with a hint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ModelWord {
    Open,
    Closed,
    PartlyOpen,
}

impl Words for ModelWord {
    const WORDS: &'static [(&'static str, Self)] =
        &[("open", Self::Open), ("closed", Self::Closed), ("partly-open", Self::PartlyOpen)];
    const OR: &'static str = "{partly-open: {journeys_mean: 4}}";
}

impl Words for Arrivals {
    const WORDS: &'static [(&'static str, Self)] = &[("poisson", Self::Poisson), ("regular", Self::Regular)];
}

impl Words for Pacing {
    const WORDS: &'static [(&'static str, Self)] = &[("precise", Self::Precise), ("batched", Self::Batched)];
}
