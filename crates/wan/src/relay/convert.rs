//! Between the model's types and those of the control format.

use super::control::{
    LinkFormat, OverlayFormat, StateFormat, TrafficFormat, WayFormat, WayOverlayFormat, WayTrafficFormat,
};
use crate::{
    link::{Link, Overlay, State, Way, WayOverlay},
    network::{Traffic, WayTraffic},
};

/// Converts field by field, both ways; a field that one side lacks doesn't compile.
macro_rules! same_fields {
    ($one:ident, $other:ident, { $($field:ident),* }) => {
        impl From<$one> for $other {
            fn from($one { $($field),* }: $one) -> Self {
                Self { $($field: $field.into()),* }
            }
        }
        impl From<$other> for $one {
            fn from($other { $($field),* }: $other) -> Self {
                Self { $($field: $field.into()),* }
            }
        }
    };
}

same_fields!(Link, LinkFormat, { forward, backward });
same_fields!(Way, WayFormat, { delay, jitter, noise, bandwidth, state });
same_fields!(Overlay, OverlayFormat, { forward, backward });
same_fields!(WayOverlay, WayOverlayFormat, { delay, jitter, bandwidth, state });
same_fields!(Traffic, TrafficFormat, { forward, backward, connected, refused, reset, timed_out });
same_fields!(WayTraffic, WayTrafficFormat, { bytes, messages, held_bytes });

impl From<State> for StateFormat {
    fn from(state: State) -> Self {
        match state {
            State::Up => Self::Up,
            State::Reject => Self::Reject,
            State::BlackHole => Self::BlackHole,
        }
    }
}

impl From<StateFormat> for State {
    fn from(state: StateFormat) -> Self {
        match state {
            StateFormat::Up => Self::Up,
            StateFormat::Reject => Self::Reject,
            StateFormat::BlackHole => Self::BlackHole,
        }
    }
}
