//! Stacked areas in steps: a bar per stretch of time, unsmoothed, one path per area so that the file stays small.

use super::{NO_DATA, Plot, rect, short};
use crate::html::markup::Markup;
use std::fmt::Write;

/// Whatever failed is at least this high: what can't be seen was not shown.
const FAILED_HEIGHT_MIN: f64 = 2.0;

/// One area of a stack.
#[derive(Debug)]
pub(in crate::html) struct Layer {
    /// Its colour.
    pub(in crate::html) class: &'static str,
    /// Its pattern, in place of the colour.
    pub(in crate::html) fill: Option<&'static str>,
    /// Its value per bar.
    pub(in crate::html) values: Vec<f64>,
}

/// Draws the layers upon one another, first at the bottom. `edges`: left and right end of each bar; `largest`: the value
/// that reaches the plot's top.
pub(in crate::html) fn stack(markup: &mut Markup, plot: &Plot, edges: &[(f64, f64)], layers: &[Layer], largest: f64) {
    let mut floor = vec![plot.bottom(); edges.len()];
    for layer in layers {
        let least = if layer.fill.is_some() { FAILED_HEIGHT_MIN } else { 0.0 };
        let ceiling: Vec<f64> = layer
            .values
            .iter()
            .zip(&floor)
            .map(|(value, floor)| {
                let height = if largest > 0.0 { value / largest * plot.height } else { 0.0 };
                let height = if *value > 0.0 { height.max(least) } else { 0.0 };
                (floor - height).max(plot.top)
            })
            .collect();
        let path = area(edges, &floor, &ceiling);
        if !path.is_empty() {
            let mut attributes = vec![("class", layer.class), ("d", path.as_str())];
            attributes.extend(layer.fill.map(|fill| ("fill", fill)));
            markup.shape("path", &attributes);
        }
        floor = ceiling;
    }
}

/// Dots over the bars of which nothing is known.
pub(in crate::html) fn unknown(markup: &mut Markup, plot: &Plot, edges: &[(f64, f64)], is_known: &[bool]) {
    let mut index = 0;
    while index < edges.len() {
        let end = (index..edges.len()).find(|bar| is_known[*bar]).unwrap_or(edges.len());
        if end > index {
            let (left, right) = (edges[index].0, edges[end - 1].1);
            rect(markup, "", Some(NO_DATA), (left, plot.top), (right - left, plot.height));
        }
        index = end + 1;
    }
}

/// The outline of every run of bars that have a height: along the top, back along the bottom.
fn area(edges: &[(f64, f64)], floor: &[f64], ceiling: &[f64]) -> String {
    let has_height = |bar: usize| floor[bar] - ceiling[bar] > 0.04;
    let mut path = String::new();
    let mut bar = 0;
    while bar < edges.len() {
        if !has_height(bar) {
            bar += 1;
            continue;
        }
        let end = (bar..edges.len()).find(|next| !has_height(*next)).unwrap_or(edges.len());
        // Infallible: a string takes every byte.
        let _ = write!(path, "M{} {}", short(edges[bar].0), short(floor[bar]));
        for at in bar..end {
            let _ = write!(path, "V{}H{}", short(ceiling[at]), short(edges[at].1));
        }
        for at in (bar..end).rev() {
            let _ = write!(path, "V{}H{}", short(floor[at]), short(edges[at].0));
        }
        path.push('Z');
        bar = end;
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLOT: Plot = Plot { left: 0.0, top: 0.0, width: 30.0, height: 100.0 };
    const EDGES: [(f64, f64); 3] = [(0.0, 10.0), (10.0, 20.0), (20.0, 30.0)];

    fn drawn(layers: &[Layer], largest: f64) -> String {
        let mut markup = Markup::default();
        stack(&mut markup, &PLOT, &EDGES, layers, largest);
        markup.into_text()
    }

    #[test]
    fn a_bar_is_as_high_as_its_value_and_stands_on_the_one_below() {
        let layers = [
            Layer { class: "home", fill: None, values: vec![50.0, 0.0, 25.0] },
            Layer { class: "elsewhere", fill: None, values: vec![50.0, 100.0, 0.0] },
        ];
        assert_eq!(
            drawn(&layers, 100.0),
            "<path class=\"home\" d=\"M0 100V50H10V100H0ZM20 100V75H30V100H20Z\"/>\
             <path class=\"elsewhere\" d=\"M0 50V0H10V0H20V100H10V50H0Z\"/>"
        );
    }

    #[test]
    fn one_failure_among_thousands_is_seen() {
        let failed = |value| [Layer { class: "failed", fill: Some("url(#failed)"), values: vec![value, 0.0, 0.0] }];
        assert!(drawn(&failed(1.0), 100_000.0).contains("M0 100V98H10"), "{}", drawn(&failed(1.0), 100_000.0));
        assert_eq!(drawn(&failed(0.0), 100_000.0), "", "no failure is not drawn");
        assert_eq!(drawn(&failed(0.0), 0.0), "", "nothing at all divides by nothing");
    }

    #[test]
    fn what_is_not_known_is_dotted_in_runs() {
        let mut markup = Markup::default();
        unknown(&mut markup, &PLOT, &EDGES, &[true, false, false]);
        let text = markup.into_text();
        assert_eq!(text, "<rect x=\"10\" y=\"0\" width=\"20\" height=\"100\" fill=\"url(#no-data)\"/>");
    }
}
