//! `ramax log`: the audit log.

use clap::{Args, Subcommand};

use crate::audit::{AuditEntry, OperationId, Outcome};
use crate::cli::exit::{Exit, Failure};
use crate::cli::numbers::{limit, operation_id};
use crate::cli::output::{OutputColumn, left, right};
use crate::cli::remedy;
use crate::cli::session::Session;
use crate::content_store::Store;
use crate::error::{Error, StoreError};
use crate::event_store::{Direction, Page};
use crate::operations::{ListedOperation, audit_subject, find_record};

const PAGE: usize = 500;

const COLUMNS: &[OutputColumn] = &[
    right("ID"),
    left("TIME"),
    left("WHO"),
    left("ACTION"),
    left("SPACE"),
    left("OUTCOME"),
    right("SECONDS"),
    left("RESULT"),
    left("PARAMETERS"),
];

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct LogArguments {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    list: ListArguments,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List the entries; the same as `log` alone
    List(ListArguments),
}

#[derive(Debug, Args)]
struct ListArguments {
    /// Show only entries of spaces that have or had this name, under all of their names and even if they were deleted; '#2'
    /// means one space
    #[arg(long, value_name = "SPACE")]
    space: Option<String>,
    /// Show only entries with this text in who, action, space, outcome, result or parameters, ignoring ASCII case
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    contains: String,
    /// Start after this entry
    #[arg(long, value_name = "ID", value_parser = operation_id, allow_negative_numbers = true)]
    after: Option<u64>,
    /// Show at most N
    #[arg(long, value_name = "N", value_parser = limit, allow_negative_numbers = true)]
    limit: Option<usize>,
    /// List in reverse order, newest first
    #[arg(long)]
    reverse: bool,
}

pub fn run(session: &mut Session, arguments: LogArguments) -> Result<Exit, Failure> {
    let Action::List(arguments) = arguments.action.unwrap_or(Action::List(arguments.list));
    let store = session.open()?;
    let about = arguments.space.as_deref().map(|space| audit_subject(&store, space)).transpose()?;
    let (direction, side) =
        if arguments.reverse { (Direction::Backward, "before") } else { (Direction::Forward, "after") };
    let mut rows = session.out.rows(COLUMNS);
    let mut after = arguments.after.map(OperationId);
    let mut left = arguments.limit.unwrap_or(usize::MAX);
    let mut listed = 0;
    while left > 0 {
        // Without a text, no more is read than is listed.
        let size = if arguments.contains.is_empty() { left.min(PAGE) } else { PAGE };
        let page = Page { after, direction, limit: size };
        let operations = store.audit_log().page(about.as_ref(), page)?;
        let wanted = operations.iter().filter(|operation| operation.contains(&arguments.contains));
        for operation in wanted.take(left) {
            let row = ListedOperation::of(operation);
            rows.push(&row, || cells(operation, row.seconds))?;
            listed += 1;
            left -= 1;
        }
        after = operations.last().map(|operation| operation.operation_id);
        if operations.len() < size {
            break;
        }
    }
    rows.finish()?;
    if listed == 0 {
        session.messages.say(&nothing(session, &store, &arguments, side)?);
    }
    Ok(Exit::Done)
}

/// Explains an empty list. Suggests the nearest space name, although the given name may be that of a deleted
/// space.
fn nothing(
    session: &Session,
    store: &Store,
    arguments: &ListArguments,
    side: &str,
) -> Result<String, Failure> {
    let space = arguments.space.as_ref();
    let mut text = "no entries".to_owned();
    if !arguments.contains.is_empty() {
        text.push_str(&format!(" with {} in them", arguments.contains));
    }
    text.extend(space.map(|name| format!(" of a space named {name}")));
    text.extend(arguments.after.map(|after| format!(" {side} entry {after}")));
    if space.is_none() && arguments.after.is_none() && arguments.contains.is_empty() {
        text.push_str(" yet");
    }
    if let Some(name) = space {
        match find_record(store, name) {
            Err(Error::Store(StoreError::UnknownSpace { nearest: Some(nearest), .. })) => {
                let nearest = remedy::nearest(&nearest, &session.program);
                text.push_str(&format!("; did you mean {nearest}?"));
            }
            Err(Error::Store(StoreError::UnknownSpace { .. } | StoreError::AmbiguousSpace { .. }))
            | Ok(_) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(text)
}

fn cells(operation: &AuditEntry, seconds: Option<f64>) -> Vec<String> {
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    let forgotten = operation.forgotten.filter(|_| operation.outcome != Outcome::Running);
    let result = operation.detail.clone().or_else(|| forgotten.map(|why| format!("({})", why.in_words())));
    let parameters = operation.parameters.as_ref().map(|parameters| {
        let words = parameters.iter().map(|(name, value)| match value.as_str() {
            Some(text) => format!("{name}={text}"),
            None => format!("{name}={value}"),
        });
        words.collect::<Vec<_>>().join(" ")
    });
    vec![
        operation.operation_id.to_string(),
        operation.started_at.to_string(),
        operation.operator.to_string(),
        operation.action.clone(),
        or_dash(operation.space_name.clone()),
        operation.outcome.name().to_owned(),
        or_dash(seconds.map(|seconds| format!("{seconds:.3}"))),
        or_dash(result),
        or_dash(parameters.filter(|parameters| !parameters.is_empty())),
    ]
}
