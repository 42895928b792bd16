//! Says what a change of a subscription does, with numbers.

use crate::space::SpaceId;
use crate::subscriptions::{Start, SubscriptionChange};
use crate::text::{counted, visible};

use super::SubscriptionRow;

/// Says what a change does in all spaces of a subscription.
pub(super) fn everywhere(row: &SubscriptionRow, change: &SubscriptionChange) -> Vec<String> {
    let lag = row.status.lag;
    let parked = counted(lag.parked, "parked event is", "parked events are");
    let spaces = counted(lag.spaces, "space", "spaces");
    with_notice(match change {
        SubscriptionChange::Retry { .. } => vec![format!("{parked} delivered once more")],
        SubscriptionChange::Skip { .. } => vec![
            format!("{parked} given up for good"),
            "a space that has stopped at one continues after it".to_owned(),
        ],
        SubscriptionChange::Reset { to: Start::Now, .. } => vec![
            format!("the positions in {spaces} move to the end"),
            format!("{} not delivered", counted(lag.lag, "event is", "events are")),
            format!("{parked} forgotten"),
        ],
        SubscriptionChange::Reset { .. } => vec![
            format!("the positions in {spaces} move to the beginning"),
            "all events are delivered again".to_owned(),
            format!("{parked} forgotten"),
        ],
        SubscriptionChange::Resume => vec!["it continues at its positions".to_owned()],
        SubscriptionChange::Remove => vec![
            format!("its positions in {spaces} are removed, and {parked} forgotten"),
            "a program that still declares it registers it again, at its start".to_owned(),
        ],
    })
}

/// Says what a change does in one space.
pub(super) fn in_space(
    row: &SubscriptionRow,
    space_id: SpaceId,
    space: &str,
    change: &SubscriptionChange,
) -> Vec<String> {
    let space = visible(space);
    let parked = match row.parked_in(space_id) {
        Some(count) => counted(count, "parked event is", "parked events are"),
        None => "its parked events are".to_owned(),
    };
    let others = "the positions in other spaces do not change".to_owned();
    with_notice(match change {
        SubscriptionChange::Retry { .. } => vec![format!("in {space}, {parked} delivered once more")],
        SubscriptionChange::Skip { .. } => vec![
            format!("in {space}, {parked} given up for good"),
            "if it has stopped at one, it continues after it".to_owned(),
        ],
        SubscriptionChange::Reset { to: Start::Now, .. } => {
            let moved = format!("the position in {space} moves to the end");
            let lag = row.position_in(space_id).map(|at| counted(at.lag(), "event is", "events are"));
            let lost = lag.map(|events| format!("{events} not delivered"));
            [Some(moved), lost, Some(format!("{parked} forgotten")), Some(others)]
                .into_iter()
                .flatten()
                .collect()
        }
        SubscriptionChange::Reset { .. } => vec![
            format!("the position in {space} moves to the beginning"),
            "all events of this space are delivered again".to_owned(),
            format!("{parked} forgotten"),
            others,
        ],
        SubscriptionChange::Resume | SubscriptionChange::Remove => return everywhere(row, change),
    })
}

fn with_notice(mut lines: Vec<String>) -> Vec<String> {
    lines.push("a process that runs it notices the change".to_owned());
    lines
}
