//! Themes: styles by meaning, and glyphs that carry meaning without colour.
//!
//! Drawing code names a [`Role`], never a colour. Amber and red signal exceptions; nothing is green because all is well. [`Theme::mono`] sends no colour command at all; reverse, bold,
//! underline and glyphs carry the same meaning.

mod colours;
mod glyphs;

use colours::{DARK, LIGHT, Palette};
use ratatui::style::{Color, Modifier, Style};
use strum::VariantArray;

pub use glyphs::{Glyphs, LineGlyphs};

/// The meaning of a piece of the screen, which determines its style.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, VariantArray)]
pub enum Role {
    /// The background of the screen.
    Ground,
    /// Ordinary text.
    Text,
    /// Secondary text: labels, units, times.
    Muted,
    /// Accented text: the product name, active titles.
    Accent,
    /// Text that leads to something else.
    Link,
    /// Names and headings.
    Strong,
    /// The title of the focused pane or layer.
    Title,
    /// The heading of a column.
    Heading,
    /// A border.
    Border,
    /// The border of the focused pane or layer.
    Focus,
    /// The selected row of the focused pane.
    Selection,
    /// The selected row of a pane without the focus.
    Resting,
    /// The mark before the selected row.
    Marker,
    /// The dimmed screen behind a dialog.
    Veil,
    /// The background of a dialog.
    Dialog,
    /// The background of a text field.
    Field,
    /// The text cursor.
    Cursor,
    /// Text that matches the filter.
    Match,
    /// A warning.
    Warning,
    /// The past, which cannot be changed.
    Past,
    /// The part of the past that is over, on its bar.
    Elapsed,
    /// A destructive action or a failure.
    Danger,
    /// An addition in a change.
    Added,
    /// A removal in a change.
    Removed,
    /// A key of a JSON object.
    Key,
    /// A JSON string.
    String,
    /// A JSON number.
    Number,
    /// `true`, `false` or `null`.
    Literal,
    /// The key in a key hint.
    HintKey,
    /// An action that is not available.
    Disabled,
    /// The filled part of a bar.
    Bar,
    /// The filled part of the bar of a projection that lags behind, or of a job that makes no progress.
    Behind,
    /// The empty part of a bar.
    Track,
    /// The empty part of a line.
    LineRest,
    /// The part of a scrollbar that is on screen.
    Thumb,
}

/// The themes by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ThemeName {
    /// 24-bit colours on a dark background.
    #[default]
    Dark,
    /// 24-bit colours on a light background.
    Light,
    /// The terminal's sixteen colours on its default background.
    Sixteen,
    /// No colour.
    Mono,
}

impl ThemeName {
    /// All themes.
    pub const ALL: [Self; 4] = [Self::Dark, Self::Light, Self::Sixteen, Self::Mono];

    /// Returns the theme's name, as used on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dark => "dark",
            Self::Light => "light",
            Self::Sixteen => "sixteen",
            Self::Mono => "mono",
        }
    }

    /// Returns the theme with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.as_str() == name)
    }
}

/// The background of a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Background {
    /// Light text is legible on it.
    Dark,
    /// Dark text is legible on it.
    Light,
}

impl Background {
    /// Returns the background of this colour, whose parts are between 0 and 1.
    pub fn of_rgb(red: f64, green: f64, blue: f64) -> Self {
        // The brightness that people perceive, by the weights of television (Rec. 601).
        let brightness = 0.299 * red + 0.587 * green + 0.114 * blue;
        if brightness > 0.5 { Self::Light } else { Self::Dark }
    }

    /// Returns the theme in 24-bit colours that suits it.
    pub fn theme(self) -> ThemeName {
        match self {
            Self::Dark => ThemeName::Dark,
            Self::Light => ThemeName::Light,
        }
    }
}

/// A style for each role, and glyphs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    styles: [Style; Role::VARIANTS.len()],
    glyphs: Glyphs,
}

impl Theme {
    /// Returns the theme with this name.
    pub fn named(name: ThemeName) -> Self {
        match name {
            ThemeName::Dark => Self::dark(),
            ThemeName::Light => Self::light(),
            ThemeName::Sixteen => Self::sixteen(),
            ThemeName::Mono => Self::mono(),
        }
    }

    /// 24-bit colours on a dark background.
    pub fn dark() -> Self {
        Self::of(|role| rich(&DARK, role))
    }

    /// 24-bit colours on a light background.
    pub fn light() -> Self {
        Self::of(|role| rich(&LIGHT, role))
    }

    /// The terminal's sixteen colours on its default background.
    pub fn sixteen() -> Self {
        Self::of(sixteen)
    }

    /// No colour.
    pub fn mono() -> Self {
        Self { glyphs: Glyphs::UNICODE.with_heavy_focus(), ..Self::of(mono) }
    }

    /// Returns the same theme with ASCII glyphs.
    pub fn ascii(mut self) -> Self {
        self.glyphs = Glyphs::ASCII;
        self
    }

    /// Returns the style of a role.
    pub fn style(&self, role: Role) -> Style {
        self.styles.get(role as usize).copied().unwrap_or_default()
    }

    /// Returns the glyphs.
    pub fn glyphs(&self) -> &Glyphs {
        &self.glyphs
    }

    fn of(style: impl Fn(Role) -> Style) -> Self {
        Self { styles: std::array::from_fn(|index| style(Role::VARIANTS[index])), glyphs: Glyphs::UNICODE }
    }
}

