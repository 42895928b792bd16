//! Points in time as text, in the display time zone: times of day, days, and exact times.
//!
//! Nothing shown here depends on the time at which it is drawn, only on the current day and quarter of an hour. A screen
//! therefore stays right for that long.

use jiff::Zoned;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

use crate::clock::Timestamp;
use crate::console::widgets::pen::width;

/// The most days ago that are counted; earlier days are shown as dates.
const MOST_DAYS: i64 = 30;
/// The milliseconds in which a screen stays right: ages in hours are that exact.
const QUARTER: i64 = 15 * 60 * 1000;
/// The milliseconds of an hour.
const HOUR: i64 = 4 * QUARTER;
/// The minimum width of a table whose headings name the time zone.
const NAMES_ZONE: u16 = 60;
/// The width of `2026-01-31`.
const DATE: u16 = 10;
/// The usual width of an abbreviated time zone other than UTC: `CEST`, `+0530`.
const ABBREVIATION: u16 = 5;

/// The way in which the console shows moments: in which time zone, and relative to which day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moments {
    zone: TimeZone,
    today: Day,
    /// The beginning of the current quarter of an hour, from which ages count.
    now: Option<Timestamp>,
}

/// A day in the display time zone, to be compared with others. All moments that no calendar has share one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Day(Option<Date>);

impl Default for Moments {
    /// In UTC, on an unknown day.
    fn default() -> Self {
        Self { zone: TimeZone::UTC, today: Day::default(), now: None }
    }
}

impl Moments {
    /// Returns moments in a time zone, as seen at the time `now`.
    pub fn new(zone: TimeZone, now: Timestamp) -> Self {
        let quarter = Timestamp(now.0.saturating_sub(now.0.rem_euclid(QUARTER)));
        let moments = Self { zone, today: Day::default(), now: Some(quarter) };
        Self { today: moments.day(now), ..moments }
    }

    /// Returns true if both have the same time zone, so that days have the same limits.
    pub fn has_days_of(&self, other: &Self) -> bool {
        self.zone == other.zone
    }

    /// Returns the day of a moment.
    pub fn day(&self, at: Timestamp) -> Day {
        Day(self.zoned(at).map(|zoned| zoned.date()))
    }

    /// Returns the time of day with milliseconds: `12:17:20.513`.
    pub fn time(&self, at: Timestamp) -> String {
        self.written(at, "%H:%M:%S%.3f")
    }

    /// Returns the time of day: `12:17:20`.
    pub fn clock(&self, at: Timestamp) -> String {
        self.written(at, "%H:%M:%S")
    }

    /// Returns the day with its time zone, for a line between days or above the times of one: `2026-01-31 UTC`, `today UTC`.
    pub fn day_line(&self, at: Timestamp) -> String {
        let Some(zoned) = self.zoned(at) else { return beyond(at).to_owned() };
        let zone = zoned.strftime("%Z");
        if Day(Some(zoned.date())) == self.today {
            return format!("today {zone}");
        }
        format!("{} {zone}", zoned.date())
    }

    /// Returns the width that every day line of usual length fits into, so that it is the same for all of them.
    pub fn day_line_width(&self) -> u16 {
        let zone = if self.zone == TimeZone::UTC { 3 } else { ABBREVIATION };
        DATE + 1 + zone
    }

    /// Returns a moment as briefly as a list needs it: the time if it is today, the hours or days since then, or the date:
    /// `12:17`, `3 h ago`, `5 d ago`, `2025-11-30`.
    pub fn brief(&self, at: Timestamp) -> String {
        let Some(zoned) = self.zoned(at) else { return beyond(at).to_owned() };
        let date = zoned.date();
        if Day(Some(date)) == self.today {
            return zoned.strftime("%H:%M").to_string();
        }
        let hours = self.now.map(|now| now.0.saturating_sub(at.0).div_euclid(HOUR));
        match hours.map(|hours| (hours, hours / 24)) {
            Some((0, _)) => "<1 h ago".to_owned(),
            Some((hours @ 1.., 0)) => format!("{hours} h ago"),
            Some((_, days @ 1..=MOST_DAYS)) => format!("{days} d ago"),
            _ => date.to_string(),
        }
    }

    /// Returns the same with the time zone, if it is a time: `12:17 UTC`, `5 d ago`.
    pub fn brief_with_zone(&self, at: Timestamp) -> String {
        let brief = self.brief(at);
        if self.day(at) == self.today { format!("{brief} {}", self.zone(at)) } else { brief }
    }

    /// Returns the date and the time to the second, with the time zone: `2026-01-31 12:17:20 UTC`.
    pub fn date_and_time(&self, at: Timestamp) -> String {
        match self.zoned(at) {
            Some(zoned) => zoned.strftime("%Y-%m-%d %H:%M:%S %Z").to_string(),
            None => outside(at),
        }
    }

