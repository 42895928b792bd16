//! Text being typed, edited by grapheme.

use std::borrow::Cow;

use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation};

/// Text with a cursor. The cursor is a byte offset that always stands between two graphemes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TextInput {
    text: String,
    cursor: usize,
    multiline: bool,
}

impl TextInput {
    /// An empty line.
    #[must_use]
    pub fn line() -> Self {
        Self::default()
    }

    /// Empty text of several lines.
    #[must_use]
    pub fn lines() -> Self {
        Self { multiline: true, ..Self::default() }
    }

    /// The same with this text, the cursor at its end.
    #[must_use]
    pub fn with(mut self, text: &str) -> Self {
        self.set(text);
        self
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The cursor, as a byte offset into the text.
    #[must_use]
    pub fn cursor(&self) -> usize {
        self.cursor
    }

    /// Whether it takes several lines.
    #[must_use]
    pub fn is_multiline(&self) -> bool {
        self.multiline
    }

    /// Whether nothing is typed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The cursor's line, from 0, and the text of that line before it.
    #[must_use]
    pub fn cursor_place(&self) -> (usize, &str) {
        let before = &self.text[..self.cursor];
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        (before.matches('\n').count(), &before[start..])
    }

    /// Puts this text in place of the old, the cursor at its end.
    pub fn set(&mut self, text: &str) {
        self.text = self.admitted(text).into_owned();
        self.cursor = self.text.len();
    }

    /// Inserts text at the cursor. A single line takes line breaks as spaces.
    pub fn insert(&mut self, text: &str) {
        let admitted = self.admitted(text).into_owned();
        self.text.insert_str(self.cursor, &admitted);
        self.cursor += admitted.len();
        // What was inserted may have joined the grapheme behind it.
        if !self.is_boundary(self.cursor) {
            self.cursor = self.next();
        }
    }

    /// Deletes the grapheme before the cursor.
    pub fn backspace(&mut self) {
        self.delete_to(self.previous());
    }

    /// Deletes the grapheme behind the cursor.
    pub fn delete(&mut self) {
        let end = self.next();
        self.text.replace_range(self.cursor..end, "");
        self.settle();
    }

    /// Deletes the word before the cursor.
    pub fn delete_word(&mut self) {
        self.delete_to(self.word_start());
    }

    /// Deletes from the line's start to the cursor.
    pub fn delete_to_line_start(&mut self) {
        self.delete_to(self.line_start());
    }

    /// Moves to the grapheme before.
    pub fn left(&mut self) {
        self.cursor = self.previous();
    }

    /// Moves behind the next grapheme.
    pub fn right(&mut self) {
        self.cursor = self.next();
    }

    /// Moves to the start of the word before.
    pub fn word_left(&mut self) {
        self.cursor = self.word_start();
    }

    /// Moves to the end of the next word.
    pub fn word_right(&mut self) {
        let rest = &self.text[self.cursor..];
        let word = rest.unicode_word_indices().next();
        self.cursor += word.map_or(rest.len(), |(at, word)| at + word.len());
        self.settle();
    }

    /// Moves to the line's start.
    pub fn home(&mut self) {
        self.cursor = self.line_start();
    }

    /// Moves to the line's end.
    pub fn end(&mut self) {
        self.cursor = self.line_end();
    }

    /// Moves a line up. Returns false on the first line.
    pub fn up(&mut self) -> bool {
        let start = self.line_start();
        if start == 0 {
            return false;
        }
        let column = self.column();
        self.cursor = start - 1;
        self.cursor = self.line_start();
        self.go_to_column(column);
        true
    }

    /// Moves a line down. Returns false on the last line.
    pub fn down(&mut self) -> bool {
        let end = self.line_end();
        if end == self.text.len() {
            return false;
        }
        let column = self.column();
        self.cursor = end + 1;
        self.go_to_column(column);
        true
    }

    fn admitted<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let text = if text.contains('\r') {
            Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
        } else {
            Cow::Borrowed(text)
        };
        if self.multiline || !text.contains('\n') {
            text
        } else {
            Cow::Owned(text.trim_end().replace('\n', " "))
        }
    }

    fn delete_to(&mut self, start: usize) {
        self.text.replace_range(start..self.cursor, "");
        self.cursor = start;
        self.settle();
    }

    /// A deletion may join what stood on both sides of the cursor.
    fn settle(&mut self) {
        if !self.is_boundary(self.cursor) {
            self.cursor = self.next();
        }
    }

    fn is_boundary(&self, offset: usize) -> bool {
        GraphemeCursor::new(offset, self.text.len(), true).is_boundary(&self.text, 0).unwrap_or(true)
    }

    fn previous(&self) -> usize {
        let mut cursor = GraphemeCursor::new(self.cursor, self.text.len(), true);
        cursor.prev_boundary(&self.text, 0).ok().flatten().unwrap_or(0)
    }

    fn next(&self) -> usize {
        let mut cursor = GraphemeCursor::new(self.cursor, self.text.len(), true);
        cursor.next_boundary(&self.text, 0).ok().flatten().unwrap_or(self.text.len())
    }

    fn line_start(&self) -> usize {
        self.text[..self.cursor].rfind('\n').map_or(0, |at| at + 1)
    }

    fn line_end(&self) -> usize {
        self.text[self.cursor..].find('\n').map_or(self.text.len(), |at| self.cursor + at)
    }

    fn word_start(&self) -> usize {
        self.text[..self.cursor].unicode_word_indices().next_back().map_or(0, |(at, _)| at)
    }

    fn column(&self) -> usize {
        self.text[self.line_start()..self.cursor].graphemes(true).count()
    }

    fn go_to_column(&mut self, column: usize) {
        let line = &self.text[self.cursor..self.line_end()];
        self.cursor += line.graphemes(true).take(column).map(str::len).sum::<usize>();
    }
}

#[cfg(test)]
mod tests {
    use super::TextInput;

    #[test]
    fn a_family_emoji_is_one_step_and_one_deletion() {
        let mut input = TextInput::line().with("a👨‍👩‍👧b");
        input.left();
        input.backspace();
        assert_eq!(input.text(), "ab");
        assert_eq!(input.cursor(), 1);
    }

    #[test]
    fn a_line_takes_pasted_line_breaks_as_spaces_and_text_keeps_them() {
        let mut line = TextInput::line();
        line.insert("one\r\ntwo\n");
        assert_eq!(line.text(), "one two");
        let mut text = TextInput::lines();
        text.insert("one\r\ntwo");
        assert_eq!(text.text(), "one\ntwo");
        assert!(text.up());
        assert_eq!(text.cursor(), 3);
        assert!(!text.up());
    }

    #[test]
    fn words_are_deleted_whole() {
        let mut input = TextInput::line().with("Ada Lovelace ");
        input.delete_word();
        assert_eq!(input.text(), "Ada ");
    }
}
