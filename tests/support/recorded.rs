//! Operations of tests, recorded like all others.

use ramax::operations::{Operation, OperationContext, Summary, Target, Watch, keep_going};
use ramax::{Apps, Error, Result, Store};
use serde_json::{Map, Value};

/// The name and the target of an operation.
pub type Named<'a> = (&'static str, Target<'a>);

/// Runs work that is recorded when it starts and when it ends.
pub fn logged<T>(
    store: &Store,
    named: Named<'_>,
    parameters: Map<String, Value>,
    work: impl FnOnce() -> Result<T>,
    tell: impl Fn(&T) -> Summary,
) -> Result<T> {
    run(store, named, Work { parameters, at_end: false, name: named.0, work: Some(work), tell })
}

/// Runs work that is recorded when it has ended.
pub fn recorded<T>(
    store: &Store,
    named: Named<'_>,
    parameters: Map<String, Value>,
    work: impl FnOnce() -> Result<T>,
    tell: impl Fn(&T) -> Summary,
) -> Result<T> {
    run(store, named, Work { parameters, at_end: true, name: named.0, work: Some(work), tell })
}

fn run<O: Operation<Error = Error>>(
    store: &Store,
    (_, target): Named<'_>,
    mut operation: O,
) -> Result<O::Done> {
    let apps = Apps::default();
    operation.run(target, OperationContext::new(store, &apps), &mut keep_going)
}

struct Work<W, S> {
    name: &'static str,
    parameters: Map<String, Value>,
    at_end: bool,
    work: Option<W>,
    tell: S,
}

impl<T, W: FnOnce() -> Result<T>, S: Fn(&T) -> Summary> Operation for Work<W, S> {
    type Done = T;
    type Error = Error;

    fn name(&self) -> &'static str {
        self.name
    }

    fn parameters(&self) -> Map<String, Value> {
        self.parameters.clone()
    }

    fn is_recorded_at_end(&self) -> bool {
        self.at_end
    }

    fn perform(&mut self, _: Target<'_>, _: OperationContext<'_>, _: &mut Watch<'_>) -> Result<T> {
        (self.work.take().unwrap())()
    }

    fn summary(&self, done: &T) -> Summary {
        (self.tell)(done)
    }
}