    /// Returns the start of a period: the date and the time to the minute, or the date alone if a day starts there.
    pub fn period(&self, start: Timestamp, is_day: bool) -> String {
        match self.zoned(start) {
            Some(zoned) if is_day && zoned.time() == Time::midnight() => zoned.date().to_string(),
            Some(zoned) => zoned.strftime("%Y-%m-%d %H:%M").to_string(),
            None => beyond(start).to_owned(),
        }
    }

    /// Returns the starts of the first and the last period of a chart, the last one with the time zone. If both do not fit
    /// into `room` columns in full, without what they share, or else the first one.
    pub fn ends(&self, [first, last]: [Timestamp; 2], is_day: bool, room: u16) -> [String; 2] {
        let zone = self.zone(last);
        let [full, until] = [first, last].map(|start| self.period(start, is_day));
        let is_one_day = self.day(first) == self.day(last) && !is_day;
        let short = |start| self.written(start, if is_day { "%m-%d" } else { "%m-%d %H:%M" });
        let same_year = full.get(..4) == until.get(..4);
        let forms = [
            is_one_day.then(|| [full.clone(), self.written(last, "%H:%M")]),
            Some([full, until.clone()]),
            same_year.then(|| [first, last].map(short)),
        ];
        let fits = |[first, last]: &[String; 2]| width(first) + width(last) + width(&zone) + 3 <= room;
        let fitting = forms.into_iter().flatten().find(fits);
        let [first, last] = fitting.unwrap_or_else(|| [String::new(), until]);
        [first, format!("{last} {zone}")]
    }

    /// Returns the day as briefly as the head of a narrow column needs it: `01-31`.
    pub fn short_day(&self, at: Timestamp) -> String {
        self.written(at, "%m-%d")
    }

    /// Returns the time of day to the minute: `12:17`.
    pub fn minute(&self, at: Timestamp) -> String {
        self.written(at, "%H:%M")
    }

    /// Returns the abbreviated time zone of today, if it is known which day that is: `UTC`, `CEST`.
    pub fn zone_today(&self) -> String {
        let noon = self.today.0.and_then(|today| today.at(12, 0, 0, 0).to_zoned(self.zone.clone()).ok());
        noon.map(|noon| noon.strftime("%Z").to_string()).unwrap_or_default()
    }

    /// Returns the abbreviated time zone of today for the heading of a table, unless that is too narrow.
    pub fn zone_in(&self, width: u16) -> String {
        if width >= NAMES_ZONE { self.zone_today() } else { String::new() }
    }

    /// Returns the abbreviated time zone at a moment: `UTC`, `CEST`.
    pub fn zone(&self, at: Timestamp) -> String {
        self.written(at, "%Z")
    }

    /// Returns the exact time with the full name of the time zone: `2026-01-31 12:17:20.513 UTC`,
    /// `2026-01-31 13:17:20.513 +01:00 Europe/Berlin`.
    pub fn exact(&self, at: Timestamp) -> String {
        let Some(zoned) = self.zoned(at) else { return outside(at) };
        let time = zoned.strftime("%Y-%m-%d %H:%M:%S%.3f");
        match self.zone.iana_name() {
            Some("UTC") => format!("{time} UTC"),
            Some(name) => format!("{time} {} {name}", zoned.strftime("%:z")),
            None => format!("{time} {}", zoned.strftime("%:z")),
        }
    }

    fn written(&self, at: Timestamp, format: &str) -> String {
        self.zoned(at).map_or_else(|| beyond(at).to_owned(), |zoned| zoned.strftime(format).to_string())
    }

    fn zoned(&self, at: Timestamp) -> Option<Zoned> {
        let known = Some(at).filter(|at| *at != Timestamp::UNKNOWN)?;
        jiff::Timestamp::from_millisecond(known.0).ok().map(|instant| instant.to_zoned(self.zone.clone()))
    }
}

/// A moment that no calendar has.
fn beyond(at: Timestamp) -> &'static str {
    match at.0 {
        _ if at == Timestamp::UNKNOWN => "unknown",
        ..0 => "distant past",
        _ => "far future",
    }
}

