//! The shape of the load over time as a closed-form cumulative function and its inverse.
//!
//! With r(t) the plan's rate, Λ(t) = ∫ r is the number of arrivals due by t, and arrival n belongs to Λ⁻¹(n). Both are known
//! per stage, so that no error builds up over a long run and the n-th arrival needs none of the earlier ones:
//!
//! | stage | Λ within the stage | inverse |
//! |---|---|---|
//! | constant, linear | a·t + k·t²/2 | 2n / (a + √(a² + 2kn)), the form that loses no digits when k is small |
//! | exponential | a·(e^{gt} − 1)/g | ln(1 + n·g/a)/g |
//!
//! **A hold** is a piece more: the plan's value of that moment, for as long as it lasts. What the plan wants next comes later by so
//! much; the end of the load stays where it is, so that faults and their proofs keep their times, and what of the plan would come
//! after it is not reached. Before its beginning a held shape is the shape to the last digit, so whoever hears of a hold in time has
//! nothing to take back.
//!
//! ```text
//!         plan      ╱‾‾‾‾‾‾        held      ╱‾‾‾
//!                 ╱                    ╱‾‾╱
//!               ╱                    ╱  hold
//!             0 ──────────── end   0 ──────────── end
//! ```

use plan::resolved::Stage;
use std::time::Duration;

/// Somebody holds the load: its value stays what it is, the plan's own time stands still.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hold {
    /// Since when, after the start of the load.
    pub from: Duration,
    /// Until when, not before `from`; `None`: it goes on until the end of the load.
    pub to: Option<Duration>,
}

/// Stages one after the other. Values are arrivals per second, or users.
#[derive(Debug, Clone, PartialEq)]
pub struct Shape {
    pieces: Vec<Piece>,
    total: f64,
    duration: f64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Piece {
    /// Seconds from the start of the load.
    starts: f64,
    /// Seconds.
    length: f64,
    /// Λ at its start.
    before: f64,
    curve: Curve,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Curve {
    Line { from: f64, slope: f64 },
    Exponential { from: f64, growth: f64 },
}

impl Shape {
    /// The shape of these stages.
    #[must_use]
    pub fn new(stages: &[Stage]) -> Self {
        let mut shape = Self { pieces: Vec::with_capacity(stages.len()), total: 0.0, duration: 0.0 };
        for stage in stages {
            let length = stage.duration().as_secs_f64();
            shape.push(Curve::of(stage, length), length);
        }
        shape
    }

    /// The same with these holds in it, which are in order and don't overlap.
    #[must_use]
    pub fn held(&self, holds: &[Hold]) -> Self {
        let mut held =
            Self { pieces: Vec::with_capacity(self.pieces.len() + 2 * holds.len()), total: 0.0, duration: 0.0 };
        // How far the plan's own time has come.
        let mut reached = 0.0;
        for hold in holds {
            let from = hold.from.as_secs_f64().min(self.duration);
            reached = held.take(self, reached, from - held.duration);
            let to = hold.to.map_or(self.duration, |to| to.as_secs_f64().min(self.duration));
            held.push(Curve::Line { from: self.value_at(reached), slope: 0.0 }, to - held.duration);
        }
        held.take(self, reached, self.duration - held.duration);
        held
    }

    /// Goes on with so many seconds of that shape, from there; gives where in it that ends.
    fn take(&mut self, shape: &Self, from: f64, length: f64) -> f64 {
        let to = from + length.max(0.0);
        for piece in &shape.pieces {
            let (starts, ends) = ((from - piece.starts).max(0.0), (to - piece.starts).min(piece.length));
            self.push(piece.curve.after(starts), ends - starts);
        }
        to
    }

    fn push(&mut self, curve: Curve, length: f64) {
        if length > 0.0 {
            self.pieces.push(Piece { starts: self.duration, length, before: self.total, curve });
            self.total += curve.cumulative(length);
            self.duration += length;
        }
    }

    /// Whether the value stays the same from then to the end.
    #[must_use]
    pub fn is_constant_from(&self, elapsed: Duration) -> bool {
        let elapsed = elapsed.as_secs_f64();
        let rest = self.pieces.iter().filter(|piece| piece.starts + piece.length > elapsed);
        let mut values = rest
            .flat_map(|piece| [piece.curve.value((elapsed - piece.starts).max(0.0)), piece.curve.value(piece.length)]);
        let first = values.next().unwrap_or(0.0);
        values.all(|value| (value - first).abs() <= 1e-9 * first.abs())
    }

    /// How long load is offered.
    #[must_use]
    pub fn duration(&self) -> Duration {
        Duration::from_secs_f64(self.duration)
    }

    /// Λ at the end: all arrivals of the plan.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.total
    }

    /// Λ: arrivals due until `elapsed` after the start of the load.
    #[must_use]
    pub fn cumulative(&self, elapsed: Duration) -> f64 {
        let elapsed = elapsed.as_secs_f64();
        match self.pieces.iter().rev().find(|piece| piece.starts <= elapsed) {
            Some(piece) => piece.before + piece.curve.cumulative((elapsed - piece.starts).min(piece.length)),
            None => 0.0,
        }
    }

    /// Λ⁻¹: when `count` arrivals are due, or `None` when the load ends before. `count` must not be negative.
    #[must_use]
    pub fn when(&self, count: f64) -> Option<Duration> {
        if count >= self.total {
            return None;
        }
        let piece = self.pieces.iter().rev().find(|piece| piece.before <= count && piece.curve.rises(piece.length))?;
        let within = piece.curve.inverse(count - piece.before).clamp(0.0, piece.length);
        Some(Duration::from_secs_f64(piece.starts + within))
    }

    /// r: the plan's value at `elapsed`; 0 after the end.
    #[must_use]
    pub fn value(&self, elapsed: Duration) -> f64 {
        self.value_at(elapsed.as_secs_f64())
    }

    fn value_at(&self, elapsed: f64) -> f64 {
        if elapsed >= self.duration {
            return 0.0;
        }
        let piece = self.pieces.iter().rev().find(|piece| piece.starts <= elapsed);
        piece.map_or(0.0, |piece| piece.curve.value(elapsed - piece.starts))
    }

    /// The largest value of the plan.
    #[must_use]
    pub fn peak(&self) -> f64 {
        let ends = |piece: &Piece| piece.curve.value(0.0).max(piece.curve.value(piece.length));
        self.pieces.iter().map(ends).fold(0.0, f64::max)
    }

    /// The spans of time in which the value is at least `level` (> 0), in order; touching spans are one.
    #[must_use]
    pub fn spans_at_least(&self, level: f64) -> Vec<(Duration, Duration)> {
        let mut spans: Vec<(f64, f64)> = Vec::new();
        for piece in &self.pieces {
            let Some((from, to)) = piece.curve.span_at_least(level, piece.length) else { continue };
            let (from, to) = (piece.starts + from, piece.starts + to);
            match spans.last_mut() {
                Some(last) if from - last.1 <= 1e-9 => last.1 = to,
                _ => spans.push((from, to)),
            }
        }
        let instant = Duration::from_secs_f64;
        spans.into_iter().map(|(from, to)| (instant(from), instant(to))).filter(|(from, to)| from < to).collect()
    }
}

impl Curve {
    fn of(stage: &Stage, length: f64) -> Self {
        let line =
            |from: f64, to: f64| Self::Line { from, slope: if length > 0.0 { (to - from) / length } else { 0.0 } };
        match stage {
            Stage::Constant { rate, .. } => line(rate.value(), rate.value()),
            Stage::Linear { from, to, .. } => line(from.value(), to.value()),
            Stage::Exponential { from, to, .. } => {
                let growth = (to.value() / from.value()).ln() / length;
                // A plan whose ends are equal (or, unchecked, not above zero) has no factor to grow by.
                if growth.is_finite() && growth != 0.0 {
                    Self::Exponential { from: from.value(), growth }
                } else {
                    line(from.value(), to.value())
                }
            }
        }
    }

