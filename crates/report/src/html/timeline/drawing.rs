//! The drawing of one stretch of time around a fault.
//!
//! ```text
//!          (1)        (2)   (3)  (4)  (5)       flags: never on top of one another
//!          ▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔        fault in effect
//!     req/s ▒▒▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓░░░░░░░░░        bars
//!           14:02:00      14:02:10              axis
//!          [ detect | decide | shift | settle ] segments
//! ```

use super::{View, flags};
use crate::{
    facts::Facts,
    html::{
        chart::{self, Bar, Layer, Plot, TimeAxis},
        markup::Markup,
    },
    number,
};
use units::RunTime;
use verdict::{
    findings::{MarkKind, Span},
    words,
};

const WIDTH: f64 = 1_120.0;
const PLOT: Plot = Plot { left: 60.0, top: 42.0, width: 1_048.0, height: 120.0 };
const FLAG_Y: f64 = 12.0;
const FLAG_RADIUS: f64 = 9.0;
const LANE_TOP: f64 = 28.0;
const SEGMENT_TOP: f64 = 188.0;
const SEGMENT_HEIGHT: f64 = 22.0;
/// Columns of the drawing that a letter of 11 px takes, on average and a little more.
const LETTER_WIDTH: f64 = 6.4;
const LABELS_MAX: usize = 11;

pub(super) fn write(facts: &Facts<'_>, view: &View<'_>, bars: &[Bar], window: Span, name: &str, markup: &mut Markup) {
    let axis = TimeAxis::new(window, PLOT);
    let has_segments =
        view.fault.segments.iter().any(|segment| segment.span.from < window.to && segment.span.to > window.from);
    let height = if has_segments { SEGMENT_TOP + SEGMENT_HEIGHT + 4.0 } else { SEGMENT_TOP - 4.0 };
    let size = format!("0 0 {WIDTH} {height}");
    let attributes = [("class", "wide"), ("viewBox", size.as_str()), ("role", "img"), ("aria-label", name)];
    markup.element("svg", &attributes, |markup| {
        chart::ground(markup, &PLOT);
        axis.write(markup, facts.clock, LABELS_MAX);
        areas(bars, &axis, markup);
        chart::fault_lane(markup, std::slice::from_ref(view.fault), &axis, LANE_TOP);
        write_flags(facts, view, &axis, markup);
        segments(view, &axis, markup);
    });
}

/// The bars, and the scale beside them.
fn areas(bars: &[Bar], axis: &TimeAxis, markup: &mut Markup) {
    let edges: Vec<_> = bars.iter().map(|bar| (axis.x(bar.span.from), axis.x(bar.span.to))).collect();
    let rate = |bar: &Bar, count: u64| count as f64 / bar.span.length().as_secs_f64().max(1e-6);
    let largest = bars.iter().map(|bar| rate(bar, bar.requests())).fold(0.0, f64::max);
    let layer = |class, fill, count: fn(&Bar) -> u64| Layer {
        class,
        fill,
        values: bars.iter().map(|bar| if bar.is_known { rate(bar, count(bar)) } else { 0.0 }).collect(),
    };
    let layers = [
        layer("home", None, |bar| bar.home),
        layer("elsewhere", None, |bar| bar.elsewhere),
        layer("failed", Some(chart::FAILED), |bar| bar.failed),
    ];
    chart::stack(markup, &PLOT, &edges, &layers, largest);
    let is_known: Vec<_> = bars.iter().map(|bar| bar.is_known).collect();
    chart::unknown(markup, &PLOT, &edges, &is_known);
    chart::label(markup, "end", (PLOT.left - 6.0, PLOT.top + 9.0), &number::rate(largest));
    chart::label(markup, "end", (PLOT.left - 6.0, PLOT.bottom()), "0/s");
}

fn write_flags(facts: &Facts<'_>, view: &View<'_>, axis: &TimeAxis, markup: &mut Markup) {
    let shown: Vec<(u8, MarkKind, RunTime)> = view
        .fault
        .marks
        .iter()
        .filter_map(|mark| Some((mark.kind.number()?, mark.kind, mark.at.filter(|at| axis.contains(*at))?)))
        .collect();
    let wanted: Vec<_> = shown.iter().map(|(_, _, at)| axis.x(*at)).collect();
    let placed = flags::spread(&wanted, 2.0 * FLAG_RADIUS + 2.0, (PLOT.left + FLAG_RADIUS, PLOT.right() - FLAG_RADIUS));
    for ((number, kind, at), (x, flag_x)) in shown.iter().zip(wanted.iter().zip(placed)) {
        markup.element("g", &[], |markup| {
            markup.leaf("title", &[], &format!("{}: {}", kind.label(), facts.clock.time_of_day(*at)));
            chart::line(markup, "leader", (flag_x, FLAG_Y + FLAG_RADIUS), (*x, LANE_TOP));
            chart::line(markup, "leader", (*x, LANE_TOP), (*x, PLOT.bottom()));
            let (x, y, radius) = (chart::short(flag_x), chart::short(FLAG_Y), chart::short(FLAG_RADIUS));
            markup.shape("circle", &[("class", "flag-disc"), ("cx", &x), ("cy", &y), ("r", &radius)]);
            chart::label(markup, "flag", (flag_x, FLAG_Y + 4.0), &number.to_string());
        });
    }
}

/// What the time was spent on. A label that does not fit is left out: all of them stand in the line under the drawing.
fn segments(view: &View<'_>, axis: &TimeAxis, markup: &mut Markup) {
    for segment in &view.fault.segments {
        let (left, right) = (axis.x(segment.span.from), axis.x(segment.span.to));
        if right <= left {
            continue;
        }
        chart::rect(markup, "segment", None, (left, SEGMENT_TOP), (right - left, SEGMENT_HEIGHT));
        let long = format!("{} {}", segment.label, words::duration(segment.length.0));
        let fitting = [long.as_str(), segment.label.as_str()]
            .into_iter()
            .find(|text| text.chars().count() as f64 * LETTER_WIDTH + 6.0 <= right - left);
        if let Some(text) = fitting {
            chart::label(markup, "strong middle", (f64::midpoint(left, right), SEGMENT_TOP + 15.0), text);
        }
    }
}
