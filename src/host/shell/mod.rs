//! Command lines for a shell. Names and paths come from files, so they are quoted.

#[cfg(feature = "console")]
mod command_line;

use std::borrow::Cow;
use std::fmt::Write;
use std::path::Path;

#[cfg(feature = "console")]
pub(crate) use command_line::CommandLine;

use crate::text::visible;

/// Quotes text as one POSIX shell word. Characters that cannot be shown are written as bytes, so that the
/// word can be copied from a screen: `$'crm\033[3J'`.
pub(crate) fn word(text: &str) -> Cow<'_, str> {
    match shlex::try_quote(text) {
        Ok(quoted) if visible(text) == text => quoted,
        _ => Cow::Owned(by_bytes(text)),
    }
}

/// Formats an option with its value.
pub(crate) fn option(name: &str, value: &str) -> String {
    let between = if value.starts_with('-') { '=' } else { ' ' };
    format!("{name}{between}{}", word(value))
}

/// Returns the option that names an entity, with its value. No argument can contain a NUL, so an id with one is a JSON string.
pub(crate) fn entity(entity_id: &str) -> (&'static str, Cow<'_, str>) {
    if entity_id.contains('\0') {
        ("--entity-json", Cow::Owned(crate::json::json_text(&entity_id)))
    } else {
        ("--entity", Cow::Borrowed(entity_id))
    }
}

/// Formats the command that replaces a name of a file by a copy of the file.
pub(crate) fn separate_file(path: &Path) -> String {
    let (path, copy) = (path.to_string_lossy(), format!("{}.own", path.display()));
    let (path, copy) = (word(&path), word(&copy));
    format!("`cp -p {path} {copy} && mv {copy} {path}`")
}

/// Formats the command that rebuilds the projections of every space into a projections file.
pub(crate) fn rebuild_all(program: &str, database: &Path, projections: &Path) -> String {
    let [database, projections] = [("--db", database), ("--projections", projections)]
        .map(|(name, path)| option(name, &path.to_string_lossy()));
    format!("{program} {database} {projections} rebuild --all")
}

/// Formats the command that moves a projections file away with its companions, and then rebuilds the projections.
pub(crate) fn replace_projections(
    program: &str,
    database: &Path,
    projections: &Path,
    (has_wal, has_shm): (bool, bool),
) -> String {
    let path = projections.to_string_lossy();
    let away = |ending: &str| {
        format!("mv {} {}", word(&format!("{path}{ending}")), word(&format!("{path}.damaged{ending}")))
    };
    let endings = [Some(""), has_wal.then_some("-wal"), has_shm.then_some("-shm")];
    let moved = endings.into_iter().flatten().map(away);
    let rebuild = rebuild_all(program, database, projections);
    format!("`{}`", moved.chain([rebuild]).collect::<Vec<_>>().join(" && "))
}

/// Formats a command of the program with this name.
pub(crate) fn command_of(program: &str, words: &str, names: &[&str], options: &str) -> String {
    let quoted: Vec<Cow<'_, str>> = names.iter().map(|name| argument(name)).collect();
    let quoted = quoted.join(" ");
    let parts = if names.iter().any(|name| name.starts_with('-')) {
        [program, words, options, "--", &quoted]
    } else {
        [program, words, &quoted, options, ""]
    };
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join(" ")
}

/// Quotes an argument. Of `name=Ada King`, only the value is quoted.
fn argument(text: &str) -> Cow<'_, str> {
    let is_name = |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    match text.split_once('=').filter(|(name, _)| !name.is_empty() && is_name(name)) {
        Some((name, value)) => Cow::Owned(format!("{name}={}", word(value))),
        None => word(text),
    }
}

fn by_bytes(text: &str) -> String {
    let mut quoted = "$'".to_owned();
    for byte in text.bytes() {
        match byte {
            b'\'' | b'\\' => quoted.extend(['\\', char::from(byte)]),
            b' '..=b'~' => quoted.push(char::from(byte)),
            _ => {
                let _ = write!(quoted, "\\{byte:03o}");
            }
        }
    }
    quoted.push('\'');
    quoted
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_are_quoted_only_if_needed() {
        assert_eq!(word("crm_acme"), "crm_acme");
        assert_eq!(word("crm a; touch x"), "'crm a; touch x'");
        assert_eq!(word("$(id)"), "'$(id)'");
        assert_eq!(word("it's\u{1b}"), r"$'it\'s\033'");
    }

    #[test]
    fn an_entity_with_a_nul_is_named_in_json() {
        let option = |entity_id| {
            let (name, value) = entity(entity_id);
            option(name, &value)
        };
        assert_eq!(option("c1"), "--entity c1");
        assert_eq!(option("c\u{1b}"), r"--entity $'c\033'");
        assert_eq!(option("c\0'1\u{1b}"), r#"--entity-json "\"c\\u0000'1\\u001b\"""#);
    }

    #[test]
    fn a_damaged_projections_file_is_moved_away_with_its_companions() {
        let line = |companions| replace_projections("ramax", "e.db".as_ref(), "my p.db".as_ref(), companions);
        let rebuild = "ramax --db e.db --projections 'my p.db' rebuild --all";
        assert_eq!(line((false, false)), format!("`mv 'my p.db' 'my p.db.damaged' && {rebuild}`"));
        let wal = "mv 'my p.db-wal' 'my p.db.damaged-wal'";
        assert_eq!(line((true, false)), format!("`mv 'my p.db' 'my p.db.damaged' && {wal} && {rebuild}`"));
    }

    #[test]
    fn names_that_look_like_options_follow_two_hyphens() {
        assert_eq!(option("--confirm", "crm_acme"), "--confirm crm_acme");
        assert_eq!(option("--confirm", "--all"), "--confirm=--all");
        assert_eq!(
            command_of("ramax", "rebuild", &["crm_acme"], "--skip-errors"),
            "ramax rebuild crm_acme --skip-errors"
        );
        assert_eq!(
            command_of("ramax", "run", &["crm", "name=Ada King", "id=c1", "= x"], ""),
            "ramax run crm name='Ada King' id=c1 '= x'"
        );
        assert_eq!(
            command_of("ramax", "rebuild", &["--all"], "--skip-errors"),
            "ramax rebuild --skip-errors -- --all"
        );
    }

    proptest! {
        #[test]
        fn a_quoted_word_is_one_visible_line(text in any::<String>()) {
            let quoted = word(&text);
            prop_assert_eq!(visible(&quoted), quoted.as_ref());
        }

        #[test]
        fn a_visible_word_survives_quoting_and_parsing(text in "[ -~äß王$`'\"!^\\\\]{0,20}") {
            prop_assert_eq!(shlex::split(&word(&text)), Some(vec![text]));
        }
    }
}
