//! The conformance suite, run on a PostgreSQL database.

use std::time::Duration;

use ramax::testing::conformance::Fixture;
use ramax::{OpenOptions, Store};

use crate::server::new_address;

ramax::conformance!(Fixture::new(|| {
    // Many threads share the server with other tests, and no case waits until it fails.
    let options = OpenOptions { busy_timeout: Duration::from_secs(60), ..OpenOptions::default() };
    (Store::connect_or_create(&new_address(), options).unwrap(), ())
}));
