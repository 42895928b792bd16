//! Passwords in the addresses of servers, which no message shows.

use std::borrow::Cow;
use std::ops::Range;
use std::path::Path;

/// The parameter of an address that contains a password.
const PARAMETER: &str = "password=";

/// Forms of a value for the parameter of a command, which tell where a password comes from and contain none.
const SOURCES: [&str; 2] = ["-", "@FILE"];

/// A path as a message shows it.
pub trait MaskedPath {
    /// Returns the path for display, without the password of an address in its place.
    fn shown(&self) -> String;
}

impl MaskedPath for Path {
    fn shown(&self) -> String {
        masked(&self.to_string_lossy()).into_owned()
    }
}

/// Returns a text without the passwords of the addresses in it. In doubt, more is missing than the password.
pub fn masked(text: &str) -> Cow<'_, str> {
    let mut shown = String::new();
    let mut rest = text;
    while let Some(address) = address(rest) {
        let (before, after) = rest.split_at(address);
        shown.push_str(before);
        match password(after) {
            Some(password) => {
                shown.push_str(&after[..password.start - 1]);
                rest = &after[password.end..];
            }
            // The password of another address may follow.
            None => {
                let colon = after.find(':').map_or(after.len(), |colon| colon + 1);
                shown.push_str(&after[..colon]);
                rest = &after[colon..];
            }
        }
    }
    shown.push_str(rest);
    let shown = if shown == text { Cow::Borrowed(text) } else { Cow::Owned(shown) };
    match without_parameters(&shown) {
        Some(masked) => Cow::Owned(masked),
        None => shown,
    }
}

/// Returns the place of the password in an address: from the first `:` of the user to the last `@` of its word, or to the
/// word's end. An `@` in a parameter such as `?sslrootcert=/home/a@b` does not count.
pub fn password(address: &str) -> Option<Range<usize>> {
    let (scheme, rest) = address.split_once(':')?;
    let slashes = rest.len() - rest.trim_start_matches('/').len();
    let user = scheme.len() + 1 + slashes;
    let colon =
        user + address[user..].find(|next: char| matches!(next, ':' | '/' | '?') || next.is_whitespace())?;
    let after = address[colon..].strip_prefix(':')?;
    let may_be_port = may_be_port(after);
    let word = after.find(char::is_whitespace).unwrap_or(after.len());
    let word = &after[..parameters(&after[..word]).unwrap_or(word)];
    // In doubt, it is not a port.
    if may_be_port && address[user..colon].contains('@') && !word.contains('@') {
        return None;
    }
    // A password may contain spaces.
    let authority = after.find(['/', '?', '\n']).unwrap_or(after.len());
    let authority = if may_be_port { "" } else { &after[..authority] };
    let end = match word.rfind('@').max(authority.rfind('@')) {
        Some(end) => end,
        // A directory of an address, which was taken for a file.
        None if !may_be_port && !address[user..].starts_with('[') && !word.is_empty() => word.len(),
        None => return None,
    };
    Some(colon + 1..colon + 1 + end)
}

/// Returns true if a text starts with a number that ends there or with the host, or with a sentence.
fn may_be_port(text: &str) -> bool {
    let beyond = text.trim_start_matches(|next: char| next.is_ascii_digit());
    let end = beyond.find(|next: char| matches!(next, '/' | '?' | ',') || next.is_whitespace());
    beyond.len() < text.len()
        && beyond[..end.unwrap_or(beyond.len())].chars().all(|next| ":;.)'\"`".contains(next))
}

/// Finds the first scheme of an address: of any server, or of PostgreSQL, even with a slash too few.
fn address(text: &str) -> Option<usize> {
    text.match_indices(":/").find_map(|(colon, _)| {
        let is_of_scheme = |next: char| next.is_ascii_alphanumeric() || matches!(next, '+' | '-' | '.');
        let scheme = text[..colon].trim_end_matches(is_of_scheme).len();
        let is_postgres =
            ["postgres", "postgresql"].iter().any(|name| text[..colon].to_ascii_lowercase().ends_with(name));
        let is_address = scheme < colon && (is_postgres || text[colon..].starts_with("://"));
        is_address.then_some(scheme)
    })
}

