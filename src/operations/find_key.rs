//! Finding a key without knowing its projection.

use crate::content_store::{Apps, ProjectionMode, Store};
use crate::error::{CommandError, Error};
use crate::pstate::{Entry, ProjectionId};

use super::{ProjectionOverview, SpaceOverview, projection_named};

/// Returns the entry at a key and the projection of the space that holds it. `catch_up` is called with each projection
/// before it is read.
///
/// An async projection that is behind is caught up only if no other projection holds the key, or if it holds the key itself.
/// So reading a key of the state never waits for another projection.
///
/// ```
/// use std::sync::Arc;
/// use ramax::{Apps, ContentStore, Error, Store, apps::Crm, operations};
/// # fn main() -> ramax::Result<()> {
/// let (store, apps) = (Store::memory(), Apps::standard());
/// let acme = ContentStore::open(&store, "crm_acme", Arc::new(Crm))?;
/// acme.execute(ramax::apps::AddContact {
///     contact_id: "c1".to_owned(),
///     name: "Ada".to_owned(),
///     email: "ada@acme.example".to_owned(),
/// })?;
///
/// let space = operations::overview(&store, &apps, "crm_acme")?;
/// let found = operations::find_key(&store, &apps, &space, "domain:acme.example", &mut |projection| {
///     acme.projection_named(&projection.name).map(drop)
/// })?;
/// let found = found.map(|(projection, entry)| (projection.name.to_string(), entry.value.to_string()));
/// assert_eq!(found, Some(("contacts_by_domain".to_owned(), r#"{"contacts":1}"#.to_owned())));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`CommandError::AmbiguousKey`] if several projections hold the key; the errors of `catch_up` and
/// [`projection_named`].
pub fn find_key<'s, E: From<Error>>(
    store: &Store,
    apps: &Apps,
    space: &'s SpaceOverview,
    key: &str,
    catch_up: &mut dyn FnMut(&ProjectionOverview) -> Result<(), E>,
) -> Result<Option<(&'s ProjectionOverview, Entry)>, E> {
    let is_late = |projection: &&ProjectionOverview| {
        projection.mode == Some(ProjectionMode::Async) && projection.lag(&space.head) > 0
    };
    let (late, ready): (Vec<_>, Vec<_>) = space.projections.iter().partition(is_late);
    let read = |projection: &'s ProjectionOverview| -> Result<_, E> {
        let id = ProjectionId::new(space.space.space_id, &projection.name);
        let projection = projection_named(store, apps, id)?;
        let entry = projection.entry(key)?;
        projection.flush()?;
        Ok(entry)
    };
    let mut found = Vec::new();
    for projection in ready {
        catch_up(projection)?;
        found.extend(read(projection)?.map(|entry| (projection, entry)));
    }
    let is_elsewhere = !found.is_empty();
    for projection in late {
        if is_elsewhere && read(projection)?.is_none() {
            continue;
        }
        catch_up(projection)?;
        found.extend(read(projection)?.map(|entry| (projection, entry)));
    }
    if found.len() > 1 {
        let projections = found.iter().map(|(projection, _)| projection.name.to_string()).collect();
        return Err(Error::from(CommandError::AmbiguousKey { key: key.to_owned(), projections }).into());
    }
    Ok(found.pop())
}
