//! Integers of any size.

use std::fmt::Write;

/// The largest magnitude in bytes that is written in decimal digits. Readers that turn numbers into floating-point ones
/// can still represent it, and longer conversions would take quadratic time.
const LONGEST: usize = 127;

/// The number of decimal digits that are written at once.
const GROUP: u32 = 1_000_000_000;

/// Writes a big integer as JSON: its digits, or an object with hexadecimal digits if it is huge.
pub(super) fn write_big(out: &mut String, content: &[u8]) {
    let (is_negative, magnitude) = match content.split_first() {
        Some((sign, magnitude)) => (*sign != 0, magnitude),
        None => (false, content),
    };
    let significant = magnitude.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    let magnitude = &magnitude[..significant];
    let sign = if is_negative && significant > 0 { "-" } else { "" };
    if significant > LONGEST {
        out.extend(["{\"$integer\":\"", sign, "0x"]);
        for byte in magnitude.iter().rev() {
            let _ = write!(out, "{byte:02x}");
        }
        out.push_str("\"}");
        return;
    }
    out.push_str(sign);
    let mut groups = groups(magnitude).into_iter().rev();
    let _ = write!(out, "{}", groups.next().unwrap_or(0));
    for group in groups {
        let _ = write!(out, "{group:09}");
    }
}

/// Returns the decimal digits of a big integer, unless it is negative or huge.
pub(super) fn digits(content: &[u8]) -> Option<String> {
    let mut digits = String::new();
    write_big(&mut digits, content);
    digits.starts_with(|first: char| first.is_ascii_digit()).then_some(digits)
}

/// Splits a magnitude into groups of nine decimal digits, the least significant one first.
fn groups(magnitude: &[u8]) -> Vec<u32> {
    let mut limbs: Vec<u32> = magnitude
        .chunks(4)
        .map(|chunk| chunk.iter().rev().fold(0, |limb, byte| limb << 8 | u32::from(*byte)))
        .collect();
    let mut groups = Vec::new();
    while !limbs.is_empty() {
        let mut rest = 0;
        for limb in limbs.iter_mut().rev() {
            let value = u64::from(rest) << 32 | u64::from(*limb);
            // Both fit: the remainder before was less than the divisor.
            *limb = (value / u64::from(GROUP)) as u32;
            rest = (value % u64::from(GROUP)) as u32;
        }
        groups.push(rest);
        while limbs.last() == Some(&0) {
            limbs.pop();
        }
    }
    groups
}
