//! Bytes as terminals send them: keys of many terminals, replies, reports and noise.

use std::time::Duration;

use proptest::prelude::*;
use ramax::console::Headless;
use ramax::console::layers::form::state::{FieldInput, Form};

use crate::console;
use crate::support::Fixture;
use crate::support::mutation::cases;
use crate::{notice, screen, two_tenants};

/// The longest gap that a slow line makes within a sequence, in milliseconds.
const SLOW: u64 = 100;
/// Longer than the console waits for the rest of a sequence.
const LONG: Duration = Duration::from_secs(10);

/// Bytes that terminals send without a key press.
const REPORTS: [&[u8]; 28] = [
    b"\x1b[?997;1n",
    b"\x1b[?2026;2$y",
    b"\x1b[2;1$y",
    b"\x1b[?62;22c",
    b"\x1b[>41;354;0c",
    b"\x1b[=1c",
    b"\x1b[12;40R",
    b"\x1b[1;5R",
    b"\x1b[0n",
    b"\x1b[I",
    b"\x1b[O",
    b"\x1b[?31u",
    b"\x1b[8;24;80t",
    b"\x1b[48;24;80;480;800t",
    b"\x1b[<35;10;20M",
    b"\x1b[<0;10;20m",
    b"\x1b[32;10;20M",
    b"\x1b[M !!",
    b"\x1b[100;1:3u",
    b"\x1b]11;rgb:1e1e/1e1e/2e2e\x1b\\",
    b"\x1b]10;rgb:ffff/ffff/ffff\x07",
    b"\x1b]52;c;cW86RA==\x1b\\",
    "\x1b]lDq Ü 王\x1b\\".as_bytes(),
    b"\x1bP1+r544e=787465726d\x1b\\",
    b"\x1bP>|XTerm(390)\x1b\\",
    b"\x1b_Gi=31;OK\x1b\\",
    b"\x1b^private q\x1b\\",
    b"\x1bXstring D\r\x1b\\",
];

/// Keys, and what precedes or interrupts them, on several kinds of terminals.
const KEYS: [&[u8]; 24] = [
    b"\x1b",
    b"\x1b\x1b[D",
    b"\x1b\x1b",
    b"\x1bOA",
    b"\x1b[1;5D",
    b"\x1b[3~",
    b"\x1b[3$",
    b"\x1b[27;5;9~",
    b"\x1b[97;5u",
    b"\x1b[[A",
    b"\x1bb",
    b"\x08",
    b"\r",
    b"\t",
    b"n",
    b"?",
    b"/",
    b"D",
    "é王".as_bytes(),
    b"\x1b[200~pasted D\r\x1b[201~",
    b"\x1b[200~without an end",
    b"\x1b]11;without an end",
    b"\x1bP",
    b"\x1b[",
];

#[derive(Debug, Clone)]
enum Step {
    Bytes(Vec<u8>),
    Wait(Duration),
}

fn run(console: &mut Headless, steps: &[Step]) {
    for step in steps {
        match step {
            Step::Bytes(bytes) => console.receive(bytes),
            Step::Wait(time) => console.wait(*time),
        }
    }
}

/// Bytes as they may arrive: cut anywhere, with gaps of up to `longest` milliseconds.
fn in_pieces(sequences: impl Strategy<Value = Vec<u8>>, longest: u64) -> impl Strategy<Value = Vec<Step>> {
    let pieces = prop::collection::vec((1_usize..8, prop::option::of(0..longest)), 1..40);
    (prop::collection::vec(sequences, 1..12), pieces).prop_map(|(sequences, pieces)| {
        let (mut steps, mut rest) = (Vec::new(), &sequences.concat()[..]);
        for (length, wait) in pieces.iter().cycle() {
            let (piece, after) = rest.split_at(*length.min(&rest.len()));
            rest = after;
            steps.push(Step::Bytes(piece.to_vec()));
            steps.extend(wait.map(|millis| Step::Wait(Duration::from_millis(millis))));
            if rest.is_empty() {
                return steps;
            }
        }
        steps
    })
}

fn report() -> impl Strategy<Value = Vec<u8>> {
    prop::sample::select(REPORTS.to_vec()).prop_map(<[u8]>::to_vec)
}

fn noise() -> impl Strategy<Value = Vec<u8>> {
    let known = [&REPORTS[..], &KEYS[..]].concat();
    prop_oneof![
        2 => prop::sample::select(known).prop_map(<[u8]>::to_vec),
        1 => prop::collection::vec(any::<u8>(), 1..16),
        1 => prop::collection::vec(prop::sample::select(b"\x1b[]OP_^X?;$:09Mu~\x9b\x07\\".to_vec()), 1..8),
    ]
}

