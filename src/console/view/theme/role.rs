//! What a piece of the screen means.

/// What a piece of the screen means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// The ground everything stands on.
    Ground,
    /// Ordinary text.
    Text,
    /// What matters less: labels, units, times.
    Muted,
    /// What leads the eye: the product, links, the title of what has the focus.
    Accent,
    /// Names and headings.
    Strong,
    /// The name of what has the focus.
    Title,
    /// The heading of a column.
    Heading,
    /// A border.
    Border,
    /// The border of what has the focus.
    Focus,
    /// The selected row of the pane that has the focus.
    Selection,
    /// The selected row of a pane that does not have the focus.
    Resting,
    /// The mark before the selected row.
    Marker,
    /// What lies behind a dialog.
    Veil,
    /// A dialog's ground.
    Dialog,
    /// A text field's ground.
    Field,
    /// Where typing goes.
    Cursor,
    /// What the filter looks for.
    Match,
    /// All is well.
    Ok,
    /// Look at this.
    Warning,
    /// This destroys or has failed.
    Danger,
    /// What a change adds.
    Added,
    /// What a change takes away.
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
    /// What cannot be done now.
    Disabled,
    /// The part of a bar that is done.
    Bar,
    /// A line that is full, as it should be.
    Current,
    /// A line that is not, and should be.
    Behind,
    /// The part of a bar that is not.
    Track,
    /// The part of a line that is not done.
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
