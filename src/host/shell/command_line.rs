//! Command lines as data.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use super::{command_of, option};

/// A command of the program: its words, the names it works on, and its options.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CommandLine {
    words: &'static str,
    names: Vec<Argument>,
    options: Vec<(&'static str, Option<Argument>)>,
}

/// A name, or the value of an option.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Argument {
    Text(String),
    File(PathBuf),
}

impl Argument {
    fn text(&self, directory: Option<&Path>) -> Cow<'_, str> {
        match (self, directory) {
            (Self::Text(text), _) => text.as_str().into(),
            (Self::File(file), None) => file.to_string_lossy(),
            (Self::File(file), Some(directory)) => directory.join(file).to_string_lossy().into_owned().into(),
        }
    }
}

impl CommandLine {
    /// A command without names and options: `spaces list`.
    pub(crate) fn of(words: &'static str) -> Self {
        Self { words, names: Vec::new(), options: Vec::new() }
    }

    /// Adds a name that it works on.
    pub(crate) fn name(mut self, name: &str) -> Self {
        self.names.push(Argument::Text(name.to_owned()));
        self
    }

    /// Adds a file that it works on.
    pub(crate) fn file(mut self, file: &Path) -> Self {
        self.names.push(Argument::File(file.to_owned()));
        self
    }

    /// Adds an option with a value.
    pub(crate) fn option(self, name: &'static str, value: &str) -> Self {
        self.option_if(name, Some(value))
    }

    /// Adds an option with a value, if there is one.
    pub(crate) fn option_if(mut self, name: &'static str, value: Option<&str>) -> Self {
        self.options.extend(value.map(|value| (name, Some(Argument::Text(value.to_owned())))));
        self
    }

    /// Adds the option that names an entity.
    pub(crate) fn entity(self, entity_id: &str) -> Self {
        let (name, value) = super::entity(entity_id);
        self.option(name, &value)
    }

    /// Adds an option with a file, if there is one.
    pub(crate) fn file_if(mut self, name: &'static str, file: Option<&Path>) -> Self {
        self.options.extend(file.map(|file| (name, Some(Argument::File(file.to_owned())))));
        self
    }

    /// Adds an option without a value, if it is set.
    pub(crate) fn flag(mut self, name: &'static str, is_set: bool) -> Self {
        self.options.extend(is_set.then_some((name, None)));
        self
    }

    /// Returns true if it works on a file besides the database.
    pub(crate) fn names_a_file(&self) -> bool {
        let values = self.options.iter().filter_map(|(_, value)| value.as_ref());
        self.names.iter().chain(values).any(|argument| matches!(argument, Argument::File(_)))
    }

    /// Returns true if a shell can pass its names and values: none of them contains a NUL.
    pub(crate) fn is_possible(&self) -> bool {
        let values = self.options.iter().filter_map(|(_, value)| value.as_ref());
        !self.names.iter().chain(values).any(|argument| argument.text(None).contains('\0'))
    }

    /// Formats it as a command of the program with this name, with relative file names resolved against a directory.
    pub(crate) fn in_shell(&self, program: &str, directory: Option<&Path>) -> String {
        let names: Vec<Cow<'_, str>> = self.names.iter().map(|name| name.text(directory)).collect();
        let names: Vec<&str> = names.iter().map(|name| &**name).collect();
        let options: Vec<String> = self
            .options
            .iter()
            .map(|(name, value)| match value {
                Some(value) => option(name, &value.text(directory)),
                None => (*name).to_owned(),
            })
            .collect();
        command_of(program, self.words, &names, &options.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_quotes_its_parts_and_resolves_file_names() {
        let line = CommandLine::of("export").name("crm a").file_if("--output", Some(Path::new("a.jsonl")));
        assert_eq!(line.in_shell("ramax", None), "ramax export 'crm a' --output a.jsonl");
        let resolved = line.flag("--force", true).in_shell("ramax", Some(Path::new("/srv")));
        assert_eq!(resolved, "ramax export 'crm a' --output /srv/a.jsonl --force");
    }

    #[test]
    fn a_command_with_a_nul_is_impossible_unless_it_names_an_entity() {
        assert!(!CommandLine::of("projections get").name("crm").name("contact:c\u{0}1").is_possible());
        assert!(!CommandLine::of("rebuild").option("--projection", "c\u{0}1").is_possible());
        let line = CommandLine::of("events list").name("crm").entity("c\u{0}1");
        assert!(line.is_possible());
        assert_eq!(line.in_shell("ramax", None), r#"ramax events list crm --entity-json "\"c\\u00001\"""#);
    }

    #[test]
    fn a_name_that_looks_like_an_option_follows_two_hyphens() {
        let line = CommandLine::of("rebuild").name("--all").option("--projection", "-p");
        assert_eq!(line.in_shell("ramax", None), "ramax rebuild --projection=-p -- --all");
    }
}
