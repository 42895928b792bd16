//! Differences between stored and derived values, grouped by field, on the command line.

use std::io;

use serde::Serialize;

use crate::json::Json;
use crate::operations::{DifferenceExample, DifferenceGroup, DifferenceGroups};
use crate::text::{counted, excerpt};

use super::output::Output;

/// The most characters of a value that are shown.
const VALUE: usize = 60;

/// A group, as JSON.
#[derive(Serialize)]
struct Line<'a> {
    finding: &'static str,
    #[serde(flatten)]
    group: &'a DifferenceGroup,
}

/// Writes each group with its examples.
pub(super) fn write_groups(out: &mut Output, groups: &DifferenceGroups) -> io::Result<()> {
    for group in groups.groups() {
        if out.is_json() {
            out.json_line(&Line { finding: "differences", group: &group })?;
            continue;
        }
        out.line(&format!(
            "{}  {} {}",
            group.title(),
            counted(group.count, "difference", "differences"),
            of_spaces(&group)
        ))?;
        for example in &group.examples {
            out.line(&format!("  {}", line(example, group.spaces > 1)))?;
        }
    }
    Ok(())
}

fn of_spaces(group: &DifferenceGroup) -> String {
    match group.spaces {
        0 | 1 => group.kind.title().to_owned(),
        spaces => format!("{} in {}", group.kind.title(), counted(spaces, "space", "spaces")),
    }
}

fn line(example: &DifferenceExample, names_space: bool) -> String {
    let DifferenceExample { space_name, key, path, before, after } = example;
    let space = if names_space { format!("{space_name} ") } else { String::new() };
    format!("{space}{key}{path}: {} → {}", value(before.as_ref()), value(after.as_ref()))
}

fn value(value: Option<&Json>) -> String {
    value.map_or_else(|| "nothing".to_owned(), |value| excerpt(value.as_str(), VALUE))
}
