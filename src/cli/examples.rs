//! Examples for the help and the manual page of each command.

use std::borrow::Cow;

use clap::Command;

use crate::content_store::{CommandSpec, FieldKind, FieldSpec};

use super::program::Program;

/// The domain command in the examples.
const COMMAND: &str = "add-contact contact_id=c1 name=Ada email=ada@acme.example";

/// The examples of each command, by its words.
const EXAMPLES: &[(&str, &[&str])] = &[
    (
        "",
        &[
            "ramax demo",
            "ramax --db tenants.db spaces create crm_acme",
            "ramax --db tenants.db run crm_acme add-contact contact_id=c1 name=Ada email=ada@acme.example",
            "ramax --db tenants.db events list crm_acme --where type:contact.*",
            "ramax tenants.db",
        ],
    ),
    ("backup", &["ramax backup tenants-2026-01-31.db"]),
    ("demo", &["ramax demo", "ramax demo --plain --path demo.db"]),
    ("spaces", &["ramax spaces", "ramax spaces create crm_acme", "ramax spaces show '#2' --json"]),
    ("spaces list", &["ramax spaces list --limit 20", "ramax spaces list --json"]),
    ("spaces show", &["ramax spaces show crm_acme", "ramax spaces show '#2'"]),
    (
        "spaces create",
        &[
            "ramax spaces create crm_acme",
            "ramax spaces create shop --app cms --metadata '{\"plan\":\"pro\"}'",
        ],
    ),
    ("spaces rename", &["ramax spaces rename crm_acme crm_acme_berlin"]),
    (
        "spaces set",
        &[
            "ramax spaces set shop --app cms",
            "ramax spaces set crm_acme --metadata '{\"app\":\"crm\",\"plan\":\"pro\"}'",
        ],
    ),
    (
        "spaces fork",
        &["ramax spaces fork crm_acme --at 120", "ramax spaces fork crm_acme before_noon --at 12:00"],
    ),
    (
        "spaces delete",
        &[
            "ramax spaces delete crm_acme --dry-run",
            "ramax spaces delete crm_acme --confirm crm_acme --archive acme.jsonl --purge",
        ],
    ),
    ("events", &["ramax events list crm_acme --reverse --limit 20", "ramax events follow --all-spaces"]),
    (
        "events list",
        &[
            "ramax events list crm_acme --where 'type:contact.* after:2h'",
            "ramax events list --all-spaces --json",
        ],
    ),
    ("events show", &["ramax events show 12", "ramax events show 12 --changes"]),
    ("events trace", &["ramax events trace 12"]),
    ("events follow", &["ramax events follow crm_acme --after 0 --json"]),
    ("projections", &["ramax projections crm_acme", "ramax projections get crm_acme contact:c1"]),
    (
        "projections list",
        &["ramax projections list crm_acme --prefix contact:", "ramax projections list crm_acme --at 2h"],
    ),
    (
        "projections get",
        &[
            "ramax projections get crm_acme contact:c1 --json",
            "ramax projections get crm_acme contact:c1 --at 20 --path email",
        ],
    ),
    ("projections history", &["ramax projections history crm_acme contact:c1 --reverse"]),
    (
        "projections blame",
        &["ramax projections blame crm_acme contact:c1", "ramax projections blame crm_acme contact:c1 email"],
    ),
    (
        "projections diff",
        &[
            "ramax projections diff crm_acme --from 20 --to 40 --prefix contact:",
            "ramax projections diff crm_acme@120 --with crm_acme",
        ],
    ),
    ("bisect", &["ramax bisect crm_acme 'contact:c1 email~acme'"]),
    (
        "projections remove",
        &["ramax projections remove crm_acme contacts_by_city --confirm contacts_by_city"],
    ),
    ("checkpoints", &["ramax checkpoints", "ramax checkpoints --json"]),
    ("checkpoints list", &["ramax checkpoints list"]),
    (
        "stats",
        &[
            "ramax stats",
            "ramax stats crm_acme --by day --periods 30",
            "ramax stats --prometheus > ramax.prom",
        ],
    ),
    ("subscriptions", &["ramax subscriptions", "ramax subscriptions --json"]),
    ("subscriptions list", &["ramax subscriptions list"]),
    ("subscriptions show", &["ramax subscriptions show emails"]),
    (
        "subscriptions retry",
        &["ramax subscriptions retry emails", "ramax subscriptions retry emails --space crm_acme"],
    ),
    ("subscriptions skip", &["ramax subscriptions skip emails --confirm emails"]),
    ("subscriptions reset", &["ramax subscriptions reset emails --to now --confirm emails"]),
    ("subscriptions remove", &["ramax subscriptions remove emails --confirm emails"]),
    ("subscriptions resume", &["ramax subscriptions resume emails --confirm emails"]),
    ("work", &["ramax work", "ramax work --until-idle --json"]),
    (
        "run",
        &[
            "ramax run crm_acme --help",
            "ramax run crm_acme add-contact contact_id=c1 name=Ada email=ada@acme.example",
            "ramax run crm_acme --batch contacts.jsonl",
        ],
    ),
    (
        "rebuild",
        &["ramax rebuild crm_acme", "ramax rebuild --all --skip-errors", "ramax rebuild crm_acme --review"],
    ),
    ("catch-up", &["ramax catch-up --all"]),
    ("verify", &["ramax verify crm_acme", "ramax verify --all --json"]),
    ("release-check", &["ramax release-check --all", "ramax release-check crm_acme --json"]),
    (
        "redact",
        &[
            "ramax redact crm_acme --entity c1 --field name --field email --dry-run",
            "ramax redact crm_acme --entity c1 --field name --field email --confirm crm_acme --purge",
        ],
    ),
    (
        "export",
        &[
            "ramax export crm_acme --output acme.jsonl",
            "ramax export crm_acme | gzip > acme.jsonl.gz",
            "ramax export crm_acme --entity c1 --mask name --mask email --output bug.jsonl",
            "ramax export crm_acme --event 42 --as-test",
        ],
    ),
    (
        "import",
        &[
            "ramax import acme.jsonl",
            "ramax import acme.jsonl --into crm_copy",
            "ramax --db new.db import --ramax app.db --dry-run",
        ],
    ),
    ("check", &["ramax check", "ramax check --deep --json"]),
    ("log", &["ramax log", "ramax log --space crm_acme --reverse --limit 20"]),
    ("log list", &["ramax log list --reverse --limit 20"]),
    (
        "generate",
        &[
            "ramax generate --spaces 100 --events 100000",
            "ramax generate --spaces 1 --events 500 --app flashcards",
        ],
    ),
    ("config", &["ramax config print > ~/.config/ramax/config.toml", "ramax config check"]),
    ("config print", &["ramax config print > ~/.config/ramax/config.toml"]),
    ("config path", &["ramax config path", "ramax config path --json"]),
    ("config check", &["ramax config check", "ramax config check --config new.toml"]),
    ("completions", &["ramax completions bash > ~/.local/share/bash-completion/completions/ramax"]),
    ("man", &["ramax man | man -l -", "ramax man events list | man -l -"]),
];

