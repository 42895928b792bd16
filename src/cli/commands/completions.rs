//! `ramax completions`.

use std::collections::BTreeSet;

use clap::{Args, Command};
use clap_complete::Shell;

use crate::cli::exit::{Exit, Failure};
use crate::cli::session::Session;
use crate::event_store::Page;
use crate::operations;

/// The maximum number of space names offered to a shell.
const MOST: usize = 1000;

#[derive(Debug, Args)]
pub struct CompletionsArguments {
    /// The shell to generate the script for
    #[arg(required_unless_present_any = ["spaces", "projection_names", "subscription_names"])]
    shell: Option<Shell>,
    /// Print the names of the database's spaces, for the scripts
    #[arg(long, hide = true)]
    spaces: bool,
    /// Print the names of the projections of the first of these words that names a space, or else of all spaces, for the
    /// scripts
    #[arg(long, hide = true, num_args = 0.., value_name = "WORD", conflicts_with = "spaces")]
    projection_names: Option<Vec<String>>,
    /// Print the names of the subscriptions, for the scripts
    #[arg(long, hide = true, conflicts_with_all = ["spaces", "projection_names"])]
    subscription_names: bool,
}

/// Completes the names of spaces, projections and subscriptions in bash. The words in capitals stand for lists, which
/// [`Words`] takes from the definitions.
const BASH: &str = r#"
_PROGRAM_names() {
    _PROGRAM "$@"
    local current="${COMP_WORDS[COMP_CWORD]}" database=() words=() index name list
    for ((index = 1; index < COMP_CWORD; index++)); do
        case "${#words[@]}${COMP_WORDS[index]}" in
            ?--db | ?--projections) database+=("${COMP_WORDS[index]}" "${COMP_WORDS[index + 1]}"); index=$((index + 1)) ;;
            ?--space) words+=(--space) ;;
            VALUE_OPTIONS) index=$((index + 1)) ;;
            ?-*) ;;
            COMMANDS) words+=("${COMP_WORDS[index]}") ;;
            0*) if [[ -f "${COMP_WORDS[index]}" ]]; then
                    database+=(--db "${COMP_WORDS[index]}")
                else
                    words+=("${COMP_WORDS[index]}")
                fi ;;
            *) words+=("${COMP_WORDS[index]}") ;;
        esac
    done
    if [[ "${COMP_WORDS[COMP_CWORD - 1]}" == --projection ]]; then
        COMPREPLY=()
        while IFS= read -r name; do
            [[ "$name" == "$current"* ]] && COMPREPLY+=("$(printf %q "$name")")
        done < <(PROGRAM "${database[@]}" completions --projection-names "${words[@]}" 2>/dev/null)
        return 0
    fi
    case "${words[*]}" in
        BEFORE_SPACE) list=--spaces ;;
        BEFORE_SUBSCRIPTION) list=--subscription-names ;;
        *) return 0 ;;
    esac
    [[ "$current" == -* ]] && return 0
    while IFS= read -r name; do
        [[ "$name" == "$current"* ]] && COMPREPLY+=("$(printf %q "$name")")
    done < <(PROGRAM "${database[@]}" completions "$list" 2>/dev/null)
    return 0
}
complete -F _PROGRAM_names -o bashdefault -o default PROGRAM
"#;

const ZSH: &str = r#"
_PROGRAM_spaces() {
    local -a names
    names=("${(@f)$(PROGRAM completions --spaces 2>/dev/null)}")
    compadd -a names
}
_PROGRAM_projections() {
    local -a names
    names=("${(@f)$(PROGRAM completions --projection-names 2>/dev/null)}")
    compadd -a names
}
_PROGRAM_subscriptions() {
    local -a names
    names=("${(@f)$(PROGRAM completions --subscription-names 2>/dev/null)}")
    compadd -a names
}
"#;

const FISH_PROJECTIONS: &str = r#"complete -c PROGRAM -n "__fish_seen_subcommand_from WITH_PROJECTION" -l projection -x -a "(PROGRAM completions --projection-names 2>/dev/null)"
"#;

/// Lists from the definitions of all commands, for the scripts.
#[derive(Default)]
struct Words {
    /// The commands: `spaces`.
    commands: Vec<String>,
    /// Options that take a value: `--limit`.
    value_options: BTreeSet<String>,
    /// The words before the name of a space: `spaces show`, `log --space`.
    before_space: Vec<String>,
    /// The commands that take the name of a space without an option: `spaces show`.
    of_space: Vec<String>,
    /// The commands that take the name of a subscription: `subscriptions show`.
    of_subscription: Vec<String>,
    /// The commands that take several names of subscriptions: `work`.
    of_subscriptions: Vec<String>,
    /// The commands that take the name of a projection.
    with_projection: BTreeSet<String>,
}

impl Words {
    fn of(program: &Command) -> Self {
        let commands = program.get_subcommands().map(|command| command.get_name().to_owned()).collect();
        let mut words = Self { commands, ..Self::default() };
        words.add(program, "");
        words
    }

    /// Adds the arguments of a command and of those within it. The scripts read databases and spaces themselves.
    fn add(&mut self, command: &Command, path: &str) {
        for argument in command.get_arguments() {
            if argument.get_long() == Some("projection") {
                self.with_projection.insert(command.get_name().to_owned());
            }
            match (argument.get_id().as_str(), argument.get_long()) {
                ("space", None) => {
                    self.before_space.push(path.to_owned());
                    self.of_space.push(path.to_owned());
                }
                ("subscription", None) => self.of_subscription.push(path.to_owned()),
                ("subscriptions", None) => self.of_subscriptions.push(path.to_owned()),
                ("space", Some(option)) => self.before_space.push(format!("{path} --{option}")),
                (_, Some("db" | "projections") | None) => {}
                (_, Some(option)) if argument.get_action().takes_values() => {
                    self.value_options.insert(format!("--{option}"));
                }
                (_, Some(_)) => {}
            }
        }
        for within in command.get_subcommands() {
            self.add(within, format!("{path} {}", within.get_name()).trim_start());
        }
    }

