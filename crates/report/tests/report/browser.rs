//! `report.html` in a real browser: the facts are on the page, the style applies under the policy, nothing overflows on a
//! phone, and nothing is asked of anybody, even where the escaping is assumed to have a hole.

use crate::fixture;
use std::{
    fs,
    io::{ErrorKind, Read},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread::{self, JoinHandle},
    time::Duration,
};

/// What the browser is called, depending on who packaged it.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];
/// It takes a second or two; a machine may be busy.
const PATIENCE: Duration = Duration::from_secs(120);

/// What the browser makes of a page: its document after loading, written out.
fn document(html: &str) -> String {
    let directory = tempfile::tempdir().unwrap();
    let page = directory.path().join("page.html");
    fs::write(&page, html).unwrap();
    let mut child = browser(&page, &directory.path().join("profile"));
    let mut output = child.stdout.take().unwrap();
    let (done, is_done) = mpsc::sync_channel(1);
    let reader = thread::spawn(move || {
        let mut text = String::new();
        let read = output.read_to_string(&mut text);
        // Nobody waits any more when the patience is over; the text is for nobody then.
        let _ = done.send(());
        read.map(|_| text)
    });
    let in_time = is_done.recv_timeout(PATIENCE).is_ok();
    if !in_time {
        child.kill().unwrap();
    }
    child.wait().unwrap();
    assert!(in_time, "the browser did not end within {PATIENCE:?}");
    reader.join().unwrap().unwrap()
}

fn browser(page: &Path, profile: &Path) -> Child {
    for name in NAMES {
        let spawned = Command::new(name)
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
            .args(["--disable-background-networking", "--disable-component-update", "--disable-sync", "--dump-dom"])
            .arg("--window-size=1440,900")
            .arg(format!("--user-data-dir={}", profile.display()))
            .arg(format!("file://{}", page.display()))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        match spawned {
            Ok(child) => return child,
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => panic!("{name} could not be started: {error}"),
        }
    }
    panic!(
        "none of {NAMES:?} is installed: the report is tested in a real browser. Install one: apt-get install chromium"
    );
}

/// A server that nobody should ask for anything.
struct Bystander {
    port: u16,
    is_over: Arc<AtomicBool>,
    serving: JoinHandle<usize>,
}

impl Bystander {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let is_over = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&is_over);
        let serving = thread::spawn(move || {
            let mut connections = Vec::new();
            while let Ok((mut connection, _)) = listener.accept() {
                if seen.load(Ordering::SeqCst) {
                    break;
                }
                // A browser may connect ahead of a request that the policy then forbids: only what is sent counts.
                connections.push(thread::spawn(move || connection.read(&mut [0; 16]).is_ok_and(|bytes| bytes > 0)));
            }
            connections.into_iter().map(|connection| usize::from(connection.join().unwrap())).sum()
        });
        Self { port, is_over, serving }
    }

    /// How many requests came, once the browser has ended and with it all of its connections.
    fn requests(self) -> usize {
        self.is_over.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(("127.0.0.1", self.port)).unwrap());
        self.serving.join().unwrap()
    }
}

