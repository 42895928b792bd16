//! Comparing the numbers of JSON texts by their digits, without rounding, at any size.

/// Returns true if two JSON numbers are equal, such as `1.10`, `1.1` and `11e-1`.
///
/// Exponents are not expanded. An exponent of more than 38 digits is compared as text.
pub(crate) fn is_same_number(a: &str, b: &str) -> bool {
    a == b || Decimal::of(a).is(&Decimal::of(b))
}

/// A number as 0.DIGITS × 10^point, without leading and trailing zeros. Zero has no digits.
struct Decimal<'a> {
    is_negative: bool,
    whole: &'a str,
    fraction: &'a str,
    /// The number of leading zeros that are skipped, and the number of digits kept.
    digits: (usize, usize),
    point: Point<'a>,
}

#[derive(PartialEq, Eq)]
enum Point<'a> {
    At(i128),
    /// An exponent that is too large for arithmetic, and the number to be added to it.
    Far(&'a str, usize),
}

impl<'a> Decimal<'a> {
    fn of(number: &'a str) -> Self {
        let (is_negative, rest) = match number.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, number),
        };
        let (digits, exponent) = rest.split_once(['e', 'E']).unwrap_or((rest, "0"));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let count = whole.len() + fraction.len();
        let written = || whole.bytes().chain(fraction.bytes());
        let leading = written().take_while(|digit| *digit == b'0').count();
        let trailing = written().rev().take_while(|digit| *digit == b'0').count();
        let kept = count.saturating_sub(leading + trailing);
        let shift = whole.len() as i128 - leading as i128;
        let point = match exponent.parse::<i128>().ok().and_then(|exponent| exponent.checked_add(shift)) {
            _ if kept == 0 => Point::At(0),
            Some(point) => Point::At(point),
            None => Point::Far(exponent.trim_start_matches('+'), leading),
        };
        Self { is_negative: is_negative && kept > 0, whole, fraction, digits: (leading, kept), point }
    }

    fn is(&self, other: &Self) -> bool {
        self.is_negative == other.is_negative
            && self.digits.1 == other.digits.1
            && self.point == other.point
            && self.kept().eq(other.kept())
    }

    fn kept(&self) -> impl Iterator<Item = u8> {
        let (leading, kept) = self.digits;
        self.whole.bytes().chain(self.fraction.bytes()).skip(leading).take(kept)
    }
}

#[cfg(test)]
mod tests {
    use super::is_same_number;

    #[test]
    fn equal_numbers_are_equal_in_any_notation() {
        for same in [
            ["1.10", "1.1"],
            ["11e-1", "1.1"],
            ["1e400", "10E+399"],
            ["0", "-0.00e7"],
            ["0e99999999999999999999999999999999999999999", "0"],
            ["100", "1e2"],
            ["0.00120", "12e-4"],
            ["-5", "-5.0"],
            ["1e170141183460469231731687303715884105728", "1e+170141183460469231731687303715884105728"],
        ] {
            assert!(is_same_number(same[0], same[1]) && is_same_number(same[1], same[0]), "{same:?}");
        }
    }

    #[test]
    fn numbers_that_differ_in_one_digit_are_not_equal() {
        for differ in [
            ["12345678901234567890123", "12345678901234567890124"],
            ["9007199254740993", "9007199254740992"],
            ["0.1", "0.10000000000000001"],
            ["1e400", "1e401"],
            ["5", "-5"],
            ["10", "1"],
            ["0", "1e-400"],
            ["1e170141183460469231731687303715884105728", "2e170141183460469231731687303715884105728"],
        ] {
            assert!(!is_same_number(differ[0], differ[1]), "{differ:?}");
        }
    }
}
