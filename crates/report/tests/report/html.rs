//! `report.html` as text: the policy, the escaping, and that it is well formed.

use crate::fixture;
use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

/// HTML elements that have no end tag.
const VOID: [&str; 2] = ["meta", "br"];

/// The text of everything outside of tags, and every tag as it was written.
fn taken_apart(html: &str) -> (String, Vec<String>) {
    let (mut text, mut tags) = (String::new(), Vec::new());
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        text.push_str(&rest[..start]);
        let end = start + rest[start..].find('>').unwrap();
        tags.push(rest[start + 1..end].to_owned());
        rest = &rest[end + 1..];
    }
    (text + rest, tags)
}

fn without_style(html: &str) -> String {
    let start = html.find("<style>").unwrap();
    let end = html.find("</style>").unwrap();
    format!("{}{}", &html[..start], &html[end + "</style>".len()..])
}

#[test]
fn nothing_in_it_asks_for_anything_or_runs() {
    for (name, findings) in fixture::all() {
        let html = report::html::write(&findings);
        let (_, tags) = taken_apart(&without_style(&html));
        for tag in &tags {
            for attribute in ["src=", "style=", " on", "xlink", "data="] {
                let attributes = tag.replace("http-equiv=\"Content-Security-Policy\" content=", "");
                let outside_of_values: String = attributes.split('"').step_by(2).collect();
                assert!(!outside_of_values.contains(attribute), "{name}: {attribute} in <{tag}>");
            }
            let element = tag.trim_start_matches('/').split(' ').next().unwrap();
            assert!(
                !["script", "link", "img", "iframe", "object", "embed", "form", "base"].contains(&element),
                "{name}: <{tag}>"
            );
            if let Some(target) = tag.split("href=\"").nth(1) {
                assert!(target.starts_with('#'), "{name}: links stay inside: <{tag}>");
            }
        }
        assert!(!html.contains("http:") && !html.contains("https:") && !html.contains("@import"), "{name}");
        let sheet = &html[html.find("<style>").unwrap()..html.find("</style>").unwrap()];
        assert!(!sheet.contains("url("), "{name}: the style sheet names no address");
    }
}

#[test]
fn the_policy_allows_exactly_this_style_sheet() {
    for (name, findings) in fixture::all() {
        let html = report::html::write(&findings);
        let sheet = &html[html.find("<style>").unwrap() + "<style>".len()..html.find("</style>").unwrap()];
        let hash = STANDARD.encode(Sha256::digest(sheet));
        let policy = format!("content=\"default-src &#39;none&#39;; style-src &#39;sha256-{hash}&#39;; ");
        assert!(html.contains(&policy), "{name}: {policy}");
    }
}

#[test]
fn every_tag_is_closed_in_order() {
    for (name, findings) in fixture::all() {
        let html = report::html::write(&findings);
        let mut open: Vec<&str> = Vec::new();
        let (_, tags) = taken_apart(&without_style(&html));
        for tag in &tags {
            if let Some(closed) = tag.strip_prefix('/') {
                assert_eq!(open.pop(), Some(closed), "{name}: </{closed}>");
            } else if !tag.ends_with('/') && !tag.starts_with('!') {
                let element = tag.split(' ').next().unwrap();
                if !VOID.contains(&element) {
                    open.push(element);
                }
            }
        }
        assert_eq!(open, Vec::<&str>::new(), "{name}");
    }
}

#[test]
fn what_the_tested_system_says_is_text() {
    let html = report::html::write(&fixture::hostile());
    assert!(!html.contains("<script") && !html.contains("</style> "), "no markup of its own");
    assert!(!html.contains('\u{1b}') && !html.contains('\u{202e}'), "no control codes");
    assert!(html.matches("&lt;script&gt;alert(&#39;x&#39;)").count() > 30, "it is shown, escaped");
    assert_eq!(html.matches("<!--").count(), 0);
}

