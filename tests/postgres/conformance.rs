//! The conformance suite, run on a PostgreSQL database.

use ramax::testing::conformance::Fixture;
use ramax::{OpenOptions, Store};

use crate::server::new_address;

ramax::conformance!(Fixture::new(|| {
    (Store::connect_or_create(&new_address(), OpenOptions::default()).unwrap(), ())
}));
