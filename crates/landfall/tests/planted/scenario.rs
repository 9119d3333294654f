//! A plan of `scenarios/planted`: one bug, the switch that plants it, and the objective that must find it.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// What follows stands in the place of the value before it, when the bug is planted.
const PLANTED: &str = "# planted: ";
/// In the plan's first lines: which objective must fail.
const FOUND_BY: &str = "Planted: fail, by ";

/// With or without its bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Clean,
    Planted,
}

/// One plan.
#[derive(Debug)]
pub(crate) struct Scenario {
    /// The file's name without its ending: `04-split-brain`.
    pub(crate) name: String,
    /// The kind of the objective that must fail.
    pub(crate) found_by: String,
    text: String,
}

impl Scenario {
    /// All plans, by name.
    pub(crate) fn all() -> Vec<Self> {
        let mut paths: Vec<PathBuf> =
            fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).filter(|path| is_plan(path)).collect();
        paths.sort();
        paths.iter().map(|path| Self::read(path)).collect()
    }

    fn read(path: &Path) -> Self {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let text = fs::read_to_string(path).unwrap();
        let says = text.split(FOUND_BY).nth(1);
        let found_by = says.and_then(|rest| rest.split(['.', '\n']).next());
        let found_by = found_by.unwrap_or_else(|| panic!("{name} does not say \"{FOUND_BY}…\"")).to_owned();
        assert!(text.contains("Must end: pass."), "{name} does not say how it must end without its bug");
        Self { name, found_by, text }
    }

    pub(crate) fn number(&self) -> &str {
        self.name.split('-').next().unwrap()
    }

    /// The plan in that form.
    pub(crate) fn text(&self, form: Form) -> String {
        match form {
            Form::Clean => self.text.clone(),
            Form::Planted => self.text.lines().map(|line| planted(line) + "\n").collect(),
        }
    }
}

/// `key: value  # planted: other` becomes `key: other`.
fn planted(line: &str) -> String {
    let Some((before, other)) = line.split_once(PLANTED) else { return line.to_owned() };
    let (key, _value) = before.split_once(':').unwrap_or_else(|| panic!("no key to plant {other} at: {line}"));
    format!("{key}: {other}")
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/planted")
}

fn is_plan(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "yaml")
}