#[test]
fn headings_come_in_order_and_there_is_one_of_the_first() {
    for (name, findings) in fixture::all() {
        let (_, tags) = taken_apart(&report::html::write(&findings));
        let levels: Vec<u8> = tags
            .iter()
            .filter(|tag| tag.len() >= 2 && tag.starts_with('h') && tag.as_bytes()[1].is_ascii_digit())
            .map(|tag| tag.as_bytes()[1] - b'0')
            .collect();
        assert_eq!(levels.iter().filter(|level| **level == 1).count(), 1, "{name}: {levels:?}");
        assert_eq!(levels.first(), Some(&1), "{name}");
        assert!(levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{name}: {levels:?}");
        for landmark in ["header", "main", "footer"] {
            assert_eq!(tags.iter().filter(|tag| *tag == landmark).count(), 1, "{name}: one {landmark}");
        }
    }
}

#[test]
fn every_figure_has_a_sentence_and_a_table() {
    for (name, findings) in fixture::all() {
        let html = report::html::write(&findings);
        for figure in html.split("<figure").skip(1) {
            let figure = &figure[..figure.find("</figure>").unwrap()];
            assert_eq!(figure.matches("<figcaption>").count(), 1, "{name}");
            assert!(figure.contains("<svg") && figure.contains("role=\"img\""), "{name}");
            let rows = figure.matches("<tr>").count();
            assert!((2..=61).contains(&rows), "{name}: {rows} rows with the titles");
        }
    }
}

#[test]
fn an_id_is_given_once_and_every_link_has_its_target() {
    for (name, findings) in fixture::all() {
        let html = report::html::write(&findings);
        let mut ids: Vec<&str> = html.split(" id=\"").skip(1).map(|rest| &rest[..rest.find('"').unwrap()]).collect();
        for target in html.split("href=\"#").skip(1).map(|rest| &rest[..rest.find('"').unwrap()]) {
            assert!(ids.contains(&target), "{name}: #{target}");
        }
        ids.sort_unstable();
        assert!(ids.windows(2).all(|pair| pair[0] != pair[1]), "{name}: {ids:?}");
    }
}

#[test]
fn sections_stand_in_the_order_of_the_questions() {
    let html = report::html::write(&fixture::lost_writes());
    let headings = [
        "scorecard",
        "timeline",
        "objectives",
        "populations",
        "uptime",
        "grid",
        "served-by",
        "stability",
        "writes",
        "errors",
        "faults",
        "trust",
        "events",
        "plan",
    ];
    let places: Vec<_> = headings.iter().map(|heading| html.find(&format!("id=\"{heading}\"")).unwrap()).collect();
    assert!(places.is_sorted(), "{places:?}");
}

#[test]
fn a_second_without_data_is_dotted_and_not_zero() {
    let html = report::html::write(&fixture::passed());
    let row = |name: &str| {
        let label = format!("aria-label=\"{name}: traffic by server\"");
        html.split("<figure").find(|figure| figure.contains(&label)).unwrap()
    };
    let india = row("india");
    assert!(india.contains("fill=\"url(#no-data)\""), "dots");
    assert!(india.contains(">no data</td>"), "and words in the table");
    assert!(!row("europe").contains("no-data"), "only where nothing is known");
}

#[test]
fn all_lost_writes_are_in_it_up_to_the_bound_of_the_findings() {
    let mut findings = fixture::passed();
    fixture::lose(&mut findings, 1_200);
    let html = report::html::write(&findings);
    assert!(html.contains("probe-000400-7c1e") && html.contains("probe-001399-7c1e"), "the first and the thousandth");
    assert!(!html.contains("probe-001400-7c1e"), "the findings hold a thousand");
    assert!(html.contains("200 lost writes are not listed: findings hold the first 1 000."));
}

#[test]
fn it_stays_small_enough_for_a_mail() {
    assert!(report::html::write(&fixture::passed()).len() < 400_000);
    assert!(report::html::write(&fixture::twenty_populations()).len() < 1_600_000);
    let mut hour = fixture::twenty_populations();
    hour.series.seconds = 3_600;
    hour.faults.clear();
    for counts in &mut hour.series.populations {
        counts.has_data = counts.has_data.iter().copied().cycle().take(3_600).collect();
        counts.p99_us = counts.p99_us.iter().copied().cycle().take(3_600).collect();
        counts.p50_us = counts.p50_us.iter().copied().cycle().take(3_600).collect();
        let served = counts.served.iter_mut().map(|served| &mut served.ok);
        for list in served.chain([&mut counts.ok_home, &mut counts.ok_elsewhere, &mut counts.failed]) {
            *list = list.iter().copied().cycle().take(3_600).collect();
        }
    }
    let html = report::html::write(&hour);
    assert!(html.len() < 1_600_000, "an hour of twenty populations takes {} bytes", html.len());
    assert!(html.contains("≈"), "its columns are longer than a second, and that is said");
}

/// A section of the page.
fn section<'html>(html: &'html str, anchor: &str) -> &'html str {
    let start = html.find(&format!("id=\"{anchor}\"")).unwrap();
    let end = html[start..].find("</section>").unwrap();
    &html[start..start + end]
}

