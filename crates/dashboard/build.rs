//! Builds the page and puts it where `src/assets.rs` embeds it: each file packed, with its type and its tag; and the script and style
//! sheet of a report where `src/layer.rs` does.
//!
//! npm never runs in the source tree. It runs once for each state of the page's sources in a target folder, whatever profile or
//! command this is built for: `TARGET/landfall-page` has the packages, a copy of the sources, and what was built, behind a lock.
//! Packages are fetched again only when `package-lock.json` has changed.

use flate2::{Compression, write::GzEncoder};
use sha2::{Digest as _, Sha256};
use std::{
    env,
    error::Error,
    ffi::OsStr,
    fmt::Write as _,
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::Command,
};

type Failed = Box<dyn Error>;

/// What is in the page's folder and is no source of it.
const NO_SOURCES: [&str; 5] = ["node_modules", "dist", "dist-report", "tests", ".unit"];

/// What is shown at `/` where the page is not built in.
const WITHOUT_PAGE: &str = "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>Landfall</title>\n\
    <h1>This Landfall was built without its page</h1>\n\
    <p>The same data: <code>GET /api/v1/runs</code>, and for each run <code>stream</code>, <code>series</code> and \
    <code>report.html</code> under <code>/api/v1/runs/RUN/</code>.</p>\n\
    <p>To have the page, build with the feature <code>page</code>, which is on by default; it needs Node and npm.</p>\n</html>\n";

fn main() -> Result<(), Failed> {
    let out = PathBuf::from(variable("OUT_DIR")?);
    let page = PathBuf::from(variable("CARGO_MANIFEST_DIR")?).join("page");
    let is_wanted = env::var_os("CARGO_FEATURE_PAGE").is_some();
    if !(is_wanted && page.join("package.json").exists()) {
        if !is_wanted {
            println!("cargo::rerun-if-changed=build.rs");
        }
        fs::write(out.join("layer.rs"), "None")?;
        return embed(&out, &[Built { path: "/index.html".to_owned(), is_hashed: false, bytes: WITHOUT_PAGE.into() }]);
    }
    println!("cargo::rerun-if-changed=build.rs");
    let mut sources = Vec::new();
    for entry in entries(&page)? {
        if !NO_SOURCES.contains(&entry.as_str()) {
            println!("cargo::rerun-if-changed={}", page.join(&entry).display());
            files(&page, Path::new(&entry), &mut sources)?;
        }
    }
    let made = Workshop::open(target(&out))?.build(&page, &sources)?;
    fs::write(out.join("report.js"), &made.script)?;
    fs::write(out.join("report.css"), &made.style)?;
    let file = |name: &str| format!("include_str!(concat!(env!(\"OUT_DIR\"), \"/{name}\"))");
    fs::write(out.join("layer.rs"), format!("Some(({}, {}))", file("report.js"), file("report.css")))?;
    embed(&out, &made.files)
}

/// What npm made.
struct Made {
    /// The page, as a server serves it.
    files: Vec<Built>,
    /// The script of a report.
    script: Vec<u8>,
    /// Its style sheet.
    style: Vec<u8>,
}

impl Made {
    fn of(work: &Path) -> Result<Self, Failed> {
        let of_report = |name: &str| fs::read(work.join("dist-report").join(name));
        Ok(Self { files: dist(work)?, script: of_report("report.js")?, style: of_report("report.css")? })
    }
}

/// A file of the page.
struct Built {
    /// Where it is asked for.
    path: String,
    /// Its name changes with its content.
    is_hashed: bool,
    bytes: Vec<u8>,
}

/// The folder in which the page is built, held by one build at a time.
struct Workshop {
    folder: PathBuf,
    _lock: File,
}

impl Workshop {
    fn open(target: &Path) -> Result<Self, Failed> {
        let folder = target.join("landfall-page");
        fs::create_dir_all(&folder)?;
        let lock = File::create(folder.join("lock"))?;
        lock.lock()?;
        Ok(Self { folder, _lock: lock })
    }

    /// The files of the page, as they are when these sources are built.
    fn build(&self, page: &Path, sources: &[PathBuf]) -> Result<Made, Failed> {
        let read = |path: &PathBuf| fs::read(page.join(path)).map(|bytes| (path.clone(), bytes));
        let sources = sources.iter().map(read).collect::<io::Result<Vec<_>>>()?;
        let (work, stamp) = (self.folder.join("work"), self.folder.join("built"));
        let key =
            sources.iter().fold(String::new(), |all, (path, bytes)| all + &path.to_string_lossy() + &digest(bytes));
        let key = digest(key.as_bytes());
        if fs::read_to_string(&stamp).is_ok_and(|built| built == key) {
            return Made::of(&work);
        }
        remove(&stamp)?;
        self.fetch(&work, &sources)?;
        for entry in entries(&work)?.iter().filter(|entry| *entry != "node_modules") {
            remove(&work.join(entry))?;
        }
        place(&work, &sources)?;
        self.npm(&work, &["run", "build"])?;
        let made = Made::of(&work)?;
        fs::write(stamp, key)?;
        Ok(made)
    }