/// The visible text of a document, and how often each element is opened.
fn content(html: &str) -> (String, Vec<String>) {
    let start = html.find("<style>").unwrap();
    let end = html.find("</style>").unwrap();
    let html = format!("{}{}", &html[..start], &html[end..]);
    let (mut text, mut elements) = (String::new(), Vec::new());
    let mut rest = html.as_str();
    while let Some(start) = rest.find('<') {
        text.push_str(&rest[..start]);
        let end = start + rest[start..].find('>').unwrap();
        let tag = &rest[start + 1..end];
        if !tag.starts_with(['/', '!']) {
            elements.push(tag.split([' ', '/']).next().unwrap().to_owned());
        }
        rest = &rest[end + 1..];
    }
    for (escape, character) in
        [("&quot;", "\""), ("&#39;", "'"), ("&nbsp;", "\u{a0}"), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")]
    {
        text = text.replace(escape, character);
    }
    elements.sort();
    (text.split_whitespace().collect::<Vec<_>>().join(" "), elements)
}

/// The page with something inserted at its end, as if the escaping had a hole.
fn with_inserted(html: &str, inserted: &str) -> String {
    html.replace("</body>", &format!("{inserted}</body>"))
}

#[test]
fn the_browser_reads_what_was_written() {
    let findings = fixture::lost_writes();
    let text = read_back(&report::html::write(&findings));
    read_back(&report::html::write(&fixture::hostile()));
    let facts = [
        findings.summary.sentence.as_str(),
        &findings.summary.second_sentence,
        "FAIL gameday-eu-kill",
        "detect 6.09 s, decide 3.3 s, shift 4.4 s, settle 3.8 s",
        "probe-000430-7c1e",
        "17.6 s ±0.1 s",
        "first home: not measured, the run ended before it",
    ];
    for fact in facts {
        assert!(text.contains(fact), "{fact} is not in {text}");
    }
}

/// The text that the browser found, which must be the text that was written, in the same elements.
fn read_back(html: &str) -> String {
    let (written, elements) = content(html);
    let (read, read_elements) = content(&document(html));
    assert_eq!(read, written, "no text is lost or gained");
    assert_eq!(read_elements, elements, "no element is dropped, moved or made up");
    read.replace('\u{a0}', " ")
}

/// What a hole in the escaping could let in, asking the bystander for whatever can be asked for.
fn hole(port: u16) -> String {
    format!(
        "<img src=\"http://127.0.0.1:{port}/image\"><iframe src=\"http://127.0.0.1:{port}/frame\"></iframe>\
         <link rel=\"stylesheet\" href=\"http://127.0.0.1:{port}/style\"><script src=\"http://127.0.0.1:{port}/s\"></script>\
         <script>document.title = 'it ran';</script>"
    )
}

#[test]
fn the_policy_stops_what_the_escaping_would_let_through() {
    let html = report::html::write(&fixture::lost_writes());
    let bystander = Bystander::start();
    let guarded = document(&with_inserted(&html, &hole(bystander.port)));
    assert!(guarded.contains("<title>FAIL: gameday-eu-kill</title>"), "no script runs");
    assert_eq!(bystander.requests(), 0, "and nobody is asked for anything");
    let bystander = Bystander::start();
    let unguarded = document(&without_policy(&with_inserted(&html, &hole(bystander.port))));
    assert!(unguarded.contains("<title>it ran</title>"), "without the policy it does, so this check can fail");
    assert!(bystander.requests() > 0, "and they are");
}

#[test]
fn the_style_applies_under_its_own_policy() {
    let html = report::html::write(&fixture::lost_writes());
    let probe = "<script>document.title = getComputedStyle(document.querySelector('.sentence')).fontSize;</script>";
    // Scripts are let through for the probe; the policy for styles stays as it is.
    let html = with_inserted(&html, probe).replace("style-src", "script-src &#39;unsafe-inline&#39;; style-src");
    assert!(document(&html).contains("<title>20px</title>"), "the sentence has its size");
    let broken = html.replace("sha256-", "sha256-x");
    assert!(!document(&broken).contains("<title>20px</title>"), "with another hash it has not");
}

#[test]
fn nothing_sticks_out_on_a_phone() {
    const WIDTHS: [u32; 4] = [320, 400, 900, 1_440];
    let findings = [fixture::lost_writes(), fixture::twenty_populations(), fixture::hostile()];
    for html in findings.iter().map(report::html::write) {
        let measured = measured(&html, &WIDTHS);
        for (width, (content, view)) in WIDTHS.iter().zip(&measured) {
            assert!(*view > width - 20 && content <= view, "at {width}: {content} wide in {view}");
        }
    }
    let wide = without_policy(&with_inserted(&report::html::write(&fixture::empty()), "<pre>xxxxxxxxxx</pre>"));
    let wide = wide.replace("xxxxxxxxxx", &"x".repeat(1_000));
    let (content, view) = measured(&wide, &[320])[0];
    assert!(content > view, "what sticks out is seen: {content} in {view}");
}

#[test]
fn nothing_is_cut_on_paper_and_all_can_be_read() {
    let findings = [fixture::lost_writes(), fixture::twenty_populations(), fixture::hostile()];
    let mut wide = fixture::twenty_populations();
    let region = wide.run.regions[0].clone();
    let further = (wide.run.regions.len()..20)
        .map(|number| verdict::findings::RegionPlace { name: format!("ap-southeast-{number}"), ..region.clone() });
    wide.run.regions.extend(further);
    for findings in findings.iter().chain([&wide]) {
        let printed = as_printed(&report::html::write(findings));
        for (paper, (content, view)) in PAPERS.iter().zip(&measured(&printed, &PAPERS)) {
            assert!(content <= view, "{}: on {paper}: {content} wide in {view}", findings.run.name);
        }
        for paper in PAPERS {
            let seen = on_paper(&printed, paper);
            let name = &findings.run.name;
            assert!(seen.overlap <= 1.0, "{name}: on {paper}: a table is {} px wider than its place", seen.overlap);
            assert!(seen.least >= 6.49, "{name}: on {paper}: a text of {} pt", seen.least);
            assert!(seen.least_prose >= 7.99, "{name}: on {paper}: a sentence of {} pt", seen.least_prose);
            assert!(seen.home - seen.elsewhere > 30.0, "in grey, home and elsewhere are apart: {seen:?}");
        }
    }
}

/// A4 and Letter without their margins, in CSS pixels.
const PAPERS: [u32; 2] = [725, 747];

/// As on paper: the widths of a screen don't count, nothing scrolls.
fn as_printed(html: &str) -> String {
    html.replace("@media print", "@media all").replace("@media screen", "@media tty")
}

/// What paper shows, measured.
#[derive(Debug)]
struct OnPaper {
    /// By how much the widest table sticks out of its place, in CSS pixels.
    overlap: f64,
    /// The smallest letters anywhere, and those of sentences, in points.
    least: f64,
    least_prose: f64,
    /// How bright the areas of who was served at home and elsewhere are in grey, of 255.
    home: f64,
    elsewhere: f64,
}

fn on_paper(printed: &str, paper: u32) -> OnPaper {
    const PROBE: &str = "<script>
        const all = [...document.body.querySelectorAll('*')].filter(e => e.getClientRects().length > 0 && !e.closest('script'));
        const said = all.filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim() !== ''));
        const drawn = svg => svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
        const points = e => parseFloat(getComputedStyle(e).fontSize) * 0.75 * (e.ownerSVGElement ? drawn(e.ownerSVGElement) : 1);
        const prose = said.filter(e => e.matches('header p, figcaption, section > p, ul.why > li') && !e.matches('.who p'));
        const width = e => Math.max(...[...e.getClientRects()].map(part => part.width));
        const tables = all.filter(e => e.matches('table')).map(e => width(e) - width(e.parentElement));
        const grey = name => { const [r, g, b] = getComputedStyle(document.querySelector(name)).fill.match(/[0-9]+/g).map(Number);
            return 0.299 * r + 0.587 * g + 0.114 * b; };
        document.title = [':', Math.max(0, ...tables), Math.min(...said.map(points)), Math.min(...prose.map(points)), grey('.home'), grey('.elsewhere')].join(' ');
        </script>";
    let framed = format!("<style>html {{ width: {paper}px; }}</style>{PROBE}");
    let page = document(&with_inserted(&without_policy(printed), &framed));
    let title = page.find("<title>: ").unwrap() + "<title>: ".len();
    let numbers =
        page[title..title + page[title..].find('<').unwrap()].split(' ').map(|number| number.parse().unwrap());
    let numbers: Vec<f64> = numbers.collect();
    let [overlap, least, least_prose, home, elsewhere] = numbers[..] else { panic!("{numbers:?}") };
    OnPaper { overlap, least, least_prose, home, elsewhere }
}