#[test]
fn every_judgement_leads_to_its_evidence() {
    for (name, findings) in fixture::all() {
        let html = report::html::write(&findings);
        let rows = |text: &str| text.split("<tbody>").nth(1).map_or(0, |body| body.matches("<tr").count());
        let links = |text: &str| text.matches("href=\"#").count();
        let scorecard = section(&html, "scorecard");
        assert_eq!(links(scorecard), rows(scorecard), "{name}: each row of the scorecard has a link");
        let objectives = section(&html, "objectives");
        assert_eq!(links(objectives), findings.objectives.len(), "{name}: each promise has one");
        let uptime = section(&html, "uptime");
        let all_rows = uptime.matches("<tr").count() - uptime.matches("<thead>").count();
        assert_eq!(links(uptime), all_rows, "{name}: each row of user-uptime and of the budgets has one");
        let trust = section(&html, "trust");
        for rule in findings.trust.iter().filter(|rule| rule.rule != "checks") {
            let name = trust.find(&format!(">{}</a>", rule.rule));
            assert!(name.is_some(), "{}: the rule of trust leads to what it looked at", rule.rule);
        }
        let head = &html[html.find("<header").unwrap()..html.find("</header>").unwrap()];
        assert_eq!(links(head), findings.summary.reasons.len(), "{name}: each reason has one");
    }
}

/// Where the first link of a text leads.
fn first_target(text: &str) -> Option<&str> {
    text.split("href=\"#").nth(1)?.split('"').next()
}

#[test]
fn each_kind_of_promise_leads_to_what_it_is_about() {
    let kinds = [
        ("recovery-time", "fault-1"),
        ("failback", "fault-1"),
        ("cold-return", "fault-1"),
        ("detection-time", "stability"),
        ("never-moved", "stability"),
        ("metastable", "stability"),
        ("retry-amplification", "stability"),
        ("lost-writes", "writes"),
        ("diverged-writes", "writes"),
        ("uptime", "uptime"),
        ("error-budget", "uptime"),
        ("burn-rate", "uptime"),
        ("availability", "populations"),
        ("response-time", "populations"),
        ("blast-radius", "populations"),
        ("stop-guard", "events"),
        ("linearizability", "histories"),
    ];
    let mut findings = fixture::repeated();
    findings.objectives.truncate(1);
    for (kind, anchor) in kinds {
        let promise = &mut findings.objectives[0];
        kind.clone_into(&mut promise.kind);
        promise.scope.fault = Some(findings.faults[1].name.clone());
        let html = report::html::write(&findings);
        assert_eq!(first_target(section(&html, "objectives")), Some(anchor), "{kind}");
    }
}

