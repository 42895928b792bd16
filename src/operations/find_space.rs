//! Finding spaces by name or id, and opening them with their apps.

use crate::content_store::{Apps, ContentStore, Store};
use crate::error::{NearestSpace, Result, StoreError};
use crate::event_store::{Page, SpaceRecord};
use crate::pstate::ProjectionId;
use crate::space::{Space, SpaceId};
use crate::text::nearest;

/// The most spaces searched for a name like a mistyped one.
const LOOKED_THROUGH: usize = 10_000;

/// Opens the space of that name with its app.
///
/// # Errors
/// [`StoreError::UnknownSpace`]; [`CommandError::UnknownApp`](crate::CommandError::UnknownApp).
pub fn find_space(store: &Store, apps: &Apps, space_name: &str) -> Result<ContentStore> {
    open_space(store, apps, find_record(store, space_name)?.space)
}

/// Opens a space with its app.
///
/// # Errors
/// [`CommandError::UnknownApp`](crate::CommandError::UnknownApp).
pub fn open_space(store: &Store, apps: &Apps, space: Space) -> Result<ContentStore> {
    let app = apps.of(store, &space)?.ok_or_else(|| apps.unknown(&space))?;
    ContentStore::of(store, space, app)
}

/// Returns the space with that name, or with that id if the text is written as one: `#2`. No other text is read
/// as an id: a space named `2` may be deleted, and its name must not lead to another tenant then.
///
/// # Errors
/// [`StoreError::UnknownSpace`]; [`StoreError::AmbiguousSpace`] if the text is the name of one space and the id
/// of another, which older versions allowed.
pub fn find_record(store: &Store, space: &str) -> Result<SpaceRecord> {
    let named = store.events().find_space(space)?;
    let Ok(space_id) = space.parse::<SpaceId>() else {
        return named.map_or_else(|| Err(unknown(store, space)?.into()), Ok);
    };
    match (named, store.events().space(space_id)?) {
        (Some(named), Some(numbered)) if named.space.space_id != space_id => {
            let (named, numbered) = (named.space.space_id, numbered.space.space_name);
            Err(StoreError::AmbiguousSpace { space: space.to_owned(), named, numbered }.into())
        }
        (Some(record), _) | (None, Some(record)) => Ok(record),
        (None, None) => Err(StoreError::unknown_space(space).into()),
    }
}

/// Creates the error for an unknown name, with the space that was probably meant.
fn unknown(store: &Store, space: &str) -> Result<StoreError> {
    let by_id = match space.parse() {
        Ok(number) => store.events().space(SpaceId(number))?,
        Err(_) => None,
    };
    let nearest = match by_id {
        Some(record) => {
            let SpaceRecord { space: Space { space_id, space_name, .. }, .. } = record;
            Some(NearestSpace::Id { space_id, space_name })
        }
        None => {
            let spaces = store.events().spaces(Page::forward(None, LOOKED_THROUGH))?;
            let names = spaces.iter().map(|record| record.space.space_name.as_str());
            nearest(space, names).map(|name| NearestSpace::Name(name.to_owned()))
        }
    };
    Ok(StoreError::UnknownSpace { space: space.to_owned(), nearest })
}

/// Returns true if this program has no app for an open space, and none has built its projections: those of an import may have
/// been kept as they were.
pub fn has_no_app(store: &Store, apps: &Apps, space: &Space) -> Result<bool> {
    if space.check_open().is_err() || apps.of(store, space)?.is_some() {
        return Ok(false);
    }
    let pstate = store.pstate();
    for name in pstate.names(space.space_id)? {
        if pstate.open(ProjectionId::new(space.space_id, &name))?.definition.is_some() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Says why this program has no app for a space, given the app that its metadata names.
pub fn lacks_app(app: Option<&str>) -> String {
    match app {
        Some(app) => format!("it names the app {app}, which this program lacks"),
        None => "it names no app, and none here knows its events".to_owned(),
    }
}