/// How wide the content and the view are in frames of those widths.
fn measured(html: &str, widths: &[u32]) -> Vec<(u32, u32)> {
    let probe = "<script>const e = document.documentElement;\
                 parent.document.title += ' ' + e.scrollWidth + ' ' + e.clientWidth;</script>";
    let framed = with_inserted(&without_policy(html), probe).replace('&', "&amp;").replace('"', "&quot;");
    let frame = |width: &u32| format!("<iframe width=\"{width}\" height=\"800\" srcdoc=\"{framed}\"></iframe>");
    let page = document(&format!("<title>:</title>{}", widths.iter().map(frame).collect::<String>()));
    let title = page.find("<title>:").unwrap() + "<title>:".len();
    let numbers: Vec<u32> = page[title..title + page[title..].find('<').unwrap()]
        .split_whitespace()
        .map(|word| word.parse().unwrap())
        .collect();
    let mut measured: Vec<_> = numbers.chunks(2).map(|pair| (pair[0], pair[1])).collect();
    assert_eq!(measured.len(), widths.len(), "every frame was measured");
    // Frames may load in any order; the view tells which is which.
    measured.sort_by_key(|(_, view)| *view);
    measured
}

fn without_policy(html: &str) -> String {
    match html.find("<meta http-equiv") {
        None => html.to_owned(),
        Some(start) => format!("{}{}", &html[..start], &html[start + html[start..].find('>').unwrap() + 1..]),
    }
}

#[test]
fn the_page_in_the_report_runs_alone_and_asks_nobody() {
    let script = "const data = document.getElementById('messages').textContent;\
                  const bytes = Uint8Array.from(atob(data), letter => letter.charCodeAt(0));\
                  const page = document.getElementById('page');\
                  document.querySelectorAll('style')[1].media = 'all'; page.textContent = new TextDecoder().decode(bytes);\
                  page.textContent += ' ' + getComputedStyle(page).color; fetch('http://127.0.0.1:PORT/asked').catch(() => {});";
    let bystander = Bystander::start();
    let script = script.replace("PORT", &bystander.port.to_string());
    let interactive = report::html::Interactive {
        script: &script,
        style: "#page { color: rgb(1, 2, 3); }",
        messages: "{\"kind\":\"resync\"} é".as_bytes(),
    };
    let findings = fixture::lost_writes();
    let html = report::html::write_interactive(&findings, &interactive);
    let read = document(&with_inserted(&html, &hole(bystander.port)));
    let page = &read[read.find("<div id=\"page\"").unwrap()..][..200];
    assert!(page.starts_with("<div id=\"page\">{\"kind\":\"resync\"} é rgb(1, 2, 3)</div>"), "{page}");
    assert!(read.contains("<title>FAIL: gameday-eu-kill</title>"), "no other script runs");
    assert_eq!(bystander.requests(), 0, "and nobody is asked, not even by the page's own script");
    // Without its layer the file is the one that is complete without a script.
    let layers = ["<div id=\"page\">", "<script", "script-src", "img-src"];
    assert!(layers.iter().all(|layer| html.contains(layer) && !report::html::write(&findings).contains(layer)));
}
