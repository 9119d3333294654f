//! Keeps the live block at the bottom of the terminal, while event lines go by above it and stay in the scroll-back.
//!
//! No alternate screen and no hidden cursor: whatever happens to the process, the terminal is as it was, and what was
//! printed is still there. Where there is no terminal, nothing is drawn and no control code is written.

use super::{Surroundings, style::COLUMNS_MIN};
use std::io::{self, Write};

/// A block in a lower terminal would scroll away while it is being drawn.
const ROWS_MIN: u16 = 8;

/// Whether the block can be drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drawing {
    /// A terminal that obeys cursor codes.
    InPlace,
    /// A pipe, a file, or a dumb terminal: lines only.
    LinesOnly,
}

impl Drawing {
    /// What the surroundings allow: in place on a terminal that is not dumb, whose size is known and large enough.
    #[must_use]
    pub fn fitting(surroundings: &Surroundings<'_>) -> Self {
        let is_large =
            surroundings.size.is_some_and(|(columns, rows)| usize::from(columns) >= COLUMNS_MIN && rows >= ROWS_MIN);
        if surroundings.is_terminal && surroundings.term != Some("dumb") && is_large {
            Self::InPlace
        } else {
            Self::LinesOnly
        }
    }
}

/// The block and the lines above it.
#[derive(Debug)]
pub struct LiveBlock<Sink: Write> {
    sink: Sink,
    drawing: Drawing,
    block: Vec<String>,
}

impl<Sink: Write> LiveBlock<Sink> {
    /// Nothing drawn yet.
    pub fn new(sink: Sink, drawing: Drawing) -> Self {
        Self { sink, drawing, block: Vec::new() }
    }

    /// Puts these lines in the place of the block's. They must be as wide as the terminal at most, and fewer than its rows.
    ///
    /// # Errors
    ///
    /// When the sink refuses.
    pub fn draw(&mut self, lines: Vec<String>) -> io::Result<()> {
        if self.drawing == Drawing::LinesOnly {
            return Ok(());
        }
        let mut text = self.erasing();
        push_lines(&mut text, &lines);
        self.block = lines;
        self.write(&text)
    }

    /// Prints a line (or several, with line feeds between) above the block.
    ///
    /// # Errors
    ///
    /// When the sink refuses.
    pub fn line_above(&mut self, line: &str) -> io::Result<()> {
        let mut text = self.erasing();
        text.push_str(line);
        text.push('\n');
        push_lines(&mut text, &self.block);
        self.write(&text)
    }

    /// Takes the block away and gives the sink back; the lines that were printed above it stay.
    ///
    /// # Errors
    ///
    /// When the sink refuses.
    pub fn finish(mut self) -> io::Result<Sink> {
        let text = self.erasing();
        self.write(&text)?;
        Ok(self.sink)
    }

    /// Cursor to the block's first column and line, and everything from there on erased.
    fn erasing(&self) -> String {
        match self.block.len() {
            0 => String::new(),
            lines => format!("\r\u{1b}[{lines}A\u{1b}[J"),
        }
    }

    /// One write, so that no half-drawn block is ever seen.
    fn write(&mut self, text: &str) -> io::Result<()> {
        self.sink.write_all(text.as_bytes())?;
        self.sink.flush()
    }
}

fn push_lines(text: &mut String, lines: &[String]) {
    for line in lines {
        text.push_str(line);
        text.push('\n');
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;

    fn lines(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    /// What a terminal shows after these bytes: knows line feed, carriage return, cursor up and erase below.
    fn shown(bytes: &[u8]) -> Vec<String> {
        let mut screen: Vec<String> = vec![String::new()];
        let mut row = 0;
        let mut rest = std::str::from_utf8(bytes).unwrap();
        while let Some(character) = rest.chars().next() {
            rest = &rest[character.len_utf8()..];
            match character {
                '\r' => {}
                '\n' => {
                    row += 1;
                    if row == screen.len() {
                        screen.push(String::new());
                    }
                }
                '\u{1b}' => {
                    let end = rest.find(|letter: char| letter.is_ascii_alphabetic()).unwrap();
                    let (argument, code) = (&rest[1..end], &rest[end..=end]);
                    match code {
                        "A" => row -= argument.parse::<usize>().unwrap(),
                        "J" => {
                            screen.truncate(row);
                            screen.push(String::new());
                        }
                        other => panic!("unknown control code {other}"),
                    }
                    rest = &rest[end + 1..];
                }
                letter => screen[row].push(letter),
            }
        }
        screen
    }

    #[test]
    fn the_block_is_replaced_and_lines_stay_above_it() {
        let mut block = LiveBlock::new(Vec::new(), Drawing::InPlace);
        block.draw(lines(&["head 1", "row"])).unwrap();
        block.line_above("event 1").unwrap();
        block.draw(lines(&["head 2", "row", "row"])).unwrap();
        block.line_above("event 2\n  goes on").unwrap();
        block.draw(lines(&["head 3"])).unwrap();
        assert_eq!(shown(&block.sink), ["event 1", "event 2", "  goes on", "head 3", ""]);
        let sink = block.finish().unwrap();
        assert_eq!(shown(&sink), ["event 1", "event 2", "  goes on", ""]);
    }

    #[test]
    fn the_block_needs_a_terminal_that_can_hold_it() {
        let terminal = Surroundings {
            is_terminal: true,
            size: Some((80, 24)),
            no_color: None,
            term: Some("xterm"),
            wants_ascii: false,
        };
        let cases = [
            (terminal, Drawing::InPlace, "a terminal"),
            (Surroundings { no_color: Some("1"), ..terminal }, Drawing::InPlace, "colour has nothing to do with it"),
            (Surroundings { is_terminal: false, ..terminal }, Drawing::LinesOnly, "a pipe"),
            (Surroundings { term: Some("dumb"), ..terminal }, Drawing::LinesOnly, "a dumb terminal"),
            (Surroundings { size: None, ..terminal }, Drawing::LinesOnly, "of unknown size"),
            (Surroundings { size: Some((39, 24)), ..terminal }, Drawing::LinesOnly, "too narrow"),
            (Surroundings { size: Some((80, 7)), ..terminal }, Drawing::LinesOnly, "too low"),
        ];
        for (surroundings, drawing, case) in cases {
            assert_eq!(Drawing::fitting(&surroundings), drawing, "{case}");
        }
    }

    #[test]
    fn without_a_terminal_there_are_lines_and_no_control_codes() {
        let mut block = LiveBlock::new(Vec::new(), Drawing::LinesOnly);
        block.draw(lines(&["head"])).unwrap();
        block.line_above("event").unwrap();
        block.draw(lines(&["head"])).unwrap();
        assert_eq!(block.finish().unwrap(), b"event\n");
    }
}
