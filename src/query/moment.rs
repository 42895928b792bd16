//! Points in time as people write them.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use jiff::Zoned;
use jiff::civil::{DateTime, Time};
use jiff::fmt::temporal::{Pieces, PiecesOffset};
use jiff::tz::{Offset, TimeZone};

use crate::timestamp::Timestamp;

/// A point in time as people write it, possibly relative to the current time. Without a time zone it is in UTC. It
/// resolves to milliseconds, rounded up, so that an event is at or after the moment exactly if it is at or after the
/// resolved time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Moment {
    /// A point in time.
    At(Timestamp),
    /// The last time that a clock in this time zone showed this time of day.
    Clock(Time, TimeZone),
    /// This many milliseconds ago.
    Ago(i64),
}

/// An error about a text that is not a moment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseMomentError {
    /// The text has none of the accepted forms.
    #[error("a time is written as 2026-01-31T10:00, 10:00 or 2h")]
    Form,
    /// The time is further ago than any event.
    #[error("a time ago is at most {LONGEST_AGO_YEARS} years")]
    TooLongAgo,
    /// The text names an unknown time zone.
    #[error("there is no time zone {zone:?}")]
    Zone {
        /// The time zone.
        zone: String,
        /// Its position in the text, in bytes.
        place: Range<usize>,
    },
}

const DAY: i64 = 86_400_000;

/// The longest time ago, in years.
const LONGEST_AGO_YEARS: i64 = 1000;
/// A day of offset from UTC, in seconds, which no time zone has.
const DAY_SECONDS: i32 = 86_400;

impl Moment {
    /// Returns the point in time, given the current time.
    pub fn resolve(&self, now: Timestamp) -> Timestamp {
        match self {
            Self::At(at) => *at,
            Self::Ago(millis) => Timestamp(now.0.saturating_sub(*millis)),
            Self::Clock(time, zone) => latest(*time, zone, now).unwrap_or(now),
        }
    }

    /// Parses a moment. Without a time zone of its own, it is in this one.
    ///
    /// # Errors
    /// Returns the reason if the text is not a moment.
    pub fn parse_in(text: &str, zone: &TimeZone) -> Result<Self, ParseMomentError> {
        match Self::zone_after(text, zone) {
            Some(suffix) => format!("{}{suffix}", text.trim()).parse(),
            None => text.parse(),
        }
    }

    /// Returns the time zone as it is written after a moment: `[Europe/Berlin]`. Returns `None` if the text is not a
    /// moment or has a zone of its own, and for UTC and zones without a name, in which nothing has to be written.
    pub(super) fn zone_after(text: &str, zone: &TimeZone) -> Option<String> {
        let name = zone_name(zone);
        (name != "UTC" && is_local(text.trim())).then(|| format!("[{name}]"))
    }
}

/// Returns the name of a time zone as it can be written after a moment. Returns `UTC` for a zone without a name, in which
/// moments cannot be written.
///
/// ```
/// use jiff::tz::TimeZone;
/// use ramax::query::moment::zone_name;
/// assert_eq!(zone_name(&TimeZone::fixed(jiff::tz::offset(2))), "+02:00");
/// ```
pub fn zone_name(zone: &TimeZone) -> String {
    match (zone.iana_name(), zone.to_fixed_offset()) {
        (Some(name), _) => name.to_owned(),
        (None, Ok(offset)) => shown(offset),
        (None, Err(_)) => "UTC".to_owned(),
    }
}

/// Returns true if the text is a moment that names no time zone and needs one.
fn is_local(text: &str) -> bool {
    let has_zone = text.ends_with([']', 'Z', 'z'])
        || text.parse::<jiff::Timestamp>().is_ok()
        || is_time_of_day(text) && text.contains(['+', '-']);
    let is_relative = ago(text).is_some() || text.ends_with(" ms");
    !has_zone && !is_relative && text.parse::<Moment>().is_ok()
}

/// Returns the last time up to now at which a clock showed this time of day.
fn latest(time: Time, zone: &TimeZone, now: Timestamp) -> Option<Timestamp> {
    let today = jiff::Timestamp::from_millisecond(now.0).ok()?.to_zoned(zone.clone()).date();
    let mut day = Some(today);
    while let Some(date) = day {
        let at = not_before(date.to_datetime(time).to_zoned(zone.clone()).ok()?.timestamp());
        if at <= now {
            return Some(at);
        }
        day = date.yesterday().ok();
    }
    None
}

