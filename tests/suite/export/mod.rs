//! Exports, imports, and the archive and proof of a delete.

mod archive;
mod bug_reports;
mod damage;
mod fixtures;
mod fuzz;
mod interrupted_imports;
mod limits;
pub mod lines;
mod properties;
mod protected_destinations;
mod round_trip;
#[rustfmt::skip]
mod written_test;
