//! The README: a picture that moves, and the text of the demonstration for readers who cannot see it.

use anyhow::{Context, Result};

use super::player::{Player, Step};
use super::svg::{Scene, animation};
use super::{Generated, PICTURES, between, demonstration, keys};

use Step::{Action, Text};

/// The console of the picture.
const STAGE: &str = "demonstration 120x34 dark";

const TITLE: &str = "The console of ramax on four tenants in one file, operated by keys";

/// The scenes: steps, and a sentence about the screen after them. Each continues from the one before.
const STORY: &[(&[Step<'_>], &str)] = &[
    (&[Action("events", 1)], "Four tenants in one file. Each has events and projections of its own."),
    (
        &[
            Action("new command", 1),
            Action("accept", 1),
            Text("c100"),
            Action("next field", 1),
            Text("Ada King"),
            Action("next field", 1),
            Text("ada@acme.example"),
        ],
        "A form for every command. It shows the event before anything is written.",
    ),
    (
        &[Action("execute", 1), Action("open", 1)],
        "Sent: the event has arrived, with the operator who caused it.",
    ),
    (
        &[
            Action("back", 1),
            Action("filter", 1),
            Text("type:*.updated payload.email~mail"),
            Action("accept", 1),
        ],
        "A query finds events by type, entity, time, and any field.",
    ),
    (
        &[Action("back", 1), Action("checkpoints", 1), Action("down", 3)],
        "Which projection is behind, by how much, since when, and why?",
    ),
    (&[Action("rebuild", 1)], "Every operation shows its plan first, and the command that does the same."),
    (&[Action("yes", 1), Action("jobs", 1)], "A rebuild replays one tenant. The others keep working."),
    (
        &[Action("spaces", 1), Action("palette", 1), Text("verify")],
        "Any action, space, entity or key by a few letters.",
    ),
    (
        &[Action("back", 1), Action("delete", 1), Text("crm_acme")],
        "A delete shows what would be lost, and asks for the name.",
    ),
    (&[Action("back", 1), Action("help", 1)], "Every key that works here, and a dozen words explained."),
];

/// Returns the moving picture.
pub(crate) fn picture() -> Result<Generated> {
    let mut player = Player::start(STAGE)?;
    let mut scenes = Vec::new();
    for (steps, caption) in STORY {
        let mut keys = Vec::new();
        for step in *steps {
            let shown = player.take(*step).with_context(|| format!("the scene {caption:?}"))?;
            let times = if let Action(_, times) = step { *times } else { 1 };
            keys.extend(std::iter::repeat_n(shown, times));
        }
        scenes.push(Scene { keys, caption: (*caption).to_owned(), buffer: player.draw() });
    }
    Ok(Generated { path: format!("{PICTURES}/console.svg"), content: animation(TITLE, &scenes) })
}

const BEGIN: &str = "<!-- demo: begin -->\n";
const END: &str = "<!-- demo: end -->\n";
const OPEN: &str = "<details>\n<summary>What <code>ramax demo --plain</code> prints</summary>\n\n```text\n";
const CLOSE: &str = "```\n\n</details>\n";

/// Returns the page with the text of the demonstration at its place.
pub(crate) fn page(path: &str, text: &str, new: &str) -> Result<Generated> {
    keys::check(text).context(path.to_owned())?;
    let old = text.split_once(OPEN).and_then(|(_, rest)| rest.split_once(CLOSE)).map_or("", |(old, _)| old);
    let details = [OPEN, &demonstration::kept(old, new), CLOSE].concat();
    Ok(Generated { path: path.to_owned(), content: between(text, BEGIN, END, &details)? })
}
