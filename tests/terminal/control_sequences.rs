//! The output of a program, separated into text and control sequences.

use std::collections::BTreeSet;
use std::iter::Peekable;
use std::str::Chars;

/// The control sequences that the console uses: moving the cursor, clearing, attributes, the alternate
/// screen, cursor visibility, bracketed paste, synchronised updates, the mouse and the focus.
const OF_CONSOLE: [&str; 19] = [
    "CSI H",
    "CSI J",
    "CSI m",
    "CSI ?1000h",
    "CSI ?1000l",
    "CSI ?1002h",
    "CSI ?1002l",
    "CSI ?1004h",
    "CSI ?1004l",
    "CSI ?1006h",
    "CSI ?1006l",
    "CSI ?1049h",
    "CSI ?1049l",
    "CSI ?25h",
    "CSI ?25l",
    "CSI ?2004h",
    "CSI ?2004l",
    "CSI ?2026h",
    "CSI ?2026l",
];

/// Returns the kinds of control sequences in the output: `CSI m`, `CSI ?25h`, `OSC 52`, `C0 0d`, `U+202E`.
pub fn controls(sent: &[u8]) -> BTreeSet<String> {
    let text = std::str::from_utf8(sent).expect("the output is UTF-8");
    let mut rest = text.chars().peekable();
    let mut found = BTreeSet::new();
    while let Some(character) = rest.next() {
        match character {
            '\x1b' => found.insert(sequence(&mut rest)),
            '\0'..='\x1f' | '\x7f' => found.insert(format!("C0 {:02x}", character as u32)),
            hidden if ramax::text::visible(&hidden.to_string()) != hidden.to_string() => {
                found.insert(format!("U+{:04X}", hidden as u32))
            }
            _ => false,
        };
    }
    found
}

/// Parses the rest of an escape sequence.
fn sequence(rest: &mut Peekable<Chars<'_>>) -> String {
    match rest.next() {
        Some('[') => {
            let mut parameters = String::new();
            let mut last = None;
            for next in rest.by_ref() {
                if ('\x40'..='\x7e').contains(&next) {
                    last = Some(next);
                    break;
                }
                parameters.push(next);
            }
            let last = last.map_or_else(|| "cut off".to_owned(), String::from);
            if parameters.starts_with('?') {
                format!("CSI {parameters}{last}")
            } else {
                format!("CSI {last}")
            }
        }
        Some(']') => {
            let mut said = String::new();
            while !said.ends_with('\x07') && !said.ends_with("\x1b\\") {
                let Some(next) = rest.next() else { break };
                said.push(next);
            }
            let said = said.trim_end_matches("\x1b\\").trim_end_matches('\x07');
            let (number, words) = said.split_once(';').unwrap_or((said, ""));
            let is_copy = |text: &str| {
                text.strip_prefix("c;").is_some_and(|text| {
                    text.chars().all(|next| next.is_ascii_alphanumeric() || "+/=".contains(next))
                })
            };
            if number == "52" && !is_copy(words) {
                format!("OSC 52 {words}")
            } else {
                format!("OSC {number}")
            }
        }
        other => format!("ESC {other:?}"),
    }
}

/// Asserts that the output has only the console's control sequences, and those in `also`.
#[track_caller]
pub fn assert_of_console(sent: &[u8], also: &[&str]) {
    let is_ours =
        |control: &&String| !OF_CONSOLE.contains(&control.as_str()) && !also.contains(&control.as_str());
    let foreign: Vec<String> = controls(sent).iter().filter(is_ours).cloned().collect();
    assert!(foreign.is_empty(), "sent to the terminal: {foreign:?}");
}

/// Asserts that the output consists of lines of text.
#[track_caller]
pub fn assert_lines(sent: &[u8]) {
    let of_lines = ["C0 0a", "C0 0d"];
    let foreign: Vec<String> =
        controls(sent).into_iter().filter(|control| !of_lines.contains(&control.as_str())).collect();
    assert!(foreign.is_empty(), "sent to the terminal: {foreign:?} in\n{}", String::from_utf8_lossy(sent));
}

/// Returns the numbers of all attributes set: 1 is bold, 31 is red.
pub fn attributes(sent: &[u8]) -> BTreeSet<u16> {
    let text = String::from_utf8_lossy(sent).into_owned();
    let sequences = text.split("\x1b[").skip(1).filter_map(|rest| {
        let end = rest.find(|next: char| ('\x40'..='\x7e').contains(&next))?;
        (rest[end..].starts_with('m')).then(|| rest[..end].to_owned())
    });
    sequences
        .flat_map(|numbers| {
            numbers.split(';').map(|number| number.parse().unwrap_or(0)).collect::<Vec<u16>>()
        })
        .collect()
}

#[test]
fn control_sequences_are_found_in_the_output() {
    let found = |sent: &str| controls(sent.as_bytes()).into_iter().collect::<Vec<_>>();
    assert_eq!(found("plain äö 王"), [""; 0]);
    assert_eq!(found("\x1b[1;31mred\x1b[?25l\r\n"), ["C0 0a", "C0 0d", "CSI ?25l", "CSI m"]);
    assert_eq!(found("\x1b]52;c;QWRh\x07\x1b]0;title\x07"), ["OSC 0", "OSC 52"]);
    assert_eq!(found("\x1b]52;c;\x1b[31m\x07\u{9b}31m\u{202e}"), ["OSC 52 c;\x1b[31m", "U+009B", "U+202E"]);
    assert_eq!(found("\x1bc"), ["ESC Some('c')"]);
    assert_eq!(attributes(b"\x1b[1mx\x1b[38;5;6;49m").into_iter().collect::<Vec<_>>(), [1, 5, 6, 38, 49]);
}
