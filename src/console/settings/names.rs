//! The names of the values that a setting can have, as written in the file.

use crate::console::settings::{EventColumn, GlyphSet, Notifications};
use crate::console::theme::ThemeName;

/// A value with a name.
pub(super) trait Named: Copy + PartialEq + 'static {
    /// The kind of value, in a message.
    const WHAT: &'static str;
    /// All values, in the order in which they are listed.
    const ALL: &'static [Self];

    /// Returns the name.
    fn name(self) -> &'static str;
}

impl Named for Option<ThemeName> {
    const WHAT: &'static str = "theme";
    const ALL: &'static [Self] = &[
        None,
        Some(ThemeName::Dark),
        Some(ThemeName::Light),
        Some(ThemeName::Sixteen),
        Some(ThemeName::Mono),
    ];

    fn name(self) -> &'static str {
        self.map_or("auto", ThemeName::as_str)
    }
}

impl Named for GlyphSet {
    const WHAT: &'static str = "set of glyphs";
    const ALL: &'static [Self] = &[Self::Auto, Self::Unicode, Self::Ascii];

    fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Unicode => "unicode",
            Self::Ascii => "ascii",
        }
    }
}

impl Named for Notifications {
    const WHAT: &'static str = "way of notifying";
    const ALL: &'static [Self] = &[Self::Terminal, Self::Bell, Self::Off];

    fn name(self) -> &'static str {
        match self {
            Self::Terminal => "terminal",
            Self::Bell => "bell",
            Self::Off => "off",
        }
    }
}

impl Named for EventColumn {
    const WHAT: &'static str = "column";
    const ALL: &'static [Self] = &Self::ALL;

    fn name(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Space => "space",
            Self::Type => "type",
            Self::Entity => "entity",
            Self::Payload => "payload",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_theme_can_be_set() {
        let themes: Vec<ThemeName> = <Option<ThemeName> as Named>::ALL.iter().copied().flatten().collect();
        assert_eq!(themes, ThemeName::ALL);
    }
}
