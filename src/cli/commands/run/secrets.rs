//! The secrets of a command, which should not be typed on the command line: from standard input, from a file, or asked
//! for on the terminal.

use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal, Read, Write};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

use crate::cli::exit::Failure;
use crate::cli::session::Session;
use crate::content_store::{Command, FieldSpec};
use crate::limits::LONGEST_PAYLOAD;
use crate::terminal_write::BlockingWriter;
use crate::text::visible;

/// The value that stands for standard input.
const FROM_INPUT: &str = "-";

/// The sign before the name of a file with the value.
const FROM_FILE: char = '@';

/// The places where a secret can come from.
pub(super) trait Secrets {
    /// Asks for a secret on the terminal. Returns `None` if there is no terminal.
    fn ask(&mut self, field: &FieldSpec) -> io::Result<Option<String>>;

    /// Reads standard input to its end.
    fn input(&mut self) -> io::Result<String>;
}

/// Replaces the values `-` and `@FILE` of secrets by what they stand for, and asks for a required secret that is missing,
/// unless the command lacks another field as well. Returns the secrets that were typed on the command line.
pub(super) fn find_secrets(
    command: &mut Command,
    fields: &'static [FieldSpec],
    from: &mut dyn Secrets,
) -> Result<Vec<&'static str>, Failure> {
    let is_given = |field: &FieldSpec| command.fields.contains_key(field.name);
    let is_complete = fields.iter().all(|field| !field.required || field.is_secret() || is_given(field));
    let (mut typed, mut is_read) = (Vec::new(), false);
    for field in fields.iter().filter(|field| field.is_secret()) {
        let ask = |from: &mut dyn Secrets| {
            from.ask(field).map_err(|error| unreadable(field, "the terminal", &error))
        };
        let found = match command.fields.get(field.name).map(String::as_str) {
            None if field.required && is_complete => ask(from)?,
            None => None,
            Some(FROM_INPUT) if is_read => return Err(read_twice(field)),
            Some(FROM_INPUT) => match ask(from)? {
                Some(secret) => Some(secret),
                None => {
                    is_read = true;
                    Some(from.input().map_err(|error| unreadable(field, "standard input", &error))?)
                }
            },
            Some(value) => match value.strip_prefix(FROM_FILE) {
                Some(file) => Some(read_file(file).map_err(|error| unreadable(field, file, &error))?),
                None => {
                    typed.push(field.name);
                    None
                }
            },
        };
        command.fields.extend(found.map(|secret| (field.name.to_owned(), secret)));
    }
    Ok(typed)
}

/// Returns the warning about secrets that were typed on the command line.
pub(super) fn warning(typed: &[&str]) -> Option<String> {
    let first = typed.first()?;
    let were = if typed.len() == 1 { "was" } else { "were" };
    Some(format!(
        "warning: {} {were} typed on the command line, where the history of the shell and the list of processes show it; \
         {first}=- reads it from standard input, {first}=@FILE from a file",
        typed.join(" and ")
    ))
}

fn read_file(file: &str) -> io::Result<String> {
    read_text(&mut File::open(file)?)
}

/// Reads a text without its last line break.
fn read_text(source: &mut dyn Read) -> io::Result<String> {
    let mut text = String::new();
    source.take(LONGEST_PAYLOAD as u64 + 1).read_to_string(&mut text)?;
    if text.len() > LONGEST_PAYLOAD {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is longer than 16 MiB"));
    }
    without_line_break(&mut text);
    Ok(text)
}

