//! `ramax completions`: the scripts for shells, and the values of a database that they ask for.

mod candidates;
mod line;

use std::time::Duration;

use clap::{Args, Command};
use clap_complete::Shell;

use crate::cli::exit::{Exit, Failure};
use crate::cli::session::Session;
use crate::content_store::Store;
use crate::sqlite::OpenOptions;

use candidates::{candidates, fixed};
use line::Line;

#[derive(Debug, Args)]
pub struct CompletionsArguments {
    /// The shell to generate the script for
    #[arg(required_unless_present = "complete")]
    shell: Option<Shell>,
    /// Print the values with which a command line can continue, for the scripts
    #[arg(long, hide = true, conflicts_with = "shell")]
    complete: bool,
    /// The words are broken and quoted as in bash
    #[arg(long, hide = true, requires = "complete")]
    bash: bool,
    /// The words of the command line after the name of the program
    #[arg(last = true, hide = true, requires = "complete", allow_hyphen_values = true)]
    words: Vec<String>,
}

/// The arguments whose values the scripts ask for, by the names under which the generated scripts list them.
const VALUES: [&str; 7] = ["space", "subscription", "subscriptions", "key", "command", "fields", "commands"];

/// The same of options.
const OPTIONS: [&str; 7] = ["space", "projection", "entity", "field", "where", "prefix", "sort"];

/// Completes values in bash. If the place of a value has none, files and commands are not offered either.
const BASH: &str = r#"
_PROGRAM_names() {
    _PROGRAM "$@"
    local found name
    found="$(PROGRAM completions --complete --bash -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)" || return 0
    COMPREPLY=()
    while IFS= read -r name; do
        [[ -n "$name" ]] && COMPREPLY+=("$(printf %q "$name")")
    done <<<"$found"
    [[ "$found" == *= ]] && compopt -o nospace 2>/dev/null
    return 0
}
complete -F _PROGRAM_names -o bashdefault -o default PROGRAM
"#;

const ZSH: &str = r#"
_PROGRAM_values() {
    local -a line found
    line=("${(@Q)${(z)LBUFFER}}")
    [[ "$LBUFFER" == *[[:space:]] ]] && line+=("")
    found=(${(f)"$(PROGRAM completions --complete -- "${(@)line[2,-1]}" 2>/dev/null)"})
    compadd -S '' -a -- found
}
"#;

const FISH: &str = r#"
function __PROGRAM_values
    set -l line (commandline -opc) (commandline -ct)
    PROGRAM completions --complete -- $line[2..-1] 2>/dev/null
end
complete -c PROGRAM -a "(__PROGRAM_values)"
"#;

/// Writes the script, generated from the definitions of all commands, or the values that a script asks for.
pub fn run(
    session: &mut Session,
    arguments: &CompletionsArguments,
    mut program: Command,
) -> Result<Exit, Failure> {
    let Some(shell) = arguments.shell else { return complete(session, arguments, &program) };
    let mut script = Vec::new();
    let name = session.program.name();
    clap_complete::generate(shell, &mut program, name, &mut script);
    let script = String::from_utf8_lossy(&script);
    let script = match shell {
        Shell::Bash => format!("{script}{BASH}"),
        Shell::Zsh => with_values(&script),
        Shell::Fish => {
            let option = |option| format!("complete -c PROGRAM -l {option} -x -a \"(__PROGRAM_values)\"\n");
            format!("{script}{FISH}{}", OPTIONS.map(option).concat())
        }
        _ => script.into_owned(),
    };
    // clap writes `__` for `-` in the name of a function.
    let script =
        script.replace("_PROGRAM", &format!("_{}", name.replace('-', "__"))).replace("PROGRAM", name);
    session.out.verbatim(script.as_bytes())?;
    Ok(Exit::Done)
}

/// Has the zsh script ask for values.
fn with_values(script: &str) -> String {
    let asks = |line: &str| {
        VALUES.iter().any(|name| line.contains(&format!(":{name} -- ")))
            || OPTIONS.iter().any(|name| line.contains(&format!("--{name}=[")))
    };
    let line = |line: &str| match asks(line) {
        true => line.replace(":_default'", ":_PROGRAM_values'"),
        false => line.to_owned(),
    };
    let script: Vec<String> = script.lines().map(line).collect();
    // The last lines may run the completion immediately, so the function goes before them.
    let (head, tail) = script.split_first().map_or(("", &[][..]), |(head, tail)| (head.as_str(), tail));
    format!("{head}\n{ZSH}{}\n", tail.join("\n"))
}

/// Writes the values with which a command line can continue, one per line. It is silent about a database that cannot be
/// read. Exits with 1 if the last word is not the place of a value.
fn complete(
    session: &mut Session,
    arguments: &CompletionsArguments,
    program: &Command,
) -> Result<Exit, Failure> {
    let line = Line::of(program, &arguments.words, arguments.bash);
    if let Some(words) = fixed(&line) {
        let words: String = words.iter().map(|word| format!("{word}\n")).collect();
        session.out.verbatim(words.as_bytes())?;
        return Ok(Exit::Done);
    }
    session.named = line.database.clone().or_else(|| session.named.take());
    session.global.projections = line.projections.clone().or_else(|| session.global.projections.take());
    let Ok(location) = session.location() else { return Ok(Exit::Refused) };
    let options = OpenOptions {
        read_only: true,
        busy_timeout: Duration::ZERO,
        without_companions: true,
        ..session.global.options()
    };
    session.signals.before_opening();
    let Ok(store) = Store::open(&location, options) else { return Ok(Exit::Refused) };
    session.signals.stops(store.stop());
    let Some(found) = candidates(&store, &session.apps, &line) else { return Ok(Exit::Refused) };
    for value in found.unwrap_or_default() {
        // What a shell regards as earlier words stays as it is.
        let rest = value.strip_prefix(&line.kept).unwrap_or(&value);
        session.out.verbatim(format!("{rest}\n").as_bytes())?;
    }
    Ok(Exit::Done)
}
