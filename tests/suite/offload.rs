//! Work on a store for async callers.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use ramax::Offload;
use ramax::{Conditions, Request};
use tokio::runtime::{Builder, Runtime};

use crate::support::{Fixture, add_contact};

fn runtime() -> Runtime {
    Builder::new_current_thread().build().unwrap()
}

#[test]
fn commands_and_reads_run_off_the_runtime() {
    let fixture = Fixture::one_file();
    let crm = Offload::new(fixture.crm("crm_acme"));
    runtime().block_on(async {
        let done = crm.execute(add_contact("c1")).await.unwrap();
        assert_eq!(done.space_sequence.0, 1);
        assert_eq!(crm.execute(add_contact("c1")).await.unwrap_err().kind(), "contact_already_exists");
        let here = std::thread::current().id();
        let (count, there) =
            crm.run(|crm| Ok((crm.event_count()?, std::thread::current().id()))).await.unwrap();
        assert_eq!(count, 1);
        assert_ne!(there, here);
    });
    assert_eq!(crm.handle().event_count().unwrap(), 1);
}

#[test]
fn a_dropped_future_leaves_the_command_whole() {
    let fixture = Fixture::one_file();
    let crm = Offload::new(fixture.crm("crm_acme"));
    let conditions = Conditions { idempotency_key: Some("k".to_owned()), ..Conditions::default() };
    let request = Request { conditions, ..add_contact("c1").into() };
    // On one thread, the second command waits for the first.
    let runtime = Builder::new_current_thread().max_blocking_threads(1).build().unwrap();
    runtime.block_on(async {
        let mut command = pin!(crm.execute(request.clone()));
        let polled = command.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(matches!(polled, Poll::Pending | Poll::Ready(Ok(_))));
    });
    let again = runtime.block_on(crm.execute(request)).unwrap();
    assert!(again.repeated, "the first command was executed, though no one waited for it");
    assert_eq!(crm.handle().event_count().unwrap(), 1);
}

#[test]
fn work_that_was_not_started_fails_as_stopped() {
    let store = Offload::new(Fixture::memory().store);
    let first = runtime();
    let handle = first.handle().clone();
    first.shutdown_background();
    let late = async {
        let _guard = handle.enter();
        store.run(|_| Ok(())).await
    };
    assert_eq!(runtime().block_on(late).unwrap_err().kind(), "stopped");
}

#[test]
fn a_panic_reaches_the_caller() {
    let store = Offload::new(Fixture::memory().store);
    let work = || runtime().block_on(store.run(|_| -> ramax::Result<()> { panic!("in the middle") }));
    let panic = catch_unwind(AssertUnwindSafe(work)).unwrap_err();
    assert_eq!(*panic.downcast::<&str>().unwrap(), "in the middle");
}
