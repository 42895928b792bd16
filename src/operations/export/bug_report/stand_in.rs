//! Stand-ins for masked values: other values of the same shape.

use std::str::FromStr;

use jiff::{SignedDuration, Timestamp, civil};
use uuid::{Builder, Uuid};

/// Words of which stand-ins are made, and domains of their e-mail addresses. Any but the first is used only if a masked
/// value occurs in those before.
const WORDS: [&str; 4] = ["masked", "hidden", "someone", "x"];
const DOMAINS: [&str; 4] = ["example.com", "example.org", "example.net", "invalid.test"];

/// The number of spellings of which [`stand_in`] chooses.
pub(super) const SPELLINGS: usize = WORDS.len();

/// The day and the second before those of the first stand-ins.
const DAY: civil::Date = civil::date(2000, 1, 1);
const SECOND: Timestamp = Timestamp::constant(946_684_800, 0);

const SECONDS_OF_DAY: i64 = 86_400;

/// Returns the stand-in for a value with this number, in one of its spellings. An e-mail address stays one, and so do a
/// number, a day, a time and a UUID. Any other text becomes a word with the number.
pub(super) fn stand_in(value: &str, number: u64, spelling: usize) -> String {
    let word = WORDS.get(spelling).unwrap_or(&WORDS[0]);
    if is_email(value) {
        let domain = DOMAINS.get(spelling).unwrap_or(&DOMAINS[0]);
        return format!("{word}-{number}@{domain}");
    }
    of_number(value, number)
        .or_else(|| of_day(value, number))
        .or_else(|| of_time(value, number))
        .or_else(|| of_uuid(value, number))
        .unwrap_or_else(|| format!("{word}-{number}"))
}

fn is_email(value: &str) -> bool {
    let parts = value.split_once('@');
    parts.is_some_and(|(name, domain)| {
        let is_plain = |text: &str| !text.is_empty() && !text.contains(['@', ' ', '<', '>', ':', '/', '"']);
        is_plain(name) && is_plain(domain)
    })
}

/// Returns true if a text is made of digits, with a sign and decimal places, as JSON writes a number.
pub(super) fn is_number(value: &str) -> bool {
    let digits = value.strip_prefix('-').unwrap_or(value);
    let is_all_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match digits.split_once('.') {
        Some((whole, fraction)) => is_all_digits(whole) && is_all_digits(fraction),
        None => is_all_digits(digits),
    }
}

/// Returns a number with as many digits, if they are enough. The first digit is never 0, so that it is one in JSON.
fn of_number(value: &str, number: u64) -> Option<String> {
    if !is_number(value) {
        return None;
    }
    let (sign, digits) = value.strip_prefix('-').map_or(("", value), |digits| ("-", digits));
    let (whole, fraction) =
        digits.split_once('.').map_or((digits, None), |(whole, rest)| (whole, Some(rest)));
    let (number, zeros) = (number.to_string(), whole.len());
    let stand_in = match zeros {
        0 | 1 => number,
        zeros if number.len() < zeros => format!("1{number:0>width$}", width = zeros - 1),
        _ => format!("1{number}"),
    };
    let fraction = fraction.map_or_else(String::new, |fraction| format!(".{}", "0".repeat(fraction.len())));
    Some(format!("{sign}{stand_in}{fraction}"))
}

fn of_day(value: &str, number: u64) -> Option<String> {
    let is_day = value.len() == "2026-11-29".len() && civil::Date::from_str(value).is_ok();
    let seconds = i64::try_from(number).ok().filter(|_| is_day)?.checked_mul(SECONDS_OF_DAY)?;
    Some(DAY.checked_add(SignedDuration::from_secs(seconds)).ok()?.to_string())
}

fn of_time(value: &str, number: u64) -> Option<String> {
    Timestamp::from_str(value).ok()?;
    let seconds = SignedDuration::from_secs(i64::try_from(number).ok()?);
    Some(SECOND.checked_add(seconds).ok()?.to_string())
}

fn of_uuid(value: &str, number: u64) -> Option<String> {
    let is_uuid = value.len() == Uuid::nil().hyphenated().to_string().len() && Uuid::parse_str(value).is_ok();
    is_uuid.then(|| Builder::from_random_bytes(u128::from(number).to_be_bytes()).into_uuid().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stand_in_has_the_shape_of_its_value() {
        for (value, expected) in [
            ("ada@acme.example", "masked-7@example.com"),
            ("Ada Lovelace", "masked-7"),
            ("see ada@acme.example", "masked-7"),
            ("4711", "1007"),
            ("0049170123", "1000000007"),
            ("-12.50", "-17.00"),
            ("5", "7"),
            ("0.5", "7.0"),
            ("1e5", "masked-7"),
            ("1990-05-17", "2000-01-08"),
            ("1990-05-17T10:00:00+02:00", "2000-01-01T00:00:07Z"),
            ("67e55044-10b1-426f-9247-bb680e5fe0c8", "00000000-0000-4000-8000-000000000007"),
        ] {
            assert_eq!(stand_in(value, 7, 0), expected, "{value}");
        }
        assert_eq!(stand_in("ada@acme.example", 7, 1), "hidden-7@example.org");
    }

    #[test]
    fn different_numbers_of_one_length_have_different_stand_ins() {
        let all: std::collections::BTreeSet<String> = (1..20_000).map(|n| stand_in("4711", n, 0)).collect();
        assert_eq!(all.len(), 19_999);
    }
}
