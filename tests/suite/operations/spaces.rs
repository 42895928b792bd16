//! Finding spaces, and their overviews.

use std::ops::ControlFlow;

use ramax::operations::{SpaceOverview, find_space, overview, overviews};
use ramax::{Apps, Page};

use super::{append_contacts, tenants};
use crate::on_every_store;
use crate::support::Fixture;

on_every_store![spaces_are_found_by_name_or_id, overviews_contain_app_head_checkpoint_and_lag,];

fn spaces_are_found_by_name_or_id(fixture: &Fixture) {
    let (crm, _) = tenants(fixture);
    let apps = Apps::standard();
    let found = |name| find_space(&fixture.store, &apps, name).map(|content| content.space_id());
    assert_eq!(found("crm_acme").unwrap(), crm.space_id());
    assert_eq!(found("#1").unwrap(), crm.space_id());
    for name in ["nobody", "1", "01", "+1", "#01", "#+1", "# 1", "#", "#9"] {
        assert_eq!(found(name).unwrap_err().kind(), "unknown_space", "{name}");
    }
    fixture.space("2");
    assert_eq!(found("2").unwrap_err().kind(), "unknown_app", "the space of that name");
}

fn overviews_contain_app_head_checkpoint_and_lag(fixture: &Fixture) {
    let (crm, _) = tenants(fixture);
    append_contacts(&crm, 4);
    let spaces = overviews(&fixture.store, &Apps::standard(), Page::forward(None, 9)).unwrap();
    let told: Vec<_> = spaces
        .iter()
        .map(|space| {
            (space.space.space_name.as_str(), space.app, space.head.last_sequence.0, space.state_lag())
        })
        .collect();
    assert_eq!(told, [("crm_acme", Some("crm"), 44, 4), ("cms_staging", Some("cms"), 40, 0)]);
    // The async projections were never caught up.
    let slowest = |space: &SpaceOverview| (space.slowest().unwrap().name.to_string(), space.lag());
    assert_eq!(slowest(&spaces[0]), ("contacts_by_domain".to_owned(), 44));
    crm.catch_up_projection("contacts_by_domain", &mut |_, _| ControlFlow::Continue(())).unwrap();
    append_contacts(&crm, 3);
    let space = overview(&fixture.store, &Apps::standard(), "crm_acme").unwrap();
    assert_eq!(slowest(&space), ("state".to_owned(), 7), "of the two, that which lags most");
}
