//! `report.html`: one file that opens from an e-mail, tells the whole story without a script, and asks nobody for anything.
//!
//! Map: [`write()`] puts the sections in the order in which a person on a bridge call asks. `head`, `scorecard`, `timeline`,
//! `objectives`, `populations`, `uptime`, `grid`, `served_by`, `stability`, `writes`, `errors`, `faults`, `trust`, `events` and `plan` are a
//! section each; `page` is what is around them; `evidence` says where the evidence of a finding
//! stands, and every judgement links to it; `reason` says why something ended as it did; `interactive` is the live page in the file; `markup` escapes and closes, `table` and `chart` draw, `style` holds the look
//! and the policy.
//!
//! Every drawing is a figure with a sentence and a table twin of at most sixty rows: what the eye reads, a screen reader
//! and a search find too. Patterns are about us and our instruments (hatched: a fault was in effect; dots: no data); hue is
//! the tested system and its users; grey is normal. What is not known is dotted or says so, never zero.

mod chart;
pub(crate) mod comparison;
mod errors;
mod events;
mod evidence;
mod faults;
mod grid;
mod head;
mod histories;
mod interactive;
mod markup;
mod objectives;
mod page;
mod plan;
mod populations;
mod reason;
mod scorecard;
mod served_by;
mod stability;
mod style;
mod table;
mod timeline;
mod trust;
mod uptime;
mod writes;

use crate::facts::Facts;
pub use interactive::Interactive;
use markup::Markup;
use verdict::Findings;

/// A section: its anchor, its heading, what it holds.
struct Section {
    anchor: &'static str,
    heading: &'static str,
    write: fn(&Facts<'_>, &mut Markup),
}

/// The order in which a person on a bridge call asks.
const SECTIONS: [Section; 15] = [
    Section { anchor: "scorecard", heading: "Scorecard", write: scorecard::write },
    Section { anchor: "timeline", heading: "Did failover work?", write: timeline::write },
    Section { anchor: "objectives", heading: "Objectives", write: objectives::write },
    Section { anchor: "populations", heading: "Who was hit", write: populations::write },
    Section { anchor: "uptime", heading: "Availability as users see it, and what it costs", write: uptime::write },
    Section { anchor: "grid", heading: "Every population over time", write: grid::write },
    Section { anchor: "served-by", heading: "Who was served by whom", write: served_by::write },
    Section { anchor: "stability", heading: "Does it notice, and come back by itself?", write: stability::write },
    Section { anchor: "writes", heading: "Acknowledged writes", write: writes::write },
    Section { anchor: "histories", heading: "What sessions saw", write: histories::write },
    Section { anchor: "errors", heading: "Errors", write: errors::write },
    Section { anchor: "faults", heading: "Faults and their proofs", write: faults::write },
    Section { anchor: "trust", heading: "Can the numbers be trusted?", write: trust::write },
    Section { anchor: "events", heading: "What happened, in order", write: events::write },
    Section { anchor: "plan", heading: "Plan and environment", write: plan::write },
];

/// The findings as one HTML file without a script.
#[must_use]
pub fn write(findings: &Findings) -> String {
    with(findings, None)
}

/// The same file, complete without a script, and with the live page in it for whoever opens it where scripts run.
///
/// # Panics
/// If the style sheet or the script can't stand in a page, since they have a tag in them.
#[must_use]
pub fn write_interactive(findings: &Findings, interactive: &Interactive<'_>) -> String {
    with(findings, Some(interactive))
}

fn with(findings: &Findings, interactive: Option<&Interactive<'_>>) -> String {
    let facts = Facts::new(findings);
    let name = &findings.run.name;
    let verdict = findings.summary.verdict.as_str();
    let (title, printed) = (format!("{verdict}: {name}"), format!("{name}: {verdict}"));
    let page = page::Page { title: &title, printed: &printed, class: None, interactive };
    page.write(|markup| body(&facts, interactive.is_some(), markup))
}

fn body(facts: &Facts<'_>, is_interactive: bool, markup: &mut Markup) {
    markup.leaf("a", &[("class", "skip"), ("href", "#scorecard")], "Skip to the scorecard");
    chart::patterns(markup);
    markup.element("header", &[], |markup| head::write(facts, markup));
    if is_interactive {
        Interactive::mount(markup);
    }
    markup.element("nav", &[("class", "panel"), ("aria-label", "Sections")], |markup| {
        markup.element("ul", &[], |markup| {
            for section in &SECTIONS {
                let target = format!("#{}", section.anchor);
                markup.element("li", &[], |markup| markup.leaf("a", &[("href", &target)], section.heading));
            }
        });
    });
    markup.element("main", &[], |markup| {
        for section in &SECTIONS {
            let heading = format!("{}-heading", section.anchor);
            let attributes = [("class", "panel"), ("id", section.anchor), ("aria-labelledby", heading.as_str())];
            markup.element("section", &attributes, |markup| {
                markup.leaf("h2", &[("id", &heading)], section.heading);
                (section.write)(facts, markup);
            });
        }
    });
    markup.element("footer", &[], |markup| {
        let run = &facts.findings.run;
        let recorded = run.recorded_by.as_deref().unwrap_or("unknown");
        markup.leaf(
            "p",
            &[],
            &format!(
                "{}. Recorded by Landfall {recorded}, judged by Landfall {}, findings format {}.",
                facts.verdict_line(),
                run.judged_by,
                facts.findings.format
            ),
        );
    });
}