/// The contexts in which keys have the most effect: the lists, a form, a prompt, the delete dialog.
fn places() -> [(&'static str, &'static str); 4] {
    [("lists", ""), ("a form", "n<enter>c9"), ("a prompt", "2/c1"), ("a delete", "D")]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(32), ..ProptestConfig::default() })]

    #[test]
    fn terminal_replies_and_reports_change_nothing(steps in in_pieces(report(), SLOW)) {
        let fixture = two_tenants();
        for (place, keys) in places() {
            let mut console = console(&fixture.store);
            console.press(keys).unwrap();
            let before = (console.state().revision, screen(&console));
            run(&mut console, &steps);
            console.wait(LONG);
            prop_assert_eq!((console.state().revision, screen(&console)), before, "in {}", place);
        }
    }

    #[test]
    fn ctrl_c_ends_the_console_after_any_input(
        steps in in_pieces(noise(), 400),
        place in prop::sample::select(places().to_vec()),
    ) {
        let fixture = two_tenants();
        let directory = tempfile::tempdir().unwrap();
        let mut console = console(&fixture.store).within(directory.path());
        console.press(place.1).unwrap();
        run(&mut console, &steps);
        console.receive(b"\x03");
        console.wait(LONG);
        prop_assert!(console.state().quit, "{}", screen(&console));
    }
}

/// A form with a typed contact id.
fn form() -> Headless {
    let fixture = Fixture::memory();
    fixture.crm("crm_acme");
    let mut console = console(&fixture.store);
    console.press("n<enter>one two").unwrap();
    console
}

/// The text of the form's first field, if there is a form.
fn first_field(console: &Headless) -> Option<&str> {
    match &console.state().layers.top_as::<Form>()?.fields[0].input {
        FieldInput::Text(input) => Some(input.text()),
        FieldInput::Choice { .. } => None,
    }
}

#[test]
fn alt_and_an_arrow_move_by_a_word_in_every_terminal() {
    for alt_left in [&b"\x1b\x1b[D"[..], b"\x1b\x1bOD", b"\x1b[1;3D", b"\x1bb"] {
        for gap in [Duration::ZERO, Duration::from_millis(20)] {
            let mut console = form();
            for byte in alt_left {
                console.receive(&[*byte]);
                console.wait(gap);
            }
            console.wait(LONG);
            console.press("x").unwrap();
            assert_eq!(first_field(&console), Some("one xtwo"), "{} {gap:?}", alt_left.escape_ascii());
        }
    }
}

#[test]
fn backspace_deletes_a_character_in_every_terminal() {
    for backspace in [&b"\x7f"[..], b"\x08", b"\x1b[127u", b"\x1b[104;5u", b"\x1b[27;5;104~"] {
        let mut console = form();
        console.receive(backspace);
        assert_eq!(first_field(&console), Some("one tw"), "{}", backspace.escape_ascii());
    }
}

#[test]
fn esc_before_a_mouse_report_is_only_esc() {
    for report in [&b"\x1b[<35;10;20M"[..], b"\x1b[M !!", b"\x1b[32;10;20M"] {
        let mut console = console(&two_tenants().store);
        console.press("?").unwrap();
        console.receive(&[b"\x1b", report].concat());
        console.wait(LONG);
        assert!(console.state().layers.is_empty());
    }
}

#[test]
fn a_sequence_on_a_slow_line_is_one_key() {
    let mut console = console(&two_tenants().store);
    for byte in b"\x1b[3~\x1b[1;5D\x1b\x1b[D\x1b[M !!\x1bOQ" {
        console.receive(&[*byte]);
        console.wait(Duration::from_millis(20));
    }
    console.wait(LONG);
    assert!(console.state().layers.is_empty(), "nothing was opened");
    assert!(console.state().spaces.marked.is_empty(), "nothing was marked");
}

#[test]
fn an_unterminated_paste_reaches_the_field_and_keys_work_again() {
    let mut console = form();
    console.receive(b"\x1b[200~ three");
    console.wait(LONG);
    assert_eq!(first_field(&console), Some("one two three"));
    console.receive(b"!");
    assert_eq!(first_field(&console), Some("one two three!"));
}

#[test]
fn a_paste_without_a_text_field_presses_no_key_and_gets_a_notice() {
    let mut console = console(&two_tenants().store);
    console.receive(b"\x1b[200~D?M\r\x1b[201~");
    assert!(console.state().layers.is_empty() && console.state().spaces.marked.is_empty());
    assert_eq!(notice(&console), "no text can be entered here; the paste was ignored");
}

#[test]
fn an_unterminated_reply_types_nothing_and_keys_work_again() {
    for begun in [&b"\x1b]11;rgb:ff"[..], b"\x1bP1+r54", b"\x1b_Gi=3", b"\x1b^x", b"\x1bXx"] {
        let mut console = form();
        console.receive(begun);
        console.wait(LONG);
        console.receive(b"!");
        assert_eq!(first_field(&console), Some("one two!"), "{}", begun.escape_ascii());
    }
}