fn rich(palette: &Palette, role: Role) -> Style {
    let ink = |color: Color| Style::new().fg(color);
    match role {
        Role::Ground => ink(palette.text).bg(palette.ground),
        Role::Text => ink(palette.text),
        Role::Muted | Role::Heading => ink(palette.muted),
        Role::Accent => ink(palette.accent),
        Role::Link => ink(palette.accent).add_modifier(Modifier::UNDERLINED),
        Role::Strong => ink(palette.strong).add_modifier(Modifier::BOLD),
        Role::Title | Role::HintKey | Role::Marker => ink(palette.accent).add_modifier(Modifier::BOLD),
        Role::Border => ink(palette.border),
        Role::Focus => ink(palette.accent),
        Role::Selection => Style::new().bg(palette.selection),
        Role::Resting => Style::new().bg(palette.resting),
        Role::Veil => ink(palette.veil).bg(palette.ground).remove_modifier(Modifier::all()),
        Role::Dialog => ink(palette.text).bg(palette.dialog),
        Role::Field => ink(palette.text).bg(palette.field),
        Role::Cursor => ink(palette.ground).bg(palette.accent),
        Role::Match => ink(palette.on_match).bg(palette.match_ground),
        Role::Added => ink(palette.green),
        Role::Warning | Role::Behind => ink(palette.yellow),
        Role::Past => ink(palette.violet).add_modifier(Modifier::BOLD),
        Role::Elapsed => ink(palette.violet),
        Role::Danger | Role::Removed => ink(palette.red),
        Role::Key => ink(palette.key),
        Role::String => ink(palette.string),
        Role::Number => ink(palette.number),
        Role::Literal => ink(palette.literal),
        Role::Disabled => ink(palette.disabled),
        Role::Bar => ink(palette.accent).bg(palette.track),
        Role::Track => ink(palette.track).bg(palette.track),
        Role::LineRest => ink(palette.border),
        Role::Thumb => ink(palette.muted),
    }
}

fn sixteen(role: Role) -> Style {
    let ink = |color: Color| Style::new().fg(color);
    let plain = Style::new();
    match role {
        Role::Ground | Role::Text | Role::Dialog | Role::String => plain,
        Role::Veil => ink(Color::DarkGray).remove_modifier(Modifier::all()),
        Role::Muted
        | Role::Heading
        | Role::Border
        | Role::Disabled
        | Role::Track
        | Role::LineRest
        | Role::Thumb => ink(Color::DarkGray),
        Role::Accent | Role::Focus | Role::Bar => ink(Color::Cyan),
        Role::Link => ink(Color::Cyan).add_modifier(Modifier::UNDERLINED),
        Role::Title | Role::Marker | Role::HintKey => ink(Color::Cyan).add_modifier(Modifier::BOLD),
        Role::Strong => plain.add_modifier(Modifier::BOLD),
        Role::Selection => {
            // Reversed, the ground of a match would become the colour of its text.
            plain.fg(Color::Reset).bg(Color::Reset).add_modifier(Modifier::REVERSED | Modifier::BOLD)
        }
        Role::Resting => plain.add_modifier(Modifier::BOLD),
        Role::Field => plain.add_modifier(Modifier::UNDERLINED),
        Role::Cursor => plain.add_modifier(Modifier::REVERSED),
        Role::Match => ink(Color::Black).bg(Color::Yellow).add_modifier(Modifier::UNDERLINED),
        Role::Added => ink(Color::Green),
        Role::Warning | Role::Behind => ink(Color::Yellow),
        Role::Past => ink(Color::Magenta).add_modifier(Modifier::BOLD),
        Role::Elapsed => ink(Color::Magenta),
        Role::Danger | Role::Removed => ink(Color::Red),
        Role::Key => ink(Color::Cyan),
        Role::Number => ink(Color::Yellow),
        Role::Literal => ink(Color::Magenta),
    }
}

fn mono(role: Role) -> Style {
    let plain = Style::new();
    match role {
        Role::Accent | Role::Strong | Role::Focus | Role::Marker | Role::HintKey | Role::Resting => {
            plain.add_modifier(Modifier::BOLD)
        }
        Role::Warning | Role::Danger | Role::Added | Role::Key | Role::Elapsed => {
            plain.add_modifier(Modifier::BOLD)
        }
        Role::Selection | Role::Title | Role::Past => plain.add_modifier(Modifier::REVERSED | Modifier::BOLD),
        Role::Cursor => plain.add_modifier(Modifier::REVERSED),
        Role::Field | Role::Heading | Role::Link => plain.add_modifier(Modifier::UNDERLINED),
        Role::Match => plain.add_modifier(Modifier::UNDERLINED | Modifier::BOLD),
        Role::Veil => plain.remove_modifier(Modifier::all()),
        _ => plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_monochrome_theme_uses_no_colour() {
        for role in Role::VARIANTS {
            let style = Theme::mono().style(*role);
            assert_eq!((style.fg, style.bg, style.underline_color), (None, None, None), "{role:?}");
        }
    }

    #[test]
    fn selected_resting_and_ordinary_rows_differ_in_every_theme() {
        for theme in ThemeName::ALL.map(Theme::named) {
            let [selected, resting, ordinary] = [Role::Selection, Role::Resting, Role::Text]
                .map(|role| Style::new().patch(theme.style(role)));
            assert_ne!(selected, resting);
            assert_ne!(resting, ordinary);
        }
    }

    #[test]
    fn theme_names_parse_back() {
        for name in ThemeName::ALL {
            assert_eq!(ThemeName::named(name.as_str()), Some(name));
        }
        assert_eq!(ThemeName::named("neon"), None);
    }
}
