//! Help on an app's commands, derived from their declarations.

use std::io;

use serde::Serialize;

use crate::content_store::{App, CommandSpec, FieldKind, FieldSpec};
use crate::error::CommandError;

use super::examples::required_fields;
use super::exit::Failure;
use super::output::Output;
use super::program::Program;
use super::shell;

/// A command, as JSON.
#[derive(Serialize)]
struct Line {
    command: &'static str,
    title: &'static str,
    summary: &'static str,
    fields: Vec<Field>,
}

#[derive(Serialize)]
struct Field {
    field: &'static str,
    kind: &'static str,
    required: bool,
    help: &'static str,
    /// The permitted values, if they are limited.
    choices: Option<&'static [&'static str]>,
    /// The smallest and the largest number, if they are limited.
    #[serde(skip_serializing_if = "Option::is_none")]
    bounds: Option<[i128; 2]>,
    /// The kind of entity that the value refers to, if it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    entity: Option<&'static str>,
}

impl From<&CommandSpec> for Line {
    fn from(spec: &CommandSpec) -> Self {
        let field = |field: &FieldSpec| Field {
            field: field.name,
            kind: field.kind.name(),
            required: field.required,
            help: field.help,
            choices: match field.kind {
                FieldKind::Choice(choices) => Some(choices),
                _ => None,
            },
            bounds: match field.kind {
                FieldKind::IntegerIn { min, max } => Some([min, max]),
                _ => None,
            },
            entity: field.entity(),
        };
        let fields = spec.fields.iter().map(field).collect();
        Self { command: spec.name, title: spec.title, summary: spec.summary, fields }
    }
}

/// Writes the help on one command, or on all of them.
pub(super) fn write(
    out: &mut Output,
    program: &Program,
    app: &dyn App,
    space_name: &str,
    command: Option<&str>,
) -> Result<(), Failure> {
    let Some(name) = command else {
        if out.is_json() {
            return Ok(app.commands().iter().try_for_each(|spec| out.json_line(&Line::from(spec)))?);
        }
        return Ok(write_all(out, program, app, space_name)?);
    };
    let spec = app.commands().iter().find(|spec| spec.name == name).ok_or_else(|| {
        crate::Error::from(CommandError::UnknownCommand {
            app: app.name().to_owned(),
            command: name.to_owned(),
            known: app.commands().iter().map(|spec| spec.name).collect(),
        })
    })?;
    if out.is_json() {
        Ok(out.json_line(&Line::from(spec))?)
    } else {
        Ok(write_one(out, program, space_name, spec)?)
    }
}

fn write_all(out: &mut Output, program: &Program, app: &dyn App, space_name: &str) -> io::Result<()> {
    out.line(&format!("{space_name} runs {}: {}", app.name(), app.summary()))?;
    out.line("")?;
    out.line(&format!(
        "Usage: {} COMMAND [FIELD=VALUE …]",
        shell::command_of(program.name(), "run", &[space_name], "[OPTIONS]")
    ))?;
    out.line("")?;
    out.line("Commands:")?;
    for spec in app.commands() {
        out.line(&format!("  {}", spec.name))?;
        out.line(&format!("      {}", spec.summary))?;
        out.line(&format!("      {}", usage(spec)))?;
    }
    if let Some(first) = app.commands().first() {
        write_examples(out, program, space_name, first)?;
    }
    out.line("")?;
    out.line(&format!(
        "`{}` explains a command's fields, `{} run --help` explains the options.",
        shell::command_of(program.name(), "run", &[space_name, "COMMAND"], "--help"),
        program.name()
    ))
}

fn write_one(out: &mut Output, program: &Program, space_name: &str, spec: &CommandSpec) -> io::Result<()> {
    out.line(&format!("{}: {}", spec.title, spec.summary))?;
    out.line("")?;
    out.line(&format!(
        "Usage: {} {}",
        shell::command_of(program.name(), "run", &[space_name, spec.name], "[OPTIONS]"),
        usage(spec)
    ))?;
    out.line("")?;
    out.line("Fields:")?;
    let rows: Vec<(String, String)> =
        spec.fields.iter().map(|field| (format!("  {}", field.name), explanation(field))).collect();
    let fields: Vec<(&str, String)> = rows.iter().map(|(name, text)| (name.as_str(), text.clone())).collect();
    out.fields(&fields)?;
    write_examples(out, program, space_name, spec)
}

fn write_examples(
    out: &mut Output,
    program: &Program,
    space_name: &str,
    spec: &CommandSpec,
) -> io::Result<()> {
    let line = shell::command_of(program.name(), "run", &[space_name, spec.name], "");
    let fields = required_fields(spec);
    out.line("")?;
    out.line("Examples:")?;
    out.line(&format!("  {line}{fields}"))?;
    out.line(&format!("  {line}{fields} --dry-run"))
}

fn explanation(field: &FieldSpec) -> String {
    let need = if field.required { "required" } else { "optional" };
    match field.kind.form() {
        Some(form) if field.is_secret() => {
            let missing = if field.required { "; asked for if it is missing" } else { "" };
            format!("{need}: {} ({form}; - reads standard input, @FILE a file{missing})", field.help)
        }
        Some(form) => format!("{need}: {} ({form})", field.help),
        None => format!("{need}: {}", field.help),
    }
}

fn usage(spec: &CommandSpec) -> String {
    let fields = spec.fields.iter().map(|field| {
        let pair = format!("{}=…", field.name);
        if field.required { pair } else { format!("[{pair}]") }
    });
    fields.collect::<Vec<_>>().join(" ")
}
