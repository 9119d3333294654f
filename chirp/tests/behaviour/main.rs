//! What Chirp does for its users, seen from outside: real processes, HTTP only, the same cases on every
//! engine.
//!
//! A case is a function of an [`Engine`]; it boots the [`Deployment`] that it needs and looks at nothing
//! but answers. So an engine that passes here is one that users cannot tell from another. What only one
//! engine has (its files, its faults, its log) is tested elsewhere.
//!
//! Adding a case: write the function, name it in the list below. Adding an engine: a variant, what it
//! needs in [`Deployment`], and a module in the macro.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

mod attachments;
mod deployment;
#[path = "../processes/http.rs"]
mod http;
#[expect(dead_code, reason = "the tests of single processes need more of it")]
#[path = "../processes/lab.rs"]
mod lab;
mod posts;
#[path = "../processes/programs.rs"]
mod programs;
mod requests;
#[path = "../processes/turn.rs"]
mod turn;
mod users;

use deployment::{Deployment, Engine};

/// Makes a test of each case on each engine.
macro_rules! on_every_engine {
    ($($file:ident::$case:ident,)*) => {
        mod embedded {
            $(#[test] fn $case() { crate::$file::$case(crate::Engine::Embedded); })*
        }
        mod postgres {
            $(#[test] fn $case() { crate::$file::$case(crate::Engine::Postgres); })*
        }
    };
}

on_every_engine! {
    posts::an_author_edits_a_post_and_nobody_else_does,
    posts::a_deleted_post_is_gone_and_does_not_come_back,
    posts::a_removed_post_says_why_and_takes_no_edit,
    posts::likes_are_counted_once_per_user,
    posts::a_celebrity_is_followed_like_everybody_else,
    users::a_profile_changes_by_what_is_given,
    users::a_block_ends_a_follow_and_keeps_it_ended,
    attachments::a_post_carries_its_link_and_its_media,
    attachments::a_retry_with_another_link_is_not_the_same_post,
    requests::a_request_that_makes_no_sense_is_told_why,
    requests::a_request_id_comes_back_if_it_is_a_sensible_one,
    requests::a_retry_with_the_same_key_gets_the_same_post,
    users::users_are_registered_and_their_posts_are_found,
    users::follows_are_listed_and_shape_the_time_line,
}
