//! Checking the declarations of an app, for its tests.

use std::collections::HashSet;
use std::fmt;

use super::deserialize::{ArgumentError, UNKNOWN};
use super::{App, Arguments, CommandSpec, FieldKind, FieldSpec};
use crate::content_store::upcasting;

/// A fault in the declarations of an app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppProblem {
    /// The command, if the fault is in one.
    pub command: Option<&'static str>,
    /// The field, if the fault is in one.
    pub field: Option<&'static str>,
    /// The reason.
    pub reason: String,
}

impl fmt::Display for AppProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for name in self.command.iter().chain(&self.field) {
            write!(f, "{name}: ")?;
        }
        f.write_str(&self.reason)
    }
}

/// Checks the declarations of an app, for a test of it: names are unique, and every struct of a command accepts each
/// value that its fields declare, including every choice, the bounds of numbers and absent optional fields; and the
/// upcasters lead from each version of an event to a type of the app. No command is decided.
///
/// ```
/// use ramax::{apps::Crm, content_store::check_app};
/// assert_eq!(check_app(&Crm), []);
/// ```
pub fn check_app(app: &dyn App) -> Vec<AppProblem> {
    let mut problems = Vec::new();
    let names = [("name", app.name()), ("space prefix", app.space_prefix())];
    for (what, _) in names.into_iter().filter(|(_, text)| text.is_empty()) {
        problems.push(AppProblem { command: None, field: None, reason: format!("the {what} is empty") });
    }
    for twice in duplicates(app.event_types().iter().copied()) {
        let reason = format!("the event type {twice} is listed twice");
        problems.push(AppProblem { command: None, field: None, reason });
    }
    if let Err(reason) = upcasting::check(app.upcasters(), app.event_types()) {
        problems.push(AppProblem { command: None, field: None, reason });
    }
    for twice in duplicates(app.commands().iter().map(|spec| spec.name)) {
        let reason = "there are two commands of this name".to_owned();
        problems.push(AppProblem { command: Some(twice), field: None, reason });
    }
    for spec in app.commands() {
        let found = check_fields(spec).into_iter().chain(check_struct(spec));
        for ArgumentError { field, reason } in found {
            let problem = AppProblem { command: Some(spec.name), field, reason };
            if !problems.contains(&problem) {
                problems.push(problem);
            }
        }
    }
    problems
}

fn duplicates(names: impl Iterator<Item = &'static str>) -> Vec<&'static str> {
    let mut seen = HashSet::new();
    names.filter(|name| !seen.insert(*name)).collect()
}

/// Checks the declared fields by themselves.
fn check_fields(spec: &CommandSpec) -> Vec<ArgumentError> {
    let twice = duplicates(spec.fields.iter().map(|field| field.name)).into_iter();
    let mut problems: Vec<_> = twice.map(|name| problem(name, "there are two fields of this name")).collect();
    for field in spec.fields {
        match field.kind {
            FieldKind::Choice([]) => problems.push(problem(field.name, "it has no choices")),
            FieldKind::IntegerIn { min, max } if min > max => {
                problems.push(problem(field.name, "its bounds exclude every number"));
            }
            FieldKind::Reference("") => problems.push(problem(field.name, "it names no kind of entity")),
            _ => {}
        }
    }
    problems
}

fn problem(field: &'static str, reason: &str) -> ArgumentError {
    ArgumentError { field: Some(field), reason: reason.to_owned() }
}

/// Reads samples of every field into the command's struct, if it has one.
fn check_struct(spec: &'static CommandSpec) -> Vec<ArgumentError> {
    let Some(try_read) = spec.try_read else { return Vec::new() };
    let unknown = |field: &'static FieldSpec| {
        try_read(&Arguments::unchecked(vec![(field, "")])).err().filter(|error| error.reason == UNKNOWN)
    };
    let (mut problems, mut samples) = (Vec::new(), Vec::<(&'static FieldSpec, Vec<String>)>::new());
    for field in spec.fields {
        match unknown(field) {
            Some(problem) => problems.push(problem),
            None => samples.push((field, self::samples(field.kind))),
        }
    }
    let mut read = |arguments: Vec<(&'static FieldSpec, &str)>| {
        problems.extend(try_read(&Arguments::unchecked(arguments)).err());
    };
    let first = |(field, values): &(&'static FieldSpec, Vec<String>)| (*field, values.first().cloned());
    let firsts: Vec<(&'static FieldSpec, Option<String>)> = samples.iter().map(first).collect();
    let given = || firsts.iter().filter_map(|(field, value)| Some((*field, value.as_deref()?)));
    read(given().collect());
    read(given().filter(|(field, _)| field.required).collect());
    for (field, values) in &samples {
        for value in values.iter().skip(1) {
            let others = given().filter(|(other, _)| other.name != field.name);
            read([(*field, value.as_str())].into_iter().chain(others).collect());
        }
    }
    problems
}

/// Returns valid values at the edges of a kind. JSON has none, since its struct may require any form.
fn samples(kind: FieldKind) -> Vec<String> {
    let texts: &[&str] = match kind {
        FieldKind::Choice(choices) => choices,
        FieldKind::IntegerIn { min, max } => return vec![min.to_string(), max.to_string()],
        FieldKind::Line | FieldKind::Text | FieldKind::Reference(_) | FieldKind::Secret => &["sample"],
        FieldKind::Integer => &["0", "-1", "123456789012345678901234567890123456789012345"],
        FieldKind::Decimal => &["0", "-12.50", "0.1234567890123456789012345678901234567890"],
        FieldKind::Boolean => &["true", "false"],
        FieldKind::Date => &["2026-11-29", "0000-01-01", "9999-12-31"],
        FieldKind::Time => &["2026-11-29T10:00:00Z", "2026-11-29T10:00:00.123+01:00"],
        FieldKind::Json => &[],
    };
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content_store::check_field;

    #[test]
    fn every_sample_is_a_valid_value_of_its_kind() {
        let kinds = [
            FieldKind::Line,
            FieldKind::Text,
            FieldKind::Integer,
            FieldKind::IntegerIn { min: -5, max: i128::MAX },
            FieldKind::Decimal,
            FieldKind::Boolean,
            FieldKind::Date,
            FieldKind::Time,
            FieldKind::Choice(&["a", "b"]),
            FieldKind::Reference("contact"),
            FieldKind::Secret,
        ];
        for kind in kinds {
            let field = FieldSpec::required("field", "Field", "any").of_kind(kind);
            for sample in samples(kind) {
                assert!(check_field(&field, &sample).is_ok(), "{kind:?} {sample}");
            }
        }
    }
}
