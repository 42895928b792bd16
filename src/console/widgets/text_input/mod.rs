//! Text fields: text with a cursor, edited by grapheme.

mod draw;

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation};

use crate::console::widgets::graphemes::split;
use crate::console::widgets::pen::width;
use crate::text::visible;

pub use draw::{draw, mark};

/// Text with a cursor: a byte offset that always lies between two graphemes.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct TextInput {
    text: String,
    cursor: usize,
    multiline: bool,
    /// True if the text is never shown, not even in its `Debug` form.
    secret: bool,
}

impl fmt::Debug for TextInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.shown();
        f.debug_struct("TextInput")
            .field("text", &shown.text)
            .field("cursor", &shown.cursor)
            .finish_non_exhaustive()
    }
}

impl TextInput {
    /// An empty single-line input.
    pub fn line() -> Self {
        Self::default()
    }

    /// An empty multi-line input.
    pub fn lines() -> Self {
        Self { multiline: true, ..Self::default() }
    }

    /// An empty single-line input whose text is not shown.
    pub fn secret() -> Self {
        Self { secret: true, ..Self::default() }
    }

    /// Returns the input as it is shown: a secret as a dot per grapheme.
    fn shown(&self) -> Cow<'_, Self> {
        if !self.secret {
            return Cow::Borrowed(self);
        }
        let dots = |text: &str| "•".repeat(split(text).count());
        let (before, behind) = self.text.split_at(self.cursor);
        let before = dots(before);
        Cow::Owned(Self { cursor: before.len(), text: before + &dots(behind), ..*self })
    }

    /// Replaces the text and moves the cursor to its end.
    pub fn with(mut self, text: &str) -> Self {
        self.set(text);
        self
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The cursor, as a byte offset into the text.
    pub fn cursor(&self) -> usize {
        self.cursor
    }

    /// Returns true if it accepts several lines.
    pub fn is_multiline(&self) -> bool {
        self.multiline
    }

    /// Returns true if it is empty.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Returns the line number of the cursor, from 0, and the text before it on that line.
    pub fn cursor_place(&self) -> (usize, &str) {
        let before = &self.text[..self.cursor];
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        (before.matches('\n').count(), &before[start..])
    }

    /// Replaces the text and moves the cursor to its end.
    pub fn set(&mut self, text: &str) {
        self.text = self.admitted(text).into_owned();
        self.cursor = self.text.len();
    }

    /// Moves the cursor to a byte offset, or to the next grapheme if it lies within one.
    pub fn move_to(&mut self, offset: usize) {
        self.cursor = offset.min(self.text.len());
        self.realign();
    }

    /// Moves the cursor to the grapheme in a cell of its line, which begins on screen with the byte `start`.
    pub fn move_to_cell(&mut self, start: usize, cell: u16) {
        let Some(rest) = self.text.get(start..) else { return };
        let line = rest.split('\n').next().unwrap_or_default();
        let (mut offset, mut used) = (start, 0);
        for grapheme in split(line) {
            used += if self.secret { 1 } else { width(&visible(grapheme)) };
            if used > cell {
                break;
            }
            offset += grapheme.len();
        }
        self.move_to(offset);
    }

    /// Returns the byte of the text at a byte of its shown form.
    fn offset_of_shown(&self, shown: usize) -> usize {
        if !self.secret {
            return shown;
        }
        let dots = shown / "•".len();
        split(&self.text).take(dots).map(str::len).sum()
    }

    /// Replaces a part of the text and moves the cursor behind it.
    pub fn replace(&mut self, part: Range<usize>, text: &str) {
        if self.text.get(part.clone()).is_some() {
            self.text.replace_range(part.clone(), "");
            self.cursor = part.start;
            self.insert(text);
        }
    }

    /// Inserts text at the cursor. A single-line input turns line breaks into spaces.
    pub fn insert(&mut self, text: &str) {
        let admitted = self.admitted(text).into_owned();
        self.text.insert_str(self.cursor, &admitted);
        self.cursor += admitted.len();
        // The inserted text may have joined the next grapheme.
        if !self.is_boundary(self.cursor) {
            self.cursor = self.next();
        }
    }

    /// Deletes the grapheme before the cursor.
    pub fn backspace(&mut self) {
        self.delete_to(self.previous());
    }

    /// Deletes the grapheme after the cursor.
    pub fn delete(&mut self) {
        let end = self.next();
        self.text.replace_range(self.cursor..end, "");
        self.realign();
    }

    /// Deletes the word before the cursor.
    pub fn delete_word(&mut self) {
        self.delete_to(self.word_start());
    }

    /// Deletes from the start of the line to the cursor.
    pub fn delete_to_line_start(&mut self) {
        self.delete_to(self.line_start());
    }

    /// Moves to the previous grapheme.
    pub fn left(&mut self) {
        self.cursor = self.previous();
    }

    /// Moves past the next grapheme.
    pub fn right(&mut self) {
        self.cursor = self.next();
    }

    /// Moves to the start of the previous word.
    pub fn word_left(&mut self) {
        self.cursor = self.word_start();
    }

    /// Moves to the end of the next word.
    pub fn word_right(&mut self) {
        let rest = &self.text[self.cursor..];
        let word = rest.unicode_word_indices().next();
        self.cursor += word.map_or(rest.len(), |(at, word)| at + word.len());
        self.realign();
    }

    /// Moves to the start of the line.
    pub fn home(&mut self) {
        self.cursor = self.line_start();
    }

    /// Moves to the end of the line.
    pub fn end(&mut self) {
        self.cursor = self.line_end();
    }

    /// Moves up a line. Returns false on the first line.
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

    /// Moves down a line. Returns false on the last line.
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
        self.realign();
    }

    /// Realigns the cursor: a deletion may join the text on both sides of it.
    fn realign(&mut self) {
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
        split(&self.text[self.line_start()..self.cursor]).count()
    }

    fn go_to_column(&mut self, column: usize) {
        let line = &self.text[self.cursor..self.line_end()];
        self.cursor += split(line).take(column).map(str::len).sum::<usize>();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_emoji_is_one_step_and_one_deletion() {
        let mut input = TextInput::line().with("a👨‍👩‍👧b");
        input.left();
        input.backspace();
        assert_eq!(input.text(), "ab");
        assert_eq!(input.cursor(), 1);
    }

    #[test]
    fn a_single_line_turns_pasted_line_breaks_into_spaces_and_several_lines_keep_them() {
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
    fn deleting_a_word_deletes_it_whole() {
        let mut input = TextInput::line().with("Ada Lovelace ");
        input.delete_word();
        assert_eq!(input.text(), "Ada ");
    }
}
