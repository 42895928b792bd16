use crate::console::app::message::Message;
use crate::console::runtime::input::Decoder;

fn append_keys(messages: Vec<Message>, so_far: &mut Vec<String>) {
    so_far.extend(messages.into_iter().map(|message| match message {
        Message::Key(key) => key.to_string(),
        Message::Paste(text) => format!("“{text}”"),
        Message::Mouse(mouse) => format!("{:?} at {},{}", mouse.kind, mouse.at.x, mouse.at.y),
        Message::Focus(is_focused) => format!("focus {is_focused}"),
        Message::Background(background) => format!("{background:?}").to_lowercase(),
        other => panic!("{other:?} came from a terminal"),
    }));
}

/// Returns the names of the keys decoded from the parts, with a gap between the parts and silence at the end.
fn keys_with_gaps(parts: &[&[u8]]) -> String {
    let (mut decoder, mut keys) = (Decoder::default(), Vec::new());
    for part in parts {
        append_keys(decoder.silence(), &mut keys);
        append_keys(decoder.feed(part), &mut keys);
    }
    while decoder.patience().is_some() {
        append_keys(decoder.silence(), &mut keys);
    }
    keys.join(" ")
}

fn keys(bytes: &[u8]) -> String {
    keys_with_gaps(&[bytes])
}

/// Like [`keys`], but with every byte in a separate read.
fn keys_byte_by_byte(bytes: &[u8]) -> String {
    let (mut decoder, mut keys) = (Decoder::default(), Vec::new());
    bytes.iter().for_each(|byte| append_keys(decoder.feed(&[*byte]), &mut keys));
    while decoder.patience().is_some() {
        append_keys(decoder.silence(), &mut keys);
    }
    keys.join(" ")
}

/// Returns true if the bytes alone are a key, so that a gap after them changes their meaning.
fn is_key(bytes: &[u8]) -> bool {
    let rest = bytes.strip_prefix(b"\x1b").map(|rest| rest.strip_prefix(b"\x1b").unwrap_or(rest));
    matches!(rest, Some([] | [b'[' | b'O' | b'P' | b'X' | b']' | b'^' | b'_']))
}

/// Asserts the meaning of sequences: in one read, byte by byte, and with a gap at each position.
#[track_caller]
fn assert_all(cases: &[(&[u8], &str)]) {
    for (bytes, expected) in cases {
        let shown = bytes.escape_ascii();
        assert_eq!(keys(bytes), *expected, "{shown}");
        assert_eq!(keys_byte_by_byte(bytes), *expected, "{shown} byte by byte");
        for at in 1..bytes.len() {
            let (first, rest) = bytes.split_at(at);
            if !is_key(first) {
                assert_eq!(keys_with_gaps(&[first, rest]), *expected, "{shown} with a gap after {at}");
            }
        }
    }
}

#[test]
fn keys_without_modifiers_are_decoded_for_every_terminal() {
    assert_all(&[
        (b"q", "q"),
        (b"\r", "enter"),
        (b"\t", "tab"),
        (b"\x7f", "backspace"),
        (b"\x08", "backspace"),
        (b"\x03", "ctrl-c"),
        (b"\0", "ctrl-space"),
        (b"\x1b", "esc"),
        (b"\x1b[A", "up"),
        (b"\x1bOA", "up"),
        (b"\x1b[H", "home"),
        (b"\x1bOH", "home"),
        (b"\x1b[1~", "home"),
        (b"\x1b[7~", "home"),
        (b"\x1b[F", "end"),
        (b"\x1b[4~", "end"),
        (b"\x1b[8~", "end"),
        (b"\x1b[2~", "ins"),
        (b"\x1b[3~", "del"),
        (b"\x1b[5~", "pgup"),
        (b"\x1b[6~", "pgdn"),
        (b"\x1b[Z", "shift-tab"),
        (b"\x1bOM", "enter"),
        (b"\x1bOp", "0"),
        (b"\x1b[E", "begin"),
    ]);
}

#[test]
fn function_keys_of_xterm_rxvt_and_the_linux_console_are_decoded() {
    assert_all(&[
        (b"\x1bOP", "F1"),
        (b"\x1b[11~", "F1"),
        (b"\x1b[[A", "F1"),
        (b"\x1b[P", "F1"),
        (b"\x1b[15~", "F5"),
        (b"\x1b[17~", "F6"),
        (b"\x1b[24~", "F12"),
        (b"\x1b[34~", "F20"),
        (b"\x1b[24;5~", "ctrl-F12"),
        (b"\x1b[1;3P", "alt-F1"),
        (b"\x1bO3P", "alt-F1"),
        (b"\x1b[15^", "ctrl-F5"),
    ]);
}

