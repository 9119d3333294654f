//! A JSON body as a template.
//!
//! What stands between `{{` and `}}` in its strings is kept as it is, so that quotes inside of an expression aren't
//! escaped; everything else is written as JSON. Keys are no templates.

use crate::template::Template;
use serde_json::Value;

/// The template that gives this JSON. Each text in it has been read as a template before.
pub(super) fn json_template(value: &Value) -> Template {
    Template::parse(&written(value)).expect("each text in it was read as a template")
}

fn written(value: &Value) -> String {
    match value {
        Value::String(text) => format!("\"{}\"", escaped_between_expressions(text)),
        Value::Array(items) => format!("[{}]", items.iter().map(written).collect::<Vec<_>>().join(",")),
        Value::Object(entries) => {
            let entry = |(key, value): (&String, &Value)| {
                let key = escaped(key).replace("{{", "{{{{");
                format!("\"{key}\":{}", written(value))
            };
            format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(","))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

fn escaped(text: &str) -> String {
    let quoted = Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

fn escaped_between_expressions(text: &str) -> String {
    let mut result = String::new();
    let mut rest = text;
    while let Some(open) = rest.find("{{") {
        result.push_str(&escaped(&rest[..open]));
        let expression = &rest[open..];
        let end = if expression.starts_with("{{{{") { Some(4) } else { expression.find("}}").map(|close| close + 2) };
        let end = end.unwrap_or(expression.len());
        result.push_str(&expression[..end]);
        rest = &expression[end..];
    }
    result + &escaped(rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::{Expression, Part};
    use serde_json::json;

    fn parts(value: &Value) -> Vec<Part> {
        json_template(value).parts().to_vec()
    }

    #[test]
    fn plain_json_is_one_text_that_is_that_json() {
        let value = json!({"a": [1, null, true, "x\"y\n"], "b{{c": {"d": {"e": {}}}});
        let parts = parts(&value);
        let [Part::Text(text)] = parts.as_slice() else { panic!("{parts:?}") };
        assert_eq!(serde_json::from_str::<Value>(text).expect("it is JSON"), value);
    }

    #[test]
    fn braces_that_are_no_expression_are_text_like_any_other() {
        let expected = [Part::Text("[\"{{ \\\"x\\\" }} \\\"\"]".to_owned())];
        assert_eq!(parts(&json!(["{{{{ \"x\" }} \""])), expected);
    }

    #[test]
    fn quotes_inside_of_an_expression_stay_quotes() {
        let inner = Box::new(Expression::Literal("a b".to_owned()));
        let expected = [
            Part::Text("{\"t\":\"\\\"".to_owned()),
            Part::Expression(Expression::Base64(inner)),
            Part::Text("\\\"\"}".to_owned()),
        ];
        assert_eq!(parts(&json!({"t": "\"{{ base64 \"a b\" }}\""})), expected);
    }
}
