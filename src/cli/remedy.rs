//! Remedies as command lines that can be copied.

use crate::error::{Advice, NearestSpace, Remedy};
use crate::operations::DeleteSpace;

use super::program::{NAME, Program, in_words_of};
use super::shell;

/// Words advice with the commands and options of a program that do it.
pub(super) fn worded(advice: &Advice, program: &Program) -> String {
    let text = advice.worded(|remedy| in_a_shell(words(remedy, advice.space(), program.has_demo())));
    in_words_of(program.name(), &text).into_owned()
}

/// Returns the commands of a repair, without the program and the space.
pub(super) fn label(remedy: &Remedy) -> &'static str {
    match remedy {
        Remedy::Check { deep: false, repair: true } => "check --repair",
        Remedy::Check { deep: true, repair: true } => "check --deep --repair",
        Remedy::Rebuild { skip_errors: true } => "rebuild --skip-errors",
        Remedy::RebuildProjection { skip_errors: false, .. } => "rebuild --projection",
        Remedy::RebuildProjection { skip_errors: true, .. } => "rebuild --projection --skip-errors",
        Remedy::RemoveProjection { .. } => "projections remove",
        Remedy::RemoveSubscription { .. } => "subscriptions remove",
        Remedy::RecountSubscription { .. } => "subscriptions resume",
        Remedy::ContinueSubscription { .. } => "subscriptions reset",
        Remedy::ImportOriginal { .. } => "import --ramax",
        other => other.name(),
    }
}

/// Returns the command that resumes an interrupted delete, which may still owe an archive and a purge.
pub(super) fn resume_delete(space: &str, owed: &DeleteSpace) -> String {
    let mut options = vec![shell::option("--confirm", space)];
    let archive = owed.archive.as_ref();
    options.extend(archive.map(|archive| shell::option("--archive", &archive.to_string_lossy())));
    options.extend(owed.purge.then(|| "--purge".to_owned()));
    quoted("spaces delete", &[space], &options.join(" "))
}

/// Names the space that was probably meant.
pub(super) fn nearest(nearest: &NearestSpace, program: &Program) -> String {
    worded(&nearest.advice(), program)
}

/// Names the shell of a command in which characters that cannot be shown are written as bytes: not every one reads them.
fn in_a_shell(command: String) -> String {
    if [" $'", "=$'"].iter().any(|quoted| command.contains(quoted)) {
        format!("{command} (in bash)")
    } else {
        command
    }
}