#[test]
fn paper_names_the_section_where_evidence_stands() {
    for (name, findings) in fixture::all() {
        let html = report::html::write(&findings);
        let sections: Vec<&str> = html.split("<section").skip(1).collect();
        let links: Vec<_> = html.split("<a href=\"#").skip(1).filter(|link| link.contains("data-section")).collect();
        assert!(links.len() >= findings.summary.reasons.len() + findings.objectives.len(), "{name}: {}", links.len());
        for link in links {
            let mut quoted = link.split('"');
            let (target, number) = (quoted.next().unwrap(), quoted.nth(1).unwrap().parse::<usize>().unwrap());
            assert!(sections[number - 1].contains(&format!("id=\"{target}\"")), "{name}: #{target} is not in {number}");
        }
    }
}

#[test]
fn a_reason_names_the_rules_of_trust_in_whose_words_it_ends() {
    let mut findings = fixture::passed();
    let words = ["the clock jumped", "the generator was saturated"];
    for (rule, words) in findings.trust.iter_mut().zip(words) {
        (rule.verdict, rule.text) = (verdict::Verdict::Inconclusive, words.to_owned());
    }
    let (one, other) = (findings.trust[0].rule.clone(), findings.trust[1].rule.clone());
    let reason = |reason: &str| {
        let mut findings = findings.clone();
        reason.clone_into(&mut findings.objectives[0].reason);
        section(&report::html::write(&findings), "objectives").to_owned()
    };
    let named = |rule: &str| format!("the rule of trust “{rule}” is not met");
    let both = reason("5 s, but: the clock jumped; the generator was saturated");
    assert!(both.contains(&format!(">5 s, but: {}; {}<", named(&one), named(&other))), "{both}");
    let further = reason("too late; the clock jumped");
    assert!(further.contains(&format!(">too late; {}<", named(&one))), "{further}");
    assert!(reason("the clock jumped").contains(">the clock jumped<"), "what is nothing else keeps its words");
    assert!(reason("the clock jumped, and so").contains(">the clock jumped, and so<"), "and so does what goes on");
}

#[test]
fn whoever_answered_is_named_with_its_share_and_the_home_even_where_it_answered_nothing() {
    let mut findings = fixture::passed();
    let home = findings.run.populations[0].home;
    let elsewhere = (0..findings.run.regions.len()).find(|region| Some(*region) != home).unwrap();
    let phases =
        findings.experience.iter_mut().filter(|found| found.population == 0).flat_map(|found| &mut found.phases);
    for phase in phases {
        let served = |region, share| verdict::findings::ServedShare { region, ok: 1, share };
        phase.served_by = vec![served(Some(elsewhere), 0.75), served(None, 0.25)];
    }
    let html = report::html::write(&findings).replace('\u{a0}', " ");
    let names = [elsewhere, home.unwrap()].map(|region| findings.run.regions[region].name.clone());
    let told = format!(">{} 75 %, unknown 25 %, {} (home) 0 %<", names[0], names[1]);
    assert!(section(&html, "served-by").contains(&told), "{told}: {}", section(&html, "served-by"));
}

#[test]
fn each_alert_has_a_column_that_says_when_it_fired() {
    let mut findings = fixture::passed();
    let alert = |factor, fired| verdict::findings::BurnAlert {
        factor,
        production_long: fixture::length(3_600_000),
        long: fixture::length(8_600),
        short: fixture::length(1_000),
        is_page: factor > 1.0,
        fired,
        text: String::new(),
    };
    findings.error_budgets.truncate(2);
    findings.error_budgets[0].alerts = vec![alert(14.4, Some(fixture::at(5_000))), alert(1.0, None)];
    findings.error_budgets[1].alerts = vec![alert(1.0, None)];
    let told = |findings: &verdict::Findings| {
        let html = report::html::write(findings).replace('\u{a0}', " ");
        section(&html, "uptime").split("<caption>").nth(2).unwrap().to_owned()
    };
    let budgets = told(&findings);
    for expected in ["Page at 14.4× over 8.6 s (60 m 00 s)", "Ticket at 1× over 8.6 s (60 m 00 s)"] {
        assert!(budgets.contains(expected), "{expected}: {budgets}");
    }
    let rows: Vec<&str> = budgets.split("<tr").skip(2).collect();
    assert!(rows[0].contains(">14:01:33.0</td><td class=\"number\">not</td>"), "{budgets}");
    assert!(rows[1].contains("not judged</td><td class=\"number\">not</td>"), "{budgets}");
    findings.error_budgets.iter_mut().for_each(|budget| budget.alerts.clear());
    assert!(told(&findings).contains("too short for the window of any alert"));
}