fn without_line_break(text: &mut String) {
    let line = text.strip_suffix('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
    if let Some(length) = line.map(str::len) {
        text.truncate(length);
    }
}

fn unreadable(field: &FieldSpec, place: &str, error: &io::Error) -> Failure {
    if crate::cli::stdio::is_interrupted(error) {
        return Failure::interrupted();
    }
    let message = format!("the secret {} cannot be read from {}: {error}", field.name, visible(place));
    let hint = format!(
        "write {0}=- to read it from standard input, or {0}=@FILE to read it from a file",
        field.name
    );
    Failure::usage("unreadable_secret", message, hint)
}

fn read_twice(field: &FieldSpec) -> Failure {
    let message = format!("{} is the second field to be read from standard input", field.name);
    Failure::usage("usage", message, format!("write {}=@FILE to read it from a file", field.name))
}

/// The terminal and the standard input of a run.
pub(super) struct OfRun {
    input: BufReader<Box<dyn Read>>,
    is_terminal: bool,
}

impl OfRun {
    pub(super) fn new(session: &Session) -> Self {
        let is_terminal = session.within.is_none() && io::stdin().is_terminal() && io::stderr().is_terminal();
        Self { input: BufReader::new(session.input()), is_terminal }
    }
}

impl Secrets for OfRun {
    fn ask(&mut self, field: &FieldSpec) -> io::Result<Option<String>> {
        if !self.is_terminal {
            return Ok(None);
        }
        let mut stderr = BlockingWriter(io::stderr());
        write!(stderr, "{} ({}), not shown: ", visible(field.label), visible(field.help))?;
        let _hidden = Hidden::begin()?;
        let mut line = String::new();
        if let Err(error) = self.input.read_line(&mut line) {
            writeln!(stderr)?;
            return Err(error);
        }
        without_line_break(&mut line);
        Ok(Some(line))
    }

    fn input(&mut self) -> io::Result<String> {
        read_text(&mut self.input)
    }
}

/// Keeps the terminal from showing what is typed, until it is dropped.
struct Hidden(Termios);

impl Hidden {
    fn begin() -> io::Result<Self> {
        let before = tcgetattr(rustix::stdio::stdin())?;
        let mut modes = before.clone();
        modes.local_modes.remove(LocalModes::ECHO);
        modes.local_modes.insert(LocalModes::ICANON | LocalModes::ECHONL);
        tcsetattr(rustix::stdio::stdin(), OptionalActions::Flush, &modes)?;
        Ok(Self(before))
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        // A terminal that is gone needs no echo.
        let _ = tcsetattr(rustix::stdio::stdin(), OptionalActions::Now, &self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content_store::FieldKind;

    const FIELDS: &[FieldSpec] = &[
        FieldSpec::required("user", "User", "who unlocks it"),
        FieldSpec::required("pin", "PIN", "of the user").of_kind(FieldKind::Secret),
        FieldSpec::optional("token", "Token", "of the session").of_kind(FieldKind::Secret),
    ];

    /// A terminal on which answers are typed, or standard input without a terminal.
    struct Given {
        answers: Option<Vec<&'static str>>,
        input: &'static str,
    }

    impl Secrets for Given {
        fn ask(&mut self, _: &FieldSpec) -> io::Result<Option<String>> {
            Ok(self.answers.as_mut().map(|answers| answers.remove(0).to_owned()))
        }

        fn input(&mut self) -> io::Result<String> {
            read_text(&mut self.input.as_bytes())
        }
    }

    fn found(fields: &[(&str, &str)], mut given: Given) -> Result<(Command, Vec<&'static str>), Failure> {
        let mut command = Command::new("unlock").with("user", "-");
        command.fields.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let typed = find_secrets(&mut command, FIELDS, &mut given)?;
        assert_eq!(command.fields["user"], "-", "only secrets are read from elsewhere");
        Ok((command, typed))
    }

    #[test]
    fn a_missing_secret_is_asked_for_on_a_terminal_and_stays_missing_without_one() {
        let terminal = || Given { answers: Some(vec!["1234", "abc"]), input: "" };
        let (command, typed) = found(&[], terminal()).unwrap();
        assert_eq!((command.fields["pin"].as_str(), command.fields.len(), typed.len()), ("1234", 2, 0));
        let (command, _) = found(&[("token", "-")], terminal()).unwrap();
        assert_eq!((command.fields["pin"].as_str(), command.fields["token"].as_str()), ("1234", "abc"));
        let (command, _) = found(&[], Given { answers: None, input: "1234" }).unwrap();
        assert!(!command.fields.contains_key("pin"), "input is read only on request");
        let mut incomplete = Command::new("unlock");
        find_secrets(&mut incomplete, FIELDS, &mut terminal()).unwrap();
        assert!(incomplete.fields.is_empty(), "the user is missing, too");
    }

    #[test]
    fn a_secret_is_read_from_standard_input_or_a_file_without_its_last_line_break() {
        let given = |input| Given { answers: None, input };
        for (input, pin) in [("1234\n", "1234"), ("1234\r\n", "1234"), ("12\n34", "12\n34"), ("", "")] {
            assert_eq!(found(&[("pin", "-")], given(input)).unwrap().0.fields["pin"], pin);
        }
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(&file, "from the file\n").unwrap();
        let value = format!("@{}", file.path().display());
        let (command, typed) = found(&[("pin", &value)], given("")).unwrap();
        assert_eq!((command.fields["pin"].as_str(), typed.len()), ("from the file", 0));
    }

    #[test]
    fn a_file_that_cannot_be_read_and_a_second_field_from_standard_input_are_refused() {
        let given = || Given { answers: None, input: "1234" };
        let failure = found(&[("pin", "@/nosuch/file")], given()).unwrap_err();
        assert_eq!(failure.kind, "unreadable_secret");
        assert!(
            failure.message.starts_with("the secret pin cannot be read from /nosuch/file: "),
            "{failure}"
        );
        let failure = found(&[("pin", "-"), ("token", "-")], given()).unwrap_err();
        assert_eq!(failure.message, "token is the second field to be read from standard input");
    }

    #[test]
    fn a_secret_typed_on_the_command_line_is_warned_about_without_showing_it() {
        let (_, typed) = found(&[("pin", "1234")], Given { answers: None, input: "" }).unwrap();
        assert_eq!(typed, ["pin"]);
        let warning = warning(&typed).unwrap();
        assert!(
            warning.contains("pin=- reads it from standard input") && !warning.contains("1234"),
            "{warning}"
        );
        assert_eq!(super::warning(&[]), None);
    }
}
