//! What a person at a shell reads: event lines as things happen, a live block under them, and the summary at the end.
//!
//! Map: [`Style`] says what the terminal can show; [`summary()`] is the end; [`event_line`] and [`beat_line`] are the log;
//! [`live()`] draws a [`LiveView`], with a [`HeatMap`] on request, that is what [`verdict::live`] says, and [`LiveBlock`] keeps it in place.
//!
//! Invariants: every line goes through [`line::Line`] or [`table::Table`], which clean it of control codes, write it in
//! ASCII where that is asked for, and cut it to the columns there are. Two kinds of line are longer on purpose: a path to
//! a written file, since a path that was cut can't be opened, and log lines of CI, which are searched and not looked at.

mod beat;
mod block;
mod event;
mod heat_map;
mod letters;
mod line;
mod live;
mod style;
mod summary;
mod table;
mod view;

pub use beat::{Beat, beat_line};
pub use block::{Drawing, LiveBlock};
pub use event::event_line;
pub use heat_map::{HeatMap, heat_map};
pub(crate) use letters::{clean, fold};
pub(crate) use line::Line;
pub use live::live;
pub(crate) use style::Role;
pub use style::{Colour, Glyphs, Stamps, Style, Surroundings};
pub use summary::summary;
pub(crate) use table::{Cell, Column, Table};
pub use view::LiveView;
