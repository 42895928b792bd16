//! Dates and times of Elixir, in the ISO calendar.

use std::fmt::Write;

use super::Kind;
use super::form::Fields;

/// The number of fields of each struct, its module included.
const DATE: usize = 5;
const TIME: usize = 6;
const NAIVE: usize = 9;
const DATE_TIME: usize = 13;

/// Returns the tag and text of a date or time in ISO 8601. Returns `None` for other structs, other calendars, times in
/// a zone other than UTC, and values that the text could not hold.
pub(super) fn text(fields: &Fields<'_, '_>, module: &str) -> Option<(&'static str, String)> {
    let mut text = String::new();
    let (tag, count) = match module {
        "Date" => {
            write_date(&mut text, fields)?;
            ("$date", DATE)
        }
        "Time" => {
            write_time(&mut text, fields)?;
            ("$time", TIME)
        }
        "NaiveDateTime" | "DateTime" => {
            write_date(&mut text, fields)?;
            text.push('T');
            write_time(&mut text, fields)?;
            if module == "NaiveDateTime" {
                ("$naive_datetime", NAIVE)
            } else {
                check_utc(fields)?;
                text.push('Z');
                ("$datetime", DATE_TIME)
            }
        }
        _ => return None,
    };
    let is_usual = fields.count() == count && fields.atom("calendar")? == "Elixir.Calendar.ISO";
    is_usual.then_some((tag, text))
}

fn write_date(text: &mut String, fields: &Fields<'_, '_>) -> Option<()> {
    let year = fields.number("year", 0..=9999)?;
    let month = fields.number("month", 1..=12)?;
    let day = fields.number("day", 1..=31)?;
    write!(text, "{year:04}-{month:02}-{day:02}").ok()
}

fn write_time(text: &mut String, fields: &Fields<'_, '_>) -> Option<()> {
    let hour = fields.number("hour", 0..=23)?;
    let minute = fields.number("minute", 0..=59)?;
    let second = fields.number("second", 0..=59)?;
    write!(text, "{hour:02}:{minute:02}:{second:02}").ok()?;
    let (micros, digits) = microsecond(fields)?;
    let unseen = 10_i64.pow(6 - digits);
    match digits {
        _ if micros % unseen != 0 => None,
        0 => Some(()),
        _ => write!(text, ".{:0width$}", micros / unseen, width = digits as usize).ok(),
    }
}

/// Returns the microseconds, and how many digits of them are significant.
fn microsecond(fields: &Fields<'_, '_>) -> Option<(i64, u32)> {
    let (term, pair) = (fields.term, fields.get("microsecond")?);
    let mut parts = term.each_child(pair);
    let (micros, digits) = (term.small(parts.next()?)?, term.small(parts.next()?)?);
    let is_usual = term.node(pair).kind == Kind::Tuple
        && parts.next().is_none()
        && (0..1_000_000).contains(&micros)
        && (0..=6).contains(&digits);
    is_usual.then_some((micros, u32::try_from(digits).ok()?))
}

fn check_utc(fields: &Fields<'_, '_>) -> Option<()> {
    let name = |name| fields.get(name).and_then(|field| fields.term.text(field));
    fields.number("utc_offset", 0..=0)?;
    fields.number("std_offset", 0..=0)?;
    (name("time_zone")? == "Etc/UTC" && name("zone_abbr")? == "UTC").then_some(())
}
