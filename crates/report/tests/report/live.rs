//! The live block in terminals of several kinds.

use report::terminal::{Colour, Glyphs, HeatMap, LiveView, Style, live};
use std::time::Duration;
use unicode_width::UnicodeWidthStr;
use units::RunTime;
use verdict::live::{Answers, GeneratorNow, Limits, Now, Phase, PopulationNow, State, Window};

fn calm(name: &str) -> PopulationNow {
    PopulationNow {
        name: name.to_owned(),
        state: State::Fine,
        since: RunTime::START,
        why: String::new(),
        distrust: None,
        home: Some(0),
        window: Window { ok_home: 5_000, p99: Some(Duration::from_millis(74)), ..Window::default() },
        affected: Duration::ZERO,
    }
}

fn generator(agent: usize) -> GeneratorNow {
    GeneratorNow {
        agent,
        name: format!("generator-{agent}"),
        place: String::new(),
        due: 0,
        sent: 0,
        lag_p99: None,
        cpu: None,
        descriptors: 0,
        descriptors_max: 0,
        memory: 0,
        clock_bound: None,
        last_second: None,
        distrust: String::new(),
    }
}

fn view(populations: usize) -> LiveView {
    let mut rows: Vec<_> =
        (0..populations).map(|index| calm(&format!("population-with-a-long-name-{index}"))).collect();
    let mut history = vec![vec![(State::Fine, Some(Duration::from_millis(74))); 60]; populations];
    let hit = &mut rows[0];
    hit.name = "europe".to_owned();
    hit.state = State::Down;
    hit.window = Window {
        ok_home: 0,
        ok_elsewhere: 410,
        failed: 590,
        p99: Some(Duration::from_millis(291)),
        failing_for: Duration::from_secs(11),
        ..Window::default()
    };
    (40..52).for_each(|second| history[0][second].0 = State::Down);
    (52..60).for_each(|second| history[0][second].0 = State::Rerouted);
    (40..44).for_each(|second| history[0][second].1 = None);
    (44..60).for_each(|second| history[0][second].1 = Some(Duration::from_millis(291)));
    if let Some(slow) = rows.get_mut(1) {
        slow.window.p99 = Some(Duration::from_millis(412));
        slow.state = State::Degraded;
        (52..60).for_each(|second| history[1][second].0 = State::Degraded);
    }
    if let Some(silent) = rows.get_mut(2) {
        silent.window.silent_for = Duration::from_secs(5);
        silent.state = State::NoData;
        history[2].truncate(31);
    }
    let now = Now {
        at: RunTime::START,
        elapsed: Duration::from_secs(1_811),
        phase: Phase::Fault,
        phase_text: "fault lose-europe 0:11 of 15:00".to_owned(),
        state: State::Down,
        sentence: "europe users down for 11.2 s (since 14:02:00): 59 % fail, mostly refused; served so far by us-east-1 (41 %)."
            .to_owned(),
        second_line: "Others: 2 fine. Measurement trusted.".to_owned(),
        is_held: false,
        is_trusted: true,
        rate: 42_010.0,
        limits: Limits { success_min: 0.99, p99_max: Some(Duration::from_millis(300)) },
        populations: rows,
        generators_line: String::new(),
        generators: (0..20).map(generator).collect(),
        marks: Vec::new(),
        score: Vec::new(),
        promises: Vec::new(),
    };
    LiveView {
        name: "gameday-eu-kill".to_owned(),
        now,
        history,
        map: None,
        lists_all: false,
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
fn what_the_keys_do_is_never_cut() {
    let mut narrow = view(3);
    narrow.hint = "[l] latency  [r] regions  [h] go on  Ctrl-C heals, judges, and ends".to_owned();
    for (columns, lines) in [(40, 2), (80, 1)] {
        let drawn = live(&narrow, &Style::plain().with_size(columns, 24));
        let hint = drawn[drawn.len() - lines..].join(" ");
        assert_eq!(hint.split_whitespace().collect::<Vec<_>>(), narrow.hint.split_whitespace().collect::<Vec<_>>());
    }
}

#[test]
fn a_silent_population_has_no_numbers() {
    let text = shown(3, &Style::plain());
    let row = text.lines().find(|line| line.contains("no data")).unwrap();
    assert!(row.contains('?') && !row.contains('%'), "{row}");
}

#[test]
fn where_no_second_has_a_p99_the_strip_says_few() {
    let mut sparse = view(3);
    sparse.history.iter_mut().flatten().for_each(|(_, p99)| *p99 = None);
    let lines = live(&sparse, &Style::plain());
    let rows: Vec<_> = lines.iter().filter(|line| line.contains(" ms ")).collect();
    assert!(!rows.is_empty() && rows.iter().all(|row| row.ends_with(" few")), "{rows:?}");
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
    crowd.now.populations.iter_mut().for_each(|row| row.state = State::Down);
    let lines = live(&crowd, &Style::plain().with_size(80, 24));
    assert!(lines.len() <= 20, "{}", lines.len());
    assert!(lines.iter().any(|line| line.contains("90 more")), "{lines:?}");
}

#[test]
fn a_measurement_that_is_not_trusted_says_why() {
    let mut doubted = view(3);
    assert!(
        !live(&doubted, &Style::plain()).join("\n").contains("Measurement"),
        "where all is well the rows say enough"
    );
    doubted.now.is_trusted = false;
    doubted.now.second_line = "Measurement not trusted: generator-3 was lost.".to_owned();
    doubted.now.generators[2].distrust = "lost".to_owned();
    let text = live(&doubted, &Style::plain()).join("\n");
    assert!(
        text.contains("Measurement not trusted: generator-3 was lost.") && text.contains("gens 19/20 TRUSTED"),
        "{text}"
    );
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

#[test]
fn the_latency_takes_the_place_of_the_rows_and_a_low_terminal_says_what_it_lacks() {
    let mut asked = view(3);
    asked.map = Some(HeatMap { population: "europe".to_owned(), seconds: vec![Some(Answers::default()), None] });
    let shown = |rows| live(&asked, &Style::plain().with_size(80, rows));
    let high = shown(24);
    assert!(high.iter().any(|line| line.starts_with("  latency of europe users, 2 s to now")), "{high:#?}");
    assert!(!high.iter().any(|line| line.contains("elsewhere  last")), "the rows make room: {high:#?}");
    assert_eq!(high.len(), 16);
    assert_eq!(shown(17).len(), 16, "the cursor has a line of its own");
    let low = shown(16);
    assert!(low.contains(&"the latency map needs 1 more row of the terminal".to_owned()), "{low:#?}");
    assert!(shown(12).contains(&"the latency map needs 5 more rows of the terminal".to_owned()));
}

#[test]
fn all_populations_are_listed_on_request_as_far_as_there_is_room() {
    let mut asked = view(20);
    asked.lists_all = true;
    let high = live(&asked, &Style::plain().with_size(80, 40));
    assert_eq!(high.iter().filter(|line| line.starts_with(['✕', '○', '▲', '●'])).count(), 20, "{high:#?}");
    let low = live(&asked, &Style::plain().with_size(80, 20));
    assert!(low.len() < 20 && low.iter().any(|line| line.contains(" more  ")), "{low:#?}");
}
