//! Lists that are read page by page, and cut short if their space is deleted meanwhile.

use crate::content_store::Store;
use crate::error::Error;
use crate::operations::SpaceNames;
use crate::space::Space;

use super::exit::Failure;
use super::messages::Messages;
use super::session::Session;

/// Checks that a space still exists and is open after the last page of its list. A delete that started
/// earlier may have removed rows before the list reached them.
pub(super) fn check(store: &Store, space: &Space) -> Result<(), Failure> {
    let Some(record) = store.events().space(space.space_id)? else {
        let message = format!("the list is cut short: the space {} was deleted meanwhile", space.space_name);
        return Err(Failure::refused("unknown_space", message, "`ramax log` shows who deleted it"));
    };
    record.space.check_open().map_err(|error| {
        let failure = Failure::from(Error::from(error)).at("the list may be incomplete");
        Session::over_space(store, space.space_id, failure)
    })
}

/// Reports spaces that were deleted while a list of all spaces was read, and damaged ones.
pub(super) fn check_all(store: &Store, listed: SpaceNames, messages: Messages) -> Result<(), Failure> {
    let (deleted, damaged) = listed.gone(store)?;
    for name in deleted {
        messages
            .say(&format!("note: the space {name} was deleted meanwhile; not all of its events are listed"));
    }
    Ok(damaged.check(store)?)
}
