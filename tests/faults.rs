//! What becomes of a store when the storage under it fails.
//!
//! A shim over SQLite's own way to the disk, installed as the default in this test program, fails calls or keeps
//! a record of them for the directories that a test names; all others it lets through.
//! `RAMAX_FAULTS=1` asks for the whole campaign: every call fails once and for good, in one file and in two.

mod support;

mod faults {
    mod failing;
    mod power;
    mod shim;
    mod whole;
}
