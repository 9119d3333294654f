//! The latency of one population as it was second by second: where a percentile is one line, this is every answer.
//!
//! ```text
//!   latency of europe users, 60 s to now       . 1  : 3  + 10  # 32  @ 100 or more
//!   failed                    @@@@#:
//!     10 s
//!    3.2 s                        :
//!      1 s                       .+.
//!   316 ms  ...........:.        .#+::......
//!   100 ms  ++++++++++++:        .:+++++++++
//!    32 ms  ############+         .+########
//!    10 ms  ::::::::::::.            :::::::
//! ```
//!
//! A column is a second, a row half a decade, a letter the logarithm of the count, so that one slow answer among ten thousand is seen.
//! Seconds that nothing is known of are question marks: they were not quiet.

use super::{
    Style, letters,
    line::Line,
    style::{Glyphs, Role},
};
use std::time::Duration;
use verdict::live::Answers;

/// Rows that answers are drawn in, slowest first; the last holds everything that is faster.
const ROWS: [(u64, &str); 7] = [
    (10_000_000, "10 s"),
    (3_162_278, "3.2 s"),
    (1_000_000, "1 s"),
    (316_228, "316 ms"),
    (100_000, "100 ms"),
    (31_623, "32 ms"),
    (10_000, "10 ms"),
];
const LAST_ROW: &str = "faster";
/// Counts at which a letter begins.
const SHADES: [u64; 5] = [1, 3, 10, 32, 100];
const SHADES_UNICODE: [char; 5] = ['·', '░', '▒', '▓', '█'];
const SHADES_ASCII: [char; 5] = ['.', ':', '+', '#', '@'];
/// Shares of failures at which a letter begins.
const FAILED: [f64; 5] = [f64::MIN_POSITIVE, 0.03, 0.1, 0.32, 0.99];
/// Columns before the first second.
const MARGIN: usize = 9;

/// What is drawn.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct HeatMap {
    /// Whose answers.
    pub population: String,
    /// Seconds, oldest first; as many of the last as there is room for are drawn. `None`: nothing is known of it.
    pub seconds: Vec<Option<Answers>>,
}

/// The map's lines: the title, the failures, and a row for each of [`ROWS`] and what is faster.
pub(super) const LINES: usize = ROWS.len() + 3;

/// The map's lines, none wider than the style's columns.
#[must_use]
pub fn heat_map(map: &HeatMap, style: &Style) -> Vec<String> {
    let room = style.columns().saturating_sub(MARGIN);
    let seconds = &map.seconds[map.seconds.len().saturating_sub(room)..];
    let shades = if style.glyphs() == Glyphs::Ascii { SHADES_ASCII } else { SHADES_UNICODE };
    let mut lines = vec![title(&map.population, seconds.len(), shades, style)];
    let failed = seconds.iter().map(|second| match second {
        None => '?',
        Some(second) => shade(failed_share(second), &FAILED, &shades),
    });
    lines.push(Line::plain("  failed ").with(Role::Harm, &failed.collect::<String>()).render(style));
    let mut slower = vec![0; seconds.len()];
    for (bound, label) in ROWS.iter().map(|(bound, label)| (*bound, *label)).chain([(0, LAST_ROW)]) {
        let letters = seconds.iter().zip(&mut slower).map(|(second, slower)| match second {
            None => '?',
            Some(second) => {
                let at_least = at_least(second, bound);
                shade(
                    (at_least - std::mem::replace(slower, at_least)) as f64,
                    &SHADES.map(|count| count as f64),
                    &shades,
                )
            }
        });
        let letters: String = letters.collect();
        lines.push(Line::new().with(Role::Quiet, &format!("{label:>8} ")).with(Role::Plain, &letters).render(style));
    }
    lines
}

/// Whose answers, and what the letters mean: the words get fewer and the name is cut before a letter goes without its meaning.
fn title(population: &str, seconds: usize, shades: [char; 5], style: &Style) -> String {
    let meanings = |between: &str, after: &str| -> String {
        let all: Vec<_> = shades.iter().zip(SHADES).map(|(shade, count)| format!("{shade}{between}{count}")).collect();
        all.join(after)
    };
    let (full, short) = (format!("{} or more", meanings(" ", "  ")), format!("{}+", meanings("", " ")));
    let population = letters::clean(population, style);
    let long = format!("  latency of {population} users, {seconds} s to now");
    let rest = format!(", {seconds} s");
    let room = style.columns().saturating_sub(letters::width(&short) + letters::width(&rest) + 4);
    let cut = format!("  {}{rest}", letters::fit_middle(&population, room, style));
    let fits = |title: &str, legend: &str| letters::width(title) + letters::width(legend) + 2 <= style.columns();
    let (title, legend) = match () {
        () if fits(&long, &full) => (long, full),
        () if fits(&long, &short) => (long, short),
        () => (cut, short),
    };
    let gap = style.columns().saturating_sub(letters::width(&title) + letters::width(&legend));
    Line::plain(&title).with(Role::Quiet, &format!("{}{legend}", " ".repeat(gap))).render(style)
}