fn words(remedy: &Remedy, space: Option<&str>, has_demo: bool) -> String {
    let of_space = space.unwrap_or("SPACE");
    match remedy {
        Remedy::Check { deep, repair } => {
            let options = match (deep, repair) {
                (false, false) => "",
                (true, false) => "--deep",
                (false, true) => "--repair",
                (true, true) => "--deep --repair",
            };
            quoted("check", &[], options)
        }
        Remedy::Rebuild { skip_errors: false } => quoted("rebuild", &[of_space], ""),
        Remedy::Rebuild { skip_errors: true } => quoted("rebuild", &[of_space], "--skip-errors"),
        Remedy::RebuildProjection { skip_errors, projection } => {
            let mut options = shell::option("--projection", projection);
            if *skip_errors {
                options.push_str(" --skip-errors");
            }
            quoted("rebuild", &[of_space], &options)
        }
        Remedy::RemoveProjection { projection } => {
            let confirm = shell::option("--confirm", projection);
            quoted("projections remove", &[of_space, projection], &confirm)
        }
        Remedy::Delete { purge } => {
            resume_delete(of_space, &DeleteSpace { purge: *purge, ..DeleteSpace::default() })
        }
        Remedy::Import => resume_delete(of_space, &DeleteSpace::default()),
        Remedy::Redact { entity_id, fields, purge } => redact(of_space, entity_id, fields, *purge),
        Remedy::Transfer => format!(
            "{} and `ramax --db NEW import FILE`, run for each SPACE with its own FILE and one NEW database,",
            quoted("export", &[of_space], "--output FILE")
        ),
        Remedy::NewProjections | Remedy::RebuildAll { files: None } => "`ramax rebuild --all`".to_owned(),
        Remedy::RebuildAll { files: Some((database, projections)) } => {
            format!("`{}`", shell::rebuild_all(NAME, database, projections))
        }
        Remedy::ReplaceProjections { database, projections, has_wal, has_shm } => {
            shell::replace_projections(NAME, database, projections, (*has_wal, *has_shm))
        }
        Remedy::CatchUp => quoted("catch-up", &[of_space], ""),
        Remedy::Verify => quoted("verify", &[of_space], ""),
        Remedy::InspectEvent { event_id, .. } => format!("inspect it with `ramax events show {event_id}`"),
        Remedy::ListEvents => format!("{} shows its events", quoted("events list", &[of_space], "")),
        Remedy::ShowSpace => quoted("spaces show", &[of_space], ""),
        Remedy::ListSpaces => "`ramax spaces list` shows the spaces".to_owned(),
        Remedy::NameSpace { space } => shell::word(space).into_owned(),
        Remedy::NameApp => {
            format!("name its app: {}", quoted("spaces set", &[of_space], "--app APP"))
        }
        Remedy::ImportUnderOtherName => "--into NAME imports it under another name".to_owned(),
        Remedy::ExecuteBatch => quoted("run", &[of_space], "--batch FILE"),
        Remedy::ReadAuditLog => "`ramax log`".to_owned(),
        Remedy::Export => "`ramax export`, or - for standard input".to_owned(),
        Remedy::Backup => "`ramax backup FILE`".to_owned(),
        Remedy::NameBackupFiles { projections: true } => {
            "name a second file for the projections: `ramax backup FILE PROJECTIONS_FILE`".to_owned()
        }
        Remedy::NameBackupFiles { projections: false } => "name one file: `ramax backup FILE`".to_owned(),
        Remedy::Overwrite => "overwrite this one with --force".to_owned(),
        Remedy::ImportOriginal { path } => {
            format!("`ramax --db NEW.db import {}`", shell::option("--ramax", &path.to_string_lossy()))
        }
        Remedy::CreateDatabase { path } => {
            let database = shell::option("--db", &path.to_string_lossy());
            let demo = if has_demo { ", or try `ramax demo`" } else { "" };
            format!("create it with `ramax {database} spaces create NAME`{demo}")
        }
        Remedy::OpenDatabase { path } => shell::option("--db", &path.to_string_lossy()),
        Remedy::WithoutFile if has_demo => "`ramax demo` uses a temporary database".to_owned(),
        Remedy::WithoutFile => "the command line needs a file".to_owned(),
        Remedy::OpenReadOnly => "with --read-only".to_owned(),
        Remedy::OpenForWriting => "without --read-only".to_owned(),
        Remedy::SeparateFile { path } => shell::separate_file(path),
        Remedy::NameOriginalProjections => "with --ramax-projections FILE".to_owned(),
        Remedy::NameProjections => "with --projections FILE".to_owned(),
        Remedy::UseProjections { path } => shell::option("--projections", &path.to_string_lossy()),
        Remedy::OmitProjections => "omit --projections".to_owned(),
        Remedy::ListSubscriptions => "`ramax subscriptions list` shows the subscriptions".to_owned(),
        Remedy::ResumeSubscription { name } | Remedy::RecountSubscription { name } => {
            quoted("subscriptions resume", &[name], &shell::option("--confirm", name))
        }
        Remedy::RemoveSubscription { name } => {
            quoted("subscriptions remove", &[name], &shell::option("--confirm", name))
        }
        Remedy::ContinueSubscription { name } => {
            quoted("subscriptions reset", &[name], &format!("--to now {}", shell::option("--confirm", name)))
        }
        Remedy::ResetSubscription { name } => quoted(
            "subscriptions reset",
            &[name],
            &format!("--to POSITION {}", shell::option("--confirm", name)),
        ),
        Remedy::RunSql { path, statement } => {
            format!("`sqlite3 {} {}`", shell::word(&path.to_string_lossy()), shell::word(statement))
        }
        Remedy::Nothing | Remedy::LaterVersion | Remedy::ProgramWithApp { .. } | Remedy::Restore => {
            remedy.to_string()
        }
    }
}

fn redact(space: &str, entity_id: &str, fields: &[String], purge: bool) -> String {
    let (entity, value) = shell::entity(entity_id);
    let mut options = vec![shell::option(entity, &value)];
    options.extend(fields.iter().map(|field| shell::option("--field", field)));
    options.push(shell::option("--confirm", space));
    options.extend(purge.then(|| "--purge".to_owned()));
    quoted("redact", &[space], &options.join(" "))
}

fn quoted(command: &str, names: &[&str], options: &str) -> String {
    format!("`{}`", shell::command(command, names, options))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_names_the_space_quoted_for_a_shell() {
        let rebuild = |skip_errors| Advice::default().remedy(Remedy::Rebuild { skip_errors });
        let worded = |advice: Advice| worded(&advice, &Program::ramax());
        assert_eq!(worded(rebuild(false)), "`ramax rebuild SPACE`");
        assert_eq!(worded(rebuild(false).about_space("crm_a")), "`ramax rebuild crm_a`");
        assert_eq!(worded(rebuild(true).about_space("-x y")), "`ramax rebuild --skip-errors -- '-x y'`");
        assert_eq!(worded(rebuild(false).about_space("c\u{1b}")), r"`ramax rebuild $'c\033'` (in bash)");
        let one = Remedy::RebuildProjection { skip_errors: true, projection: "by city".to_owned() };
        assert_eq!(
            worded(Advice::default().remedy(one).about_space("crm")),
            "`ramax rebuild crm --projection 'by city' --skip-errors`"
        );
    }
}
