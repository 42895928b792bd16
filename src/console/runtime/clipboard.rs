//! The clipboard, through the terminal (OSC 52), which also works over SSH.

use std::io::{self, Write};

/// Copies text to the terminal's clipboard.
pub(super) fn copy(out: &mut impl Write, text: &str) -> io::Result<()> {
    write!(out, "\x1b]52;c;{}\x07", base64(text.as_bytes()))?;
    out.flush()
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group =
            chunk.iter().fold(0_u32, |group, byte| group << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let digit = DIGITS[(group >> (18 - 6 * place) & 63) as usize];
            text.push(if place <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_copied_to_the_clipboard_in_base64() {
        let mut out = Vec::new();
        copy(&mut out, "Ada").unwrap();
        assert_eq!(out, b"\x1b]52;c;QWRh\x07");
        assert_eq!([base64(b""), base64(b"A"), base64(b"Ad")], ["", "QQ==", "QWQ="]);
        assert_eq!(base64("zoë李".as_bytes()), "em/Dq+adjg==");
    }
}
