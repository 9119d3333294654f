//! What was probably meant by a word that nobody knows.

/// The known word most like `word`, if one is like it at all.
///
/// Like means: a Damerau–Levenshtein distance of at most a third of the longer word's length, so that `shar` finds
/// `share` and `rate` doesn't find `step`; case, `-` and `_` don't count.
pub(crate) fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let plain = |text: &str| text.to_lowercase().replace(['-', '_', ' '], "");
    let wanted = plain(word);
    let distance = |known: &str| strsim::damerau_levenshtein(&wanted, &plain(known));
    let (best, distance) = known.into_iter().map(|known| (known, distance(known))).min_by_key(|(_, far)| *far)?;
    let longer = best.chars().count().max(wanted.chars().count());
    (distance * 3 <= longer).then_some(best)
}

/// A hint: the word most like it, else all of them.
pub(crate) fn hint(word: &str, known: &[&str]) -> Option<String> {
    if known.is_empty() {
        return None;
    }
    Some(match nearest(word, known.iter().copied()) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => format!("known: {}", known.join(", ")),
    })
}
