use super::*;
use proptest::prelude::*;

fn text(text: &str) -> Part {
    Part::Text(text.to_owned())
}

fn variable(name: &str) -> Part {
    Part::Expression(Expression::Variable(name.to_owned()))
}

#[test]
fn each_form_gives_its_parts() {
    let feed = Expression::Feed { feed: "users".to_owned(), column: "first-name".to_owned() };
    let words = ["red", "green"].map(str::to_owned).to_vec();
    let cases: [(&str, Vec<Part>); 19] = [
        ("", vec![]),
        ("plain", vec![text("plain")]),
        ("{{ user }}", vec![variable("user")]),
        ("{{user}}", vec![variable("user")]),
        ("a{{ x }}b{{ y }}", vec![text("a"), variable("x"), text("b"), variable("y")]),
        ("{{{{ x }}", vec![text("{{ x }}")]),
        ("}} {", vec![text("}} {")]),
        ("{{ größe_1 }}", vec![variable("größe_1")]),
        ("{{ feed.users.first-name }}", vec![Part::Expression(feed.clone())]),
        ("{{ unique }}", vec![Part::Expression(Expression::Unique)]),
        ("{{ random 0 999 }}", vec![Part::Expression(Expression::Random(Numbers { from: 0, to: 999, step: 1 }))]),
        ("{{ random 1 9 by 2 }}", vec![Part::Expression(Expression::Random(Numbers { from: 1, to: 9, step: 2 }))]),
        ("{{ resident 0 99 }}", vec![Part::Expression(Expression::Resident(Numbers { from: 0, to: 99, step: 1 }))]),
        ("{{ choice red green }}", vec![Part::Expression(Expression::Choice(words))]),
        ("{{ now }}", vec![Part::Expression(Expression::Now)]),
        ("{{ now unix }}", vec![Part::Expression(Expression::NowUnix)]),
        ("{{ now unix-ms }}", vec![Part::Expression(Expression::NowUnixMillis)]),
        ("{{ base64 feed.users.first-name }}", vec![Part::Expression(Expression::Base64(Box::new(feed)))]),
        ("{{ ledger.id }}", vec![Part::Expression(Expression::LedgerId)]),
    ];
    for (written, parts) in cases {
        assert_eq!(Template::parse(written).expect(written).parts(), parts, "{written}");
    }
}

#[test]
fn quoted_text_in_base64_is_taken_literally() {
    let template = Template::parse("{{ base64 \"user:{pass} word\" }}").expect("it is a template");
    let inner = Expression::Literal("user:{pass} word".to_owned());
    assert_eq!(template.parts(), [Part::Expression(Expression::Base64(Box::new(inner.clone())))]);
    assert_eq!(template.expressions().collect::<Vec<_>>(), [&inner]);
}

#[test]
fn each_mistake_says_what_and_at_which_character() {
    let cases = [
        ("{{ x", "`{{` without `}}` at character 1"),
        ("añ {{ x", "`{{` without `}}` at character 4"),
        ("{{ }}", "nothing between `{{` and `}}` at character 3"),
        ("{{ now then }}", "`now then` is not known: write now, now unix or now unix-ms at character 3"),
        ("{{ random 1 }}", "`random 1` lacks its numbers: write random 0 999, or random 0 999 by 2 at character 3"),
        ("{{ resident 0 9 2 }}", "`resident 0 9 2` lacks its numbers"),
        ("{{ resident 0 9 by 0 }}", "resident 0 9 by 0: a step of nothing at character 3"),
        ("{{ resident }}", "`resident` lacks its values"),
        ("{{ choice }}", "`choice` lacks its values"),
        ("{{ random a 2 }}", "`a` is not a whole number at character 3"),
        ("{{ random 3 2 }}", "random 3 2: the first number is larger than the second at character 3"),
        ("{{ upper x }}", "`upper` is no function"),
        ("{{ a.b }}", "`a.b` is not a name"),
        ("{{ feed.a }}", "`feed.a` is not a name"),
        ("{{ feed.a.b.c }}", "`feed.a.b.c` is not a name"),
        ("{{ a$ }}", "`a$` is not a name"),
        ("{{ base64 }}", "nothing between"),
        ("{{ base64 base64 x }}", "base64 in base64 at character 3"),
    ];
    for (written, message) in cases {
        match Template::parse(written) {
            Ok(template) => assert_eq!(message, "", "{written} is accepted as {:?}", template.parts()),
            Err(error) => assert!(error.to_string().starts_with(message), "{written}: {error}"),
        }
    }
}

#[test]
fn serialised_it_is_its_text() {
    let template = Template::parse("/users/{{ random 1 9 }}/{{{{").expect("it is a template");
    let json = serde_json::to_string(&template).expect("text is JSON");
    assert_eq!(json, "\"/users/{{ random 1 9 }}/{{{{\"");
    assert_eq!(serde_json::from_str::<Template>(&json).expect("it is read back"), template);
}

proptest! {
    #[test]
    fn any_text_is_a_template_or_a_mistake_inside_of_it(written in "[ -~äß{}]{0,60}") {
        match Template::parse(&written) {
            Ok(template) => prop_assert_eq!(template.to_string(), written),
            Err(error) => prop_assert!(error.at >= 1 && error.at <= written.chars().count() + 1),
        }
    }

    #[test]
    fn text_with_doubled_braces_means_itself(written in "[a-z{} ]{0,40}") {
        // A brace left over beside a pair would be read with it, so only pairs are escaped and tried.
        let pairs = written.replace("{{", "\u{1}").replace('{', "").replace('\u{1}', "{{");
        let template = Template::parse(&pairs.replace("{{", "{{{{")).expect("nothing is open");
        let expected: Vec<Part> = (!pairs.is_empty()).then_some(Part::Text(pairs)).into_iter().collect();
        prop_assert_eq!(template.parts(), expected);
    }
}
