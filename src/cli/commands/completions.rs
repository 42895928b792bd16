//! `ramax completions`.

use clap::{Args, Command};
use clap_complete::Shell;

use crate::cli::exit::{Exit, Failure};
use crate::cli::session::Session;
use crate::event_store::Page;

/// The maximum number of space names offered to a shell.
const MOST: usize = 1000;

#[derive(Debug, Args)]
pub struct CompletionsArguments {
    /// The shell to generate the script for
    #[arg(required_unless_present = "spaces")]
    shell: Option<Shell>,
    /// Print the names of the database's spaces, for the scripts
    #[arg(long, hide = true)]
    spaces: bool,
}

/// Completes space names in bash.
const BASH: &str = r#"
_PROGRAM_spaces() {
    _PROGRAM "$@"
    local current="${COMP_WORDS[COMP_CWORD]}" database=() words=() index name
    for ((index = 1; index < COMP_CWORD; index++)); do
        case "${#words[@]}${COMP_WORDS[index]}" in
            ?--db | ?--projections) database+=("${COMP_WORDS[index]}" "${COMP_WORDS[index + 1]}"); index=$((index + 1)) ;;
            ?--space) words+=(--space) ;;
            ?--sync | ?--theme | ?--log | ?--busy-timeout | ?--after | ?--limit | ?--where | ?--entity | ?--prefix | \
                ?--contains) index=$((index + 1)) ;;
            ?-*) ;;
            0spaces | 0events | 0projections | 0checkpoints | 0log | 0run | 0rebuild | 0catch-up | 0verify | 0export)
                words+=("${COMP_WORDS[index]}") ;;
            0*) if [[ -f "${COMP_WORDS[index]}" ]]; then
                    database+=(--db "${COMP_WORDS[index]}")
                else
                    words+=("${COMP_WORDS[index]}")
                fi ;;
            *) words+=("${COMP_WORDS[index]}") ;;
        esac
    done
    case "${words[*]}" in
        "log --space" | "log list --space" | run | rebuild | catch-up | verify | export | projections | "spaces show" | "spaces delete" | \
            "events list" | "events follow" | "projections list" | "projections get") ;;
        *) return 0 ;;
    esac
    [[ "$current" == -* ]] && return 0
    while IFS= read -r name; do
        [[ "$name" == "$current"* ]] && COMPREPLY+=("$(printf %q "$name")")
    done < <(PROGRAM "${database[@]}" completions --spaces 2>/dev/null)
    return 0
}
complete -F _PROGRAM_spaces -o bashdefault -o default PROGRAM
"#;

const ZSH: &str = r#"
_PROGRAM_spaces() {
    local -a names
    names=("${(@f)$(PROGRAM completions --spaces 2>/dev/null)}")
    compadd -a names
}
"#;

const FISH: &str = r#"
complete -c PROGRAM -n "__fish_seen_subcommand_from run rebuild catch-up verify export show delete list follow get projections" -f -a "(PROGRAM completions --spaces 2>/dev/null)"
"#;

/// Writes the script, generated from the definitions of all commands.
pub fn run(
    session: &mut Session,
    arguments: &CompletionsArguments,
    mut program: Command,
) -> Result<Exit, Failure> {
    let Some(shell) = arguments.shell else { return spaces(session) };
    let mut script = Vec::new();
    let name = session.program.name();
    clap_complete::generate(shell, &mut program, name, &mut script);
    let script = String::from_utf8_lossy(&script);
    let script = match shell {
        Shell::Bash => format!("{script}{BASH}"),
        Shell::Zsh => with_names(&script),
        Shell::Fish => format!("{script}{FISH}"),
        _ => script.into_owned(),
    };
    // clap writes `__` for `-` in the name of a function.
    let script =
        script.replace("_PROGRAM", &format!("_{}", name.replace('-', "__"))).replace("PROGRAM", name);
    session.out.verbatim(script.as_bytes())?;
    Ok(Exit::Done)
}

/// Adds the completion of space names to the zsh script.
fn with_names(script: &str) -> String {
    let line = |line: &str| match line.split_once("space -- ") {
        Some(_) => line.replace(":_default'", ":_PROGRAM_spaces'"),
        None => line.to_owned(),
    };
    let script: Vec<String> = script.lines().map(line).collect();
    // The last lines may run the completion immediately, so the function goes before them.
    let (head, tail) = script.split_first().map_or(("", &[][..]), |(head, tail)| (head.as_str(), tail));
    format!("{head}\n{ZSH}{}\n", tail.join("\n"))
}

/// Writes the space names, one per line.
fn spaces(session: &mut Session) -> Result<Exit, Failure> {
    let store = session.open()?;
    for record in store.events().spaces(Page::forward(None, MOST))? {
        let name = record.space.space_name;
        if !name.contains(['\n', '\0']) {
            session.out.verbatim(format!("{name}\n").as_bytes())?;
        }
    }
    Ok(Exit::Done)
}
