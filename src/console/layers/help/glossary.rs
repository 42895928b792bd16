//! The words that the console uses, explained.

/// A word, explained in plain language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Topic {
    /// The word.
    pub word: &'static str,
    /// Its meaning.
    pub text: &'static str,
}

/// Every word, those that explain others first.
pub const GLOSSARY: &[Topic] = &[
    Topic {
        word: "space",
        text: "A tenant or an environment. It has events and projections of its own and sees nothing of other spaces; all \
               spaces share one file.",
    },
    Topic {
        word: "event",
        text: "A fact that has happened, such as a contact that was added. Events are appended and never changed; to correct \
               one, append another.",
    },
    Topic {
        word: "stream",
        text: "Events in order. Each entity has one, its history; each space has one; and the events of all spaces form one, \
               ordered by event id.",
    },
    Topic {
        word: "sequence",
        text: "The number of an event within its space: 1, 2, 3, without gaps. The event id counts across all spaces of the \
               file.",
    },
    Topic {
        word: "projection",
        text: "Keys and values that are computed from the events of a space, such as the current contacts. It can always be \
               computed again.",
    },
    Topic {
        word: "checkpoint",
        text: "The last event that a projection contains. It moves in the same commit as the projection, so both always \
               match.",
    },
    Topic {
        word: "lag",
        text: "The number of events that a projection does not contain yet: those after its checkpoint. {key:catch-up} \
               applies them.",
    },
    Topic {
        word: "correlation",
        text: "An id shared by all events of one business process, however many commands and spaces it takes. {key:timeline} \
               shows them.",
    },
    Topic {
        word: "causation",
        text: "The event that caused another one to be appended. {key:trace} shows the tree of causes and effects.",
    },
    Topic {
        word: "link",
        text: "Underlined text that leads to an event, a correlation, an entity, a key or a space. {key:follow-link} follows \
               it, {key:trail-back} goes back.",
    },
    Topic {
        word: "reference",
        text: "The key of another value, in a value of a projection. {key:expand-reference} shows that value in its place.",
    },
    Topic {
        word: "blame",
        text: "The event that set a value. {key:blame} names it for the line under the cursor, and then the events before it; \
               {key:blame-column} names it for every line.",
    },
    Topic {
        word: "as of",
        text: "As of sequence 20 is the state after exactly 20 events, with today's code; as of a time, after the last event up to \
               then. {key:time-travel} shows it.",
    },
    Topic {
        word: "time travel",
        text: "The panes show a space as it was. {key:step-forward} and {key:step-back} move by one event, {key:jump} goes to a \
               sequence or a time, and nothing can be changed there.",
    },
    Topic {
        word: "playhead",
        text: "The place in the bar of time travel: the last event of which the effects are shown. {key:jump} moves it.",
    },
    Topic {
        word: "compare",
        text: "The fields of a projection that differ between two points of the past. {key:mark-point} marks one, and at another \
               one {key:compare} compares both.",
    },
    Topic {
        word: "flip",
        text: "An event at which a condition on a key began or ceased to hold. {key:bisect} lists them from the history of the \
               key.",
    },
    Topic {
        word: "rebuild",
        text: "Computes a projection again from all events of its space. Needed if a projection is wrong or its app has \
               changed. {key:rebuild} asks first; events do not change.",
    },
    Topic {
        word: "fork",
        text: "A new space with the events of another one up to a point, and a sequence of its own. {key:fork} creates one, to \
               experiment in; the other space does not change. {key:compare-fork} shows what differs.",
    },
    Topic {
        word: "verify",
        text: "Replays the events separately and compares every key with the projection. It writes nothing. {key:verify} \
               asks first.",
    },
    Topic {
        word: "release check",
        text: "Replays all spaces with the code of this program, and shows by field how the results differ from what is \
               stored. It writes nothing. {key:release-check} asks first.",
    },
    Topic {
        word: "review",
        text: "A rebuild that waits before its switch, with its differences on screen, until they are accepted or discarded. \
               {key:review-rebuild} in the question of a rebuild asks for one; {key:differences} shows it again.",
    },
    Topic {
        word: "shadow",
        text: "The new projection while a rebuild is under way. Reads use the old one until the shadow replaces it in one \
               commit.",
    },
];

/// Returns the topic of a word.
pub(crate) fn topic(word: &str) -> Option<&'static Topic> {
    GLOSSARY.iter().find(|topic| topic.word == word)
}
