//! Named keys, as the bytes that a terminal sends.

/// Returns the bytes for a sequence of keys: `2jj<enter>`.
pub fn bytes(keys: &str) -> Vec<u8> {
    let mut rest = keys;
    let mut bytes = Vec::new();
    while let Some(first) = rest.chars().next() {
        let named = rest.find('>').filter(|_| first == '<');
        let (key, length) = match named {
            Some(end) => (code(&rest[1..end]), end + 1),
            None => (first.to_string().into_bytes(), first.len_utf8()),
        };
        bytes.extend(key);
        rest = &rest[length..];
    }
    bytes
}

fn code(name: &str) -> Vec<u8> {
    let code: &[u8] = match name {
        "enter" => b"\r",
        "tab" => b"\t",
        "shift-tab" => b"\x1b[Z",
        // The bytes after an Esc would make it another key.
        "esc" => panic!("press esc with `leave`"),
        "space" => b" ",
        "backspace" => b"\x7f",
        "up" => b"\x1b[A",
        "down" => b"\x1b[B",
        "right" => b"\x1b[C",
        "left" => b"\x1b[D",
        "pgup" => b"\x1b[5~",
        "pgdn" => b"\x1b[6~",
        _ => match name.strip_prefix("ctrl-").map(str::as_bytes) {
            Some([letter]) => return vec![letter & 0x1f],
            _ => panic!("unknown key {name}"),
        },
    };
    code.to_vec()
}
