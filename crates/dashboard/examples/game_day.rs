//! Writes the messages of a recording, or of a game day that never took place, as the page would get them: one a line.
//!
//! ```text
//! cargo run -p dashboard --example game_day -- 3 OUT.ndjson [SECONDS]      a game day of 3 (or up to 20) regions
//! cargo run -p dashboard --example game_day -- 3 OUT.ndjson 120 60         the same, cut off by a crash after 60 s, not judged
//! cargo run -p dashboard --example game_day -- RUN OUT.ndjson              a run directory, judged
//! cargo run -p dashboard --example game_day -- 20 OUT.html                 the report instead of the messages
//! ```
//!
//! Each line is `{"at_us": when it was known, "message": {"kind": …}}`; the first is a hello.

#[path = "../tests/support/game_day.rs"]
mod game_day;

use dashboard::{
    replay,
    wire::{Hello, Message, Mode, Role, VERSION},
};
use record::Recording;
use std::{
    error::Error,
    fs::File,
    io::{BufWriter, Write},
    path::Path,
};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let usage = "say how many regions (or a run directory), and where to write to";
    let what = arguments.next().ok_or(usage)?;
    let out = arguments.next().ok_or(usage)?;
    let seconds = arguments.next().map_or(Ok(game_day::SECONDS_MIN), |text| text.parse())?;
    let cut = arguments.next().map(|text| text.parse()).transpose()?;
    let recording = match (what.parse::<usize>(), cut) {
        (Ok(regions), Some(after)) => game_day::crashed(regions, after),
        (Ok(regions), None) => game_day::game_day(regions, seconds),
        (Err(_), _) => Recording::read(Path::new(&what))?,
    };
    let findings = recording.integrity.complete.then(|| verdict::judge(&recording));
    if out.ends_with(".html") {
        let findings = findings.ok_or("what was cut off has no report here")?;
        return Ok(std::fs::write(out, report::html::write(&findings))?);
    }
    let hello = Hello {
        version: VERSION,
        run: recording.plan.name.clone(),
        landfall: env!("CARGO_PKG_VERSION").to_owned(),
        started_unix_us: recording.manifest.as_ref().map_or(0, record::Manifest::started_unix_micros),
        now_us: 0,
        mode: Mode::Replay,
        role: Role::View,
    };
    let messages = replay::messages(&recording, findings.as_ref());
    let mut file = BufWriter::new(File::create(out)?);
    let hello = (units::RunTime::START, Message::Hello(hello));
    for (at, message) in std::iter::once(hello).chain(messages) {
        let line = serde_json::json!({ "at_us": at.as_micros(), "message": message });
        writeln!(file, "{line}")?;
    }
    file.flush()?;
    Ok(())
}
