//! The findings of a check.

use std::collections::BTreeSet;

use serde::Serialize;
use strum::VariantNames;

use crate::error::Remedy;
use crate::operations::{Difference, FindingText};

use super::damage::Damage;

/// One problem: a difference that a verification finds too, or damage that only a check looks for.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Fault {
    /// A space's projection, counters or checkpoint differ from its events.
    Differs(Difference),
    /// Any other problem.
    Damaged(Damage),
}

impl Fault {
    /// Returns the names of all kinds of findings and notes.
    pub fn kinds() -> BTreeSet<&'static str> {
        Damage::VARIANTS.iter().chain(Difference::VARIANTS).copied().collect()
    }

    /// Returns the operation that repairs it.
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::Differs(difference) => difference.remedy(),
            Self::Damaged(damage) => damage.remedy(),
        }
    }

    /// Returns true if it is about the event log, whichever projection was compared with it.
    pub(super) fn is_of_log(&self) -> bool {
        matches!(self, Self::Differs(difference) if difference.is_of_log())
    }

    /// Describes the problem: the subject, and what is wrong with it.
    pub fn words(&self) -> Vec<FindingText> {
        match self {
            Self::Differs(difference) => difference.words(),
            Self::Damaged(damage) => {
                let (subject, text) = damage.words();
                vec![FindingText { subject, text }]
            }
        }
    }
}
