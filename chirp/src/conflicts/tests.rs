use super::judge::{Fate, Outcome, judge};
use super::kind::{Kind, Subject};
use crate::resolve::Resolver;
use serde_json::json;

use Fate::{Lost, Refused, Superseded, Survived, Unknown};
use Outcome::Acknowledged;

#[test]
fn an_update_is_superseded_only_by_what_may_replace_it() {
    let (lww, semantic) = (Resolver::LastWriteWins, Resolver::Semantic);
    // (kind, resolver, visible, ordered, fates)
    let cases = [
        (Kind::RemovalEdit, semantic, [true, false], true, [Survived, Superseded]),
        (Kind::RemovalEdit, lww, [false, true], true, [Lost, Survived]),
        (Kind::BlockFollow, lww, [false, true], true, [Lost, Survived]),
        (Kind::BlockFollow, lww, [true, true], true, [Survived, Survived]),
        (Kind::ContactCosmetic, lww, [false, true], true, [Lost, Survived]),
        (Kind::Likes, lww, [true, false], true, [Survived, Lost]),
        (Kind::SameField, lww, [false, true], true, [Superseded, Survived]),
        (Kind::SameField, lww, [true, false], true, [Survived, Lost]),
        (Kind::SameField, lww, [true, false], false, [Survived, Superseded]),
        (Kind::LaterBehind, semantic, [true, false], true, [Survived, Superseded]),
        (Kind::SeenThenBehind, semantic, [true, false], true, [Survived, Lost]),
        (Kind::SameField, lww, [false, false], true, [Lost, Lost]),
    ];
    for (kind, resolver, visible, ordered, fates) in cases {
        let judged = judge(kind, resolver, [Acknowledged; 2], visible, ordered);
        assert_eq!(judged, fates, "{kind:?} {resolver} {visible:?} {ordered}");
    }
    let judged = judge(Kind::SameField, lww, [Outcome::Refused, Outcome::Unknown], [false, true], true);
    assert_eq!(judged, [Refused, Unknown], "what was not acknowledged can be neither lost nor safe");
}

#[test]
fn what_is_read_says_which_updates_are_there() {
    let subject = Subject { user: "u".into(), other: "o".into(), post: "p".into() };
    // (kind, what was read, visible)
    let cases = [
        (Kind::RemovalEdit, vec![json!({ "text": "", "removed": "spam" })], [true, false]),
        (Kind::RemovalEdit, vec![json!({ "text": "edited" })], [false, true]),
        (Kind::BlockFollow, vec![json!({ "blocks": ["o"] }), json!({ "follows": [] })], [true, false]),
        (Kind::BlockFollow, vec![json!({ "blocks": ["o"] }), json!({ "follows": ["u"] })], [true, true]),
        (Kind::ContactCosmetic, vec![json!({ "contact": "new@example.org", "contact_verified": false })], [false; 2]),
        (Kind::Likes, vec![json!({ "likes": 1 })], [true, false]),
        (Kind::SameField, vec![json!({ "display_name": "second" })], [false, true]),
    ];
    for (kind, state, visible) in cases {
        let state: Vec<_> = state.into_iter().map(Some).collect();
        assert_eq!(kind.visible(&subject, &state), visible, "{kind:?} {state:?}");
        assert_eq!(kind.paths(&subject).len(), state.len(), "{kind:?}");
        assert_eq!(kind.visible(&subject, &[None, None]), [false, false], "{kind:?}: nothing read, nothing there");
    }
}
