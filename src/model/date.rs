//! Days of the calendar.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::timestamp::Timestamp;

/// A day of the Gregorian calendar, written `2026-11-29`.
///
/// ```
/// use ramax::Date;
/// let day: Date = "2026-02-28".parse()?;
/// assert_eq!((day.year(), day.month(), day.day()), (2026, 2, 28));
/// assert!(day < "2026-03-01".parse()?);
/// assert_eq!(day.after_days(1).map(|next| next.to_string()), Some("2026-03-01".to_owned()));
/// assert_eq!("2026-02-30".parse::<Date>().unwrap_err().to_string(), "February 2026 has 28 days");
/// # Ok::<(), ramax::ParseDateError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(jiff::civil::Date);

impl Date {
    /// Returns the day in UTC of a point in time. A time that no calendar has counts as the first day of 1970.
    pub fn of(time: Timestamp) -> Self {
        let instant = jiff::Timestamp::from_millisecond(time.0).unwrap_or_default();
        Self(instant.to_zoned(jiff::tz::TimeZone::UTC).date())
    }

    /// Returns the year.
    pub fn year(self) -> i16 {
        self.0.year()
    }

    /// Returns the month, from 1 to 12.
    pub fn month(self) -> i8 {
        self.0.month()
    }

    /// Returns the day of the month, from 1 to 31.
    pub fn day(self) -> i8 {
        self.0.day()
    }

    /// Returns the day this many days later, or earlier for a negative number. `None` outside the years 0 to 9999.
    pub fn after_days(self, days: i32) -> Option<Self> {
        self.0
            .checked_add(jiff::Span::new().try_days(days).ok()?)
            .ok()
            .filter(|day| day.year() >= 0)
            .map(Self)
    }
}

impl Date {
    /// Returns the same day this many months later, or earlier for a negative number. A day that the month lacks becomes
    /// its last one. `None` outside the years 0 to 9999.
    pub fn after_months(self, months: i32) -> Option<Self> {
        let later = self.0.checked_add(jiff::Span::new().try_months(months).ok()?);
        later.ok().filter(|day| day.year() >= 0).map(Self)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The reason why a text is not a day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseDateError {
    /// The text is too short.
    #[error("it ends after {0} characters")]
    TooShort(usize),
    /// The text has another form.
    #[error("character {0} is not as in YYYY-MM-DD")]
    Form(usize),
    /// The year has no such month.
    #[error("there is no month {0}")]
    Month(i8),
    /// The month has no such day.
    #[error("{month} {year} has {days} days")]
    Day {
        /// The name of the month.
        month: &'static str,
        /// The year.
        year: i16,
        /// The number of its days.
        days: i8,
    },
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

impl FromStr for Date {
    type Err = ParseDateError;

    /// Parses a day in exactly the form that [`Display`](fmt::Display) writes.
    fn from_str(text: &str) -> Result<Self, ParseDateError> {
        const FORM: [u8; 10] = *b"0000-00-00";
        let fits = |(at, character): (usize, char)| match FORM.get(at) {
            Some(b'0') => character.is_ascii_digit(),
            Some(other) => character == char::from(*other),
            None => false,
        };
        if let Some(at) = text.chars().enumerate().position(|character| !fits(character)) {
            return Err(ParseDateError::Form(at + 1));
        }
        if text.len() < FORM.len() {
            return Err(ParseDateError::TooShort(text.len()));
        }
        let number =
            |from: usize, to: usize| text[from..to].bytes().fold(0, |n, b| n * 10 + i16::from(b - b'0'));
        let (year, month, day) = (number(0, 4), number(5, 7), number(8, 10));
        let (month, day) = (i8::try_from(month).unwrap_or(0), i8::try_from(day).unwrap_or(0));
        let first = jiff::civil::Date::new(year, month, 1).map_err(|_| ParseDateError::Month(month))?;
        let name = usize::try_from(month - 1).ok().and_then(|at| MONTHS.get(at)).copied().unwrap_or_default();
        jiff::civil::Date::new(year, month, day).map(Self).map_err(|_| ParseDateError::Day {
            month: name,
            year,
            days: first.days_in_month(),
        })
    }
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}
