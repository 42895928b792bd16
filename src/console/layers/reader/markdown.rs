//! Markdown as lines on screen: headings, paragraphs, lists, tables and code. Pictures and comments are not shown.

use crate::console::layers::reader::table;
use crate::console::theme::Role;
use crate::console::widgets::pen::{Piece, piece};
use crate::console::widgets::text::{wrap, wrap_preformatted};

pub(super) type Line = Vec<Piece<'static>>;

/// A text in lines.
#[derive(Debug)]
pub(super) struct Wrapped {
    /// The lines.
    pub lines: Vec<Line>,
    /// The lines at which sections begin.
    pub sections: Vec<usize>,
}

/// Returns a text in lines of at most this many cells.
pub(super) fn wrapped(text: &str, cells: u16) -> Wrapped {
    let mut page = Page {
        lines: Vec::new(),
        sections: Vec::new(),
        paragraph: String::new(),
        indent: 0,
        rows: Vec::new(),
        cells,
    };
    let mut is_code = false;
    let mut is_comment = false;
    for line in text.lines() {
        let bare = line.trim_start();
        if is_code || !bare.starts_with('|') {
            page.end_table();
        }
        if bare.starts_with("```") {
            page.end_paragraph();
            is_code = !is_code;
        } else if is_code {
            page.preformatted(line, Role::Key);
        } else if is_comment || bare.starts_with("<!--") {
            is_comment = !bare.ends_with("-->");
        } else {
            page.add(line);
        }
    }
    page.end_paragraph();
    page.end_table();
    while page.lines.last().is_some_and(Vec::is_empty) {
        page.lines.pop();
    }
    Wrapped { lines: page.lines, sections: page.sections }
}

struct Page {
    lines: Vec<Line>,
    sections: Vec<usize>,
    paragraph: String,
    /// The indentation of the paragraph's lines after the first.
    indent: usize,
    /// The rows of the table so far.
    rows: Vec<Vec<String>>,
    cells: u16,
}

impl Page {
    fn add(&mut self, line: &str) {
        let bare = line.trim_start();
        if bare.is_empty() || bare.starts_with("![") {
            self.end_paragraph();
            self.blank();
        } else if bare.starts_with('#') {
            self.end_paragraph();
            self.blank();
            self.sections.push(self.lines.len());
            let heading = plain(bare.trim_start_matches('#').trim_start());
            let lines = wrap(&heading, self.cells).into_iter();
            self.lines.extend(lines.map(|text| vec![piece(text, Role::Heading)]));
        } else if bare.starts_with('|') {
            self.end_paragraph();
            self.table_row(bare);
        } else if is_item(bare) {
            self.end_paragraph();
            self.indent = line.len() - bare.len() + 2;
            self.paragraph.push_str(bare);
        } else {
            if !self.paragraph.is_empty() {
                self.paragraph.push(' ');
            }
            self.paragraph.push_str(bare);
        }
    }

    fn blank(&mut self) {
        if self.lines.last().is_some_and(|line| !line.is_empty()) {
            self.lines.push(Vec::new());
        }
    }

    fn end_paragraph(&mut self) {
        let text = plain(&std::mem::take(&mut self.paragraph));
        let indent = std::mem::take(&mut self.indent);
        let cells = self.cells.saturating_sub(u16::try_from(indent).unwrap_or(u16::MAX)).max(1);
        for (index, line) in wrap(&text, cells).into_iter().enumerate() {
            let before = if index == 0 { indent.saturating_sub(2) } else { indent };
            self.lines.push(vec![piece(" ".repeat(before) + &line, Role::Text)]);
        }
    }

    fn table_row(&mut self, line: &str) {
        let is_rule = line.chars().all(|letter| matches!(letter, '|' | '-' | ':' | ' '));
        if !is_rule {
            self.rows.push(line.trim_matches('|').split('|').map(|cell| plain(cell.trim())).collect());
        }
    }

    fn end_table(&mut self) {
        let rows = std::mem::take(&mut self.rows);
        self.lines.extend(table::lines(&rows, self.cells));
    }

    fn preformatted(&mut self, line: &str, role: Role) {
        let lines = wrap_preformatted(line, self.cells).into_iter();
        self.lines.extend(lines.map(|text| vec![piece(text, role)]));
    }
}

fn is_item(text: &str) -> bool {
    let numbered = text.trim_start_matches(|letter: char| letter.is_ascii_digit());
    text.starts_with("- ")
        || text.starts_with("* ")
        || (numbered.len() < text.len() && numbered.starts_with(". "))
}

/// Returns a text without the marks of emphasis and code, and with links as their text.
fn plain(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, link)) = rest.split_once('[') {
        shown.push_str(before);
        match link.split_once("](").and_then(|(name, behind)| Some((name, behind.split_once(')')?.1))) {
            Some((name, behind)) if !name.contains(']') => {
                shown.push_str(name);
                rest = behind;
            }
            _ => {
                shown.push('[');
                rest = link;
            }
        }
    }
    shown.push_str(rest);
    shown.replace("**", "").replace('`', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guide_is_wrapped_without_its_marks() {
        let text = "# A title\n\nOne [link](a.md) and\n`code`.\n\n![x](y)\n<!-- no\nnote -->\n- an item that is\n  long\n\n```sh\nls  -l\n```\n| a | b |\n|---|---|\n| 1 | **2** |\n";
        let page = wrapped(text, 14);
        let shown: Vec<String> =
            page.lines.iter().map(|line| line.iter().map(|piece| piece.text()).collect()).collect();
        let expected = [
            "A title",
            "",
            "One link and",
            "code.",
            "",
            "- an item",
            "  that is long",
            "",
            "ls  -l",
            "a  b",
            "1  2",
        ];
        assert_eq!(shown, expected);
        assert_eq!(page.sections, [0]);
    }
}
