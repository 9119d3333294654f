//! The shape of the load over time as a closed-form cumulative function and its inverse.
//!
//! With r(t) the plan's rate, Λ(t) = ∫ r is the number of arrivals due by t, and arrival n belongs to Λ⁻¹(n). Both are known
//! per stage, so that no error builds up over a long run and the n-th arrival needs none of the earlier ones:
//!
//! | stage | Λ within the stage | inverse |
//! |---|---|---|
//! | constant, linear | a·t + k·t²/2 | 2n / (a + √(a² + 2kn)), the form that loses no digits when k is small |
//! | exponential | a·(e^{gt} − 1)/g | ln(1 + n·g/a)/g |

use plan::resolved::Stage;
use std::time::Duration;

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
            let curve = Curve::of(stage, length);
            shape.pieces.push(Piece { starts: shape.duration, length, before: shape.total, curve });
            shape.total += curve.cumulative(length);
            shape.duration += length;
        }
        shape
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
        let elapsed = elapsed.as_secs_f64();
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
