//! The page's types are those of the wire: `page/src/wire.ts` is made from them, checked in and current.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

use dashboard::wire::{
    Answer, Beside, BesideRow, BesideScore, Command, Coverage, Doubt, End, Fared, FaultPlan, Fine, Gap, Generator,
    Generators, Headline, Hello, LogLine, MarkNews, Message, Missing, Mode, ObjectiveRow, Outcome, PlanNews,
    PopulationPlan, PopulationState, RegionPlan, Role, RunLine, RunPhase, Sample, Samples, ScoreRow, Seconds, Series,
    Staleness, State, Trend, TrendPoint, VERSION,
};
use std::{fs, path::Path};
use ts_rs::{Config, TS};

/// A type with its documentation, as TypeScript.
fn declared<T: TS>() -> String {
    // Counts and microseconds stay below 2^53 for 285 years of them.
    let config = Config::new().with_large_int("number");
    format!("{}export {}\n", T::docs().unwrap_or_default(), T::decl(&config))
}

fn all() -> String {
    let head = format!(
        "// Made from crates/dashboard/src/wire/ by its test: change that, and run it with UPDATE_GENERATED=1.\n\n\
         /** The version of these messages. A page refuses another one. */\nexport const VERSION = {VERSION};\n"
    );
    let types = [
        declared::<Message>(),
        declared::<Hello>(),
        declared::<Mode>(),
        declared::<Role>(),
        declared::<PlanNews>(),
        declared::<PopulationPlan>(),
        declared::<RegionPlan>(),
        declared::<FaultPlan>(),
        declared::<Seconds>(),
        declared::<Staleness>(),
        declared::<Fine>(),
        declared::<MarkNews>(),
        declared::<LogLine>(),
        declared::<Gap>(),
        declared::<Doubt>(),
        declared::<Samples>(),
        declared::<Sample>(),
        declared::<Generators>(),
        declared::<Generator>(),
        declared::<Coverage>(),
        declared::<Missing>(),
        declared::<State>(),
        declared::<RunPhase>(),
        declared::<Headline>(),
        declared::<PopulationState>(),
        declared::<Outcome>(),
        declared::<ScoreRow>(),
        declared::<ObjectiveRow>(),
        declared::<End>(),
        declared::<Series>(),
        declared::<RunLine>(),
        declared::<Trend>(),
        declared::<TrendPoint>(),
        declared::<Beside>(),
        declared::<Fared>(),
        declared::<BesideScore>(),
        declared::<BesideRow>(),
        declared::<Command>(),
        declared::<Answer>(),
    ];
    [head].into_iter().chain(types).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_types_of_the_page_are_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("page/src/wire.ts");
    let current = all();
    if std::env::var_os("UPDATE_GENERATED").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &current).unwrap();
    }
    let stored = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        stored == current,
        "crates/dashboard/page/src/wire.ts is not current: run this test with UPDATE_GENERATED=1"
    );
}

#[test]
fn a_message_says_its_kind() {
    let gap = Gap { populations: vec![0, 2], from: 31, to: None, why: "generator lost".to_owned() };
    let json = serde_json::to_string(&Message::Gap(gap.clone())).unwrap();
    assert_eq!(json, r#"{"kind":"gap","populations":[0,2],"from":31,"to":null,"why":"generator lost"}"#);
    assert_eq!(serde_json::from_str::<Message>(&json).unwrap(), Message::Gap(gap));
    assert_eq!(serde_json::to_string(&Message::Resync).unwrap(), r#"{"kind":"resync"}"#);
    let command = Command::Stop { confirm: "game-day".to_owned() };
    assert_eq!(serde_json::to_string(&command).unwrap(), r#"{"command":"stop","confirm":"game-day"}"#);
}
