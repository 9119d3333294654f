//! What holds for all plans: no text makes the reader panic, shares sum to the whole, what was resolved is read back.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

mod world;

use plan::{Source, resolved};
use proptest::{prelude::*, sample::Index};
use world::{World, plans};

/// Either a plan that is read back as it was written, or mistakes whose places lie inside of the text.
fn read_without_panic(text: &str) {
    let source = Source { name: "tests/plans/good/any.yaml".to_owned(), text: text.to_owned() };
    match plan::check(&source, &World) {
        Ok(plan) => assert_eq!(resolved::read(&resolved::write(&plan).unwrap()).unwrap(), plan),
        Err(mistakes) => {
            assert!(mistakes.iter().next().is_some());
            for mistake in mistakes.iter() {
                let (start, end) = (mistake.span.start, mistake.span.end);
                assert!(start <= end && end <= text.len(), "{mistake:?} in {text:?}");
                assert!(text.is_char_boundary(start) && text.is_char_boundary(end), "{mistake:?} in {text:?}");
            }
            let drawn = format!("{:?}", miette::Report::new(mistakes));
            assert!(drawn.contains("plan::"), "{drawn}");
        }
    }
}

/// Pieces that plans are made of, to be put where they don't belong.
const PIECES: [&str; 30] = [
    "~",
    "0",
    "-1",
    "1e400",
    "99999999999999999999",
    "\"\"",
    "''",
    "[]",
    "{}",
    "[[]]",
    "{a: b}",
    "- x",
    "? x",
    "&a *a",
    "*b",
    "<<: {a: 1}",
    "!!int 3",
    "{{ x }}",
    "\"{{ x\"",
    "0%",
    "101%",
    "0/s",
    "0s",
    "24h",
    "1ns",
    "ä: ö",
    "\t",
    "\n",
    "# x",
    ": ",
];

/// A good plan with one line dropped, doubled, cut short or with a value replaced.
fn damaged() -> impl Strategy<Value = String> {
    let texts: Vec<String> = plans("good").into_iter().map(|(_, source)| source.text).collect();
    let step = (any::<Index>(), any::<Index>(), 0..6_u8);
    (proptest::sample::select(texts), proptest::collection::vec(step, 1..4), proptest::sample::select(PIECES.to_vec()))
        .prop_map(|(text, steps, piece)| steps.into_iter().fold(text, |text, step| damage(&text, piece, &step)))
}

