//! The report as a whole, on findings with known content.

#![expect(clippy::unwrap_used, reason = "tests may panic")]

mod browser;
mod comparison;
mod files;
mod fixture;
mod html;
mod json;
mod junit;
mod knee;
mod live;
mod markdown;
mod recorded;
mod runs;
mod summary;