#[test]
fn of_many_regions_the_places_are_folded_and_none_is_lost() {
    let few = report::html::write(&fixture::passed());
    let findings = fixture::twenty_populations();
    let many = report::html::write(&findings);
    let folded = |html: &str| section(html, "plan").matches("<summary>The ").count();
    assert_eq!((folded(&few), folded(&many)), (0, 1), "{} regions", findings.run.regions.len());
    for population in &findings.run.populations {
        assert!(section(&many, "plan").contains(&population.origin), "{}", population.origin);
    }
}

#[test]
fn each_rule_of_trust_leads_to_what_it_looked_at() {
    let rules = [
        ("send-lag", "generator-send-lag"),
        ("saturation", "generator-saturated"),
        ("arrivals", "generator-intended"),
        ("unsent", "generator-started"),
        ("samples", "populations"),
        ("fault-proof", "faults"),
        ("recording", "events"),
        ("complete", "events"),
        ("coverage", "events"),
        ("held", "events"),
    ];
    let mut findings = fixture::passed();
    findings.trust.truncate(1);
    for (rule, anchor) in rules {
        rule.clone_into(&mut findings.trust[0].rule);
        let html = report::html::write(&findings);
        assert_eq!(first_target(section(&html, "trust")), Some(anchor), "{rule}");
    }
}

#[test]
fn what_was_not_measured_is_never_green() {
    let mut findings = fixture::passed();
    let fault = &mut findings.faults[0];
    (fault.detection.after, fault.detection.missed, fault.stability) = (None, None, None);
    fault.steering[0].never_moved = None;
    (findings.uptime, findings.error_budgets) = (Vec::new(), Vec::new());
    let html = report::html::write(&findings);
    let stability = section(&html, "stability");
    assert!(!stability.contains('✓'), "{stability}");
    assert_eq!(stability.matches("? can&#39;t be told").count(), 2, "{stability}");
    assert!(section(&html, "uptime").contains("not measured"));
    let text = report::terminal::summary(&findings, None, &report::terminal::Style::plain());
    assert!(text.contains("noticing not measured") && text.contains("stability can't be told"), "{text}");
    assert!(text.contains("moving not measured"), "{text}");
}

#[test]
fn whoever_had_no_reason_to_move_is_not_blamed_for_it() {
    let mut findings = fixture::passed();
    let steering = &mut findings.faults[0].steering[0];
    (steering.had_to_move, steering.half, steering.most) = (false, None, None);
    (steering.nearly_all, steering.never_moved) = (None, None);
    "nobody had to move: this fault takes no region away from its users".clone_into(&mut steering.text);
    let html = report::html::write(&findings);
    let stability = section(&html, "stability");
    assert_eq!(stability.matches("had no need").count(), 4, "{stability}");
    assert!(stability.contains("nobody had to move"), "{stability}");
    let text = report::terminal::summary(&findings, None, &report::terminal::Style::plain());
    assert!(!text.contains("moved") && !text.contains("moving"), "{text}");
}

#[test]
fn a_fault_that_came_twice_has_its_times_beside_each_other() {
    let findings = fixture::repeated();
    let html = report::html::write(&findings);
    let faults = section(&html, "faults");
    for expected in ["eu-dies (2 of 2)", "not enough samples (2 of 5)", "9.4 s to 17.6 s", "id=\"fault-1\""] {
        assert!(faults.contains(expected), "{expected}: {faults}");
    }
    let text = report::terminal::summary(&findings, None, &report::terminal::Style::plain());
    assert!(text.contains("eu-dies: europe reads, 2 of 2 times known: 9.4 s to 17.6 s"), "{text}");
}