#[test]
fn modifiers_of_xterm_rxvt_putty_and_kitty_are_decoded() {
    assert_all(&[
        (b"\x1b[1;5D", "ctrl-left"),
        (b"\x1b[1;3D", "alt-left"),
        (b"\x1b[1;2D", "shift-left"),
        (b"\x1b[5D", "ctrl-left"),
        (b"\x1bO5D", "ctrl-left"),
        (b"\x1bO1;5D", "ctrl-left"),
        (b"\x1bOd", "ctrl-left"),
        (b"\x1b[d", "left"),
        (b"\x1b[3^", "ctrl-del"),
        (b"\x1b[3$", "del"),
        (b"\x1b[3@", "ctrl-del"),
        (b"\x1b\x1b[D", "alt-left"),
        (b"\x1b\x1bOD", "alt-left"),
        (b"\x1b\x1b[3~", "alt-del"),
        (b"\x1b\x1b[15~", "alt-F5"),
        (b"\x1b[27;5;9~", "ctrl-tab"),
        (b"\x1b[27;2;65~", "A"),
        (b"\x1b[27;5;99~", "ctrl-c"),
        (b"\x1b[99;5u", "ctrl-c"),
        (b"\x1b[104;5u", "ctrl-h"),
        (b"\x1b[97;2u", "A"),
        (b"\x1b[49:33;2u", "!"),
        (b"\x1b[49;2;33u", "!"),
        (b"\x1b[97;;97u", "a"),
        (b"\x1b[0;;233u", "é"),
        (b"\x1b[9;2u", "shift-tab"),
        (b"\x1b[27u", "esc"),
        (b"\x1b[127;3u", "alt-backspace"),
        (b"\x1b[57414u", "enter"),
        (b"\x1b[57427u", "begin"),
    ]);
}

#[test]
fn released_keys_and_keys_of_the_window_manager_are_ignored() {
    assert_all(&[
        (b"\x1b[97;1:3u", ""),
        (b"\x1b[97;1:2u", "a"),
        (b"\x1b[1;1:3D", ""),
        (b"\x1b[100;9u", ""),
        (b"\x1b[57441;2u", ""),
    ]);
}

#[test]
fn alt_with_a_character_is_one_key() {
    assert_all(&[
        (b"\x1bb", "alt-b"),
        (b"\x1b\r", "alt-enter"),
        (b"\x1b\x7f", "alt-backspace"),
        (b"\x1b[", "alt-["),
        (b"\x1bO", "alt-O"),
        (b"\x1bP", "alt-P"),
        (b"\x1b]", "alt-]"),
        ("\x1bé".as_bytes(), "alt-é"),
        (b"\x1b\x1bb", "esc alt-b"),
    ]);
}

#[test]
fn esc_is_a_key_if_nothing_follows_it_at_once() {
    assert_eq!(keys_with_gaps(&[b"\x1b", b"q"]), "esc q");
    assert_eq!(keys_with_gaps(&[b"\x1b", b"\x1b", b"q"]), "esc esc q");
    assert_eq!(keys(b"\x1b\x1b"), "esc esc");
    assert_eq!(keys(b"\x1b\x1b\x1b\x1b"), "esc esc esc esc");
    assert_eq!(keys(b"\x1b\x1b\x1b[D"), "esc alt-left");
    assert_eq!(keys_with_gaps(&[b"\x1b", b"O"]), "esc O");
}

#[test]
fn a_sequence_may_have_a_gap_after_its_esc() {
    assert_eq!(keys_with_gaps(&[b"\x1b", b"[D"]), "left");
    assert_eq!(keys_with_gaps(&[b"\x1b", b"[3~"]), "del");
    assert_eq!(keys_with_gaps(&[b"\x1b", b"OA"]), "up");
    assert_eq!(keys_with_gaps(&[b"\x1b", b"]11;rgb:0/0/0\x07", b"q"]), "dark q");
}

#[test]
fn reports_and_replies_are_not_keys() {
    assert_all(&[
        (b"\x1b[?998;1n", ""),
        (b"\x1b[?2026;2$y", ""),
        (b"\x1b[4;1$y", ""),
        (b"\x1b[?62;22c", ""),
        (b"\x1b[>41;354;0c", ""),
        (b"\x1b[=1c", ""),
        (b"\x1b[12;40R", ""),
        (b"\x1b[1;5R", ""),
        (b"\x1b[0n", ""),
        (b"\x1b[?0u", ""),
        (b"\x1b[8;24;80t", ""),
        (b"\x1b[48;24;80;0;0t", ""),
        (b"\x1b[32;10;20M", ""),
        (b"\x1b[M !!", ""),
        ("\x1b[M \u{a0}\u{bf}".as_bytes(), ""),
        (b"\x1b[?1;2z", ""),
        (b"\x1b[201~", ""),
        (b"\x1b\x1b[M !!", "esc"),
        (b"\x1b\x1b[?997;1n", "esc dark"),
    ]);
}

