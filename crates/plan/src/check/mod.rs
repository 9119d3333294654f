//! Rules that hold between parts of a plan.
//!
//! [`names`]: unique names. [`shares`]: parts that make a whole. [`shape`]: the load's stages. [`variables`]: templates
//! use what there is. [`timing`]: faults lie inside the load and leave a baseline. [`overlap`]: faults that can be
//! together.

pub(crate) mod names;
pub(crate) mod overlap;
pub(crate) mod shape;
pub(crate) mod shares;
pub(crate) mod timing;
pub(crate) mod variables;
