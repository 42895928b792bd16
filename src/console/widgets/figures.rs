//! Numbers formatted for people.

/// Returns a count with thousands separators.
///
/// ```
/// use ramax::console::widgets::figures::count;
/// assert_eq!(count(1_204), "1,204");
/// ```
pub fn count(number: u64) -> String {
    crate::text::grouped(number)
}

/// Returns a count with its noun: `1 event`, `1,204 events`.
pub fn counted(number: u64, noun: &str) -> String {
    format!("{} {noun}{}", count(number), if number == 1 { "" } else { "s" })
}

/// Returns a count in at most five characters: `999`, `12.3k`, `4.5M`.
pub fn short(number: u64) -> String {
    scaled(number, 1000, &["", "k", "M", "G", "T", "P", "E"])
}

/// Returns a number of bytes: `312 B`, `1.2 MiB`.
pub fn bytes(number: u64) -> String {
    scaled(number, 1024, &[" B", " KiB", " MiB", " GiB", " TiB", " PiB", " EiB"])
}

/// Returns a duration in its two largest units: `840 ms`, `12 s`, `3 min 20 s`, `2 h 5 min`, `4 d 3 h`.
pub fn span(millis: u64) -> String {
    let seconds = millis / 1000;
    match seconds {
        0 if millis == 0 => "0 s".to_owned(),
        0 => format!("{millis} ms"),
        1..60 => format!("{seconds} s"),
        60..3600 => two(seconds, 60, "min", 1, "s"),
        3600..86_400 => two(seconds, 3600, "h", 60, "min"),
        _ => two(seconds, 86_400, "d", 3600, "h"),
    }
}

/// Returns a share in percent, rounded down, so that only a complete one is 100. A total of 0 is complete.
pub fn percent(done: u64, total: u64) -> u64 {
    if done >= total { 100 } else { u64::try_from(u128::from(done) * 100 / u128::from(total)).unwrap_or(100) }
}

fn two(seconds: u64, large: u64, large_unit: &str, small: u64, small_unit: &str) -> String {
    let (whole, rest) = (seconds / large, seconds % large / small);
    if rest == 0 {
        format!("{whole} {large_unit}")
    } else {
        format!("{whole} {large_unit} {rest} {small_unit}")
    }
}

/// At most three significant digits, with the matching unit.
fn scaled(number: u64, base: u64, units: &[&str]) -> String {
    let mut divisor = 1;
    let mut rest = units;
    while let [_, larger @ ..] = rest
        && !larger.is_empty()
        && number / divisor >= base
    {
        divisor *= base;
        rest = larger;
    }
    let unit = rest.first().copied().unwrap_or_default();
    let (whole, tenth) = (number / divisor, number % divisor * 10 / divisor);
    if divisor == 1 || whole >= 100 { format!("{whole}{unit}") } else { format!("{whole}.{tenth}{unit}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_separated() {
        assert_eq!(
            [0, 7, 999, 1000, 12_345, 999_999, 1_000_000].map(count),
            ["0", "7", "999", "1,000", "12,345", "999,999", "1,000,000"]
        );
        assert_eq!(count(u64::MAX), "18,446,744,073,709,551,615");
        assert_eq!(
            [counted(1, "event"), counted(0, "event"), counted(1200, "event")],
            ["1 event", "0 events", "1,200 events"]
        );
    }

    #[test]
    fn large_numbers_are_rounded_down() {
        assert_eq!(
            [999, 1000, 12_399, 999_999, 4_560_000].map(short),
            ["999", "1.0k", "12.3k", "999k", "4.5M"]
        );
        assert_eq!(
            [0, 1023, 1024, 319_488, 5_368_709_120].map(bytes),
            ["0 B", "1023 B", "1.0 KiB", "312 KiB", "5.0 GiB"]
        );
        assert_eq!([short(u64::MAX), bytes(u64::MAX)], ["18.4E", "15.9 EiB"]);
    }

    #[test]
    fn durations_have_at_most_two_units() {
        let spans = [0, 840, 12_999, 60_000, 200_000, 7_500_000, 360_000_000];
        assert_eq!(spans.map(span), ["0 s", "840 ms", "12 s", "1 min", "3 min 20 s", "2 h 5 min", "4 d 4 h"]);
    }

    #[test]
    fn only_a_complete_share_is_a_hundred_percent() {
        assert_eq!(
            [percent(0, 0), percent(999, 1000), percent(5, 5), percent(u64::MAX - 1, u64::MAX)],
            [100, 99, 100, 99]
        );
    }
}
