//! Commands to quote in messages.

use super::program::NAME;

pub(super) use crate::shell::{
    command_of, entity, option, rebuild_all, replace_projections, separate_file, word,
};

/// Formats a command to quote in a message: its words, the names it works on, and its options.
pub(super) fn command(words: &str, names: &[&str], options: &str) -> String {
    command_of(NAME, words, names, options)
}
