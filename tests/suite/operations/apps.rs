//! Apps declared by tests, with commands and events that change nothing.

use std::sync::Arc;

use ramax::content_store::{Applied, Arguments, CommandSpec, Decision, FieldSpec, StateError};
use ramax::operations::overview;
use ramax::{App, Apps, Context, Event, Json, NewEvent, State};

use crate::on_every_store;
use crate::support::Fixture;

on_every_store![
    the_longest_prefix_decides_the_app_of_a_space,
    without_a_prefix_the_app_with_most_known_types_is_chosen
];

/// An app whose events are only logged.
pub struct Small {
    pub name: &'static str,
    pub prefix: &'static str,
    pub types: &'static [&'static str],
    pub commands: &'static [CommandSpec],
}

impl App for Small {
    fn name(&self) -> &'static str {
        self.name
    }

    fn summary(&self) -> &'static str {
        "a small app"
    }

    fn space_prefix(&self) -> &'static str {
        self.prefix
    }

    fn event_types(&self) -> &'static [&'static str] {
        self.types
    }

    fn commands(&self) -> &'static [CommandSpec] {
        self.commands
    }

    fn apply(&self, state: &mut State<'_>, event: &Event) -> Result<Applied, StateError> {
        state.put(&event.entity_id, &event.payload)?;
        Ok(Applied::Yes)
    }
}

pub const fn command(
    name: &'static str,
    fields: &'static [FieldSpec],
    decide: fn(&Context<'_>, &Arguments<'_>) -> Decision,
) -> CommandSpec {
    CommandSpec::new(name, "Command", "does something", fields, decide)
}

/// Creates an event without contents.
pub fn happened(entity: &str, event_type: &str) -> NewEvent {
    NewEvent::new(entity, event_type, Json::of(&true.into()))
}

fn apps(list: &[(&'static str, &'static str, &'static [&'static str])]) -> Apps {
    let small = |(name, prefix, types)| Small { name, prefix, types, commands: &[] };
    list.iter().fold(Apps::standard(), |apps, app| apps.with(Arc::new(small(*app))))
}

fn the_longest_prefix_decides_the_app_of_a_space(fixture: &Fixture) {
    for name in ["crm_orders_acme", "crm_acme", "other"] {
        fixture.space(name);
    }
    let orders = ("orders", "crm_orders_", &["order.placed"][..]);
    let none = ("none", "", &[][..]);
    for apps in [apps(&[orders, none]), apps(&[none, orders])] {
        let app = |name| overview(&fixture.store, &apps, name).unwrap().app;
        assert_eq!(
            [app("crm_orders_acme"), app("crm_acme"), app("other")],
            [Some("orders"), Some("crm"), None]
        );
    }
}

fn without_a_prefix_the_app_with_most_known_types_is_chosen(fixture: &Fixture) {
    let space_id = fixture.space("acme").space_id;
    for event_type in ["contact.added", "order.placed", "order.paid"] {
        super::append(&fixture.store, space_id, &[happened("c1", event_type)]);
    }
    let apps = apps(&[("orders", "orders_", &["contact.added", "order.placed", "order.paid"])]);
    assert_eq!(overview(&fixture.store, &apps, "acme").unwrap().app, Some("orders"));
}
