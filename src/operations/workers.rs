//! Runs the subscriptions and async projections of a program.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crate::content_store::{Apps, Store};
use crate::delivery::{BoxError, Delivery, DeliveryNews, Effects, Subscriber};
use crate::error::Result;
use crate::subscriptions::Subscription;

use super::projection_runner::{ProjectionNews, ProjectionRunner};

/// The longest pause before a failed event is tried again or `stop` is read.
const PAUSE: Duration = Duration::from_millis(50);

/// A subscription with its handler.
#[derive(Clone)]
pub struct Worker {
    subscription: Subscription,
    handler: Arc<Handle>,
}

type Handle = dyn Fn(&Delivery<'_>) -> Result<Effects, BoxError> + Send + Sync;

/// The subscriptions of a program with their handlers, and its async projections.
///
/// ```
/// use std::sync::atomic::AtomicBool;
/// use ramax::delivery::Effects;
/// use ramax::operations::{Worker, Workers};
/// use ramax::subscriptions::Subscription;
/// use ramax::{Apps, Store};
///
/// # fn main() -> ramax::Result<()> {
/// let emails = Worker::new(Subscription::all_spaces("emails"), |_| Ok(Effects::none()));
/// let workers = Workers::new(Apps::standard(), vec![emails]);
/// workers.run_until_idle(&Store::memory(), &AtomicBool::new(false))
/// # }
/// ```
pub struct Workers {
    apps: Apps,
    workers: Vec<Worker>,
    has_projections: bool,
    listener: Arc<Listener>,
}

type Listener = dyn Fn(WorkNews) + Send + Sync;

/// A report of a running worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WorkNews {
    /// A report of a subscription.
    Subscription {
        /// Its name.
        name: String,
        /// The report.
        news: DeliveryNews,
    },
    /// A report about async projections.
    Projections(ProjectionNews),
}

impl Worker {
    /// Returns a subscription with the handler of its events.
    pub fn new(
        subscription: Subscription,
        handler: impl Fn(&Delivery<'_>) -> Result<Effects, BoxError> + Send + Sync + 'static,
    ) -> Self {
        Self { subscription, handler: Arc::new(handler) }
    }

    /// Returns the name of the subscription.
    pub fn name(&self) -> &str {
        self.subscription.name()
    }
}

impl Workers {
    /// Returns these workers, and one that keeps the async projections of the apps up to date. Events are delivered in
    /// their current form, with the upcasters of the apps.
    pub fn new(apps: Apps, workers: Vec<Worker>) -> Self {
        Self { apps, workers, has_projections: true, listener: Arc::new(drop) }
    }

    /// Leaves the projections to others.
    #[must_use]
    pub fn without_projections(self) -> Self {
        Self { has_projections: false, ..self }
    }

    /// Reports to `listener` what happens, from several threads.
    #[must_use]
    pub fn on_news(self, listener: impl Fn(WorkNews) + Send + Sync + 'static) -> Self {
        Self { listener: Arc::new(listener), ..self }
    }

    /// Runs each worker on a thread of its own until `stop` is set. A worker that fails stops all of them. Each finishes
    /// the event that it is delivering, and releases its lease.
    ///
    /// # Errors
    /// The first error of [`Subscriber::run`] or [`ProjectionRunner::run`]; the errors of [`Store::subscribe`].
    pub fn run(&self, store: &Store, stop: &AtomicBool) -> Result<()> {
        let subscribers = self.subscribers(store)?;
        let projections = self.projections(store)?;
        let until_stopped = |work: &mut dyn FnMut() -> Result<()>| {
            let result = work();
            stop.store(true, Ordering::Relaxed);
            result
        };
        thread::scope(|scope| {
            let mut running = Vec::new();
            for (mut subscriber, handler) in subscribers {
                running.push(scope.spawn(move || until_stopped(&mut || subscriber.run(&*handler, stop))));
            }
            if let Some(mut runner) = projections {
                running.push(scope.spawn(move || until_stopped(&mut || runner.run(stop))));
            }
            let results = running.into_iter().map(|thread| match thread.join() {
                Ok(result) => result,
                Err(panic) => std::panic::resume_unwind(panic),
            });
            // All of them have to end.
            results.collect::<Vec<_>>().into_iter().collect()
        })
    }

    /// Takes turns among the workers until none has anything left to do, or `stop` is set. Events that failed are tried
    /// again until they are delivered or parked.
    ///
    /// # Errors
    /// As [`Subscriber::deliver_pending`] and [`ProjectionRunner::round`]; the errors of [`Store::subscribe`].
    pub fn run_until_idle(&self, store: &Store, stop: &AtomicBool) -> Result<()> {
        let mut subscribers = self.subscribers(store)?;
        let mut projections = self.projections(store)?;
        while !stop.load(Ordering::Relaxed) {
            let (mut is_idle, mut next_attempt) = (true, None);
            for (subscriber, handler) in &mut subscribers {
                let done = subscriber.deliver(&mut |delivery| handler(delivery), stop)?;
                is_idle &= done.delivered == 0 && done.failed == 0;
                next_attempt = next_attempt.into_iter().chain(done.next_attempt).min();
            }
            if let Some(runner) = &mut projections {
                is_idle &= runner.round_until(stop)?.events == 0;
            }
            match next_attempt {
                None if is_idle => break,
                Some(wait) if is_idle => thread::sleep(wait.min(PAUSE)),
                _ => {}
            }
        }
        subscribers.iter_mut().try_for_each(|(subscriber, _)| subscriber.release())
    }

    fn subscribers(&self, store: &Store) -> Result<Vec<(Subscriber, Arc<Handle>)>> {
        let subscriber = |Worker { subscription, handler }: &Worker| {
            let (name, listener) = (subscription.name().to_owned(), Arc::clone(&self.listener));
            let report = move |news| listener(WorkNews::Subscription { name: name.clone(), news });
            let subscriber = store.subscribe(subscription)?.upcasting(&self.apps).on_news(report);
            Ok((subscriber, Arc::clone(handler)))
        };
        self.workers.iter().map(subscriber).collect()
    }

    fn projections(&self, store: &Store) -> Result<Option<ProjectionRunner>> {
        let listener = Arc::clone(&self.listener);
        let runner = self.has_projections.then(|| ProjectionRunner::new(store, self.apps.clone()));
        Ok(runner
            .transpose()?
            .map(|runner| runner.on_news(move |news| listener(WorkNews::Projections(news)))))
    }
}
