//! Names are unique among their kind.

use crate::{
    mistakes::{Code, Collector, Mistake, Span},
    read::{Spanned, values::NameText},
};
use std::collections::HashMap;

/// Reports each name that was given before.
pub(crate) fn unique<'n>(
    kind: &str,
    names: impl IntoIterator<Item = &'n Spanned<NameText>>,
    mistakes: &mut Collector<'_>,
) {
    let mut seen: HashMap<&str, Span> = HashMap::new();
    for Spanned { value: NameText(name), span } in names {
        match seen.get(name.as_str()) {
            None => {
                seen.insert(name, *span);
            }
            Some(first) => {
                let mistake = Mistake::new(Code::DuplicateName, *span, format!("two {kind}s are called `{name}`"));
                mistakes.add(mistake.also(*first, "the first").hint("give one of them another name"));
            }
        }
    }
}
