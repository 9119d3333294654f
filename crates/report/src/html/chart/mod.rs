//! What drawings share: patterns, a time axis, stacked areas, and stretches of time.
//!
//! Inline SVG, so that print and zoom stay sharp. Classes carry the colours, for the policy allows no style attributes;
//! patterns are defined once for the whole file and named by the `fill` attribute.

mod bars;
mod stack;
mod time;

pub(super) use bars::{Bar, bars_of_fine, bars_of_seconds};
pub(super) use stack::{Layer, stack, unknown};
pub(super) use time::TimeAxis;

use super::markup::Markup;
use units::RunTime;
use verdict::findings::FaultFinding;

/// A failed area: striped, so that it survives grey print and any kind of sight.
pub(super) const FAILED: &str = "url(#failed)";
/// Where nothing is known: dotted, never zero.
pub(super) const NO_DATA: &str = "url(#no-data)";
/// While a fault was in effect.
const FAULT: &str = "url(#fault)";
/// Height of the lane that shows when a fault was in effect.
pub(super) const LANE_HEIGHT: f64 = 10.0;
const LANE_BAR_HEIGHT: f64 = 3.0;

/// Where in a drawing the data stand.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plot {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

impl Plot {
    pub(super) fn bottom(&self) -> f64 {
        self.top + self.height
    }

    pub(super) fn right(&self) -> f64 {
        self.left + self.width
    }
}

/// The patterns that all drawings name. A drawing that is not displayed would take them with it, so it has no size instead.
pub(super) fn patterns(markup: &mut Markup) {
    let pattern = |markup: &mut Markup, id: &str, size: &str, shapes: &dyn Fn(&mut Markup)| {
        let attributes = [("id", id), ("width", size), ("height", size), ("patternUnits", "userSpaceOnUse")];
        markup.element("pattern", &attributes, |markup| shapes(markup));
    };
    markup.element("svg", &[("class", "defs"), ("aria-hidden", "true"), ("focusable", "false")], |markup| {
        markup.element("defs", &[], |markup| {
            pattern(markup, "failed", "4", &|markup| {
                markup.shape("rect", &[("class", "failed-ground"), ("width", "4"), ("height", "4")]);
                markup.shape("rect", &[("class", "failed-stripe"), ("width", "2"), ("height", "4")]);
            });
            pattern(markup, "fault", "7", &|markup| {
                markup.shape("path", &[("class", "hatch"), ("d", "M-2 2L2 -2M0 7L7 0M5 9L9 5")]);
            });
            pattern(markup, "no-data", "6", &|markup| {
                markup.shape("circle", &[("class", "dot"), ("cx", "3"), ("cy", "3"), ("r", "1")]);
            });
        });
    });
}

/// The ground of a plot.
pub(super) fn ground(markup: &mut Markup, plot: &Plot) {
    rect(markup, "ground", None, (plot.left, plot.top), (plot.width, plot.height));
}

/// When the fault was in effect: a bar over a hatched band, above the plot.
pub(super) fn fault_lane(markup: &mut Markup, faults: &[FaultFinding], axis: &TimeAxis, top: f64) {
    for fault in faults {
        let Some((from, to)) = in_effect(fault, axis.to()) else { continue };
        let (left, right) = (axis.x(from), axis.x(to));
        if right > left {
            rect(markup, "fault-bar", None, (left, top), (right - left, LANE_BAR_HEIGHT));
            rect(markup, "", Some(FAULT), (left, top + LANE_BAR_HEIGHT), (right - left, LANE_HEIGHT - LANE_BAR_HEIGHT));
        }
    }
}

/// From the first sign of the fault to the proof of its removal, or as long as anybody knows.
fn in_effect(fault: &FaultFinding, end: RunTime) -> Option<(RunTime, RunTime)> {
    use verdict::findings::MarkKind::{Active, Healed, Injecting};
    let at = |kind| fault.marks.iter().find(|mark| mark.kind == kind).and_then(|mark| mark.at);
    let from = at(Active).or_else(|| at(Injecting))?;
    Some((from, at(Healed).unwrap_or(end)))
}

/// A rectangle with a class, or filled with a pattern.
pub(super) fn rect(markup: &mut Markup, class: &str, fill: Option<&str>, corner: (f64, f64), size: (f64, f64)) {
    let numbers = [corner.0, corner.1, size.0, size.1].map(short);
    let mut attributes = vec![("class", class)];
    attributes.extend(["x", "y", "width", "height"].into_iter().zip(numbers.iter().map(String::as_str)));
    attributes.extend(fill.map(|fill| ("fill", fill)));
    markup.shape("rect", &attributes);
}

/// A straight line with a class.
pub(super) fn line(markup: &mut Markup, class: &str, from: (f64, f64), to: (f64, f64)) {
    let path = format!("M{} {}L{} {}", short(from.0), short(from.1), short(to.0), short(to.1));
    markup.shape("path", &[("class", class), ("d", &path)]);
}

/// Text at a point.
pub(super) fn label(markup: &mut Markup, class: &str, at: (f64, f64), text: &str) {
    markup.leaf("text", &[("class", class), ("x", &short(at.0)), ("y", &short(at.1))], text);
}

/// The little sample in front of a word of the key.
pub(super) fn key(markup: &mut Markup, entries: &[(&str, Option<&str>, &str)]) {
    markup.element("ul", &[("class", "key")], |markup| {
        for (class, fill, text) in entries {
            markup.element("li", &[], |markup| {
                markup.element("svg", &[("viewBox", "0 0 14 12"), ("aria-hidden", "true")], |markup| {
                    rect(markup, class, *fill, (0.0, 0.0), (14.0, 12.0));
                });
                markup.text(text);
            });
        }
    });
}

/// A coordinate with one decimal at most.
pub(super) fn short(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}
