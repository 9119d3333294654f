//! `comparison.html`: the table that people pass around, as one file without a script.
//!
//! Each figure has a bar below it, as long as its part of the largest in its column: the eye finds the price before it reads
//! a number. Bars are never the only way to tell something, and a figure without a number has none.

use super::{
    markup::Markup,
    page::Page,
    table::{Cell, Table},
};
use compare::{Comparison, Row, columns::Column};
use verdict::{Verdict, findings::Quantity};

/// The comparison as one HTML file.
#[must_use]
pub(crate) fn write(comparison: &Comparison) -> String {
    let verdict = comparison.verdict().as_str();
    let title = format!("{verdict}: deployment models compared");
    let page =
        Page { title: &title, printed: &format!("comparison: {verdict}"), class: Some("compared"), interactive: None };
    page.write(|markup| body(comparison, markup))
}

fn body(comparison: &Comparison, markup: &mut Markup) {
    markup.element("header", &[], |markup| head(comparison, markup));
    markup.element("main", &[], |markup| {
        section(markup, "What each deployment costs, and what it saves", |markup| main_table(comparison, markup));
        section(markup, "What the books say", |markup| expectations(comparison, markup));
        section(markup, "Each origin by itself", |markup| origins(comparison, markup));
        section(markup, "Updates that collided", |markup| collisions(comparison, markup));
        section(markup, "How to read it", |markup| notes(comparison, markup));
    });
    markup.element("footer", &[], |markup| {
        let text = format!("Landfall {}, comparison format {}.", comparison.setting.landfall, comparison.format);
        markup.leaf("p", &[], &text);
    });
}

fn section(markup: &mut Markup, heading: &str, inside: impl FnOnce(&mut Markup)) {
    markup.element("section", &[("class", "panel")], |markup| {
        markup.leaf("h2", &[], heading);
        inside(markup);
    });
}

fn head(comparison: &Comparison, markup: &mut Markup) {
    let (class, text_class) = match comparison.verdict() {
        Verdict::Pass => ("panel verdict pass", "tag"),
        Verdict::Inconclusive => ("panel verdict inconclusive", "tag inconclusive-text"),
        Verdict::Fail => ("panel verdict fail", "tag fail-text"),
    };
    let setting = &comparison.setting;
    markup.element("div", &[("class", class)], |markup| {
        markup.element("h1", &[], |markup| {
            markup.leaf("span", &[("class", text_class)], comparison.verdict().as_str());
            markup.text(" Deployment models compared");
        });
        let when = crate::Clock::new(Some(setting.started_unix_us)).date_and_minute(units::RunTime::START);
        let line =
            format!("{when} UTC · {} · seed {} · {}", setting.load, setting.seed, setting.populations.join(", "));
        markup.prose("p", &[("class", "quiet")], &line);
        let what = format!("{} dies for {} s.", setting.lost_region, setting.loss_seconds);
        markup.prose("p", &[("class", "sentence")], &what);
        markup.prose("p", &[("class", "second")], &comparison.sentence());
        let defects: Vec<&str> = comparison.rows.iter().flat_map(|row| &row.defects_on).map(String::as_str).collect();
        if !defects.is_empty() {
            markup.leaf("p", &[("class", "alarm")], &format!("Defects were switched on: {}", defects.join(", ")));
        }
    });
}

fn main_table(comparison: &Comparison, markup: &mut Markup) {
    let scroll = [("class", "scroll"), ("role", "region"), ("aria-label", "Comparison"), ("tabindex", "0")];
    markup.element("div", &scroll, |markup| {
        markup.element("table", &[("class", "comparison")], |markup| {
            markup.leaf("caption", &[], "One run each. A deployment's name leads to its run's own report.");
            markup.element("thead", &[], |markup| {
                groups(&comparison.columns, markup);
                markup.element("tr", &[], |markup| {
                    markup.leaf("th", &[("scope", "col")], "deployment");
                    for column in &comparison.columns {
                        let class = if starts_group(&comparison.columns, column) { "number first" } else { "number" };
                        let attributes = [("scope", "col"), ("class", class), ("title", column.meaning)];
                        markup.leaf("th", &attributes, column.title);
                    }
                });
            });
            markup.element("tbody", &[], |markup| {
                for row in &comparison.rows {
                    markup.element("tr", &[], |markup| main_row(comparison, row, markup));
                }
            });
        });
    });
}

/// The row of group titles above the columns' own.
fn groups(columns: &[Column], markup: &mut Markup) {
    markup.element("tr", &[("class", "groups")], |markup| {
        markup.leaf("td", &[], "");
        for (index, column) in columns.iter().enumerate() {
            if index == 0 || columns[index - 1].group != column.group {
                let count = columns[index..].iter().take_while(|other| other.group == column.group).count();
                let attributes = [("scope", "colgroup"), ("colspan", &*count.to_string()), ("class", "first")];
                markup.leaf("th", &attributes, column.group);
            }
        }
    });
}

fn starts_group(columns: &[Column], column: &Column) -> bool {
    columns.iter().find(|other| other.group == column.group) == Some(column)
}

