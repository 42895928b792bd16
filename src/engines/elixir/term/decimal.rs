//! Numbers of the library Decimal.

use super::Kind;
use super::form::Fields;
use super::integer::digits;

/// The number of fields of the struct, its module included.
const FIELDS: usize = 4;

/// The lowest exponent of the first digit that is written without an exponent.
const LOWEST: i64 = -6;

/// Returns the text of a number as `Decimal.to_string/1` writes it: sign, coefficient and exponent can be read back from
/// it. Returns `None` if the struct has other fields or values, or a huge coefficient.
pub(super) fn text(fields: &Fields<'_, '_>) -> Option<String> {
    let sign = match fields.number("sign", -1..=1)? {
        1 => "",
        -1 => "-",
        _ => return None,
    };
    let exponent = fields.number("exp", i64::MIN..=i64::MAX)?;
    let text = match fields.atom("coef").as_deref() {
        Some("NaN") if exponent == 0 => "NaN".to_owned(),
        Some("inf") if exponent == 0 => "Infinity".to_owned(),
        Some(_) => return None,
        None => written(coefficient(fields)?, exponent),
    };
    (fields.count() == FIELDS).then(|| format!("{sign}{text}"))
}

fn coefficient(fields: &Fields<'_, '_>) -> Option<String> {
    let (term, index) = (fields.term, fields.get("coef")?);
    match term.node(index).kind {
        Kind::BigInteger => digits(term.content(index)),
        _ => term.small(index).filter(|coefficient| *coefficient >= 0).map(|small| small.to_string()),
    }
}

/// Writes a number in the scientific form of the General Decimal Arithmetic Specification.
fn written(mut digits: String, exponent: i64) -> String {
    let count = digits.len() as i64;
    let first = exponent.saturating_add(count - 1);
    if exponent == 0 {
        return digits;
    }
    if exponent < 0 && first >= LOWEST {
        let point = match usize::try_from(count + exponent) {
            Ok(point) if point > 0 => point,
            _ => {
                let zeros = usize::try_from(1 - count - exponent).unwrap_or_default();
                digits.insert_str(0, &"0".repeat(zeros));
                1
            }
        };
        digits.insert(point, '.');
        return digits;
    }
    if count > 1 {
        digits.insert(1, '.');
    }
    format!("{digits}E{first:+}")
}