    /// What is left of it after so many seconds.
    fn after(self, seconds: f64) -> Self {
        match self {
            Self::Line { slope, .. } => Self::Line { from: self.value(seconds), slope },
            Self::Exponential { growth, .. } => Self::Exponential { from: self.value(seconds), growth },
        }
    }

    fn value(self, at: f64) -> f64 {
        match self {
            Self::Line { from, slope } => (from + slope * at).max(0.0),
            Self::Exponential { from, growth } => from * (growth * at).exp(),
        }
    }

    fn cumulative(self, at: f64) -> f64 {
        match self {
            Self::Line { from, slope } => at * (from + 0.5 * slope * at),
            Self::Exponential { from, growth } => from * (growth * at).exp_m1() / growth,
        }
    }

    fn inverse(self, count: f64) -> f64 {
        match self {
            Self::Line { from, slope } => {
                let root = (from * from + 2.0 * slope * count).max(0.0).sqrt();
                if from + root > 0.0 { 2.0 * count / (from + root) } else { 0.0 }
            }
            Self::Exponential { from, growth } => (count * growth / from).ln_1p() / growth,
        }
    }

    fn rises(self, length: f64) -> bool {
        self.cumulative(length) > 0.0
    }

    /// Within 0..=length, where the value is at least `level`. Every curve is monotonic, so this is one span.
    fn span_at_least(self, level: f64, length: f64) -> Option<(f64, f64)> {
        let crossing = match self {
            Self::Line { from, slope } => (level - from) / slope,
            Self::Exponential { from, growth } => (level / from).ln() / growth,
        };
        match (self.value(0.0) >= level, self.value(length) >= level) {
            (true, true) => Some((0.0, length)),
            (true, false) => Some((0.0, crossing.clamp(0.0, length))),
            (false, true) => Some((crossing.clamp(0.0, length), length)),
            (false, false) => None,
        }
    }
}