/// The same, exactly.
fn outside(at: Timestamp) -> String {
    if at == Timestamp::UNKNOWN {
        return "unknown time".to_owned();
    }
    format!("{} ms since 1970, outside the calendar", at.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn seen(zone: &str, now: &str) -> Moments {
        Moments::new(TimeZone::get(zone).unwrap(), at(now))
    }

    const NOW: &str = "2026-01-31T12:17:20.513Z";

    #[test]
    fn a_moment_is_shown_as_a_time_today_as_its_age_and_as_a_date() {
        let moments = seen("UTC", NOW);
        for (time, brief, line) in [
            ("2026-01-31T00:00:00.000Z", "00:00", "today UTC"),
            ("2026-01-31T23:59:59.999Z", "23:59", "today UTC"),
            ("2026-01-30T23:59:59.999Z", "12 h ago", "2026-01-30 UTC"),
            ("2026-01-30T12:30:00.000Z", "23 h ago", "2026-01-30 UTC"),
            ("2026-01-30T12:00:00.000Z", "1 d ago", "2026-01-30 UTC"),
            ("2026-01-26T12:00:00.000Z", "5 d ago", "2026-01-26 UTC"),
            ("2026-01-01T00:00:00.000Z", "30 d ago", "2026-01-01 UTC"),
            ("2025-12-31T11:59:59.999Z", "2025-12-31", "2025-12-31 UTC"),
            ("2026-02-01T00:00:00.000Z", "2026-02-01", "2026-02-01 UTC"),
            ("1969-12-31T23:59:59.999Z", "1969-12-31", "1969-12-31 UTC"),
            ("9999-12-30T22:00:00.000Z", "9999-12-30", "9999-12-30 UTC"),
        ] {
            assert_eq!(
                (moments.brief(at(time)).as_str(), moments.day_line(at(time)).as_str()),
                (brief, line)
            );
        }
    }

    #[test]
    fn a_time_names_its_time_zone() {
        let (utc, berlin, kolkata) =
            (seen("UTC", NOW), seen("Europe/Berlin", NOW), seen("Asia/Kolkata", NOW));
        let late = at("2026-06-30T22:17:20.513Z");
        assert_eq!(utc.exact(late), "2026-06-30 22:17:20.513 UTC");
        assert_eq!(berlin.exact(late), "2026-07-01 00:17:20.513 +02:00 Europe/Berlin");
        assert_eq!(berlin.exact(at(NOW)), "2026-01-31 13:17:20.513 +01:00 Europe/Berlin");
        assert_eq!(berlin.date_and_time(late), "2026-07-01 00:17:20 CEST");
        assert_eq!((berlin.time(late), berlin.clock(late)), ("00:17:20.513".into(), "00:17:20".into()));
        assert_eq!(berlin.day_line(late), "2026-07-01 CEST");
        assert_eq!(kolkata.day_line(at(NOW)), "today IST");
        let fixed = Moments::new(TimeZone::fixed(jiff::tz::offset(-3)), at(NOW));
        assert_eq!(fixed.exact(at(NOW)), "2026-01-31 09:17:20.513 -03:00");
    }

    #[test]
    fn another_day_begins_at_midnight_in_the_display_time_zone() {
        let moments = seen("Europe/Berlin", "2026-01-31T22:59:59.999Z");
        assert_eq!(moments, seen("Europe/Berlin", "2026-01-31T22:45:00.000Z"));
        assert_eq!(moments.brief(at("2026-01-31T12:00:00Z")), "13:00");
        let later = seen("Europe/Berlin", "2026-01-31T23:00:00.000Z");
        assert_eq!(later.brief(at("2026-01-31T22:59:59Z")), "<1 h ago", "a second ago");
        assert_eq!(later.brief(at("2026-01-30T23:00:00Z")), "1 d ago");
        assert!(later != moments && later.has_days_of(&moments));
        assert_ne!(moments.day(at("2026-01-31T22:59:59Z")), moments.day(at("2026-01-31T23:00:00Z")));
    }

    #[test]
    fn ages_are_durations_in_every_time_zone() {
        let moments = seen("America/New_York", "2026-01-31T06:38:00Z");
        for (time, brief) in [
            ("2026-01-31T05:00:00Z", "00:00"),
            ("2026-01-31T04:59:00Z", "1 h ago"),
            ("2026-01-31T03:00:00Z", "3 h ago"),
            ("2026-01-30T06:40:00Z", "23 h ago"),
            ("2026-01-30T06:00:00Z", "1 d ago"),
        ] {
            assert_eq!(moments.brief(at(time)), brief, "{time}");
        }
    }

    #[test]
    fn a_time_that_no_calendar_has_is_named_as_such() {
        let moments = seen("UTC", NOW);
        for (time, brief) in [(i64::MIN, "distant past"), (i64::MAX, "far future")] {
            let time = Timestamp(time);
            let shown =
                [moments.brief(time), moments.time(time), moments.clock(time), moments.day_line(time)];
            assert_eq!(shown, [brief; 4]);
            assert_eq!(moments.exact(time), format!("{} ms since 1970, outside the calendar", time.0));
            assert_eq!(moments.exact(time), moments.date_and_time(time));
        }
    }

    proptest! {
        #[test]
        fn every_moment_fits_a_column_in_every_time_zone(
            (time, now) in (any::<i64>(), any::<i64>()),
            zone in prop::sample::select(vec!["UTC", "Europe/Berlin", "Asia/Kolkata", "America/Caracas", "Pacific/Kiritimati"]),
        ) {
            for time in [time, time % 4_000_000_000_000] {
                let moments = Moments::new(TimeZone::get(zone).unwrap(), Timestamp(now));
                let time = Timestamp(time);
                prop_assert!(moments.time(time).len() <= 12);
                prop_assert!(moments.brief(time).len() <= 13);
                let years_of_four_digits = (-62_135_596_800_000..253_402_207_200_000).contains(&time.0);
                let line = moments.day_line(time);
                prop_assert!(!years_of_four_digits || line.len() <= usize::from(moments.day_line_width()), "{}", line);
                prop_assert!(moments.exact(time).chars().all(|character| !character.is_control()));
            }
        }
    }
}
