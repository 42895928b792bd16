//! Decimal numbers, kept as their digits.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::value::RawValue;

/// A decimal number of any size, kept digit by digit: `12.50` stays `12.50`. In JSON it is a number.
///
/// Two numbers are equal if their values are: `12.50` equals `12.5`. For sums, convert to a whole number of the smallest
/// unit.
///
/// ```
/// use ramax::Decimal;
/// let price: Decimal = "12.50".parse()?;
/// assert_eq!(price, "12.5".parse()?);
/// assert_eq!(price.in_units(2), Some(1250));
/// assert_eq!(Decimal::from_units(1250 * 3, 2).to_string(), "37.50");
/// assert!(price > "-3".parse()?);
/// # Ok::<(), ramax::ParseDecimalError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Decimal(String);

/// The reason why a text is not a decimal number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a number is written as 12.50: {0}")]
pub struct ParseDecimalError(String);

impl Decimal {
    /// Returns the number of units of 10⁻ᵖˡᵃᶜᵉˢ, such as cents with 2 places. `None` if the number has more places that are
    /// not zero, or does not fit.
    pub fn in_units(&self, places: u32) -> Option<i128> {
        let (is_negative, whole, fraction) = self.parts();
        let places = usize::try_from(places).ok()?;
        let padding = places.saturating_sub(fraction.len());
        if fraction.len() > places {
            return None;
        }
        let digits = whole.bytes().chain(fraction.bytes()).chain(std::iter::repeat_n(b'0', padding));
        digits.into_iter().try_fold(0_i128, |number, digit| {
            let digit = i128::from(digit - b'0');
            number.checked_mul(10)?.checked_add(if is_negative { -digit } else { digit })
        })
    }

    /// Returns a number of units of 10⁻ᵖˡᵃᶜᵉˢ, with that many decimal places.
    pub fn from_units(units: i128, places: u32) -> Self {
        let places = usize::try_from(places).unwrap_or(usize::MAX);
        let sign = if units < 0 { "-" } else { "" };
        let digits = format!("{:0>width$}", units.unsigned_abs(), width = places.saturating_add(1));
        let (whole, fraction) = digits.split_at(digits.len() - places);
        let point = if fraction.is_empty() { "" } else { "." };
        Self([sign, whole, point, fraction].concat())
    }

    /// Returns the digits, unchanged.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns true if it is below zero.
    pub fn is_negative(&self) -> bool {
        self.parts().0
    }

    /// Returns true if it is zero.
    pub fn is_zero(&self) -> bool {
        self.0.bytes().all(|byte| matches!(byte, b'0' | b'.' | b'-'))
    }

    /// Returns the sign, and the digits before and after the point without zeros at the ends.
    fn parts(&self) -> (bool, &str, &str) {
        let digits = self.0.strip_prefix('-').unwrap_or(&self.0);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let is_negative = digits.len() < self.0.len() && !self.is_zero();
        (is_negative, whole.trim_start_matches('0'), fraction.trim_end_matches('0'))
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.parts() == other.parts()
    }
}

impl Eq for Decimal {}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let ((negative, whole, fraction), (other_negative, other_whole, other_fraction)) =
            (self.parts(), other.parts());
        let sizes = || {
            let whole = whole.len().cmp(&other_whole.len()).then_with(|| whole.cmp(other_whole));
            whole.then_with(|| fraction.cmp(other_fraction))
        };
        match (negative, other_negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => sizes(),
            (true, true) => sizes().reverse(),
        }
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for Decimal {
    type Err = ParseDecimalError;

    fn from_str(text: &str) -> Result<Self, ParseDecimalError> {
        match number_fault(text, true) {
            None => Ok(Self(text.to_owned())),
            Some(reason) => Err(ParseDecimalError(reason)),
        }
    }
}

/// Returns the reason why a text is not a number of JSON without an exponent.
pub(crate) fn number_fault(text: &str, may_have_point: bool) -> Option<String> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = match digits.split_once('.').filter(|_| may_have_point) {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (digits, None),
    };
    let foreign = |part: &str| part.find(|character: char| !character.is_ascii_digit());
    let in_whole = foreign(whole).map(|at| text.len() - digits.len() + at);
    let in_fraction = || fraction.and_then(|part| Some(text.len() - part.len() + foreign(part)?));
    if let Some(at) = in_whole.or_else(in_fraction) {
        return Some(format!("character {} is not a digit", text[..at].chars().count() + 1));
    }
    let reason = match (whole, fraction) {
        ("", None) => "there is no digit",
        ("", Some(_)) => "there is no digit before the point",
        (_, Some("")) => "there is no digit after the point",
        _ if whole.len() > 1 && whole.starts_with('0') => "it begins with a zero",
        _ => return None,
    };
    Some(reason.to_owned())
}

/// Serialises as a JSON number with the same digits. Other formats than JSON receive the text.
impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match serde_json::from_str::<&RawValue>(&self.0) {
            Ok(raw) => raw.serialize(serializer),
            Err(_) => serializer.serialize_str(&self.0),
        }
    }
}

/// Deserialises a JSON number, or a JSON string with a number.
impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let text = raw.get();
        let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::Decimal;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn digits_survive_json_in_both_directions() {
        for text in ["0.10", "-12.50", "12345678901234567890.123456789012345678901234567890", "-0.0"] {
            let json = serde_json::to_string(&decimal(text)).unwrap();
            assert_eq!(json, text);
            let back: Decimal = serde_json::from_str(&json).unwrap();
            assert_eq!(back.as_str(), text);
        }
        assert_eq!(serde_json::from_str::<Decimal>(r#""1.50""#).unwrap().as_str(), "1.50");
        for other in ["1e3", "true", "\"x\"", "[1]", "null"] {
            assert!(serde_json::from_str::<Decimal>(other).is_err(), "{other}");
        }
    }

    #[test]
    fn numbers_are_ordered_by_value() {
        let ordered = [
            "-100",
            "-12.5",
            "-0.01",
            "0",
            "0.001",
            "0.01",
            "0.1",
            "9",
            "10",
            "10.01",
            "123456789012345678901",
        ];
        for (place, number) in ordered.iter().enumerate() {
            for (other_place, other) in ordered.iter().enumerate() {
                assert_eq!(decimal(number).cmp(&decimal(other)), place.cmp(&other_place), "{number} {other}");
            }
        }
        assert_eq!(decimal("-0.00"), decimal("0"));
        assert!(!decimal("-0.0").is_negative() && decimal("-0.0").is_zero());
    }

    #[test]
    fn units_are_whole_or_none() {
        assert_eq!(decimal("-0.5").in_units(2), Some(-50));
        assert_eq!(decimal("1.230").in_units(2), Some(123));
        assert_eq!(decimal("1.234").in_units(2), None);
        assert_eq!(decimal(&"9".repeat(40)).in_units(0), None);
        assert_eq!(decimal(&i128::MIN.to_string()).in_units(0), Some(i128::MIN));
        for (units, places, text) in [(5, 2, "0.05"), (-5, 2, "-0.05"), (7, 0, "7"), (0, 1, "0.0")] {
            assert_eq!(Decimal::from_units(units, places).as_str(), text);
        }
    }
}
