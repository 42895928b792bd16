//! Runs remedies within this process.

use ramax::error::Remedy;
use ramax::operations::{
    self, DeleteOptions, Operation, OperationContext, Rebuild, Redact, RemoveProjection, Target, delete,
    find_space, keep_going, rebuild, repair,
};
use ramax::subscriptions::{Start, SubscriptionChange};
use ramax::{Apps, Result, Store};

use super::findings::checked;

/// Runs a remedy of a finding. Returns false if it needs another file: a backup, or an import into a new store.
pub fn apply(store: &Store, remedy: &Remedy, name: Option<&str>) -> Result<bool> {
    let space = || find_space(store, &Apps::standard(), name.unwrap());
    match remedy {
        Remedy::Nothing => {}
        Remedy::Check { .. } => repair(store, &checked(store, true), &mut keep_going)?,
        Remedy::Rebuild { skip_errors } => {
            let options = Rebuild { skip_errors: *skip_errors, ..Rebuild::default() };
            drop(rebuild(&space()?, options, &mut keep_going)?);
        }
        Remedy::RebuildProjection { skip_errors, projection } => {
            let projection = Some(projection.clone());
            let options = Rebuild { skip_errors: *skip_errors, projection, ..Rebuild::default() };
            drop(rebuild(&space()?, options, &mut keep_going)?);
        }
        Remedy::RemoveProjection { projection } => {
            let (apps, space) = (Apps::standard(), space()?);
            let mut remove = RemoveProjection { projection: projection.clone() };
            let (target, context) = (Target::of(space.space()), OperationContext::new(store, &apps));
            remove.run(target, context, &mut keep_going)?;
        }
        Remedy::Delete { .. } | Remedy::Import => {
            drop(delete(store, name.unwrap(), DeleteOptions::default(), &mut keep_going)?);
        }
        Remedy::Redact { entity_id, fields, .. } => {
            let fields = fields.iter().map(|field| field.parse().unwrap()).collect();
            let redact = Redact { entity_id: entity_id.clone(), fields, ..Redact::default() };
            drop(operations::redact(&space()?, &redact, &mut keep_going)?);
        }
        Remedy::RemoveSubscription { name } => {
            store.events().change_subscription(name, &SubscriptionChange::Remove)?;
        }
        Remedy::RecountSubscription { name } => {
            store.events().change_subscription(name, &SubscriptionChange::Resume)?;
        }
        Remedy::ContinueSubscription { name } => {
            let to_end = SubscriptionChange::Reset { space_id: None, to: Start::Now };
            store.events().change_subscription(name, &to_end)?;
        }
        Remedy::Restore | Remedy::Transfer => return Ok(false),
        other => panic!("{other:?} repairs no finding of one file"),
    }
    Ok(true)
}