#[test]
fn reports_of_the_mouse_and_the_focus_are_decoded() {
    assert_all(&[
        (b"\x1b[<0;10;20M", "Press { clicks: 1 } at 9,19"),
        (b"\x1b[<0;10;20m", "Release at 9,19"),
        (b"\x1b[<32;1;1M", "Drag at 0,0"),
        (b"\x1b[<64;10;20M", "WheelUp at 9,19"),
        (b"\x1b[<65;10;20M", "WheelDown at 9,19"),
        (b"\x1b[<81;10;20M", "WheelDown at 9,19"),
        (b"\x1b\x1b[<0;10;20M", "esc Press { clicks: 1 } at 9,19"),
        (b"\x9b<0;10;20M", "Press { clicks: 1 } at 9,19"),
        (b"\x1b[I", "focus true"),
        (b"\x1b[O", "focus false"),
    ]);
}

#[test]
fn reports_that_mean_nothing_here_are_dropped() {
    assert_all(&[
        (b"\x1b[<35;10;20M", ""),
        (b"\x1b[<1;10;20M", ""),
        (b"\x1b[<2;10;20m", ""),
        (b"\x1b[<4;10;20M", ""),
        (b"\x1b[<66;10;20M", ""),
        (b"\x1b[<128;10;20M", ""),
        (b"\x1b[<0;0;20M", ""),
        (b"\x1b[<0;10;65537M", ""),
        (b"\x1b[<0;10;99999999999999999999M", ""),
        (b"\x1b[<0;10M", ""),
        (b"\x1b[<0;10;20;30M", ""),
        (b"\x1b[<;;M", ""),
        (b"\x1b[<0:1;10;20M", ""),
        (b"\x1b[<M", ""),
    ]);
}

#[test]
fn text_from_the_terminal_is_skipped_up_to_its_terminator() {
    assert_all(&[
        (b"\x1b]10;rgb:1e1e/1e1e/2e2e\x07", ""),
        (b"\x1b]4;1;rgb:1e1e/1e1e/2e2e\x1b\\", ""),
        (b"\x1bP1+r544e=787465726d\x1b\\", ""),
        (b"\x1bP>|XTerm(390)\x1b\\", ""),
        (b"\x1b_Gi=31;OK\x1b\\", ""),
        (b"\x1b^message\x1b\\", ""),
        (b"\x1bXstring\x1b\\", ""),
        ("\x1b]l王 Ü\r\n\x1b\\".as_bytes(), ""),
        (b"\x1b]11;rgb\x07q", "q"),
        (b"\x1b_Gi=31;OK\x1b\\q", "q"),
    ]);
}

#[test]
fn eight_bit_controls_are_decoded_like_seven_bit_ones() {
    assert_all(&[
        (b"\x9b?997;1n", "dark"),
        (b"\x9bA", "up"),
        (b"\x8fP", "F1"),
        (b"\x9d11;rgb:0/0/0\x9cq", "dark q"),
        (b"\x901+r\x9cq", "q"),
        ("\u{9b}?997;1nq".as_bytes(), "dark q"),
        ("\u{9d}0;Ü\u{9c}q".as_bytes(), "q"),
        (b"\x84\x9cq", "q"),
    ]);
}

#[test]
fn an_incomplete_sequence_ends_in_silence_without_swallowing_a_key() {
    for start in [
        &b"\x1b]11;rgb"[..],
        b"\x1b]11;rgb\x1b",
        b"\x1bP1+r",
        b"\x1b_G",
        b"\x1b[1;5",
        b"\x1b[M ",
        b"\x1b[?",
        b"\x1bO5",
        b"\x1b[[",
        b"\xe7\x8e",
        b"\x9b",
        b"\x9d0;",
    ] {
        let shown = start.escape_ascii();
        assert_eq!(keys_with_gaps(&[start, b"", b"", b"", b"q"]), "q", "{shown}");
        assert_eq!(keys(&[start, b"\x03"].concat()), "ctrl-c", "{shown}");
        assert_eq!(keys(&[start, b"\x1b[D"].concat()), "left", "{shown}");
    }
}

#[test]
fn unterminated_text_swallows_at_most_two_typed_keys() {
    assert_eq!(keys_with_gaps(&[b"\x1b]11;rgb", b"a", b"b", b"c", b"d"]), "c d");
}

#[test]
fn a_sequence_of_any_length_is_skipped_in_constant_memory() {
    let long = [b"\x1b[".to_vec(), vec![b'1'; 100_000], b"~q".to_vec()].concat();
    assert_eq!(keys(&long), "q");
}

#[test]
fn characters_are_assembled_and_invalid_ones_are_dropped() {
    assert_all(&[
        ("é王🦀".as_bytes(), "é 王 🦀"),
        (b"\xff\xfe\xc0\x80q", "q"),
        (b"\xe7\x8eq", "q"),
        (b"\xed\xa0\x80q", "q"),
        (b"\xf0\x9f\xa6", ""),
        (b"\xa0\xbfq", "q"),
    ]);
}

