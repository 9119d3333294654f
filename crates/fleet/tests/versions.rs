//! An agent of another version, as raw text: its messages are written down here and not made by this version's types. A later minor
//! is served through a whole run; an earlier major is refused by name and told why.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

#[expect(dead_code, reason = "shared with the tests of whole runs")]
mod world;

use fleet::{Recruit, RunEnd, RunError, StopLevel, conduct, link, message::FORMAT};
use plan::resolved::ResolvedPlan;
use record::{AgentNews, ArrivalCounts, Entry, Recording};
use std::{fs, path::Path};
use tokio::sync::watch;
use units::Part;
use world::{Service, checked, setup};

/// Says Hello in the format of its second argument, tells of one second of load when it may begin, and ends when it is told to. Its first
/// argument is a folder, in which it leaves a refusal. Each message has a member that this version doesn't know.
const AGENT: &str = r#"
number=0 heard=0 told=
say() { printf '%s\n' "$1"; }
state() {
    number=$((number + 1))
    say '{"state":{"number":'$number',"heard":'$heard',"phase":"'$1'","last_batch":'$2',"mood":"well"}}'
}
say '{"hello":{"format":"'$2'","plan_format":"1.999","recording_format":"RECORDING","landfall":"9.9.9","name":"later","instance":"i",
"place":null,"host":"h","boot":"b","descriptors":9,"ports":9,"cores":1,"colour":"red"}}' | tr -d '\n'
say ''
while read -r line; do
    heard=$(printf '%s' "$line" | sed -n 's/^{"tell":{"number":\([0-9]*\).*/\1/p')
    case $line in
    *'"refuse"'*) printf '%s' "$line" > "$1/refusal"; exit 1 ;;
    *'{"assign"'*) say '"ready"' ;;
    *'"drained":true'*) exit 0 ;;
    *'"close":true'*) state ended 1 ;;
    *'"begin_us":null'*) ;;
    *'"begin_us":'*)
        if [ -z "$told" ]; then
            told=yes
            say '{"batch":{"instance":"i","number":1,"through":1,"complete":2,"weather":"fine","lines":"LINES"}}'
        fi
        state over 1 ;;
    esac
done
"#;

async fn plan() -> ResolvedPlan {
    let url = Service::start().await.url;
    checked(format!(
        "version: 1\nname: versions\ntarget:\n  endpoints: {{us-east-1: \"{url}\"}}\n\
         populations: [{{name: ohio, place: us-east-2, share: 100%}}]\n\
         load: {{model: open, rate: 10/s, for: 2s, warm_up: 1s}}\n\
         journeys: [{{name: look, weight: 1, steps: [{{name: home, get: /}}]}}]\n"
    ))
}

/// Carries a plan out with an agent that speaks that format.
async fn run(format: &str, folder: &Path) -> Result<RunEnd, RunError> {
    let plan = plan().await;
    let row = ArrivalCounts { second: 1, intended: 7, started: 7, ..ArrivalCounts::default() };
    let mut lines = String::new();
    record::batch::write(&Entry::Arrivals(row), &mut lines);
    let lines = serde_json::to_string(&lines).unwrap();
    let script = AGENT.replace("RECORDING", record::batch::FORMAT).replace("\"LINES\"", &lines);
    let program = ["sh", "-c", &script, "agent", folder.to_str().unwrap(), format].map(str::to_owned);
    let recruit = Recruit {
        link: link::pipe::spawn("later", &program, &folder.join("log")).unwrap(),
        addresses: load::TargetAddresses::attached(&plan).unwrap(),
        shares: vec![Some(Part::WHOLE)],
        emulated: vec![true],
        weight: 1,
        threads: None,
        spool_bytes_max: 1 << 20,
        spool: None,
    };
    let (_stop, stopped) = watch::channel(StopLevel::Run);
    conduct(setup(plan, vec![recruit], &folder.join("run"), stopped), &mut |_| {}).await
}

/// This version's major, and its minor.
fn ours() -> (u32, u32) {
    let (major, minor) = FORMAT.split_once('.').unwrap();
    (major.parse().unwrap(), minor.parse().unwrap())
}

#[tokio::test]
async fn an_agent_of_a_later_minor_is_served_through_a_whole_run() {
    let folder = tempfile::tempdir().unwrap();
    let (major, minor) = ours();
    let end = run(&format!("{major}.{}", minor + 1), folder.path()).await;
    let said = fs::read_to_string(folder.path().join("log")).unwrap_or_default();
    assert_eq!(end.unwrap(), RunEnd::Complete, "{said}");
    let recording = Recording::read(&folder.path().join("run")).unwrap();
    assert!(recording.integrity.is_whole(), "{:?}", recording.integrity);
    let news = recording.entries.iter().filter_map(|entry| match entry {
        Entry::Agent(entry) => Some(entry.news.clone()),
        _ => None,
    });
    let news: Vec<AgentNews> = news.collect();
    assert!(matches!(&news[0], AgentNews::Joined(joined) if joined.version == "9.9.9"), "{news:?}");
    assert!(news.contains(&AgentNews::Complete { second: 2, batch: 1 }), "{news:?}");
    assert!(news.contains(&AgentNews::Drained) && !said.contains("error"), "{news:?} {said}");
    let intended =
        recording.entries.iter().map(|entry| if let Entry::Arrivals(row) = entry { row.intended } else { 0 });
    assert_eq!(intended.sum::<u64>(), 7, "what it told is recorded once");
}

#[tokio::test]
async fn an_agent_of_an_earlier_major_is_refused_by_name_with_both_versions_and_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let earlier = format!("{}.4", ours().0 - 1);
    let error = run(&earlier, folder.path()).await.unwrap_err().to_string();
    let expected =
        format!("agent later (Landfall 9.9.9 on h) speaks messages of version {earlier}, this controller {FORMAT}");
    assert!(error.contains(&expected) && error.contains("use the same Landfall on both sides"), "{error}");
    let told = fs::read_to_string(folder.path().join("refusal")).unwrap();
    assert!(told.contains(&expected), "{told}");
}
