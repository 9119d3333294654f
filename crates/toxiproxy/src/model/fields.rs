//! A JSON object as requests give it: a field that is absent or null is not there, a field of another type is a mistake,
//! and fields that nobody knows are passed over.

use super::Refusal;
use serde_json::{Map, Value};
use std::time::Duration;

/// The fields of a JSON object.
#[derive(Debug, Clone, Copy)]
pub struct Fields<'a>(&'a Map<String, Value>);

impl<'a> Fields<'a> {
    /// The fields of that value.
    ///
    /// # Errors
    /// When it is no object.
    pub fn of(value: &'a Value) -> Result<Self, Refusal> {
        value.as_object().map(Self).ok_or_else(|| Refusal::Body("expected an object".to_owned()))
    }

    /// The fields of that object.
    #[must_use]
    pub fn new(map: &'a Map<String, Value>) -> Self {
        Self(map)
    }

    /// A text.
    ///
    /// # Errors
    /// When the field is something else.
    pub fn text(self, name: &str) -> Result<Option<&'a str>, Refusal> {
        self.read(name, "a string", Value::as_str)
    }

    /// A whole number from 0 on.
    ///
    /// # Errors
    /// When the field is something else.
    pub fn whole(self, name: &str) -> Result<Option<u64>, Refusal> {
        // Beyond it lies nothing that a test could wait for, and sums of times stay far from overflowing.
        const LARGEST: u64 = 1 << 53;
        let whole = |value: &Value| value.as_u64().filter(|&number| number <= LARGEST);
        self.read(name, "a whole number from 0 to 2^53", whole)
    }

    /// `true` or `false`.
    ///
    /// # Errors
    /// When the field is something else.
    pub fn truth(self, name: &str) -> Result<Option<bool>, Refusal> {
        self.read(name, "true or false", Value::as_bool)
    }

    /// A share from 0 to 1.
    ///
    /// # Errors
    /// When the field is something else.
    pub fn share(self, name: &str) -> Result<Option<f32>, Refusal> {
        let share =
            |value: &Value| value.as_f64().filter(|share| (0.0..=1.0).contains(share)).map(|share| share as f32);
        self.read(name, "a number from 0 to 1", share)
    }

    /// A duration with a unit, such as `"15s"`, longer than nothing and at most a day.
    ///
    /// # Errors
    /// When the field is something else.
    pub fn duration(self, name: &str) -> Result<Option<Duration>, Refusal> {
        const LONGEST: Duration = Duration::from_secs(24 * 3_600);
        let sound = |duration: &Duration| !duration.is_zero() && *duration <= LONGEST;
        let duration = |value: &Value| units::duration::parse(value.as_str()?).ok().filter(sound);
        self.read(name, "a duration with a unit, such as \"15s\", of at most a day", duration)
    }

    /// An object.
    ///
    /// # Errors
    /// When the field is something else.
    pub fn object(self, name: &str) -> Result<Option<&'a Map<String, Value>>, Refusal> {
        self.read(name, "an object", Value::as_object)
    }

    /// A list; empty when it is not there.
    ///
    /// # Errors
    /// When the field is something else.
    pub fn list(self, name: &str) -> Result<&'a [Value], Refusal> {
        Ok(self.read(name, "a list", Value::as_array)?.map_or(&[], Vec::as_slice))
    }

    fn read<T>(self, name: &str, what: &str, read: impl Fn(&'a Value) -> Option<T>) -> Result<Option<T>, Refusal> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => {
                read(value).map(Some).ok_or_else(|| Refusal::Body(format!("{name} must be {what}, this is {value}")))
            }
        }
    }
}