/// Rounds up to a millisecond.
fn not_before(at: jiff::Timestamp) -> Timestamp {
    let nanos = at.as_nanosecond();
    let millis = nanos.div_euclid(1_000_000) + i128::from(nanos.rem_euclid(1_000_000) > 0);
    Timestamp(i64::try_from(millis).unwrap_or(i64::MAX))
}

/// Writes a text that parses to the same moment.
impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At(at) => at.fmt(f),
            Self::Clock(time, zone) => match (zone.iana_name(), zone.to_fixed_offset()) {
                (Some("UTC"), _) | (None, Err(_)) => time.fmt(f),
                (Some(name), _) => write!(f, "{time}[{name}]"),
                (None, Ok(offset)) => write!(f, "{time}{}", shown(offset)),
            },
            Self::Ago(millis) => {
                let units = [(DAY, "d"), (3_600_000, "h"), (60_000, "m"), (1000, "s")];
                let (unit, name) =
                    units.into_iter().find(|(unit, _)| millis % unit == 0).unwrap_or((1000, "s"));
                write!(f, "{}{name}", millis / unit)
            }
        }
    }
}

fn shown(offset: Offset) -> String {
    let seconds = offset.seconds();
    let (sign, minutes) = (if seconds < 0 { '-' } else { '+' }, seconds.abs() / 60);
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

impl FromStr for Moment {
    type Err = ParseMomentError;

    fn from_str(text: &str) -> Result<Self, ParseMomentError> {
        let before = text.len() - text.trim_start().len();
        let text = text.trim();
        if let Some(millis) = ago(text) {
            let is_too_long = millis / DAY > LONGEST_AGO_YEARS * 365;
            return if is_too_long { Err(ParseMomentError::TooLongAgo) } else { Ok(Self::Ago(millis)) };
        }
        if let Some((local, zone)) = text.strip_suffix(']').and_then(|text| text.split_once('[')) {
            let start = before + local.len() + 1;
            let unknown =
                || ParseMomentError::Zone { zone: zone.to_owned(), place: start..start + zone.len() };
            return in_zone(text, local, named_zone(zone).ok_or_else(unknown)?);
        }
        if text.ends_with(" ms") {
            return text.parse().map(Self::At).map_err(|_| ParseMomentError::Form);
        }
        if let Ok(at) = text.parse::<jiff::Timestamp>() {
            return if has_offset_of_days(text) {
                Err(ParseMomentError::Form)
            } else {
                Ok(Self::At(not_before(at)))
            };
        }
        if is_time_of_day(text) {
            return clock(text);
        }
        // Parsing a civil date and time would silently ignore an offset after it.
        let has_offset = text.contains('+') || text.matches('-').count() > 2;
        let written = text.parse::<DateTime>().ok().filter(|_| !has_offset && !text.contains('['));
        let at =
            written.and_then(|written| written.to_zoned(TimeZone::UTC).ok()).ok_or(ParseMomentError::Form)?;
        Ok(Self::At(not_before(at.timestamp())))
    }
}

/// Returns true if the offset from UTC of a complete time is a day or more.
fn has_offset_of_days(text: &str) -> bool {
    let pieces = Pieces::parse(text).ok();
    match pieces.and_then(|pieces| pieces.offset()) {
        Some(PiecesOffset::Numeric(offset)) => offset.offset().seconds().abs() >= DAY_SECONDS,
        _ => false,
    }
}

/// Parses a moment followed by its time zone in brackets.
fn in_zone(text: &str, local: &str, zone: TimeZone) -> Result<Moment, ParseMomentError> {
    if is_time_of_day(local) {
        // Parsing a civil time would silently ignore an offset after it.
        if local.contains(['Z', 'z', '+', '-']) {
            return Err(ParseMomentError::Form);
        }
        return local.parse().map(|time| Moment::Clock(time, zone)).map_err(|_| ParseMomentError::Form);
    }
    let at =
        text.parse::<Zoned>().ok().filter(|_| !has_offset_of_days(text)).ok_or(ParseMomentError::Form)?;
    Ok(Moment::At(not_before(at.timestamp())))
}

fn named_zone(name: &str) -> Option<TimeZone> {
    offset(name).map(TimeZone::fixed).or_else(|| TimeZone::get(name).ok())
}

/// Returns true if the text begins like `10:00`.
fn is_time_of_day(text: &str) -> bool {
    let hours = text.split_once(':').map_or("", |(hours, _)| hours);
    (1..=2).contains(&hours.len()) && hours.bytes().all(|byte| byte.is_ascii_digit())
}

/// Parses a time of day with an optional offset from UTC.
fn clock(text: &str) -> Result<Moment, ParseMomentError> {
    let (time, zone) = match text.find(['Z', 'z', '+', '-']) {
        None => (text, Some(TimeZone::UTC)),
        Some(at) if text[at..].eq_ignore_ascii_case("z") => (&text[..at], Some(TimeZone::UTC)),
        Some(at) => (&text[..at], offset(&text[at..]).map(TimeZone::fixed)),
    };
    match (time.parse(), zone) {
        (Ok(time), Some(zone)) => Ok(Moment::Clock(time, zone)),
        _ => Err(ParseMomentError::Form),
    }
}

/// Parses `+02:00`, `-0530` or `+02`.
fn offset(text: &str) -> Option<Offset> {
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let digits: String = text[1..].chars().filter(|character| *character != ':').collect();
    let is_written = text.len() - 1 - digits.len() <= 1 && digits.bytes().all(|byte| byte.is_ascii_digit());
    let (hours, minutes) = match digits.len() {
        2 => (digits.as_str(), "0"),
        4 => digits.split_at(2),
        _ => return None,
    };
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    let is_offset = is_written && hours < 24 && minutes < 60;
    is_offset.then(|| Offset::from_seconds(sign * (hours * 60 + minutes) * 60).ok()).flatten()
}

/// Parses `90s`, `5m`, `2h` or `3d` into milliseconds.
fn ago(text: &str) -> Option<i64> {
    let number = text.trim_end_matches(char::is_alphabetic);
    let unit = match &text[number.len()..] {
        "s" => 1000,
        "m" | "min" => 60_000,
        "h" => 3_600_000,
        "d" => DAY,
        _ => return None,
    };
    let number: i64 = number.trim_end().parse().ok().filter(|number| *number >= 0)?;
    Some(number.saturating_mul(unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> String {
        let now: Timestamp = "2026-01-31T12:00:00Z".parse().unwrap();
        text.parse::<Moment>().map(|moment| moment.resolve(now).to_string()).unwrap()
    }

    #[test]
    fn a_moment_is_written_as_a_time_a_time_of_day_or_a_duration() {
        assert_eq!(at("2026-01-30T10:00"), "2026-01-30T10:00:00.000Z");
        assert_eq!(at("2026-01-30T10:00[Europe/Berlin]"), "2026-01-30T09:00:00.000Z");
        assert_eq!(at("11:30"), "2026-01-31T11:30:00.000Z");
        assert_eq!(at("11:30+02:00"), "2026-01-31T09:30:00.000Z");
        assert_eq!(at("2h"), "2026-01-31T10:00:00.000Z");
    }

    #[test]
    fn a_time_of_day_means_its_last_occurrence() {
        assert_eq!(at("12:00:00"), "2026-01-31T12:00:00.000Z");
        assert_eq!(at("12:00:01"), "2026-01-30T12:00:01.000Z");
        assert_eq!(at("2026-01-31"), "2026-01-31T00:00:00.000Z");
        assert_eq!(at("2026-01-31 10:00"), "2026-01-31T10:00:00.000Z");
        assert_eq!(at("2026-01-31T10:00:00.5+02:00"), "2026-01-31T08:00:00.500Z");
        assert_eq!(at("90s"), "2026-01-31T11:58:30.000Z");
    }

    #[test]
    fn a_time_zone_is_honoured_with_a_date_and_without() {
        assert_eq!(at("2026-07-01T10:00[Europe/Berlin]"), "2026-07-01T08:00:00.000Z");
        assert_eq!(at("2026-07-01T10:00+02:00[Europe/Berlin]"), "2026-07-01T08:00:00.000Z");
        assert_eq!(at("2026-07-01[Europe/Berlin]"), "2026-06-30T22:00:00.000Z");
        assert_eq!(at("2026-07-01 10:00[+02:00]"), "2026-07-01T08:00:00.000Z");
        assert_eq!(at("10:00[Europe/Berlin]"), "2026-01-31T09:00:00.000Z");
        assert_eq!(at("14:00[Europe/Berlin]"), "2026-01-30T13:00:00.000Z");
        for text in ["10:00+02:00", "10:00+02", "10:00+0200"] {
            assert_eq!(at(text), "2026-01-31T08:00:00.000Z", "{text}");
        }
        assert_eq!((at("10:00Z"), at("06:30:00-05:30")), (at("10:00"), at("12:00")));
        // There, it is already 1 February.
        assert_eq!(at("01:00[Pacific/Kiritimati]"), "2026-01-31T11:00:00.000Z");
    }

    #[test]
    fn another_time_zone_can_be_meant_where_none_is_named() {
        let now: Timestamp = "2026-01-31T12:00:00Z".parse().unwrap();
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        let at = |text: &str, zone: &TimeZone| Moment::parse_in(text, zone).unwrap().resolve(now).to_string();
        for (text, expected) in [
            ("2026-07-01T10:00", "2026-07-01T08:00:00.000Z"),
            (" 2026-07-01 ", "2026-06-30T22:00:00.000Z"),
            ("10:00", "2026-01-31T09:00:00.000Z"),
            ("10:00Z", "2026-01-31T10:00:00.000Z"),
            ("2026-07-01T10:00:00-05:30", "2026-07-01T15:30:00.000Z"),
            ("10:00[Asia/Kolkata]", "2026-01-31T04:30:00.000Z"),
            ("2h", "2026-01-31T10:00:00.000Z"),
        ] {
            assert_eq!(at(text, &berlin), expected, "{text}");
        }
        assert_eq!(at("10:00", &TimeZone::fixed(jiff::tz::offset(-3))), "2026-01-30T13:00:00.000Z");
        assert_eq!(Moment::parse_in("abc", &berlin), Err(ParseMomentError::Form));
    }

    #[test]
    fn an_unknown_time_zone_is_refused_with_its_position() {
        for (text, place) in [("2026-07-01T10:00[Mars/Olympus]", 17..29), (" 10:00[]", 7..7)] {
            let zone = text[place.clone()].to_owned();
            assert_eq!(text.parse::<Moment>(), Err(ParseMomentError::Zone { zone, place }), "{text}");
        }
    }

    #[test]
    fn fractions_of_a_millisecond_are_rounded_up() {
        assert_eq!(at("2026-01-30T10:00:00.0000000Z"), "2026-01-30T10:00:00.000Z");
        assert_eq!(at("2026-01-30T10:00:00.0005Z"), "2026-01-30T10:00:00.001Z");
        assert_eq!(at("2026-01-30T10:00:00.000000001"), "2026-01-30T10:00:00.001Z");
        assert_eq!(at("1969-12-31T23:59:59.9995Z"), "1970-01-01T00:00:00.000Z");
        assert_eq!(at("10:00:00.0001"), "2026-01-31T10:00:00.001Z");
    }

    #[test]
    fn a_moment_is_displayed_as_it_was_parsed() {
        for text in
            ["10:00:00", "10:00:00[Europe/Berlin]", "10:00:00-05:30", "2h", "2026-01-30T10:00:00.001Z"]
        {
            assert_eq!(text.parse::<Moment>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_text_that_is_not_a_moment_is_refused() {
        for text in [
            "",
            "12",
            "abc",
            "25:00",
            "h",
            "2 fortnights",
            "2026-13-01",
            "2026-07-01+02:00",
            "2026-07-01T10:00[Europe/Berlin",
            "10:00+2",
            "10:00+02:00[Europe/Berlin]",
            "2026-07-01T10:00+05:00[Europe/Berlin]",
            "10:00+25:00",
            "2026-07-01T10:00+25:00",
            "2026-07-01T10:00-24:00",
            "10:00 +02:00:00",
        ] {
            assert_eq!(text.parse::<Moment>(), Err(ParseMomentError::Form), "{text}");
        }
        assert_eq!(at("2026-07-01T10:00+23:59"), "2026-06-30T10:01:00.000Z");
    }

    #[test]
    fn a_time_ago_is_bounded() {
        assert_eq!(at("365000d"), "1026-10-01T12:00:00.000Z");
        for text in ["365001d", "99999999h", "99999999999d"] {
            assert_eq!(text.parse::<Moment>(), Err(ParseMomentError::TooLongAgo), "{text}");
        }
    }
}
