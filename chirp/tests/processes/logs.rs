//! Logs of real processes: each line is JSON and says whose it is; what repeats is bounded.

use serde_json::Value;

use crate::http::request;
use crate::lab::{EU, Lab, LabPlan, Process, US, wait_until};

/// The whole lines that were written so far.
fn lines(process: &Process) -> Vec<Value> {
    let parse = |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    process.log().split_inclusive('\n').filter_map(|line| line.strip_suffix('\n')).map(parse).collect()
}

#[test]
fn every_line_of_every_process_is_an_object_that_says_whose_it_is() {
    let mut lab = Lab::serving(&LabPlan { regions: &[EU], defects: &["no-idempotency"], ..LabPlan::default() });
    lab.start_dns();
    for (process, key, name) in [(EU, "region", EU), ("dns", "name", "chirp.test")] {
        wait_until("it has said more than one thing", || lines(lab.process(process)).len() >= 2);
        let lines = lines(lab.process(process));
        let kind = if process == EU { "region" } else { "dns" };
        for line in lines {
            assert_eq!((&line["process"], &line[key]), (&kind.into(), &name.into()), "{line}");
            assert!(line["time"].is_string() && line["level"].is_string() && line["message"].is_string(), "{line}");
        }
    }
}

#[test]
fn a_failed_request_is_found_by_its_id_and_its_trace_and_a_thousand_of_them_fill_no_disk() {
    // A region that waits for a peer that is not there refuses everything.
    let patience = "heartbeat_ms = 100\ncatch_up_patience_ms = 3600000";
    let mut lab = Lab::new(&LabPlan { regions: &[EU, US], replication: patience, ..LabPlan::default() });
    lab.start(EU);
    let ask = |id: &str| {
        let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";
        let headers = [("x-request-id", id), ("traceparent", parent)];
        let reply = request(lab.listen(EU), "GET", "/v1/users/user-0", &headers, "").unwrap();
        assert_eq!(reply.status, 503);
        reply.header("x-request-id").unwrap().to_owned()
    };
    assert_eq!(ask("mine"), "mine");
    let replaced = ask("two words");
    assert!(replaced.starts_with("eu-west-1-"), "a bad id is replaced: {replaced}");
    let of = |id: &str| lines(lab.process(EU)).into_iter().find(|line| line["request_id"] == id);
    wait_until("the line is written", || of("mine").is_some());
    let line = of("mine").unwrap();
    assert_eq!(
        (&line["trace_id"], &line["region"]),
        (&"0af7651916cd43dd8448eb211c80319c".into(), &EU.into()),
        "{line}"
    );
    assert!(of(&replaced).is_some() && of("two words").is_none());
    for number in 0..400 {
        ask(&format!("id-{number}"));
    }
    let written = lines(lab.process(EU)).len();
    assert!(written < 100, "{written} lines for 400 refusals and a peer that is away");
}
