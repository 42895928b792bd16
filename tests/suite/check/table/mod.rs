//! Kinds of damage, each with the finding of a check. The guide has the same table.

mod counters;
mod events;
mod indexes;
mod projections;
mod spaces;
pub mod subscriptions;
mod undeclared_projections;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use ramax::error::Remedy;

use super::{numbers, unwatched};

/// Damage done with SQL.
pub struct Kind {
    pub sql: &'static str,
    /// True if it is done to the projections' tables.
    pub projections: bool,
    /// True if only a deep check finds it.
    pub deep: bool,
    pub finding: &'static str,
    pub remedy: Remedy,
    /// The space of the finding; none for the whole file.
    pub space: Option<&'static str>,
}

impl Kind {
    /// Returns true if the damage is done to the last space, the only one with an index of entities.
    pub fn is_of_last_space(&self) -> bool {
        self.space == Some("crm_big")
    }
}

const LIVE: &str = "crm_acme";

const REPAIR: Remedy = Remedy::Check { deep: false, repair: true };

pub fn of_events(finding: &'static str, remedy: Remedy, sql: &'static str) -> Kind {
    Kind { sql, projections: false, deep: false, finding, remedy, space: Some(LIVE) }
}

pub fn of_projections(finding: &'static str, remedy: Remedy, sql: &'static str) -> Kind {
    Kind { projections: true, ..of_events(finding, remedy, sql) }
}

fn deep(kind: Kind) -> Kind {
    Kind { deep: true, ..kind }
}

pub fn of(space: Option<&'static str>, kind: Kind) -> Kind {
    Kind { space, ..kind }
}

/// Damage to the counters of the first space.
fn unreadable(sql: &'static str) -> Kind {
    of_events("unreadable", REPAIR, sql)
}

/// A repair of a projection that the app does not declare.
pub fn removal() -> Remedy {
    Remedy::RemoveProjection { projection: "contacts_by_city".to_owned() }
}

/// Plants a projection that the app does not declare, and damages it.
macro_rules! undeclared {
    ($damage:literal) => {
        concat!(
            "INSERT INTO projections (projection_id, space_id, state, projection)
               VALUES (50, 1, 'live', 'contacts_by_city');
             INSERT INTO projection_checkpoints
               SELECT 1, 'contacts_by_city', last_event_id, last_space_sequence, updated_at, 50, 1
               FROM projection_checkpoints WHERE space_id = 1 AND projection = 'state';
             INSERT INTO projection_entities VALUES (50, 'city:rome', '1', 0);",
            $damage
        )
    };
}

pub(super) use undeclared;

pub static KINDS: LazyLock<Vec<Kind>> = LazyLock::new(|| {
    let topics = [
        events::kinds(),
        subscriptions::kinds(),
        counters::kinds(),
        indexes::kinds(),
        spaces::kinds(),
        projections::kinds(),
        undeclared_projections::kinds(),
        numbers::kinds(),
        unwatched::kinds(),
    ];
    topics.into_iter().flatten().collect()
});

/// Returns the first damage of each kind of finding and remedy, in the events and in the projections.
pub fn first_of_each() -> impl Iterator<Item = &'static Kind> {
    let mut seen = BTreeSet::new();
    KINDS.iter().filter(move |kind| seen.insert((kind.finding, kind.remedy.kind(), kind.projections)))
}