fn failed_share(second: &Answers) -> f64 {
    let ended = second.failed + second.response.len();
    if ended == 0 { 0.0 } else { second.failed as f64 / ended as f64 }
}

/// Answers that took so many microseconds or longer.
fn at_least(second: &Answers, bound: u64) -> u64 {
    if bound == 0 { second.response.len() } else { second.response.count_above(Duration::from_micros(bound - 1)) }
}

/// The letter of the highest step that is reached; a blank below the first.
fn shade(value: f64, steps: &[f64; 5], shades: &[char; 5]) -> char {
    steps.iter().rposition(|step| value >= *step).map_or(' ', |step| shades[step])
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::Histogram;

    fn second(answers: &[(u64, u64)], failed: u64) -> Answers {
        let mut response = Histogram::new();
        for (milliseconds, count) in answers {
            (0..*count).for_each(|_| response.record(Duration::from_millis(*milliseconds)));
        }
        Answers { response, failed }
    }

    /// A region dies: answers, then failures only, then slow answers; one second is not known.
    fn outage() -> HeatMap {
        let well = || Some(second(&[(20, 40), (60, 12), (150, 2)], 0));
        let mut seconds = vec![well(), well(), None, well()];
        seconds.extend([
            Some(second(&[(20, 30)], 4)),
            Some(second(&[], 50)),
            Some(second(&[(2_000, 5), (12_000, 1)], 9)),
        ]);
        seconds.extend([Some(second(&[(250, 110), (3, 1)], 0))]);
        HeatMap { population: "europe".to_owned(), seconds }
    }

    #[test]
    fn every_answer_is_seen_and_what_is_not_known_is_no_quiet_second() {
        let style = Style::plain().with_glyphs(Glyphs::Ascii);
        let expected = [
            "  latency of europe users, 8 s to now             . 1  : 3  + 10  # 32  @ 100 or more",
            "  failed   ? +@#",
            "    10 s   ?   .",
            "   3.2 s   ?",
            "     1 s   ?   :",
            "  316 ms   ?",
            "  100 ms ..?.   @",
            "   32 ms ++?+",
            "   10 ms ##?#+",
            "  faster   ?    .",
        ];
        let lines = heat_map(&outage(), &style);
        assert_eq!(&lines[1..], &expected[1..]);
        assert!(lines[0].starts_with("  latency of europe users, 8 s to now"), "{}", lines[0]);
        assert!(lines[0].ends_with(". 1  : 3  + 10  # 32  @ 100 or more"), "{}", lines[0]);
    }

    #[test]
    fn every_letter_keeps_its_meaning_in_a_narrow_terminal() {
        let title = |population: &str, columns| {
            let map = HeatMap { population: population.to_owned(), ..outage() };
            heat_map(&map, &Style::plain().with_glyphs(Glyphs::Ascii).with_size(columns, 24)).remove(0)
        };
        assert_eq!(title("europe", 60), "  latency of europe users, 8 s to now    .1 :3 +10 #32 @100+");
        assert_eq!(title("europe", 40), "  europe, 8 s        .1 :3 +10 #32 @100+");
        assert_eq!(title("asia-northeast-2-cable", 40), "  asia-..cable, 8 s  .1 :3 +10 #32 @100+");
    }

    #[test]
    fn only_as_many_seconds_are_drawn_as_there_is_room_for() {
        let mut map = outage();
        map.seconds.extend((0..200).map(|_| Some(second(&[(20, 1)], 0))));
        for columns in [40, 60, 80] {
            let lines = heat_map(&map, &Style::plain().with_size(columns, 24));
            assert_eq!(lines.len(), 10);
            assert!(lines.iter().all(|line| line.chars().count() <= columns), "{columns}: {lines:#?}");
            assert_eq!(lines[8].chars().count(), columns, "{}", lines[8]);
        }
    }
}
