//! The guide to the console: its tables of keys are pressed, and its pictures show the result.
//!
//! A comment such as `<!-- start: demonstration 110x30 dark -->` opens a console. Each row of the tables after it is a step:
//! the title of an action, or text to type, to paste or to click on. The key of an action is filled in. Text in backticks in the last
//! column must be on the screen after the step, or in the clipboard. A picture shows the screen at its place.

use anyhow::{Context, Result, bail, ensure};

use super::player::{Player, Step};
use super::svg;
use super::{Generated, keys};

/// The head of a table of steps.
const HEAD: &str = "| press | action | result |";
/// The folder of the pictures, as the guide names it.
const PICTURES: &str = "pictures/";

/// Returns the guide with its keys, and its pictures.
pub(crate) fn guide(path: &str, text: &str) -> Result<Vec<Generated>> {
    let mut guide = Guide { player: None, in_steps: false, pictures: Vec::new() };
    let mut lines = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        lines.push(guide.line(line).with_context(|| format!("{path}, line {number}: {line}"))?);
    }
    let text = lines.join("\n") + "\n";
    keys::check(&keys::without_reference(&text)?).context(path.to_owned())?;
    let mut files = guide.pictures;
    files.push(Generated { path: path.to_owned(), content: keys::with_reference(&text)? });
    Ok(files)
}

/// The state of reading the guide.
struct Guide {
    player: Option<Player>,
    in_steps: bool,
    pictures: Vec<Generated>,
}

impl Guide {
    /// Follows a line, and returns it with its key.
    fn line(&mut self, line: &str) -> Result<String> {
        if let Some(stage) = line.strip_prefix("<!-- start: ").and_then(|rest| rest.strip_suffix(" -->")) {
            self.player = Some(Player::start(stage)?);
        }
        if let Some((title, name)) = picture(line) {
            let player = self.player.as_ref().context("no console was started")?;
            let content = svg::picture(title, &player.draw());
            self.pictures.push(Generated { path: format!("guides/{PICTURES}{name}"), content });
        }
        self.in_steps = line.starts_with('|') && (self.in_steps || line == HEAD);
        let is_step = self.in_steps && line != HEAD && !line.starts_with("|---");
        if is_step { self.step(line) } else { Ok(line.to_owned()) }
    }

    fn step(&mut self, line: &str) -> Result<String> {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [press, action, result] = cells.as_slice() else { bail!("a step has three cells") };
        let player = self.player.as_mut().context("no console was started")?;
        let step = step(press, action)?;
        let shown = player.take(step)?;
        let press = match step {
            Step::Action(_, 1) => format!("`{shown}`"),
            Step::Action(_, times) => format!("`{shown}` × {times}"),
            _ => (*press).to_owned(),
        };
        for text in result.split('`').skip(1).step_by(2) {
            ensure!(
                player.shows(text),
                "{text} is neither on the screen nor in the clipboard:\n{}",
                player.screen()
            );
        }
        Ok(format!("| {press} | {action} | {result} |"))
    }
}

/// Reads the first two cells of a step.
fn step<'a>(press: &'a str, action: &'a str) -> Result<Step<'a>> {
    let quoted = || press.split('`').nth(1).context("the text is in backticks");
    Ok(match action {
        "*type*" => Step::Text(quoted()?),
        "*paste*" => Step::Paste,
        "*click*" => Step::Click(quoted()?),
        "*double click*" => Step::DoubleClick(quoted()?),
        title => {
            let times = press.split_once("× ").map_or(Ok(1), |(_, times)| times.parse());
            Step::Action(title, times.context("a number of times follows ×")?)
        }
    })
}

/// Returns the description and the file name of a picture of the console.
fn picture(line: &str) -> Option<(&str, &str)> {
    let (title, target) = line.strip_prefix("![")?.split_once("](")?;
    Some((title, target.strip_suffix(')')?.strip_prefix(PICTURES)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: &str =
        "<!-- start: demonstration 80x24 mono -->\n| press | action | result |\n|---|---|---|\n";

    fn written(rows: &str) -> Result<String> {
        let text = format!("{START}{rows}\n<!-- keys: begin -->\n<!-- keys: end -->\n");
        Ok(guide("guide.md", &text)?.remove(0).content)
    }

    fn error(rows: &str) -> String {
        format!("{:#}", written(rows).unwrap_err())
    }

    #[test]
    fn keys_are_filled_in_by_the_titles_of_their_actions() {
        let text = written("| | events | `2 Events` |\n| `?` × 3 | down | |").unwrap();
        assert!(text.contains("| `2` | events | `2 Events` |\n| `j` × 3 | down |  |"), "{text}");
    }

    #[test]
    fn a_step_that_the_console_does_not_take_is_found() {
        assert!(error("| `R` | rebild | |").contains("no action here is called \"rebild\""));
        assert!(
            error("| `R` | rebuild | `no such text` |")
                .contains("neither on the screen nor in the clipboard")
        );
        assert!(error("| `C` | catch-up | |").contains("catch-up is unavailable: "));
        assert!(error("| `no such text` | *click* | |").contains("is not on the screen"));
    }
}
