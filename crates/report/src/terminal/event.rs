//! One line per event, as it happens: `14:02:00.3 FAULT    region-kill eu-west-1 active`.
//!
//! On a terminal a long event is folded between words and goes on under its own text: it is read once, while the person
//! has no report yet, and an event that was cut is no news. In a log of CI it is one line however long, since logs are
//! searched line by line.

use super::{Stamps, Style, letters, style::Role};
use crate::Clock;
use record::Event;
use verdict::findings::EventTag;

/// A folded event takes at most this many lines.
const LINES_MAX: usize = 4;
/// The longest line of a log, in characters: an event is a sentence, not a page.
const LOG_LINE_MAX: usize = 1_000;
/// The longest tag is `FAILBACK`.
const TAG_WIDTH: usize = 8;

/// The event as a line (on a terminal: or a few), without a line feed at its end.
#[must_use]
pub fn event_line(event: &Event, clock: Clock, style: &Style) -> String {
    let tag = EventTag::of(&event.kind);
    let text = letters::clean(&event.text, style);
    match style.stamps() {
        Stamps::Utc => {
            let text: String = text.chars().take(LOG_LINE_MAX).collect();
            format!("{} {} {text}", clock.stamp(event.at), tag.as_str())
        }
        Stamps::TimeOfDay => {
            let stamp = clock.time_of_day(event.at);
            let indent = letters::width(&stamp) + 1 + TAG_WIDTH + 1;
            let folded = letters::fold(&text, style.columns().saturating_sub(indent), LINES_MAX, style);
            let tag = style.paint(role_of(tag), &format!("{:<TAG_WIDTH$}", tag.as_str()));
            format!("{stamp} {tag} {}", folded.join(&format!("\n{}", " ".repeat(indent))))
        }
    }
}

fn role_of(tag: EventTag) -> Role {
    match tag {
        EventTag::Fault | EventTag::Lost | EventTag::Abort => Role::Harm,
        EventTag::Verify | EventTag::Gen => Role::Warn,
        EventTag::Detect | EventTag::Reroute | EventTag::Shifted | EventTag::Recover | EventTag::Failback => {
            Role::React
        }
        EventTag::Phase | EventTag::Heal | EventTag::Note => Role::Strong,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terminal::{Colour, Glyphs};
    use record::EventKind;
    use units::RunTime;

    /// 2026-11-21T14:01:28Z.
    const STARTED: Option<u64> = Some(1_795_269_688_000_000);

    fn event(kind: EventKind, text: &str) -> Event {
        Event::new(RunTime::from_micros(32_312_000), kind, "fault", text)
    }

    fn line(kind: EventKind, text: &str, style: &Style) -> String {
        event_line(&event(kind, text), Clock::new(STARTED), style)
    }

    #[test]
    fn an_event_says_when_what_and_in_words() {
        let plain = Style::plain();
        let cases = [
            (EventKind::FaultActive("eu-dies".into()), "14:02:00.3 FAULT    eu-dies"),
            (EventKind::FaultUnproven("eu-dies".into()), "14:02:00.3 VERIFY   eu-dies"),
            (EventKind::FaultHealed("eu-dies".into()), "14:02:00.3 HEAL     eu-dies"),
            (EventKind::HealthChanged { region: "eu".into(), healthy: false }, "14:02:00.3 DETECT   eu-dies"),
            (EventKind::ServedByStarted { population: 0, region: 1 }, "14:02:00.3 REROUTE  eu-dies"),
            (EventKind::GeneratorSaturated(true), "14:02:00.3 GEN      eu-dies"),
            (EventKind::Aborted, "14:02:00.3 ABORT    eu-dies"),
            (EventKind::BaselineStarted, "14:02:00.3 PHASE    eu-dies"),
            (EventKind::Note, "14:02:00.3 NOTE     eu-dies"),
        ];
        for (kind, expected) in cases {
            assert_eq!(line(kind, "eu-dies", &plain), expected);
        }
    }

    #[test]
    fn a_log_line_is_whole_and_has_no_control_codes() {
        let style = Style::plain().with_stamps(Stamps::Utc);
        let text = format!("a \u{1b}[2J reason\nof {}", "words ".repeat(30));
        let line = line(EventKind::Note, &text, &style);
        assert!(line.starts_with("2026-11-21T14:02:00Z NOTE a �[2J reason of words"), "{line}");
        assert!(line.len() > 180 && !line.contains('\n') && !line.contains('\u{1b}'), "{line}");
        let endless = super::event_line(&event(EventKind::Note, &"x".repeat(9_000)), Clock::new(STARTED), &style);
        assert!(endless.len() < 1_100, "even a log line ends");
    }

    #[test]
    fn on_a_terminal_a_long_event_goes_on_under_itself() {
        let text = "region-loss of eu-west-1 active: every process was killed, and its three ports refuse connections";
        let style = Style::plain().with_size(60, 24).with_glyphs(Glyphs::Ascii);
        assert_eq!(
            line(EventKind::FaultActive("x".into()), text, &style),
            "14:02:00.3 FAULT    region-loss of eu-west-1 active: every\n                    process was killed, and its three ports\n                    refuse connections"
        );
    }

    #[test]
    fn the_tag_carries_the_colour() {
        let style = Style::plain().with_colour(Colour::Always);
        assert_eq!(line(EventKind::Aborted, "stopped", &style), "14:02:00.3 \u{1b}[1;31mABORT   \u{1b}[0m stopped");
    }
}