fn main_row(comparison: &Comparison, row: &Row, markup: &mut Markup) {
    markup.element("th", &[("scope", "row"), ("class", "whole")], |markup| {
        match &row.folder {
            Some(folder) => markup.leaf("a", &[("href", &crate::comparison::report_of(folder))], &row.name),
            None => markup.text(&row.name),
        }
        if !row.doubts.is_empty() {
            markup.leaf("span", &[("class", "mark inconclusive below")], "? with care");
        }
    });
    if let Some(why) = &row.not_measured {
        let all = comparison.columns.len().to_string();
        let text = format!("? inconclusive: {why}");
        markup.leaf("td", &[("colspan", &all), ("class", "mark inconclusive wrap first")], &text);
        return;
    }
    for column in &comparison.columns {
        let class = if starts_group(&comparison.columns, column) { "number first" } else { "number" };
        let largest = comparison.rows.iter().filter_map(|row| row.figures.get(column.key)?.value);
        let largest = largest.fold(0.0, f64::max);
        match row.figures.get(column.key) {
            Some(figure) => figure_cell(markup, class, figure, largest),
            None => markup.leaf("td", &[("class", class)], "?"),
        }
    }
}

fn figure_cell(markup: &mut Markup, class: &str, figure: &Quantity, largest: f64) {
    let Some(value) = figure.value else {
        let (text, class) =
            if figure.text == "–" { ("–", "number quiet") } else { ("?", "number mark inconclusive") };
        markup.leaf("td", &[("class", class), ("title", &figure.text)], text);
        return;
    };
    markup.element("td", &[("class", class)], |markup| {
        // Whom it hit stands below the number, so that columns stay narrow.
        match figure.text.split_once(" (") {
            Some((number, rest)) => {
                markup.text(number);
                markup.leaf("span", &[("class", "below")], rest.trim_end_matches(')'));
            }
            None => markup.text(&figure.text),
        }
        if largest > 0.0 && value > 0.0 {
            let width = format!("{:.1}", 100.0 * value / largest);
            let drawing =
                [("class", "bar"), ("viewBox", "0 0 100 3"), ("preserveAspectRatio", "none"), ("aria-hidden", "true")];
            markup.element("svg", &drawing, |markup| {
                markup.shape("rect", &[("class", "bar-ground"), ("width", "100"), ("height", "3")]);
                markup.shape("rect", &[("class", "bar-part"), ("width", &width), ("height", "3")]);
            });
        }
    });
}

fn expectations(comparison: &Comparison, markup: &mut Markup) {
    let mut table =
        Table::new("Each sentence of theory, and the figures that decide", &["", "deployment", "expected", "measured"]);
    for one in &comparison.expectations {
        table.row(vec![
            Cell::Ended(one.verdict),
            Cell::Whole(one.about.clone()),
            Cell::Measure(one.statement.clone()),
            Cell::Measure(one.measured.clone()),
        ]);
    }
    if table.is_empty() {
        markup.leaf("p", &[], "Nothing was expected of what ran.");
    } else {
        table.write(markup);
    }
}

fn origins(comparison: &Comparison, markup: &mut Markup) {
    let titles: Vec<String> = comparison.origin_columns.iter().map(|column| format!(">{}", column.title)).collect();
    let mut all = vec!["deployment", "users"];
    all.extend(titles.iter().map(String::as_str));
    let mut table = Table::new("Response times of the baseline, and how long each was without", &all);
    for row in &comparison.rows {
        for (index, origin) in row.origins.iter().enumerate() {
            let name = if index == 0 { row.name.clone() } else { String::new() };
            let mut cells = vec![Cell::Name(name), Cell::Foreign(origin.population.clone())];
            let text = |column: &Column| origin.figures.get(column.key).map_or("?", |figure| figure.text.as_str());
            cells.extend(comparison.origin_columns.iter().map(|column| Cell::Number(text(column).to_owned())));
            table.row(cells);
        }
    }
    if table.is_empty() {
        markup.leaf("p", &[], "Nothing was measured.");
    } else {
        table.write(markup);
    }
}

fn collisions(comparison: &Comparison, markup: &mut Markup) {
    let mut table = Table::new(
        "What two regions were told at the same time, and what is left of it",
        &["deployment", "what", ">acknowledged", ">lost", "kept"],
    );
    for row in &comparison.rows {
        for (index, one) in row.collisions.iter().enumerate() {
            let name = if index == 0 { row.name.clone() } else { String::new() };
            table.row(vec![
                Cell::Name(name),
                Cell::Foreign(one.kind.clone()),
                Cell::Number(one.updates.to_string()),
                Cell::Number(one.lost.to_string()),
                Cell::Foreign(one.resolution.clone()),
            ]);
        }
    }
    if table.is_empty() {
        markup.leaf("p", &[], "No updates were made to collide.");
    } else {
        table.write(markup);
    }
}

fn notes(comparison: &Comparison, markup: &mut Markup) {
    markup.element("dl", &[("class", "facts")], |markup| {
        for column in &comparison.columns {
            markup.leaf("dt", &[], column.title);
            markup.prose("dd", &[], column.meaning);
        }
    });
    markup.element("ul", &[("class", "why")], |markup| {
        for note in &comparison.notes {
            markup.prose("li", &[], note);
        }
        for row in &comparison.rows {
            for why in row.reservations() {
                markup.prose("li", &[], &format!("{}: {why}", row.name));
            }
        }
    });
}
