//! The keys in a text: the reference of all keys is written, and the keys named in sentences are checked.

use anyhow::{Context, Result, bail};
use ramax::console::app::action::{Section, Spec};
use ramax::console::app::bindings::Bindings;
use ramax::console::app::context::KeyContext;
use ramax::console::app::table::table;

const BEGIN: &str = "<!-- keys: begin -->\n";
const END: &str = "<!-- keys: end -->\n";

/// Returns a text with the reference of all keys at its place.
pub(crate) fn with_reference(text: &str) -> Result<String> {
    super::between(text, BEGIN, END, &reference())
}

/// Returns a text without that reference.
pub(crate) fn without_reference(text: &str) -> Result<String> {
    super::between(text, BEGIN, END, "")
}

/// Lists all actions by section: their keys, their titles, the places where they work, and their names in the settings.
fn reference() -> String {
    let mut text = String::new();
    for section in Section::ALL {
        let mut rows: Vec<&Spec> = table().filter(|spec| spec.section == section).collect();
        rows.sort_by_key(|spec| spec.action);
        text += &format!(
            "\n### {}\n\n| keys | action | effect | in | setting |\n|---|---|---|---|---|\n",
            section.title()
        );
        for spec in rows {
            let keys: Vec<String> = shown(spec).iter().map(|key| format!("`{key}`")).collect();
            text += &format!(
                "| {} | {} | {} | {} | `{}` |\n",
                keys.join(" "),
                spec.title,
                spec.description,
                places(spec),
                spec.action.name()
            );
        }
    }
    text + "\n"
}

/// Returns the keys of a row of the table of actions, as shown.
fn shown(spec: &Spec) -> Vec<String> {
    let bindings = Bindings::default();
    let here = KeyContext::ALL.iter().find(|here| (spec.contexts)(**here));
    let keys = here.map_or_else(Vec::new, |here| bindings.keys(spec, *here));
    keys.into_iter().map(|key| bindings.shown(key)).collect()
}

/// Lists the contexts of an action, those of all panes in two words.
fn places(spec: &Spec) -> String {
    use KeyContext::{Checkpoints, Events, Jobs, Projections, Spaces};
    let panes = [Spaces, Events, Projections, Checkpoints, Jobs];
    let is_in_all_panes = panes.iter().all(|pane| (spec.contexts)(*pane));
    let mut places = if is_in_all_panes { vec!["all panes".to_owned()] } else { Vec::new() };
    for here in KeyContext::ALL.iter().filter(|here| (spec.contexts)(**here)) {
        let place = here.title().to_lowercase();
        let is_listed = places.contains(&place) || (is_in_all_panes && panes.contains(here));
        if !is_listed {
            places.push(place);
        }
    }
    places.join(", ")
}

/// Checks that each key in a sentence is followed by the title of an action that has it: `` `R` (rebuild) ``.
pub(crate) fn check(text: &str) -> Result<()> {
    let all: Vec<(Vec<String>, &str)> = table().map(|spec| (shown(spec), spec.title)).collect();
    let is_letter = |quoted: &str| quoted.chars().count() == 1 && quoted.chars().all(char::is_alphabetic);
    let is_key =
        |quoted: &str| is_letter(quoted) || all.iter().any(|(keys, _)| keys.iter().any(|key| key == quoted));
    let mut in_block = false;
    for (number, line) in (1..).zip(text.lines()) {
        let is_fence = line.starts_with("```");
        in_block ^= is_fence;
        if in_block || is_fence {
            continue;
        }
        let mut parts = line.split('`').skip(1);
        while let Some(quoted) = parts.next() {
            let after = parts.next().unwrap_or_default();
            if !is_key(quoted) {
                continue;
            }
            let title = title(after)
                .with_context(|| format!("line {number}: no action follows the key `{quoted}`"))?;
            let has_key =
                |(keys, of): &(Vec<String>, &str)| *of == title && keys.iter().any(|key| key == quoted);
            if !all.iter().any(has_key) {
                bail!("line {number}: `{quoted}` is not a key of {title}");
            }
        }
    }
    Ok(())
}

/// Returns the title of an action that follows a key: in brackets, or in the next cell of a table.
fn title(after: &str) -> Option<&str> {
    if let Some(rest) = after.strip_prefix(" (") {
        return rest.split([')', ',']).next();
    }
    let cell = after.split_once("| ")?;
    cell.1.split(" |").next().map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_in_a_sentence_belongs_to_the_action_that_follows_it() {
        let error = |text: &str| check(text).err().map(|error| error.to_string()).unwrap_or_default();
        assert_eq!(error("Press `R` (rebuild), or `⏎` (open). `crm_acme` is a space.\n```sh\n`R`\n```"), "");
        assert_eq!(error("\nPress `V` (rebuild)."), "line 2: `V` is not a key of rebuild");
        assert_eq!(error("Press `R`."), "line 1: no action follows the key `R`");
        assert_eq!(error("| `R` | verify | it verifies |"), "line 1: `R` is not a key of verify");
    }

    #[test]
    fn the_reference_lists_every_action_once_for_each_meaning() {
        let text = reference();
        assert!(text.contains(
            "| `R` | rebuild | Replay the space's events into a new projection | all panes | `rebuild` |"
        ));
        assert_eq!(text.lines().filter(|line| line.starts_with("| `")).count(), table().count());
    }
}
