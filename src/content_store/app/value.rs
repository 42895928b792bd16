//! Checking the value of a field against its kind. No message repeats a value, since it may be long or hostile.

use crate::date::Date;
use crate::decimal::number_fault;
use crate::error::CommandError;
use crate::json::Json;
use crate::timestamp::Timestamp;

use super::{FieldKind, FieldSpec};

/// Checks the value of a field against its kind.
pub fn check_field(field: &FieldSpec, value: &str) -> Result<(), CommandError> {
    fault(field.kind, value)
        .map_or(Ok(()), |reason| Err(CommandError::InvalidField { field: field.name, reason }))
}

/// Returns the reason why a value is not of this kind.
fn fault(kind: FieldKind, value: &str) -> Option<String> {
    match kind {
        FieldKind::Text => None,
        FieldKind::Line | FieldKind::Reference(_) | FieldKind::Secret => {
            value.contains('\n').then(|| "must be one line".to_owned())
        }
        FieldKind::Integer => integer_fault(value),
        FieldKind::IntegerIn { min, max } => integer_fault(value).or_else(|| {
            let is_inside = value.parse::<i128>().is_ok_and(|number| (min..=max).contains(&number));
            (!is_inside).then(|| format!("must be a whole number from {min} to {max}"))
        }),
        FieldKind::Decimal => decimal_fault(value),
        FieldKind::Boolean => {
            (!matches!(value, "true" | "false")).then(|| "must be true or false".to_owned())
        }
        FieldKind::Date => date_fault(value),
        FieldKind::Time => time_fault(value),
        FieldKind::Choice(choices) => {
            (!choices.contains(&value)).then(|| format!("must be one of {}", choices.join(", ")))
        }
        FieldKind::Json => json_fault(value),
    }
}

fn integer_fault(value: &str) -> Option<String> {
    number_fault(value, false).map(|reason| format!("must be a whole number, such as 42: {reason}"))
}

fn decimal_fault(value: &str) -> Option<String> {
    number_fault(value, true).map(|reason| format!("must be a number, such as 12.50: {reason}"))
}

fn date_fault(value: &str) -> Option<String> {
    let reason = value.parse::<Date>().err()?;
    Some(format!("must be a day, such as 2026-11-29: {reason}"))
}

fn time_fault(value: &str) -> Option<String> {
    const FORM: &str = "must be a time with its offset from UTC, such as 2026-11-29T10:00:00Z";
    let Some((date, time)) = value.split_once('T') else { return Some(FORM.to_owned()) };
    if let Err(reason) = date.parse::<Date>() {
        return Some(format!("{FORM}: {reason}"));
    }
    if value.ends_with(|last: char| last.is_ascii_digit()) && !time.contains(['+', '-']) {
        return Some(format!("{FORM}: the offset is missing; Z stands for UTC"));
    }
    let is_plain = time.bytes().all(|byte| byte.is_ascii_digit() || b"+-:.Z".contains(&byte));
    (!is_plain || value.parse::<Timestamp>().is_err()).then(|| FORM.to_owned())
}

fn json_fault(value: &str) -> Option<String> {
    let error = Json::from_stored(value.to_owned()).fault()?;
    let reason = error.to_string();
    let reason = reason.split(" at line ").next().unwrap_or_default();
    Some(format!("is not valid JSON at line {}, column {}: {reason}", error.line(), error.column()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(kind: FieldKind, value: &str) -> String {
        fault(kind, value).unwrap_or_else(|| format!("{value} is valid"))
    }

    #[test]
    fn numbers_are_checked_by_their_digits_at_any_size() {
        let huge = "9".repeat(100_000);
        for value in ["0", "-0", "42", "-7", "18446744073709551616", &huge] {
            assert_eq!(fault(FieldKind::Integer, value), None);
            assert_eq!(fault(FieldKind::Decimal, value), None);
        }
        for value in ["12.50", "-0.001", "0.00000000000000000000000000000000000001"] {
            assert_eq!(fault(FieldKind::Decimal, value), None);
        }
        let form = "must be a whole number, such as 42";
        for (value, at) in
            [("1e999999", 2), ("+5", 1), ("--", 2), ("12.5", 3), ("4\0", 2), ("٤٢", 1), ("\u{202e}42", 1)]
        {
            assert_eq!(reason(FieldKind::Integer, value), format!("{form}: character {at} is not a digit"));
        }
        assert_eq!(reason(FieldKind::Integer, "-"), format!("{form}: there is no digit"));
        assert_eq!(reason(FieldKind::Integer, "007"), format!("{form}: it begins with a zero"));
        let form = "must be a number, such as 12.50";
        for (value, at) in [("1,50", 2), ("1.5.0", 4), ("1e999999", 2), ("1.5€", 4), ("NaN", 1), ("ü.1", 1)]
        {
            assert_eq!(reason(FieldKind::Decimal, value), format!("{form}: character {at} is not a digit"));
        }
        assert_eq!(reason(FieldKind::Decimal, ".5"), format!("{form}: there is no digit before the point"));
        assert_eq!(reason(FieldKind::Decimal, "5."), format!("{form}: there is no digit after the point"));
    }

    #[test]
    fn bounds_include_their_ends() {
        let byte = FieldKind::IntegerIn { min: 0, max: 255 };
        assert_eq!([fault(byte, "0"), fault(byte, "255")], [None, None]);
        for value in ["256", "-1", "1000000000000000000000000000000000000000000000"] {
            assert_eq!(reason(byte, value), "must be a whole number from 0 to 255");
        }
    }

    #[test]
    fn days_and_times_exist() {
        assert_eq!(fault(FieldKind::Date, "2028-02-29"), None);
        for (value, expected) in [
            ("2026-02-30", "February 2026 has 28 days"),
            ("2026-13-01", "there is no month 13"),
            ("5 February 30", "character 2 is not as in YYYY-MM-DD"),
            ("2026-2-1", "character 7 is not as in YYYY-MM-DD"),
            ("2026-11", "it ends after 7 characters"),
            ("2026-11-29\0", "character 11 is not as in YYYY-MM-DD"),
        ] {
            assert_eq!(
                reason(FieldKind::Date, value),
                format!("must be a day, such as 2026-11-29: {expected}")
            );
        }
        for value in ["2026-11-29T10:00:00Z", "2026-11-29T10:00:00.5+01:00", "2026-11-29T10:00-08:00"] {
            assert_eq!(fault(FieldKind::Time, value), None, "{value}");
        }
        let form = "must be a time with its offset from UTC, such as 2026-11-29T10:00:00Z";
        for (value, expected) in [
            ("2026-11-29T10:00:00", ": the offset is missing; Z stands for UTC"),
            ("2026-02-30T10:00:00Z", ": February 2026 has 28 days"),
            ("2026-11-29T25:00:00Z", ""),
            ("10:00", ""),
            ("1795946400000 ms", ""),
            ("2026-11-29T10:00:00Z\0", ""),
        ] {
            assert_eq!(reason(FieldKind::Time, value), format!("{form}{expected}"));
        }
    }

    #[test]
    fn a_fault_in_json_has_its_position() {
        assert_eq!(fault(FieldKind::Json, r#"{"a": 1e999999, "b": [12345678901234567890123]}"#), None);
        assert_eq!(
            reason(FieldKind::Json, "{\n  \"a\": ?\n}"),
            "is not valid JSON at line 2, column 8: expected value"
        );
        assert!(fault(FieldKind::Json, &"[".repeat(100_000)).is_some());
    }
}
