//! The meaning of a piece of the screen.

/// The meaning of a piece of the screen, which determines its style.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// The background of the screen.
    Ground,
    /// Ordinary text.
    Text,
    /// Secondary text: labels, units, times.
    Muted,
    /// Accented text: the product name, links, active titles.
    Accent,
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
    /// Success.
    Ok,
    /// A warning.
    Warning,
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
    /// The bar of an up-to-date projection.
    Current,
    /// The filled part of the bar of a projection that lags behind, or of a job that makes no progress.
    Behind,
    /// The empty part of a bar.
    Track,
    /// The empty part of a line.
    LineRest,
    /// The part of a scrollbar that is on screen.
    Thumb,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 34] = [
        Self::Ground,
        Self::Text,
        Self::Muted,
        Self::Accent,
        Self::Strong,
        Self::Title,
        Self::Heading,
        Self::Border,
        Self::Focus,
        Self::Selection,
        Self::Resting,
        Self::Marker,
        Self::Veil,
        Self::Dialog,
        Self::Field,
        Self::Cursor,
        Self::Match,
        Self::Ok,
        Self::Warning,
        Self::Danger,
        Self::Added,
        Self::Removed,
        Self::Key,
        Self::String,
        Self::Number,
        Self::Literal,
        Self::HintKey,
        Self::Disabled,
        Self::Bar,
        Self::Current,
        Self::Behind,
        Self::Track,
        Self::LineRest,
        Self::Thumb,
    ];
}