/// The examples in the words of a program: its own name and, if it does not know the app of the examples, another app.
pub(super) struct Examples {
    /// The words to replace, with the words of the program.
    words: Vec<(&'static str, String)>,
    has_demo: bool,
}

impl Examples {
    pub(super) fn of(program: &Program) -> Self {
        let apps = program.apps();
        let mut words = Vec::new();
        if apps.named("crm").is_none()
            && let Some(app) = apps.iter().next()
        {
            let entity = app.event_types().first().and_then(|name| name.split('.').next());
            words.extend(app.commands().first().map(|spec| (COMMAND, example(spec))));
            words.push(("crm_", app.space_prefix().to_owned()));
            words.extend(entity.map(|entity| ("contact", entity.to_owned())));
            words.extend(["cms", "flashcards"].map(|name| (name, app.name().to_owned())));
        }
        words.push(("ramax", program.name().to_owned()));
        Self { words, has_demo: program.has_demo() }
    }

    /// Returns the examples of a command.
    pub(super) fn of_command(&self, words: &str) -> Vec<String> {
        let found =
            EXAMPLES.iter().find(|(name, _)| *name == words).map_or(&[][..], |(_, examples)| examples);
        let is_known = |example: &&&str| self.has_demo || **example != "ramax demo";
        let own = |example: &&str| {
            self.words.iter().fold((*example).to_owned(), |example, (ours, own)| example.replace(ours, own))
        };
        found.iter().filter(is_known).map(own).collect()
    }

    /// Adds examples to the help of a command and its subcommands.
    pub(super) fn within(&self, command: Command) -> Command {
        let name = command.get_name().to_owned();
        self.below(command, &name)
    }

    fn below(&self, command: Command, words: &str) -> Command {
        let lines = self.of_command(words);
        let note = command.get_after_help().map(|note| format!("{note}\n\n")).unwrap_or_default();
        let command = match lines.is_empty() {
            true => command,
            false => command.after_help(format!("{note}Examples:\n  {}", lines.join("\n  "))),
        };
        command.mut_subcommands(|inner| {
            let words = format!("{words} {}", inner.get_name());
            self.below(inner, &words)
        })
    }
}

/// Returns a command with its required fields.
fn example(spec: &CommandSpec) -> String {
    spec.name.to_owned() + &required_fields(spec)
}

/// Returns the required fields of a command, each with a value of its form, after a space.
pub(super) fn required_fields(spec: &CommandSpec) -> String {
    let required = spec.fields.iter().filter(|field| field.required);
    required.map(|field| format!(" {}={}", field.name, value(field))).collect()
}

fn value(field: &FieldSpec) -> Cow<'static, str> {
    match field.kind {
        FieldKind::Integer => "1".into(),
        FieldKind::IntegerIn { min, .. } => min.to_string().into(),
        FieldKind::Decimal => "12.50".into(),
        FieldKind::Boolean => "true".into(),
        FieldKind::Date => "2026-01-31".into(),
        FieldKind::Time => "2026-01-31T10:00:00Z".into(),
        FieldKind::Choice([first, ..]) => (*first).into(),
        FieldKind::Json => "{}".into(),
        FieldKind::Secret => "-".into(),
        _ => field.name.to_uppercase().into(),
    }
}

#[cfg(test)]
mod tests {
    use clap::Command;

    use super::super::Program;
    use super::super::arguments::Cli;

    fn check(command: &Command, words: &str) {
        let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        assert!(help.contains("Example"), "{words} has no example");
        for line in help.lines().filter_map(|line| line.strip_prefix("  ramax ")) {
            let line = line.split(['|', '>']).next().unwrap();
            let words = shlex::split(&format!("ramax {line}")).unwrap();
            if words.last().is_some_and(|last| last == "--help") {
                continue;
            }
            let words: Vec<_> = words.into_iter().map(Into::into).collect();
            assert!(Cli::from_arguments(&Program::ramax(), &words).is_ok(), "{line}");
        }
        for inner in command.get_subcommands() {
            check(inner, &format!("{words} {}", inner.get_name()));
        }
    }

    #[test]
    fn the_help_of_every_command_ends_with_valid_examples() {
        check(&Program::ramax().command(), "ramax");
    }
}