/// Finds the parameters of an address: a `?` that a name and a `=` follow.
fn parameters(word: &str) -> Option<usize> {
    word.match_indices('?').map(|(start, _)| start).find(|start| {
        let name = word[start + 1..].split('=').next().unwrap_or_default();
        name.len() + start + 1 < word.len()
            && name.len() > 2
            && name.chars().all(|next| next.is_ascii_lowercase() || next == '_')
    })
}

/// Returns a text without the values of passwords in parameters; none if it has none.
fn without_parameters(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let mut shown = String::new();
    let mut end = 0;
    for (start, _) in lower.match_indices(PARAMETER) {
        let value = start + PARAMETER.len();
        if start < end {
            continue;
        }
        let length = match text[value..].strip_prefix('\'').and_then(|quoted| quoted.find('\'')) {
            Some(length) => length + 2,
            None => text[value..]
                .find(|next: char| next == '&' || next.is_whitespace())
                .unwrap_or(text.len() - value),
        };
        let given = text[value..value + length].trim_end_matches([',', ';', '`', '\'', '"', ':']);
        if given.is_empty() || SOURCES.contains(&given) {
            continue;
        }
        shown.push_str(&text[end..value]);
        shown.push_str("•••");
        end = value + length;
    }
    (end > 0).then(|| shown + &text[end..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_missing_whatever_it_contains() {
        for password in [
            "Secret",
            "Pa@Secret",
            "Pa@Sec/Secret",
            "Pa/Secret",
            "1234/Secret",
            "Pa?Secret",
            "Pa@b?Secret",
            "Pa:Secret",
            "Pa Secret",
            "Pa%40Secret",
            "Pa'Secret",
            "Secret@",
            "Pa#Secret&Secret=Secret",
            "1Secret",
        ] {
            for (before, host) in [
                ("postgres://ro", "db.example/x"),
                ("there is no file /home/ada/postgres://ro", "db.example:5433/x?sslmode=require"),
                ("there is no file /home/ada/postgres:/ro", "db.example"),
                ("PostgreSQL://ro", "db.example"),
                ("https://ada", "db.example/x and postgres://ada@h/y"),
                ("postgres://h:5432/x is not 'postgres://", "h/x'"),
            ] {
                let shown = masked(&format!("{before}:{password}@{host}")).into_owned();
                assert_eq!(shown, format!("{before}@{host}"), "{password}");
            }
        }
    }

    #[test]
    fn a_password_in_a_parameter_is_missing() {
        for (text, shown) in [
            (
                "postgres://h/x?user=ada&password=secret&schema=s",
                "postgres://h/x?user=ada&password=•••&schema=s",
            ),
            ("there is no file host=h Password='a b' user=c", "there is no file host=h Password=••• user=c"),
            ("write password=- or password=@FILE", "write password=- or password=@FILE"),
        ] {
            assert_eq!(masked(text), shown);
        }
    }

    #[test]
    fn other_text_is_unchanged() {
        for text in [
            "postgres://ada@db.example:5433/x?sslrootcert=/home/a@b/root.crt",
            "postgres://db.example:5433/x?sslrootcert=/home/a@b/root.crt",
            "postgres://h1:6000,h2/x, postgres://[::1]:5432/x and postgres:///x?schema=a@b",
            "postgres/ada:secret@x.db",
            "postgres://h:5432: no server listens at 'postgres://ada@h:5432'; postgres://ada@h: gone",
            "crm:/contact@3 https://example.org/a:b@c",
        ] {
            assert!(matches!(masked(text), Cow::Borrowed(shown) if shown == text), "{}", masked(text));
        }
        assert_eq!(
            masked("there is no directory postgres://ro:Secret"),
            "there is no directory postgres://ro"
        );
        assert_eq!(masked("postgres://ada@corp:Secret@h/x"), "postgres://ada@corp@h/x");
        assert_eq!(masked("postgres://ada@corp:1234/Secret@h"), "postgres://ada@corp@h");
        let address = "postgres://ro:Secret@h/x?sslrootcert=/home/a@b/root.crt";
        assert_eq!(masked(address), "postgres://ro@h/x?sslrootcert=/home/a@b/root.crt");
    }
}