#[test]
fn pasted_text_is_never_decoded_as_keys() {
    for (bytes, expected) in [
        (&b"\x1b[200~q:D\r\x1b[D\x1b\x03 x\x1b[201~q"[..], "“q:D\r\x1b[D\x1b\x03 x” q"),
        (b"\x1b\x1b[200~x\x1b[201~", "esc “x”"),
        (b"\x1b[200~\x1b[201~", "“”"),
    ] {
        assert_eq!((keys(bytes), keys_byte_by_byte(bytes)), (expected.to_owned(), expected.to_owned()));
    }
}

#[test]
fn an_unterminated_paste_ends_by_silence_or_ctrl_c_and_loses_nothing() {
    assert_eq!(keys_with_gaps(&[b"\x1b[200~abc", b"q"]), "“abc” q");
    assert_eq!(keys(b"\x1b[200~abc\x03"), "“abc” ctrl-c");
    assert_eq!(keys(b"\x1b[200~abc\x1b[20"), "“abc\x1b[20”");
    assert_eq!(keys_with_gaps(&[b"\x1b[200~abc", b"\x1b[201~q"]), "“abc” q");
}

#[test]
fn complete_keys_need_no_waiting() {
    let mut decoder = Decoder::default();
    decoder.feed("jé\x1b[A\x1b]0;x\x07\x1b[200~x\x1b[201~".as_bytes());
    assert_eq!(decoder.patience(), None);
}

#[test]
fn the_colour_of_the_background_is_decoded_in_every_form() {
    assert_all(&[
        (b"\x1b]11;rgb:0000/0000/0000\x1b\\", "dark"),
        (b"\x1b]11;rgb:ffff/ffff/ffff\x07", "light"),
        (b"\x1b]11;rgb:fdfd/f6f6/e3e3\x1b\\q", "light q"),
        (b"\x1b]11;rgb:00/2b/36\x07", "dark"),
        (b"\x1b]11;rgb:f/f/f\x07", "light"),
        (b"\x1b]11;rgba:ffff/ffff/ffff/8000\x07", "light"),
        (b"\x1b]11;#ffffff\x07", "light"),
        (b"\x1b]11;#1e1e1e1e1e1e\x9c", "dark"),
        (b"\x9d11;rgb:ffff/ffff/ffff\x9c", "light"),
        (b"\x1b[?997;1n", "dark"),
        (b"\x1b[?997;2n", "light"),
    ]);
}

#[test]
fn a_hostile_answer_about_the_background_is_neither_a_colour_nor_a_key() {
    assert_all(&[
        (b"\x1b]11;\x07", ""),
        (b"\x1b]11;?\x07", ""),
        (b"\x1b]11;rgb:\x07", ""),
        (b"\x1b]11;rgb:ffff/ffff\x07", ""),
        (b"\x1b]11;rgb:ffff/ffff/ffff/ffff\x07", ""),
        (b"\x1b]11;rgb:fffff/0/0\x07", ""),
        (b"\x1b]11;rgb:+fff/0/0\x07", ""),
        (b"\x1b]11;rgb:-1/zz/\xff\x07", ""),
        (b"\x1b]11;#\x07", ""),
        (b"\x1b]11;#\xc3\xa9\xc3\xa9\xc3\xa9\x07", ""),
        (b"\x1b]11;#fffffffffffff\x07", ""),
        (b"\x1b]10;rgb:ffff/ffff/ffff\x07", ""),
        (b"\x1b]111;rgb:ffff/ffff/ffff\x07", ""),
        (b"\x1bP11;rgb:ffff/ffff/ffff\x07", ""),
        (b"\x1b]11;rgb:ffff/ffff/ffff\x18q", "q"),
        (b"\x1b]11;rgb:ff\x03", "ctrl-c"),
        (b"\x1b[?997;3n", ""),
        (b"\x1b[?997n", ""),
        (b"\x1b[?997;2;2n", ""),
    ]);
    let long = [&b"\x1b]11;rgb:ffff/ffff/ffff"[..], &[b' '; 10_000], b"\x07q"].concat();
    assert_eq!(keys(&long), "q");
}

#[test]
fn an_answer_that_arrives_in_parts_never_becomes_text() {
    let answer = b"\x1b]11;rgb:ffff/ffff/ffff\x1b\\";
    for first in 2..answer.len() {
        for second in first..answer.len() {
            let parts = [&answer[..first], &answer[first..second], &answer[second..]];
            let expected = if is_key(parts[0]) { continue } else { "light" };
            assert_eq!(keys_with_gaps(&parts), expected, "parts at {first} and {second}");
        }
    }
}
