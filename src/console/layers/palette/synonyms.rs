//! Other names of actions, as other programs and other people use them.

use crate::console::app::action::Action;

/// The least number of letters that find a synonym by its beginning.
const LEAST: usize = 3;

/// The other names of each action.
const SYNONYMS: &[(Action, &[&str])] = &[
    (Action::NewCommand, &["add", "insert", "new", "execute", "append"]),
    (Action::CreateSpace, &["new space", "add space", "tenant", "namespace"]),
    (Action::ChangeSpace, &["metadata", "edit space", "rename space"]),
    (Action::Rebuild, &["replay", "reproject", "reset projection", "recompute"]),
    (Action::CatchUp, &["sync", "fast-forward", "apply", "bring up to date"]),
    (Action::Verify, &["validate", "compare", "diff"]),
    (Action::Check, &["fsck", "integrity", "doctor", "health", "repair"]),
    (Action::Backup, &["snapshot", "dump", "w", "write", "save"]),
    (Action::BugReport, &["box", "mask", "anonymise", "share", "given when then"]),
    (Action::Export, &["download", "dump"]),
    (Action::ExportList, &["csv", "json lines", "save list", "saveas"]),
    (Action::Import, &["load", "upload", "restore", "migrate", "elixir"]),
    (Action::Redact, &["gdpr", "anonymise", "forget", "erase", "privacy"]),
    (Action::Delete, &["remove", "rm", "drop", "destroy"]),
    (Action::Mark, &["tag", "multi-select"]),
    (Action::PauseJob, &["suspend job", "hold"]),
    (Action::CancelJob, &["kill", "stop", "abort", "terminate"]),
    (Action::Open, &["describe", "show", "view", "enter"]),
    (Action::Inspect, &["describe", "json", "yaml", "details"]),
    (Action::Filter, &["search", "find", "grep", "query", "where"]),
    (Action::Follow, &["tail", "watch", "live"]),
    (Action::ToggleScope, &["all namespaces", "everything", "global"]),
    (Action::AuditLog, &["logs", "log", "journal", "operations", "who"]),
    (Action::Messages, &["notices", "warnings", "notifications", "command log"]),
    (Action::Subscriptions, &["consumers", "listeners", "event handlers", "deliveries"]),
    (Action::NextProblem, &["why", "trouble", "error", "broken", "blocked", "lagging", "behind"]),
    (Action::Statistics, &["pulse", "pulses", "metrics", "dashboard"]),
    (Action::Jump, &["goto", "go to", "seek", "line"]),
    (Action::Sort, &["order", "order by"]),
    (Action::History, &["stream", "timeline", "entity"]),
    (Action::KeyHistory, &["why", "changes of a key", "versions"]),
    (Action::Blame, &["why", "who set", "annotate", "origin"]),
    (Action::Bisect, &["why", "when", "bisect"]),
    (Action::Cause, &["why", "because"]),
    (Action::Trace, &["why", "causes", "effects", "xray"]),
    (Action::Copy, &["yank", "clipboard"]),
    (Action::CopyCommand, &["cli", "command line", "shell command"]),
    (Action::Zoom, &["maximise", "maximize", "full screen", "fullscreen"]),
    (Action::OpenFile, &["edit", "e", "database", "recent"]),
    (Action::Refresh, &["reload", "redraw", "repaint"]),
    (Action::FocusSpaces, &["contexts", "ctx", "namespaces", "ns", "tenants", "databases"]),
    (Action::FocusEvents, &["stream", "messages"]),
    (Action::FocusProjections, &["state", "read models", "views", "keys"]),
    (Action::FocusCheckpoints, &["why", "lag", "positions", "progress"]),
    (Action::FocusJobs, &["tasks", "ps", "processes"]),
    (Action::Help, &["keys", "shortcuts", "bindings", "h", "man", "alias", "aliases"]),
    (Action::Suspend, &["shell", "sh", "bg"]),
    (Action::Quit, &["exit", "close", "q!", "qa", "qa!", "wq", "x", "bye"]),
    (Action::ToggleGuide, &["walkthrough", "tour", "tutorial", "demo"]),
];

/// Returns true if a text in lower case is another name of an action, or begins one.
pub(super) fn is_named(action: Action, text: &str) -> bool {
    let mut names = SYNONYMS.iter().filter(|(of, _)| *of == action).flat_map(|(_, names)| *names);
    names.any(|name| *name == text || (text.len() >= LEAST && name.starts_with(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_synonym_is_found_by_its_beginning_and_short_ones_only_in_full() {
        assert!(is_named(Action::Inspect, "desc") && is_named(Action::CancelJob, "kill"));
        assert!(is_named(Action::Quit, "x") && !is_named(Action::Quit, "e"));
        assert!(is_named(Action::FocusSpaces, "ns") && !is_named(Action::FocusSpaces, "na"));
    }

    #[test]
    fn synonyms_are_in_lower_case_as_the_typed_text() {
        for name in SYNONYMS.iter().flat_map(|(_, names)| *names) {
            assert_eq!(*name, name.to_lowercase());
        }
    }
}
