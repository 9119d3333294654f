//! The reference of metrics, `docs/chirp/metrics.md`, made from what the code registers; and what the names
//! and helps of metrics have to keep.
//!
//! The names of labels are not in a registry before there is a value. They are read from the source of the
//! label set that the metric's type names: `Family<chirp::region::metrics::PeerLabels, …>` is the struct
//! `PeerLabels` in `src/region/metrics.rs`.

#![expect(clippy::unwrap_used, reason = "tests may panic")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::Registered;
use crate::{edge, region};

/// Set it to write the page anew.
const WRITE: &str = "WRITE_METRICS_REFERENCE";

fn processes() -> [(&'static str, Vec<Registered>); 2] {
    [("A region", region::registered_metrics()), ("An edge", edge::registered_metrics())]
}

/// The name as it is scraped.
fn exposed(metric: &Registered) -> String {
    if metric.kind == "counter" { format!("{}_total", metric.name) } else { metric.name.clone() }
}

fn labels(metric: &Registered) -> Vec<String> {
    let Some((_, inner)) = metric.metric.split_once("::Family<") else { return Vec::new() };
    let path = inner.split([',', '<']).next().unwrap().trim();
    let mut modules: Vec<&str> = path.split("::").skip(1).collect();
    let name = modules.pop().unwrap();
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(modules.join("/"));
    let files = [sources.with_extension("rs"), sources.join("mod.rs")];
    let text = files.iter().find_map(|file| std::fs::read_to_string(file).ok());
    let text = text.unwrap_or_else(|| panic!("the labels of {} are {path}, in none of {files:?}", metric.name));
    let start = text.find(&format!("struct {name} {{")).unwrap_or_else(|| panic!("no struct {name} in {files:?}"));
    let body = text[start..].split_once('{').unwrap().1.split_once('}').unwrap().0;
    let field = |line: &str| Some(line.trim().split_once(": ")?.0.rsplit(' ').next()?.to_owned());
    body.lines().filter(|line| !line.trim_start().starts_with("//")).filter_map(field).collect()
}

fn page() -> String {
    let mut page = String::from(
        "# Chirp's metrics\n\n\
         Made from the code; do not edit. `WRITE_METRICS_REFERENCE=1 cargo test -p chirp metrics_reference` writes it anew.\n\n\
         `GET /metrics` on the listener for users answers OpenMetrics text. Times are in seconds, sizes in bytes; \
         what is neither is a plain number. A metric without a value yet is not in the text. How to read them: \
         [observability](observability.md).\n",
    );
    for (process, metrics) in processes() {
        write!(page, "\n## {process}\n\n| metric | kind | labels | help |\n|---|---|---|---|\n").unwrap();
        let mut rows: Vec<String> = metrics
            .iter()
            .map(|metric| {
                let labels: Vec<String> = labels(metric).iter().map(|label| format!("`{label}`")).collect();
                format!("| `{}` | {} | {} | {} |\n", exposed(metric), metric.kind, labels.join(", "), metric.help)
            })
            .collect();
        rows.sort();
        page.push_str(&rows.concat());
    }
    page.push_str(
        "\n## Every process\n\n`process_cpu_seconds_total`, `process_start_time_seconds`, `process_resident_memory_bytes`, \
         `process_virtual_memory_bytes`, `process_threads`, `process_open_fds`, `process_max_fds`: as Prometheus's own \
         client libraries define them, read from `/proc`.\n",
    );
    page
}

fn docs(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/chirp").join(file)
}

#[test]
fn the_metrics_reference_is_what_the_code_registers() {
    let (page, file) = (page(), docs("metrics.md"));
    if std::env::var_os(WRITE).is_some() {
        std::fs::write(&file, &page).unwrap();
    }
    let written = std::fs::read_to_string(&file).unwrap_or_default();
    let differs = page.lines().chain(written.lines()).find(|line| {
        page.lines().filter(|other| other == line).count() != written.lines().filter(|other| other == line).count()
    });
    assert!(
        page == written,
        "docs/chirp/metrics.md is not what the code registers, for example: {differs:?}\n\
         write it anew: {WRITE}=1 cargo test -p chirp metrics_reference"
    );
}

#[test]
fn metrics_keep_the_rules_for_names_units_and_helps() {
    // https://prometheus.io/docs/practices/naming/
    let not_base = ["_ms", "_milliseconds", "_us", "_micros", "_minutes", "_kb", "_kilobytes", "_mb", "_percent"];
    let mut mistakes = Vec::new();
    for (process, metrics) in processes() {
        for metric in &metrics {
            let name = &metric.name;
            let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
            let said = [
                (!name.bytes().all(allowed), "has other characters than a-z, 0-9 and _"),
                (name.ends_with("_total"), "is registered with _total, which the text gets by itself"),
                (not_base.iter().any(|unit| name.ends_with(unit)), "has a unit that is no base unit (seconds, bytes)"),
                (metric.kind == "histogram" && !name.ends_with("_seconds") && !name.ends_with("_bytes"), "has no unit"),
                (metric.kind == "unknown", "has no kind"),
                (
                    metric.help.len() < 5 || metric.help.ends_with('.'),
                    "has a help that is none, or ends with a full stop",
                ),
                (metric.help.contains(['|', '\n']), "has a help that breaks the table"),
                (metrics.iter().filter(|other| other.name == *name).count() > 1, "is registered twice"),
                (labels(metric).iter().any(|label| !label.bytes().all(allowed)), "has a malformed label"),
                (
                    labels(metric).iter().any(|label| ["user", "path", "id", "request_id"].contains(&&**label)),
                    "has a label without bound",
                ),
            ];
            mistakes
                .extend(said.iter().filter(|(wrong, _)| *wrong).map(|(_, what)| format!("{process}: {name} {what}")));
        }
        assert!(metrics.len() > 10, "{process} has hardly a metric");
    }
    assert_eq!(mistakes, Vec::<String>::new());
}

/// The names in a PromQL expression that are of ours.
fn names(expression: &str) -> Vec<&str> {
    let word = |byte: char| byte.is_ascii_alphanumeric() || byte == '_';
    let ours = |word: &&str| word.starts_with("chirp_") || word.starts_with("process_");
    expression.split(|byte| !word(byte)).filter(ours).collect()
}

/// The names of metrics that the dashboard shows.
fn shown() -> Vec<String> {
    let text = std::fs::read_to_string(docs("observability/dashboard.json")).unwrap();
    let dashboard: serde_json::Value = serde_json::from_str(&text).unwrap();
    let mut shown = Vec::new();
    for panel in dashboard["panels"].as_array().unwrap() {
        assert!(panel["title"].as_str().unwrap().ends_with('?'), "a panel answers a question: {}", panel["title"]);
        for target in panel["targets"].as_array().unwrap() {
            shown.extend(names(target["expr"].as_str().unwrap()).into_iter().map(str::to_owned));
        }
    }
    shown
}

#[test]
fn the_dashboard_names_only_metrics_that_there_are() {
    let known: Vec<String> = processes().iter().flat_map(|(_, metrics)| metrics.iter().map(exposed)).collect();
    let is_known = |name: &str| known.iter().any(|known| known == name) || page().contains(&format!("`{name}`"));
    let is_unknown = |name: &&String| {
        let base = ["_bucket", "_sum", "_count"].iter().find_map(|suffix| name.strip_suffix(suffix));
        !is_known(name) && !base.is_some_and(is_known)
    };
    let shown = shown();
    let unknown: Vec<&String> = shown.iter().filter(is_unknown).collect();
    assert_eq!(unknown, Vec::<&String>::new(), "in docs/chirp/observability/dashboard.json, but not registered");
    assert!(shown.len() > 15, "only {} names were found: the dashboard is not read right", shown.len());
}

/// What a metric is about: the first word of its name, and for edges the second, too.
fn subject(name: &str) -> &str {
    let name = name.strip_prefix("chirp_").unwrap_or(name);
    let words = if name.starts_with("edge_") { 2 } else { 1 };
    let end = name.match_indices('_').nth(words - 1).map_or(name.len(), |(end, _)| end);
    name[..end].trim_end_matches('s')
}

#[test]
fn the_dashboard_shows_something_of_everything_that_is_measured() {
    let shown = shown();
    for (process, metrics) in processes() {
        for metric in metrics {
            let subject = subject(&metric.name);
            let is_shown = shown.iter().any(|name| self::subject(name) == subject);
            assert!(is_shown, "{process}: no panel about `{subject}` ({})", metric.name);
        }
    }
}
