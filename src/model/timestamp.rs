//! Points in time.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The text of a time that is not known.
const UNKNOWN: &str = "unknown";

/// A point in time, in UTC milliseconds since 1970. Displayed as RFC 3339.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The time of an entry whose own time was damaged, so that no other one is shown in its place: a millisecond
    /// after the earliest that a store accepts. Displayed as `unknown`.
    pub const UNKNOWN: Self = Self(-377_705_023_200_999);

    /// Returns the time that a number in a document stands for, if the name of its field ends with `_at`: seconds or
    /// milliseconds of the years 1973 to 5138.
    pub fn of_field(name: &str, number: i64) -> Option<Self> {
        let millis = match number {
            100_000_000..100_000_000_000 => number * 1000,
            100_000_000_000..100_000_000_000_000 => number,
            _ => return None,
        };
        name.ends_with("_at").then_some(Self(millis))
    }

    /// Returns true if it is more than a minute ahead of `now`, which clock skew does not explain.
    pub fn is_ahead_of(self, now: Self) -> bool {
        self.0.saturating_sub(now.0) > 60_000
    }

    /// Returns the point in time after this duration.
    pub fn after(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }

    /// Returns true if it is in the years -9999 to 9999, which a calendar can show.
    pub fn has_date(self) -> bool {
        self.instant().is_some()
    }

    /// Returns the whole seconds since 1970.
    pub fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Returns the time of day in UTC, as `12:01:07.533`.
    pub fn time_of_day(self) -> String {
        self.instant()
            .map_or_else(|| self.0.to_string(), |instant| instant.strftime("%H:%M:%S%.3f").to_string())
    }

    fn instant(self) -> Option<jiff::Timestamp> {
        jiff::Timestamp::from_millisecond(self.0).ok()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.instant() {
            _ if *self == Self::UNKNOWN => f.write_str(UNKNOWN),
            Some(instant) => write!(f, "{instant:.3}"),
            None => write!(f, "{} ms", self.0),
        }
    }
}

impl FromStr for Timestamp {
    type Err = jiff::Error;

    /// Parses the output of [`Display`](fmt::Display), and any other RFC 3339 time.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == UNKNOWN {
            return Ok(Self::UNKNOWN);
        }
        if let Some(Ok(milliseconds)) = text.strip_suffix(" ms").map(str::parse) {
            return Ok(Self(milliseconds));
        }
        text.parse::<jiff::Timestamp>().map(|instant| Self(instant.as_millisecond()))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(|_| de::Error::custom(format_args!("{text:?} is not a time")))
    }
}
