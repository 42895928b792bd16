//! Changing a number, a day or a time by one step, at the place of the cursor.

use crate::clock::Timestamp;
use crate::console::app::effect::Effects;
use crate::console::app::state::ConsoleState;
use crate::console::layers::form::state::{FieldInput, Form, FormField};
use crate::console::layers::form::update::{edited, form};
use crate::content_store::FieldKind;
use crate::date::Date;

/// Returns true if the focused field can be changed by a step.
pub(super) fn can_step(form: &Form) -> bool {
    form.focused().is_some_and(|field| stepped(field, form.completions(), 1).is_some())
}

/// Changes the focused value by a step.
pub(super) fn step(state: &mut ConsoleState, by: i32, effects: &mut Effects) {
    let Some(form) = form(state) else { return };
    let Some(value) = form.focused().and_then(|field| stepped(field, form.completions(), by)) else { return };
    let Some(field) = form.focused_mut() else { return };
    let FieldInput::Text(input) = &mut field.input else { return };
    let behind = input.text().len() - input.cursor();
    input.set(&value);
    input.move_to(value.len().saturating_sub(behind));
    edited(state, effects);
}

/// Returns the value of a field after a step. An empty day or time becomes the current one.
fn stepped(field: &FormField, current: &[String], by: i32) -> Option<String> {
    let FieldInput::Text(input) = &field.input else { return None };
    let (text, cursor) = (input.text(), input.cursor());
    match field.kind? {
        FieldKind::Integer => number(text)?.checked_add(by.into()).map(|number| number.to_string()),
        FieldKind::IntegerIn { min, max } => {
            let next = number(text)?.checked_add(by.into())?;
            Some(next.clamp(min, max.max(min)).to_string())
        }
        FieldKind::Date | FieldKind::Time if text.is_empty() => current.first().cloned(),
        FieldKind::Date => day(text, cursor, by),
        FieldKind::Time => time(text, cursor, by),
        _ => None,
    }
}

fn number(text: &str) -> Option<i128> {
    if text.is_empty() { Some(0) } else { text.parse().ok() }
}

/// Changes the year, the month or the day, by the place of the cursor. A day that a month lacks becomes its last one.
fn day(text: &str, cursor: usize, by: i32) -> Option<String> {
    let date: Date = text.parse().ok()?;
    let changed = match cursor {
        0..=4 => date.after_months(by.checked_mul(12)?),
        5..=7 => date.after_months(by),
        _ => date.after_days(by),
    };
    changed.map(|date| date.to_string())
}

/// Changes a part of the day, or the hour, the minute or the second, by the place of the cursor. The offset stays.
fn time(text: &str, cursor: usize, by: i32) -> Option<String> {
    let (date, rest) = text.split_at_checked(10)?;
    if cursor <= 10 {
        return Some(day(date, cursor, by)? + rest);
    }
    let (clock, offset) = rest.split_at(rest.rfind(['Z', '+', '-'])?);
    let seconds = match cursor {
        11..=13 => 3600,
        14..=16 => 60,
        _ => 1,
    };
    let at: Timestamp = format!("{date}{clock}Z").parse().ok()?;
    let at = Timestamp(at.0.checked_add(i64::from(by) * seconds * 1000)?);
    let (day, of_day) = (Date::of(at), at.time_of_day());
    // As many digits as before: with or without seconds, or parts of one.
    let of_day = of_day.get(..clock.len().checked_sub(1)?)?;
    Some(format!("{day}T{of_day}{offset}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_part_under_the_cursor_changes() {
        for (cursor, by, expected) in [
            (0, 1, "2029-02-28"),
            (4, -1, "2027-02-28"),
            (6, -1, "2028-01-29"),
            (10, 1, "2028-03-01"),
            (8, -29, "2028-01-31"),
        ] {
            assert_eq!(day("2028-02-29", cursor, by).as_deref(), Some(expected), "at {cursor} by {by}");
        }
        assert_eq!(day("2028-02-30", 10, 1), None);
        assert_eq!(day("9999-12-31", 10, 1), None);
    }

    #[test]
    fn a_time_keeps_its_offset_and_its_digits() {
        for (text, cursor, by, expected) in [
            ("2026-12-31T23:59:59Z", 19, 1, "2027-01-01T00:00:00Z"),
            ("2026-12-31T23:59+01:00", 12, 1, "2027-01-01T00:59+01:00"),
            ("2026-11-29T10:00:00.250-08:00", 15, -1, "2026-11-29T09:59:00.250-08:00"),
            ("2026-11-29T10:00:00Z", 9, 1, "2026-11-30T10:00:00Z"),
        ] {
            assert_eq!(time(text, cursor, by).as_deref(), Some(expected), "{text}");
        }
        for hostile in ["", "2026", "2026-11-29", "2026-11-29T", "2026-11-29Tüü:00Z", "ü026-11-29T10:00Z"]
        {
            assert_eq!(time(hostile, 12, 1), None, "{hostile}");
        }
    }
}
