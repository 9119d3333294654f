//! When a proxy or toxic goes away by itself.
//!
//! A `lease` runs out unless it is renewed, so a test that was killed leaves nothing behind. A `duration` ends all the same.

use super::{Fields, Refusal};
use serde_json::{Map, Value};
use std::time::Duration;

/// When something goes away by itself, in times since the server began.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Expiry {
    lease: Option<Lease>,
    duration: Option<(Duration, Duration)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Lease {
    lasts: Duration,
    renewed_at: Duration,
}

impl Expiry {
    /// Reads the fields `lease` and `duration` of something that begins now.
    ///
    /// # Errors
    /// When one of them is no duration with a unit.
    pub fn read(fields: Fields<'_>, now: Duration) -> Result<Self, Refusal> {
        let lease = fields.duration("lease")?.map(|lasts| Lease { lasts, renewed_at: now });
        Ok(Self { lease, duration: fields.duration("duration")?.map(|lasts| (lasts, now)) })
    }

    /// The same after a request that changes or renews it: the lease begins anew, and what the request names is replaced.
    ///
    /// # Errors
    /// When a field is no duration with a unit.
    pub fn renewed(self, fields: Fields<'_>, now: Duration) -> Result<Self, Refusal> {
        let given = Self::read(fields, now)?;
        let lease = given.lease.or(self.lease).map(|lease| Lease { renewed_at: now, ..lease });
        Ok(Self { lease, duration: given.duration.or(self.duration) })
    }

    /// When it goes away, if nothing happens until then.
    #[must_use]
    pub fn ends_at(self) -> Option<Duration> {
        let lease = self.lease.map(|lease| lease.renewed_at + lease.lasts);
        let duration = self.duration.map(|(lasts, began)| began + lasts);
        lease.into_iter().chain(duration).min()
    }

    /// Writes the fields that were given.
    pub fn write(self, map: &mut Map<String, Value>) {
        let text = |duration| Value::from(units::duration::Text(duration).to_string());
        if let Some(lease) = self.lease {
            map.insert("lease".to_owned(), text(lease.lasts));
        }
        if let Some((lasts, _)) = self.duration {
            map.insert("duration".to_owned(), text(lasts));
        }
    }
}
