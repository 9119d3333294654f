//! Between the model's types and those of the control format.

use super::control::{
    ConnectionsFormat, HitsFormat, LinkFormat, LossFormat, OverlayFormat, ProbedFormat, SliceFormat, StateFormat,
    TrafficFormat, WayFormat, WayOverlayFormat, WayTrafficFormat,
};
use crate::{
    link::{Connections, Hits, Link, Loss, Overlay, Slice, State, Way, WayOverlay},
    network::{Traffic, WayTraffic},
    shaped::Probed,
};
use std::time::Duration;

/// Converts field by field, both ways; a field that one side lacks doesn't compile.
macro_rules! same_fields {
    ($one:ident, $other:ident, { $($field:ident),* } $(or none { $($maybe:ident),* })?) => {
        impl From<$one> for $other {
            fn from($one { $($field,)* $($($maybe),*)? }: $one) -> Self {
                Self { $($field: $field.into(),)* $($($maybe: $maybe.map(Into::into)),*)? }
            }
        }
        impl From<$other> for $one {
            fn from($other { $($field,)* $($($maybe),*)? }: $other) -> Self {
                Self { $($field: $field.into(),)* $($($maybe: $maybe.map(Into::into)),*)? }
            }
        }
    };
}

same_fields!(Link, LinkFormat, { forward, backward, connect_delay });
same_fields!(Way, WayFormat, { delay, jitter, noise, bandwidth, state, mtu, close_delay, limit } or none { loss, slice });
same_fields!(Overlay, OverlayFormat, { forward, backward, connect_delay, hits, cuts });
same_fields!(Hits, HitsFormat, { connections, share, older_than });
same_fields!(Slice, SliceFormat, { bytes, pause });
same_fields!(Loss, LossFormat, { share, burst });
same_fields!(WayOverlay, WayOverlayFormat, { delay, jitter, bandwidth, state, mtu, close_delay, limit } or none { loss, slice });
same_fields!(Traffic, TrafficFormat, { forward, backward, connected, refused, reset, timed_out });
same_fields!(WayTraffic, WayTrafficFormat, { bytes, messages, held_bytes });

/// Converts variant by variant, both ways.
macro_rules! same_variants {
    ($one:ident, $other:ident, { $($variant:ident),* }) => {
        impl From<$one> for $other {
            fn from(one: $one) -> Self {
                match one {
                    $($one::$variant => Self::$variant),*
                }
            }
        }
        impl From<$other> for $one {
            fn from(other: $other) -> Self {
                match other {
                    $($other::$variant => Self::$variant),*
                }
            }
        }
    };
}

same_variants!(State, StateFormat, { Up, Stall, Reject, BlackHole });
same_variants!(Connections, ConnectionsFormat, { All, New, Open });

impl From<Probed> for ProbedFormat {
    fn from(probed: Probed) -> Self {
        match probed {
            Probed::Answered { connected, answered, closed } => Self::Answered {
                connected_us: micros(connected),
                answered_us: micros(answered),
                closed_us: closed.map(micros),
            },
            Probed::Refused => Self::Refused,
            Probed::Reset => Self::Reset,
            Probed::Silent => Self::Silent,
            Probed::Unopened => Self::Unopened,
        }
    }
}

impl From<ProbedFormat> for Probed {
    fn from(probed: ProbedFormat) -> Self {
        let time = Duration::from_micros;
        match probed {
            ProbedFormat::Answered { connected_us, answered_us, closed_us } => Self::Answered {
                connected: time(connected_us),
                answered: time(answered_us),
                closed: closed_us.map(time),
            },
            ProbedFormat::Refused => Self::Refused,
            ProbedFormat::Reset => Self::Reset,
            ProbedFormat::Silent => Self::Silent,
            ProbedFormat::Unopened => Self::Unopened,
        }
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