    /// The packages that the page is built with, exactly those of its lock file. None of them runs anything while it is installed.
    fn fetch(&self, work: &Path, sources: &[(PathBuf, Vec<u8>)]) -> Result<(), Failed> {
        let wanted = |path: &Path| path == Path::new("package.json") || path == Path::new("package-lock.json");
        let named: Vec<_> = sources.iter().filter(|(path, _)| wanted(path)).cloned().collect();
        let key = named.iter().fold(String::new(), |all, (_, bytes)| all + &digest(bytes));
        let stamp = self.folder.join("fetched");
        if fs::read_to_string(&stamp).is_ok_and(|fetched| fetched == key) && work.join("node_modules").is_dir() {
            return Ok(());
        }
        remove(&stamp)?;
        remove(work)?;
        fs::create_dir_all(work)?;
        place(work, &named)?;
        self.npm(work, &["ci", "--ignore-scripts", "--no-audit", "--no-fund"])?;
        fs::write(stamp, key)?;
        Ok(())
    }

    /// Runs npm; what it says is shown only when it fails.
    fn npm(&self, work: &Path, arguments: &[&str]) -> Result<(), Failed> {
        let said = self.folder.join("npm.log");
        let log = File::create(&said)?;
        let command = format!("npm {}", arguments.join(" "));
        let status =
            Command::new("npm").args(arguments).current_dir(work).stdout(log.try_clone()?).stderr(log).status();
        let status = status.map_err(|error| {
            format!(
                "the page is built with npm, which can't be started ({error}): install Node 20 or newer \
                 (Debian: apt-get install nodejs npm), or build Landfall without its page: --no-default-features"
            )
        })?;
        if status.success() {
            return Ok(());
        }
        let said = fs::read_to_string(said).unwrap_or_default();
        Err(format!(
            "`{command}` ended with {status} while building the page. `npm ci` needs the registry the first time; Landfall can be \
             built without its page: --no-default-features. It said:\n{said}"
        )
        .into())
    }
}

/// What Vite wrote.
fn dist(work: &Path) -> Result<Vec<Built>, Failed> {
    let dist = work.join("dist");
    let mut paths = Vec::new();
    for entry in entries(&dist)? {
        files(&dist, Path::new(&entry), &mut paths)?;
    }
    let read = |path: &PathBuf| {
        // Vite puts what it made there, and copies what is public as it is.
        let is_hashed = path.starts_with("assets") && !work.join("public").join(path).exists();
        fs::read(dist.join(path)).map(|bytes| Built { path: format!("/{}", path.display()), is_hashed, bytes })
    };
    Ok(paths.iter().map(read).collect::<io::Result<_>>()?)
}

/// Writes the list that `src/assets.rs` includes.
fn embed(out: &Path, assets: &[Built]) -> Result<(), Failed> {
    if !assets.iter().any(|asset| asset.path == "/index.html") {
        return Err("the page was built, and has no index.html".into());
    }
    let mut list = String::from("&[\n");
    for (number, Built { path, is_hashed, bytes }) in assets.iter().enumerate() {
        let name = format!("asset-{number}.gz");
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes)?;
        fs::write(out.join(&name), encoder.finish()?)?;
        let (kind, tag) = (kind(path)?, format!("W/\"{}\"", &digest(bytes)[..32]));
        let gzip = format!("include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{name}\"))");
        writeln!(
            list,
            "Asset {{ path: {path:?}, kind: {kind:?}, tag: {tag:?}, is_hashed: {is_hashed}, gzip: {gzip} }},"
        )?;
    }
    list.push_str("]\n");
    fs::write(out.join("assets.rs"), list)?;
    Ok(())
}

fn kind(path: &str) -> Result<&'static str, Failed> {
    Ok(match Path::new(path).extension().and_then(OsStr::to_str) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("txt") => "text/plain; charset=utf-8",
        _ => return Err(format!("the page has {path}, and build.rs knows no media type for it").into()),
    })
}

/// What all profiles and commands share: the target folder, which cargo marks as its own; else the folder that holds the profile's
/// (`OUT_DIR` is `TARGET/PROFILE/build/NAME/out`).
fn target(out: &Path) -> &Path {
    let is_marked = |folder: &&Path| folder.join("CACHEDIR.TAG").exists();
    let marked = out.ancestors().find(is_marked);
    marked.or_else(|| out.ancestors().nth(4)).unwrap_or(out)
}

fn place(work: &Path, sources: &[(PathBuf, Vec<u8>)]) -> Result<(), Failed> {
    for (path, bytes) in sources {
        let path = work.join(path);
        fs::create_dir_all(path.parent().unwrap_or(work))?;
        fs::write(path, bytes)?;
    }
    Ok(())
}

/// Names in a folder, in order.
fn entries(folder: &Path) -> Result<Vec<String>, Failed> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))? {
        names.push(entry?.file_name().into_string().map_err(|name| format!("{name:?} is no text"))?);
    }
    names.sort();
    Ok(names)
}

/// All files at or below `path`, which is relative to `root`.
fn files(root: &Path, path: &Path, found: &mut Vec<PathBuf>) -> Result<(), Failed> {
    if !root.join(path).is_dir() {
        found.push(path.to_owned());
        return Ok(());
    }
    for entry in entries(&root.join(path))? {
        files(root, &path.join(entry), found)?;
    }
    Ok(())
}

fn remove(path: &Path) -> io::Result<()> {
    let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    removed.or_else(|error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) })
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn variable(name: &str) -> Result<String, Failed> {
    env::var(name).map_err(|error| format!("{name}: {error}").into())
}
