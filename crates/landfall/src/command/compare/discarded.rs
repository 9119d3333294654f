//! What PostgreSQL servers threw away when they were rewound: each region lists it, one line per write, in
//! `postgres/discarded-EPOCH.jsonl` of its data. It is read when the lab is down, for a region that comes back rewinds late.

use plan::resolved::{Engine, ResolvedPlan, Target};
use std::{
    fs::File,
    io::{BufRead as _, BufReader},
    path::Path,
};

/// A list is read up to so many lines; Chirp writes at most 50,000.
const LINES_MAX: usize = 1_000_000;

/// Writes in all regions' lists below `data`; `None`: the deployment has no PostgreSQL.
pub(super) fn count(plan: &ResolvedPlan, data: &Path) -> Option<u64> {
    let Target::Chirp(chirp) = &plan.target else { return None };
    let regions = plan.regions.iter().map(|region| data.join(region.name.as_str()).join("postgres"));
    (chirp.deployment.engine == Engine::Postgres).then(|| regions.map(|folder| listed(&folder)).sum())
}

/// Lines of all lists in a region's folder; one that is not there lists nothing.
fn listed(folder: &Path) -> u64 {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let is_list = |name: &str| name.starts_with("discarded-") && name.ends_with(".jsonl");
    let lists = files.filter(|file| file.file_name().to_str().is_some_and(is_list));
    let lines =
        |path: &Path| File::open(path).map_or(0, |file| BufReader::new(file).split(b'\n').take(LINES_MAX).count());
    lists.map(|file| lines(&file.path()) as u64).sum()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may panic")]
    use super::*;
    use plan::Source;

    fn plan(engine: &str) -> ResolvedPlan {
        let text = format!(
            "version: 1\ntarget:\n  chirp:\n    regions: [us-east-1, eu-west-1]\n    model: active-passive\n{engine}load: \
             {{rate: 10/s, for: 30s}}\n"
        );
        plan::check(&Source { name: "test.yaml".to_owned(), text }, wan::Atlas::embedded()).unwrap()
    }

    #[test]
    fn what_all_regions_list_is_counted_where_there_are_servers() {
        let data = std::env::temp_dir().join(format!("landfall-discarded-{}", std::process::id()));
        for (file, text) in [
            ("us-east-1/postgres/discarded-3.jsonl", "{}\n{}\n"),
            ("us-east-1/postgres/discarded-5.jsonl", "{}\n"),
            ("us-east-1/postgres/server.log", "a\nb\n"),
            ("elsewhere/postgres/discarded-1.jsonl", "{}\n"),
        ] {
            let path = data.join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        assert_eq!(count(&plan("    engine: postgres\n"), &data), Some(3));
        assert_eq!(count(&plan(""), &data), None);
        std::fs::remove_dir_all(data).unwrap();
    }
}
