//! Moments as people write them.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{DateTime, Time};
use jiff::tz::TimeZone;

use crate::timestamp::Timestamp;

/// A moment as people write it: some of them mean something only together with the time now.
///
/// ```
/// use ramax::{Timestamp, moment::Moment};
/// let now: Timestamp = "2026-01-31T12:00:00Z".parse()?;
/// let resolved = |text: &str| text.parse::<Moment>().map(|moment| moment.resolve(now).to_string());
/// assert_eq!(resolved("2026-01-30T10:00").as_deref(), Ok("2026-01-30T10:00:00.000Z"));
/// assert_eq!(resolved("11:30").as_deref(), Ok("2026-01-31T11:30:00.000Z"));
/// assert_eq!(resolved("2h").as_deref(), Ok("2026-01-31T10:00:00.000Z"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// A point in time.
    At(Timestamp),
    /// The latest time that a clock in UTC showed this.
    Clock(Time),
    /// So many milliseconds ago.
    Ago(i64),
}

/// What is no moment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a time is written as 2026-01-31T10:00, 10:00 or 2h")]
pub struct NoMoment;

const DAY: i64 = 86_400_000;

impl Moment {
    /// The point in time that is meant.
    #[must_use]
    pub fn resolve(self, now: Timestamp) -> Timestamp {
        match self {
            Self::At(at) => at,
            Self::Ago(millis) => Timestamp(now.0.saturating_sub(millis)),
            Self::Clock(time) => {
                let of_day = time.duration_since(Time::midnight()).as_millis();
                let today = now.0 - now.0.rem_euclid(DAY) + i64::try_from(of_day).unwrap_or(0);
                Timestamp(if today > now.0 { today - DAY } else { today })
            }
        }
    }
}

/// As it is written, to be read again.
impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At(at) => at.fmt(f),
            Self::Clock(time) => time.fmt(f),
            Self::Ago(millis) => {
                let units = [(DAY, "d"), (3_600_000, "h"), (60_000, "m"), (1000, "s")];
                let (unit, name) =
                    units.into_iter().find(|(unit, _)| millis % unit == 0).unwrap_or((1000, "s"));
                write!(f, "{}{name}", millis / unit)
            }
        }
    }
}

impl FromStr for Moment {
    type Err = NoMoment;

    fn from_str(text: &str) -> Result<Self, NoMoment> {
        let text = text.trim();
        if let Some(millis) = ago(text) {
            return Ok(Self::Ago(millis));
        }
        if let Ok(at) = text.parse::<Timestamp>() {
            return Ok(Self::At(at));
        }
        if text.contains(':')
            && let Ok(time) = text.parse::<Time>()
            && !text.contains('-')
        {
            return Ok(Self::Clock(time));
        }
        let written = text.parse::<DateTime>().map_err(|_| NoMoment)?;
        let at = written.to_zoned(TimeZone::UTC).map_err(|_| NoMoment)?;
        Ok(Self::At(Timestamp(at.timestamp().as_millisecond())))
    }
}

/// `90s`, `5m`, `2h`, `3d` in milliseconds.
fn ago(text: &str) -> Option<i64> {
    let number = text.trim_end_matches(char::is_alphabetic);
    let unit = match &text[number.len()..] {
        "s" => 1000,
        "m" | "min" => 60_000,
        "h" => 3_600_000,
        "d" => DAY,
        _ => return None,
    };
    number.trim_end().parse::<u32>().ok().and_then(|number| i64::from(number).checked_mul(unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_of_day_is_the_latest_that_has_been() {
        let now: Timestamp = "2026-01-31T12:00:00Z".parse().unwrap();
        let at = |text: &str| text.parse::<Moment>().map(|moment| moment.resolve(now).to_string()).unwrap();
        assert_eq!(at("12:00:00"), "2026-01-31T12:00:00.000Z");
        assert_eq!(at("12:00:01"), "2026-01-30T12:00:01.000Z");
        assert_eq!(at("2026-01-31"), "2026-01-31T00:00:00.000Z");
        assert_eq!(at("2026-01-31 10:00"), "2026-01-31T10:00:00.000Z");
        assert_eq!(at("2026-01-31T10:00:00.5+02:00"), "2026-01-31T08:00:00.500Z");
        assert_eq!(at("90s"), "2026-01-31T11:58:30.000Z");
    }

    #[test]
    fn what_is_no_moment_is_turned_down() {
        for text in ["", "12", "abc", "25:00", "h", "2 fortnights", "2026-13-01", "99999999999d"] {
            assert_eq!(text.parse::<Moment>(), Err(NoMoment), "{text}");
        }
    }
}
