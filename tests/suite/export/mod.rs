//! Exports, imports, and the archive and proof of a delete.

mod archive;
mod damage;
mod fuzz;
mod limits;
mod lines;
mod places;
mod properties;
mod round_trip;
mod scene;
mod unfinished;
