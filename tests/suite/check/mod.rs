//! Checks find every kind of damage, name the operation that repairs it, and find nothing in intact files.

mod blocked;
mod columns;
mod damage;
mod derived;
mod endless;
mod entity_index;
mod errors;
mod event_types;
mod findings;
mod flips;
mod free_pages;
mod healthy;
mod in_use;
mod keys;
mod lost_data;
mod newer;
mod numbers;
mod planted;
mod remedies;
mod repairs;
mod roles;
mod space_ids;
mod subscriptions;
mod table;
mod unknown_app;
mod unwatched;
