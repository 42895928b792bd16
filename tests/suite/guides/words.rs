//! The words that people read in a source: its comments and its string literals.

/// The kind of a passage.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    Doc,
    Comment,
    Literal,
    Prose,
}

/// A passage of consecutive lines of one kind.
#[derive(Debug, PartialEq)]
pub struct Passage {
    pub kind: Kind,
    /// The text of each line, with its number.
    pub lines: Vec<(usize, String)>,
}

impl Passage {
    /// Returns the words in lower case, each with the number of its line. Skips identifiers: code in backticks, and the
    /// placeholders of a literal.
    pub fn words(&self) -> Vec<(usize, String)> {
        let marks: &[char] = if self.kind == Kind::Literal { &['{', '}'] } else { &['`'] };
        let mut words = Vec::new();
        let mut in_code = false;
        for (number, text) in &self.lines {
            for (index, span) in text.split(marks).enumerate() {
                in_code ^= index > 0;
                if in_code {
                    continue;
                }
                let parts = span.split(|character: char| !character.is_alphanumeric() && character != '_');
                let parts = parts.filter(|part| !part.is_empty());
                words.extend(parts.map(|word| (*number, word.to_lowercase())));
            }
        }
        words
    }
}

/// Returns the paragraphs of a Markdown text outside its code blocks.
pub fn of_markdown(text: &str) -> Vec<Passage> {
    let mut passages = Passages::default();
    let mut in_block = false;
    for (number, line) in (1..).zip(text.lines()) {
        let is_fence = line.starts_with("```");
        in_block ^= is_fence;
        if is_fence || in_block || line.is_empty() {
            passages.end();
        } else {
            passages.add(Kind::Prose, number, line);
        }
    }
    passages.done
}

/// Returns the comments and string literals of a Rust source.
pub fn of_rust(source: &str) -> Vec<Passage> {
    let mut passages = Passages::default();
    let mut in_example = false;
    let mut number = 1;
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let length = if let Some(comment) = rest.strip_prefix("//") {
            let comment = comment.lines().next().unwrap_or_default();
            let doc = comment.strip_prefix(['/', '!']);
            let text = doc.unwrap_or(comment).trim();
            let is_fence = doc.is_some() && text.starts_with("```");
            in_example ^= is_fence;
            if is_fence || in_example || text.is_empty() {
                passages.end();
            } else {
                passages.add(if doc.is_some() { Kind::Doc } else { Kind::Comment }, number, text);
            }
            2 + comment.len()
        } else if let Some((content, length)) = literal(rest) {
            passages.end();
            for (line, text) in (number..).zip(content.lines()) {
                passages.add(Kind::Literal, line, &text.replace("\\n", " "));
            }
            passages.end();
            length
        } else {
            let is_blank_line = rest.starts_with('\n') && rest[1..].trim_start_matches(' ').starts_with('\n');
            if is_blank_line || !first.is_whitespace() {
                passages.end();
            }
            name_or_character(rest).unwrap_or(first.len_utf8())
        };
        number += rest[..length].matches('\n').count();
        rest = &rest[length..];
    }
    passages.done
}

/// Passages under construction.
#[derive(Default)]
struct Passages {
    done: Vec<Passage>,
    is_open: bool,
}

impl Passages {
    fn add(&mut self, kind: Kind, number: usize, text: &str) {
        let line = (number, text.to_owned());
        match self.done.last_mut() {
            Some(last) if self.is_open && last.kind == kind => last.lines.push(line),
            _ => self.done.push(Passage { kind, lines: vec![line] }),
        }
        self.is_open = true;
    }

    fn end(&mut self) {
        self.is_open = false;
    }
}

/// Returns the content and the length of a string literal, plain or raw, if a source starts with one.
fn literal(source: &str) -> Option<(&str, usize)> {
    if let Some(raw) = source.strip_prefix('r') {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        let content = raw[hashes..].strip_prefix('"')?;
        let end = content.find(&format!("\"{}", "#".repeat(hashes)))?;
        return Some((&content[..end], end + 3 + 2 * hashes));
    }
    let content = source.strip_prefix('"')?;
    let mut is_escaped = false;
    let end = content.find(|character| {
        let is_end = character == '"' && !is_escaped;
        is_escaped = character == '\\' && !is_escaped;
        is_end
    })?;
    Some((&content[..end], end + 2))
}

/// Returns the length of an identifier or a character literal, if a source starts with one.
fn name_or_character(source: &str) -> Option<usize> {
    let name = source.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(source.len());
    if name > 0 {
        return Some(name);
    }
    let quoted = source.strip_prefix('\'')?;
    if let Some(escape) = quoted.strip_prefix('\\') {
        let end = escape.char_indices().skip(1).find(|(_, c)| *c == '\'')?.0;
        return Some(end + 3);
    }
    let (end, close) = quoted.char_indices().nth(1)?;
    (close == '\'').then_some(end + 2)
}

#[test]
fn comments_and_literals_are_found_with_their_lines() {
    let source = "//! A module\n//! of words.\n\nfn name() {\n    // Why.\n    say(\"one\", r#\"two \"quoted\"\"#, '\"', '\\'', '\\u{7f}');\n}\n/// Last.";
    let found: Vec<(Kind, usize, String)> = of_rust(source)
        .into_iter()
        .map(|passage| {
            let text: Vec<String> = passage.lines.iter().map(|(_, text)| text.clone()).collect();
            (passage.kind, passage.lines[0].0, text.join(" "))
        })
        .collect();
    let expected = [
        (Kind::Doc, 1, "A module of words."),
        (Kind::Comment, 5, "Why."),
        (Kind::Literal, 6, "one"),
        (Kind::Literal, 6, "two \"quoted\""),
        (Kind::Doc, 8, "Last."),
    ];
    assert_eq!(found, expected.map(|(kind, line, text)| (kind, line, text.to_owned())));
}

#[test]
fn code_is_not_prose() {
    let doc = of_rust("/// Says `anew` twice.\n/// ```\n/// let anew = 1;\n/// ```\nfn anew() {}");
    let words: Vec<String> = doc.iter().flat_map(Passage::words).map(|(_, word)| word).collect();
    assert_eq!(words, ["says", "twice"]);
    let literal = of_rust("format!(\"It {anew} begins\")");
    assert_eq!(literal[0].words().len(), 2);
    assert_eq!(of_markdown("One\ntwo.\n\n```sh\nthree\n```\n").len(), 1);
}
