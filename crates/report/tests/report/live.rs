//! The live block in terminals of several kinds.

use report::terminal::{Colour, Glyphs, LiveLimits, LivePopulation, LiveState, LiveView, LiveWindow, Style, live};
use std::time::Duration;
use unicode_width::UnicodeWidthStr;

fn calm(name: &str) -> LivePopulation {
    LivePopulation {
        name: name.to_owned(),
        window: LiveWindow { ok_home: 5_000, p99: Some(Duration::from_millis(74)), ..LiveWindow::default() },
        history: vec![LiveState::Fine; 60],
        p99_history: vec![Some(Duration::from_millis(74)); 60],
    }
}

fn view(populations: usize) -> LiveView {
    let mut rows: Vec<_> =
        (0..populations).map(|index| calm(&format!("population-with-a-long-name-{index}"))).collect();
    let hit = &mut rows[0];
    hit.name = "europe".to_owned();
    hit.window = LiveWindow {
        ok_home: 0,
        ok_elsewhere: 410,
        failed: 590,
        p99: Some(Duration::from_millis(291)),
        failing_for: Duration::from_secs(11),
        ..LiveWindow::default()
    };
    (40..52).for_each(|second| hit.history[second] = LiveState::Down);
    (52..60).for_each(|second| hit.history[second] = LiveState::Rerouted);
    (40..44).for_each(|second| hit.p99_history[second] = None);
    (44..60).for_each(|second| hit.p99_history[second] = Some(Duration::from_millis(291)));
    if let Some(slow) = rows.get_mut(1) {
        slow.window.p99 = Some(Duration::from_millis(412));
        (52..60).for_each(|second| slow.history[second] = LiveState::Degraded);
    }
    if let Some(silent) = rows.get_mut(2) {
        silent.window.silent_for = Duration::from_secs(5);
        silent.history.truncate(31);
    }
    LiveView {
        name: "gameday-eu-kill".to_owned(),
        elapsed: Duration::from_secs(1_811),
        phase: "FAULT 0:11 of 15:00".to_owned(),
        rate: 42_010.0,
        generators: "gens 20/20 ok".to_owned(),
        sentence: "europe users DOWN 11.2 s; 41 % served elsewhere, 59 % failing".to_owned(),
        limits: LiveLimits { success_min: 0.99, p99_max: Some(Duration::from_millis(300)) },
        populations: rows,
        hint: "[q] stop…  http://127.0.0.1:7600/#f".to_owned(),
    }
}

fn shown(populations: usize, style: &Style) -> String {
    live(&view(populations), style).join("\n")
}

#[test]
fn it_fits_every_terminal() {
    for populations in [1, 3, 10, 20, 100] {
        for (columns, rows) in [(40, 24), (60, 24), (80, 10), (80, 24), (200, 60)] {
            for glyphs in [Glyphs::Unicode, Glyphs::Ascii] {
                let style = Style::plain().with_size(columns, rows).with_glyphs(glyphs);
                let lines = live(&view(populations), &style);
                assert!(lines.len() < rows, "{populations} in {columns}×{rows}: {} lines", lines.len());
                for line in &lines {
                    assert!(line.width() <= columns.min(80), "{columns}: {line}");
                    assert!(glyphs == Glyphs::Unicode || line.is_ascii(), "{line}");
                }
            }
        }
    }
}

#[test]
fn a_silent_population_has_no_numbers() {
    let text = shown(3, &Style::plain());
    let row = text.lines().find(|line| line.contains("no data")).unwrap();
    assert!(row.contains('?') && !row.contains('%'), "{row}");
}

#[test]
fn those_who_suffer_are_listed_first() {
    let text = shown(20, &Style::plain());
    let order: Vec<_> =
        ["down", "no data", "degraded", "17 more"].iter().map(|word| text.find(&format!(" {word}"))).collect();
    assert!(order.is_sorted() && order.iter().all(Option::is_some), "{order:?}\n{text}");
}

#[test]
fn a_hundred_who_suffer_do_not_fill_the_screen() {
    let mut crowd = view(100);
    crowd.populations.iter_mut().for_each(|row| row.window.failed = 9_000);
    let lines = live(&crowd, &Style::plain().with_size(80, 24));
    assert!(lines.len() <= 20, "{}", lines.len());
    assert!(lines.iter().any(|line| line.contains("90 more")), "{lines:?}");
}

#[test]
fn three_populations_at_80() {
    insta::assert_snapshot!(shown(3, &Style::plain()));
}

#[test]
fn three_populations_at_60() {
    insta::assert_snapshot!(shown(3, &Style::plain().with_size(60, 24)));
}

#[test]
fn three_populations_in_ascii() {
    insta::assert_snapshot!(shown(3, &Style::plain().with_glyphs(Glyphs::Ascii)));
}

#[test]
fn three_populations_in_colour() {
    insta::assert_snapshot!(shown(3, &Style::plain().with_colour(Colour::Always)));
}

#[test]
fn twenty_populations_at_80() {
    insta::assert_snapshot!(shown(20, &Style::plain().with_size(120, 50)));
}