    /// Puts the lists into the bash script.
    fn within_bash(&self) -> String {
        let any_of = |words: Vec<String>| words.join(" | ");
        let exactly = |words: &String| format!("\"{words}\"");
        let value_options = self.value_options.iter().map(|word| format!("?{word}"));
        let commands = self.commands.iter().map(|word| format!("0{word}"));
        let first_or_later = |words: &String| format!("\"{words}\" | \"{words} \"*");
        let before_subscription = self.of_subscription.iter().map(exactly);
        let before_subscription = before_subscription.chain(self.of_subscriptions.iter().map(first_or_later));
        BASH.replace("VALUE_OPTIONS", &any_of(value_options.collect()))
            .replace("COMMANDS", &any_of(commands.collect()))
            .replace("BEFORE_SPACE", &any_of(self.before_space.iter().map(exactly).collect()))
            .replace("BEFORE_SUBSCRIPTION", &any_of(before_subscription.collect()))
    }

    /// Returns the fish script: a line for each command that takes a name, and one for the option.
    fn as_fish(&self) -> String {
        let line = |path: &String, list: &str| {
            let seen: Vec<String> =
                path.split(' ').map(|word| format!("__fish_seen_subcommand_from {word}")).collect();
            let seen = seen.join("; and ");
            format!("complete -c PROGRAM -n \"{seen}\" -f -a \"(PROGRAM completions {list} 2>/dev/null)\"\n")
        };
        let mut script: String = self.of_space.iter().map(|path| line(path, "--spaces")).collect();
        let subscriptions = self.of_subscription.iter().chain(&self.of_subscriptions);
        script.extend(subscriptions.map(|path| line(path, "--subscription-names")));
        let with_projection: Vec<&str> = self.with_projection.iter().map(String::as_str).collect();
        script + &FISH_PROJECTIONS.replace("WITH_PROJECTION", &with_projection.join(" "))
    }
}

/// Writes the script, generated from the definitions of all commands.
pub fn run(
    session: &mut Session,
    arguments: &CompletionsArguments,
    mut program: Command,
) -> Result<Exit, Failure> {
    let Some(shell) = arguments.shell else {
        return match &arguments.projection_names {
            Some(words) => projections(session, words),
            None if arguments.subscription_names => subscriptions(session),
            None => spaces(session),
        };
    };
    let words = Words::of(&program);
    let mut script = Vec::new();
    let name = session.program.name();
    clap_complete::generate(shell, &mut program, name, &mut script);
    let script = String::from_utf8_lossy(&script);
    let script = match shell {
        Shell::Bash => format!("{script}{}", words.within_bash()),
        Shell::Zsh => with_names(&script),
        Shell::Fish => format!("{script}{}", words.as_fish()),
        _ => script.into_owned(),
    };
    // clap writes `__` for `-` in the name of a function.
    let script =
        script.replace("_PROGRAM", &format!("_{}", name.replace('-', "__"))).replace("PROGRAM", name);
    session.out.verbatim(script.as_bytes())?;
    Ok(Exit::Done)
}

/// Adds the completion of the names of spaces, projections and subscriptions to the zsh script.
fn with_names(script: &str) -> String {
    let line = |line: &str| {
        if line.contains("space -- ") {
            line.replace(":_default'", ":_PROGRAM_spaces'")
        } else if line.contains(":subscription -- ") || line.contains(":subscriptions -- ") {
            line.replace(":_default'", ":_PROGRAM_subscriptions'")
        } else if line.contains("--projection=[") {
            line.replace(":_default'", ":_PROGRAM_projections'")
        } else {
            line.to_owned()
        }
    };
    let script: Vec<String> = script.lines().map(line).collect();
    // The last lines may run the completion immediately, so the function goes before them.
    let (head, tail) = script.split_first().map_or(("", &[][..]), |(head, tail)| (head.as_str(), tail));
    format!("{head}\n{ZSH}{}\n", tail.join("\n"))
}

/// Writes the space names, one per line.
fn spaces(session: &mut Session) -> Result<Exit, Failure> {
    let store = session.open()?;
    let records = store.events().spaces(Page::forward(None, MOST))?;
    write_names(session, records.into_iter().map(|record| record.space.space_name))
}

/// Writes the names of projections, one per line.
fn projections(session: &mut Session, words: &[String]) -> Result<Exit, Failure> {
    let store = session.open()?;
    let named = words.iter().find_map(|word| operations::overview(&store, &session.apps, word).ok());
    let spaces = match named {
        Some(space) => vec![space],
        None => operations::overviews(&store, &session.apps, Page::forward(None, MOST))?,
    };
    let names =
        spaces.into_iter().flat_map(|space| space.projections).map(|projection| projection.name.into_owned());
    write_names(session, names.collect::<BTreeSet<_>>())
}

/// Writes the names of subscriptions, one per line.
fn subscriptions(session: &mut Session) -> Result<Exit, Failure> {
    let store = session.open()?;
    let subscriptions = store.events().subscriptions()?;
    write_names(session, subscriptions.into_iter().take(MOST).map(|subscription| subscription.name))
}

fn write_names(session: &mut Session, names: impl IntoIterator<Item = String>) -> Result<Exit, Failure> {
    for name in names.into_iter().filter(|name| !name.contains(['\n', '\0'])) {
        session.out.verbatim(format!("{name}\n").as_bytes())?;
    }
    Ok(Exit::Done)
}
