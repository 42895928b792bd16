//! Noting upcasters that no event of the store reaches.

use std::sync::Arc;

use crate::content_store::{App, is_used};
use crate::event::Event;

use super::damage::Damage;
use super::fault::Fault;
use super::findings::Found;

/// The upcasters of the apps of the spaces checked so far, with those that were reached.
#[derive(Default)]
pub(super) struct Upcasting(Vec<(Arc<dyn App>, Vec<bool>)>);

impl Upcasting {
    /// Adds the app of a space. Returns its place if it has upcasters.
    pub(super) fn of(&mut self, app: Option<Arc<dyn App>>) -> Option<usize> {
        let app = app.filter(|app| !app.upcasters().is_empty())?;
        let place = self.0.iter().position(|(known, _)| known.name() == app.name());
        Some(place.unwrap_or_else(|| {
            let reached = vec![false; app.upcasters().len()];
            self.0.push((app, reached));
            self.0.len() - 1
        }))
    }

    /// Records the upcasters that an event of an app reaches.
    pub(super) fn look(&mut self, place: usize, event: &Event) {
        let Some((app, reached)) = self.0.get_mut(place) else { return };
        let upcasters = app.upcasters();
        for (upcaster, reached) in upcasters.iter().zip(reached).filter(|(_, reached)| !**reached) {
            *reached = is_used(upcasters, upcaster, event);
        }
    }

    /// Notes the upcasters that no event reached.
    pub(super) fn report(&self, found: &mut Found) {
        for (app, reached) in &self.0 {
            for (upcaster, _) in app.upcasters().iter().zip(reached).filter(|(_, reached)| !**reached) {
                let (from, to) = (upcaster.from.to_string(), upcaster.to.to_string());
                found.note(Fault::Damaged(Damage::UnusedUpcaster { app: app.name(), from, to }));
            }
        }
    }
}
