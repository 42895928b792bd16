//! The characters of lines, marks and bars.

/// The line characters of a box.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineGlyphs {
    /// `─`
    pub horizontal: &'static str,
    /// `│`
    pub vertical: &'static str,
    /// The corners: top left, top right, bottom left, bottom right.
    pub corners: [&'static str; 4],
}

/// All characters of a screen other than text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Glyphs {
    /// A pane's border.
    pub lines: LineGlyphs,
    /// The border of the pane that has the focus.
    pub focus: LineGlyphs,
    /// Before the selected row.
    pub marker: &'static str,
    /// In place of text that was cut off.
    pub ellipsis: &'static str,
    /// Between the parts of a path.
    pub separator: &'static str,
    /// Between the parts of a sentence.
    pub dot: &'static str,
    /// From before to after.
    pub arrow: &'static str,
    /// After the head of a column by which a list is sorted: lowest first, highest first.
    pub sorted: [&'static str; 2],
    /// Before something unfolded.
    pub open: &'static str,
    /// Before something folded.
    pub closed: &'static str,
    /// The lines of a tree: past a branch, to a branch, and to the last one.
    pub tree: [&'static str; 3],
    /// The file is being watched.
    pub live: &'static str,
    /// The file is not being watched.
    pub paused: &'static str,
    /// The past.
    pub past: &'static str,
    /// The place in the past that is shown.
    pub playhead: &'static str,
    /// The start of a day.
    pub day: &'static str,
    /// A paused job.
    pub held: &'static str,
    /// A row that is marked.
    pub mark: &'static str,
    /// Success.
    pub done: &'static str,
    /// Failure.
    pub failed: &'static str,
    /// A warning.
    pub warning: &'static str,
    /// Around an unavailable item, in themes that do not show it by colour.
    pub disabled: [&'static str; 2],
    /// One cell of a bar, from one eighth full to full.
    pub eighths: &'static [&'static str],
    /// One cell of a column, from lowest to full.
    pub levels: &'static [&'static str],
    /// The rest of a bar.
    pub track: &'static str,
    /// A bar drawn as a line: a full cell, a half cell and an empty one.
    pub line: [&'static str; 3],
    /// The part of a scrollbar that is on screen.
    pub thumb: &'static str,
}

const ROUND: LineGlyphs =
    LineGlyphs { horizontal: "─", vertical: "│", corners: ["╭", "╮", "╰", "╯"] };
const HEAVY: LineGlyphs =
    LineGlyphs { horizontal: "━", vertical: "┃", corners: ["┏", "┓", "┗", "┛"] };
const ASCII_LINES: LineGlyphs = LineGlyphs { horizontal: "-", vertical: "|", corners: ["+", "+", "+", "+"] };
const ASCII_FOCUS: LineGlyphs = LineGlyphs { horizontal: "=", vertical: "|", corners: ["#", "#", "#", "#"] };

impl Glyphs {
    /// Rounded borders and block elements.
    pub const UNICODE: Self = Self {
        lines: ROUND,
        focus: ROUND,
        marker: "▌",
        ellipsis: "…",
        separator: "›",
        dot: "·",
        arrow: "→",
        sorted: ["↑", "↓"],
        open: "▾",
        closed: "▸",
        tree: ["│", "├", "└"],
        live: "●",
        paused: "○",
        past: "◂",
        playhead: "▲",
        day: "┬",
        held: "‖",
        mark: "◆",
        done: "✓",
        failed: "✗",
        warning: "▲",
        disabled: ["", ""],
        eighths: &["▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"],
        levels: &["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
        track: " ",
        line: ["━", "╸", "─"],
        thumb: "┃",
    };

    /// ASCII only.
    pub const ASCII: Self = Self {
        lines: ASCII_LINES,
        focus: ASCII_FOCUS,
        marker: ">",
        ellipsis: "..",
        separator: ">",
        dot: "-",
        arrow: "->",
        sorted: ["^", "v"],
        open: "-",
        closed: "+",
        tree: ["|", "|", "`"],
        live: "*",
        paused: "o",
        past: "<",
        playhead: "^",
        day: "|",
        held: "=",
        mark: "+",
        done: "ok",
        failed: "x",
        warning: "!",
        disabled: ["(", ")"],
        eighths: &["#"],
        levels: &[".", ":", "+", "#"],
        track: ".",
        line: ["=", "-", "."],
        thumb: "#",
    };

    /// Returns the glyphs with a heavy border for the focus, so that it is visible without colour.
    pub const fn with_heavy_focus(self) -> Self {
        Self { focus: HEAVY, marker: ">", track: "░", disabled: ["(", ")"], ..self }
    }
}
