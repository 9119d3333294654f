//! What a toxic is: values only.

mod expiry;
mod fields;
mod kind;
mod refusal;
mod toxic;

pub use expiry::Expiry;
pub use fields::Fields;
pub use kind::Kind;
pub use refusal::Refusal;
pub use toxic::{Direction, Pacer, Stream, Toxic, ToxicText};

#[cfg(test)]
mod tests;
