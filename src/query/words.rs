//! The words of the language, explained. The help of the command line and of the console, and the table in
//! `guides/queries.md`, show this list.

/// A kind of word, with its meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WordHelp {
    /// Examples.
    pub examples: &'static [&'static str],
    /// The events that such a word matches: a phrase that follows "events".
    pub matches: &'static str,
}

const fn word(examples: &'static [&'static str], matches: &'static str) -> WordHelp {
    WordHelp { examples, matches }
}

/// Every kind of word.
pub const WORDS: &[WordHelp] = &[
    word(&["Ada", "~Ada", "\"Ada Lovelace\""], "with this text in the type, the entity or the payload"),
    word(
        &["type:contact.*", "type:note.added,card.*"],
        "of this type, or one of these; a * matches any text",
    ),
    word(&["entity:c1", "entity:c1,c2"], "of this entity, or one of these"),
    word(&["after:2026-01-31T10:00", "after:2h"], "appended at this time or later, or since so long ago"),
    word(
        &["after:10:00[Europe/Berlin]", "after:10:00+02:00"],
        "the same in a time zone, or with an offset from UTC",
    ),
    word(&["before:2026-02-01"], "appended before this time"),
    word(&["seq:100..200", "seq:100.."], "with these sequences in their space, both ends included"),
    word(&["id:100..200"], "with these event ids"),
    word(&["correlation:67e55044"], "of every correlation whose id starts with these digits"),
    word(&["causation:801"], "caused by this event"),
    word(&["payload.email~acme", "payload~acme"], "whose field, or whole payload, contains this text"),
    word(&["payload.name=Ada"], "whose field is exactly this text, number, true, false or null"),
    word(
        &["payload.tags[0]=new", "payload.tags[*]=new"],
        "with this value at an index of a list, or anywhere in it",
    ),
    word(&["raw.email~acme"], "the same for the payload as stored, before upcasters"),
    word(&["meta.actor=ada", "meta~cli"], "the same for the metadata"),
    word(&["-type:contact.added"], "that do not match the word after the minus sign"),
];

/// Returns the meaning of a field or document, given its name and the sign after it: `type:`, `payload.`.
pub(super) fn meaning(start: &str) -> &'static str {
    let about = |word: &&WordHelp| word.examples.first().is_some_and(|example| example.starts_with(start));
    WORDS.iter().find(about).map_or("", |word| word.matches)
}

/// Returns the list for a screen of fixed width: examples, and the meaning beside them in lines of up to `cells`
/// characters.
pub fn lines(cells: usize) -> Vec<String> {
    let examples = || WORDS.iter().map(|word| word.examples.join("  "));
    let width = examples().map(|examples| examples.len()).max().unwrap_or(0);
    let mut lines = Vec::new();
    for (examples, word) in examples().zip(WORDS) {
        let mut line = format!("{examples:width$} ");
        for part in word.matches.split(' ') {
            if line.len() + 1 + part.len() > cells {
                lines.push(std::mem::replace(&mut line, " ".repeat(width + 1)));
            }
            line.push(' ');
            line.push_str(part);
        }
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::Query;

    #[test]
    fn every_example_is_a_query_of_one_word() {
        for example in WORDS.iter().flat_map(|word| word.examples) {
            let query: Query = example.parse().unwrap();
            assert_eq!(query.terms.len(), 1, "{example}");
        }
    }

    #[test]
    fn the_guide_has_a_row_for_every_word() {
        let guide =
            std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/guides/queries.md")).unwrap();
        for word in WORDS {
            let examples: Vec<String> = word.examples.iter().map(|example| format!("`{example}`")).collect();
            let row = format!("| {} | {}", examples.join(", "), word.matches);
            assert!(guide.lines().any(|line| line.starts_with(&row)), "the guide omits: {row} |");
        }
    }
}