fn damage(text: &str, piece: &str, (line, place, how): &(Index, Index, u8)) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    if lines.is_empty() {
        return piece.to_owned();
    }
    let line = line.index(lines.len());
    let own = lines[line].clone();
    let boundaries: Vec<usize> = own.char_indices().map(|(offset, _)| offset).chain([own.len()]).collect();
    let at = boundaries[place.index(boundaries.len())];
    match how {
        0 => drop(lines.remove(line)),
        1 => lines.insert(line, own),
        2 => lines[line].truncate(at),
        3 => lines[line].insert_str(at, piece),
        4 => lines[line] = own.split_once(": ").map_or(piece.to_owned(), |(key, _)| format!("{key}: {piece}")),
        _ => lines[line] = format!("  {own}"),
    }
    lines.join("\n")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_text_never_panics(text in "(?s).{0,200}") {
        read_without_panic(&text);
    }

    #[test]
    fn text_that_looks_like_yaml_never_panics(text in "([a-c]: |- |[{}\\[\\],&*!|>'\"#%@`~\\n ]|\\{\\{|\\}\\}|<<|1s|[äß]){0,40}") {
        read_without_panic(&text);
    }

    #[test]
    fn damaged_plans_never_panic(text in damaged()) {
        read_without_panic(&text);
    }

    #[test]
    fn shares_are_taken_exactly_or_refused(shares in proptest::collection::vec(proptest::option::of(0_u32..=1_000_000), 1..6)) {
        let population = |(index, share): (usize, &Option<u32>)| {
            let share = share.map(|parts| format!(", share: {}.{:04}%", parts / 10_000, parts % 10_000));
            format!("  - {{name: p{index}, place: us-east-1{}}}\n", share.unwrap_or_default())
        };
        let populations: String = shares.iter().enumerate().map(population).collect();
        let text = format!(
            "version: 1\ntarget: {{chirp: {{regions: [us-east-1]}}}}\nload: {{rate: 1/s, for: 60s}}\npopulations:\n{populations}"
        );
        let source = Source { name: "shares.yaml".to_owned(), text };
        let written: u32 = shares.iter().flatten().sum();
        let open = shares.iter().filter(|share| share.is_none()).count() as u32;
        let fits = !shares.contains(&Some(0)) && if open == 0 { written == 1_000_000 } else { written + open <= 1_000_000 };
        match plan::check(&source, &World) {
            Ok(plan) => {
                prop_assert!(fits);
                let sum: u32 = plan.populations.iter().map(|population| population.share.parts_per_million()).sum();
                prop_assert_eq!(sum, 1_000_000);
                for (population, share) in plan.populations.iter().zip(&shares) {
                    let got = population.share.parts_per_million();
                    prop_assert!(share.map_or(got > 0, |share| share == got));
                }
            }
            Err(_) => prop_assert!(!fits),
        }
    }

    #[test]
    fn what_was_resolved_is_read_back(
        rate in 0.001_f64..1e6,
        millis in 1_000_u64..80_000_000,
        jitter in 0_u64..1_000,
        delay_nanos in 1_u64..60_000_000_000,
        share in 1_u32..1_000_000,
        percentile in 0.0001_f64..99.9999,
    ) {
        let text = format!(
            "version: 1\n\
             target: {{chirp: {{regions: [us-east-1, eu-west-1]}}}}\n\
             load: {{rate: {rate}/s, for: {millis}ms, warm_up: 0s}}\n\
             populations: [{{name: a, place: dub, share: {}.{:04}%, path: {{eu-west-1: {delay_nanos}ns}}}}, {{name: b, place: sin}}]\n\
             journeys: [{{name: j, steps: [{{name: s, get: /, think: {jitter}ms ± {jitter}ms}}]}}]\n\
             objectives: [{{response_time: {{percentile: {percentile}, max: {delay_nanos}ns}}}}]\n",
            share / 10_000,
            share % 10_000,
        );
        let plan = plan::check(&Source { name: "any.yaml".to_owned(), text }, &World).unwrap();
        prop_assert_eq!(resolved::read(&resolved::write(&plan).unwrap()).unwrap(), plan);
    }
}

#[test]
fn huge_and_deep_texts_are_refused_at_once() {
    let cases = [
        ("at most 1048576 are read", "a".repeat(2 << 20)),
        ("recursion limit exceeded", "[".repeat(200_000)),
        ("more than 64 levels deep", format!("{}{}", "[".repeat(65), "]".repeat(65))),
        (
            "more than 64 levels deep",
            (0..65).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect::<String>() + "x",
        ),
        ("more than 100000 values", format!("[{}]", "1,".repeat(150_000))),
        ("more than 100000 values", {
            let level = |n: usize| format!("l{n}: &l{n} [{}]\n", vec![format!("*l{}", n - 1); 10].join(", "));
            format!("l0: &l0 [x, x]\n{}", (1..20).map(level).collect::<String>())
        }),
        ("an alias inside of what it stands for", "a: &a [*a]".to_owned()),
    ];
    for (expected, text) in cases {
        let start: String = text.chars().take(40).collect();
        let source = Source { name: "any.yaml".to_owned(), text };
        let mistakes = plan::check(&source, &World).unwrap_err();
        let messages: Vec<&str> = mistakes.iter().map(|mistake| mistake.message.as_str()).collect();
        assert!(messages.iter().any(|message| message.contains(expected)), "{start}: {messages:?}");
    }
}

#[test]
fn line_ends_and_byte_order_marks_of_other_systems_are_read() {
    let (_, source) = plans("good").into_iter().find(|(name, _)| name == "lab").unwrap();
    let expected = plan::check(&source, &World).unwrap();
    for text in [source.text.replace('\n', "\r\n"), format!("\u{feff}{}", source.text)] {
        let plan = plan::check(&Source { text, ..source.clone() }, &World).unwrap();
        assert_eq!((&plan.journeys, &plan.faults), (&expected.journeys, &expected.faults));
    }
}
