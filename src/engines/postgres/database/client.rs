//! A connection to a server, whose waits end when the program has to.
//!
//! The synchronous client of the `postgres` crate waits for its server without a limit, also while it connects. This one drives
//! the same connection, and looks whether it was halted whenever it would wait.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use parking_lot::Mutex;
use postgres::types::{ToSql, Type};
use postgres::{Error, Row, SimpleQueryMessage, Statement};
use tokio::runtime::Runtime;
use tokio::time::sleep;
use tokio_postgres::binary_copy::BinaryCopyInWriter;

use super::session::Backend;
use super::watch::Watch;
use super::{Failure, Result};

/// How long a server has to answer a statement after it was asked to cancel it.
const LAST_WAIT: Duration = Duration::from_secs(1);

/// How long to wait before it is asked again, because a request may arrive before the statement.
const ASK_AGAIN: Duration = Duration::from_millis(50);

/// How long a server may take to receive the last message of a connection.
const CLOSING: Duration = Duration::from_millis(100);

/// A task that has no result of interest.
pub(super) type Task<T = ()> = Pin<Box<dyn Future<Output = T> + Send>>;

/// An open connection.
pub(super) struct Client {
    runtime: Runtime,
    /// `None` once it is closed.
    inner: Option<tokio_postgres::Client>,
    link: Link,
}

/// Whatever else a connection needs while a statement runs.
struct Link {
    connection: Task<std::result::Result<(), Error>>,
    has_ended: bool,
    cancel: Box<dyn Fn() -> Task + Send>,
    halt: Halt,
    watch: Watch,
}

/// A request to wait no longer. Clones share it.
#[derive(Clone, Default)]
pub(super) struct Halt(Arc<HaltState>);

#[derive(Default)]
struct HaltState {
    is_asked: AtomicBool,
    waits: Mutex<Option<Waker>>,
}

impl Halt {
    /// Ends the wait in progress, and all later ones.
    pub(super) fn ask(&self) {
        self.0.is_asked.store(true, Ordering::SeqCst);
        if let Some(waker) = self.0.waits.lock().take() {
            waker.wake();
        }
    }

    /// Returns true if the wait has to end. Otherwise, the task is woken when it has to.
    fn is_asked(&self, context: &Context<'_>) -> bool {
        *self.0.waits.lock() = Some(context.waker().clone());
        self.0.is_asked.load(Ordering::SeqCst)
    }

    /// Waits for `work`, unless it is halted.
    ///
    /// # Errors
    /// [`Failure::Silent`] if it was halted.
    pub(super) async fn unless_asked<T>(&self, work: impl Future<Output = T>) -> Result<T> {
        let mut work = pin!(work);
        poll_fn(|context| match work.as_mut().poll(context) {
            Poll::Ready(done) => Poll::Ready(Ok(done)),
            Poll::Pending if self.is_asked(context) => Poll::Ready(Err(Failure::Silent)),
            Poll::Pending => Poll::Pending,
        })
        .await
    }
}

impl Client {
    /// Takes a connection over, which `cancel` asks to cancel its statement.
    pub(super) fn new(
        runtime: Runtime,
        inner: tokio_postgres::Client,
        connection: impl Future<Output = std::result::Result<(), Error>> + Send + 'static,
        cancel: impl Fn() -> Task + Send + 'static,
        (halt, watch): (Halt, Watch),
    ) -> Self {
        let (connection, cancel) = (Box::pin(connection), Box::new(cancel));
        let link = Link { connection, has_ended: false, cancel, halt, watch };
        Self { runtime, inner: Some(inner), link }
    }

    /// Notes the server's process of the connection.
    pub(super) fn is_of(&mut self, backend: Backend) {
        self.link.watch.is_of(backend);
    }

    /// Returns true if the connection is known to be closed.
    pub(super) fn is_closed(&self) -> bool {
        self.link.has_ended || self.inner.as_ref().is_none_or(tokio_postgres::Client::is_closed)
    }

    pub(super) fn prepare(&mut self, sql: &str) -> Result<Statement> {
        self.run(async |client| client.prepare(sql).await)
    }

    pub(super) fn batch_execute(&mut self, sql: &str) -> Result<()> {
        self.run(async |client| client.batch_execute(sql).await)
    }

    pub(super) fn simple_query(&mut self, sql: &str) -> Result<Vec<SimpleQueryMessage>> {
        self.run(async |client| client.simple_query(sql).await)
    }

    pub(super) fn query(
        &mut self,
        statement: &Statement,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>> {
        self.run(async |client| client.query(statement, parameters).await)
    }

    pub(super) fn query_one(
        &mut self,
        statement: &Statement,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Row> {
        self.run(async |client| client.query_one(statement, parameters).await)
    }

    pub(super) fn execute(
        &mut self,
        statement: &Statement,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<u64> {
        self.run(async |client| client.execute(statement, parameters).await)
    }

    /// Runs a `COPY … FROM STDIN` in the binary format with these rows.
    pub(super) fn copy<'a>(
        &mut self,
        sql: &str,
        types: &[Type],
        rows: impl Iterator<Item = Vec<&'a (dyn ToSql + Sync)>>,
    ) -> Result<u64> {
        self.run(async |client| {
            let mut writer = pin!(BinaryCopyInWriter::new(client.copy_in(sql).await?, types));
            for row in rows {
                writer.as_mut().write(&row).await?;
            }
            writer.finish().await
        })
    }

    /// Runs a statement.
    ///
    /// # Errors
    /// [`Failure::Silent`] if it was halted, and the server did not answer any more; [`Failure::Unanswered`] if it was not.
    fn run<T>(
        &mut self,
        statement: impl AsyncFnOnce(&tokio_postgres::Client) -> std::result::Result<T, Error>,
    ) -> Result<T> {
        let Self { runtime, inner, link } = self;
        let Some(inner) = inner else { return Err(Failure::Silent) };
        let done = runtime.block_on(link.drive(statement(inner)));
        if matches!(done, Err(Failure::Silent | Failure::Unanswered { .. })) {
            // Its answer may still come, and is not that of the next statement.
            link.has_ended = true;
        }
        done
    }
}

impl Link {
    /// Drives the connection until a statement on it is done.
    async fn drive<T>(
        &mut self,
        statement: impl Future<Output = std::result::Result<T, Error>>,
    ) -> Result<T> {
        let mut statement = pin!(statement);
        let mut ending: Option<(Task, Task)> = None;
        let Self { connection, has_ended, cancel, halt, watch } = self;
        let mut failing = pin!(watch.fails());
        poll_fn(|context| {
            if !*has_ended {
                match connection.as_mut().poll(context) {
                    Poll::Ready(ended) => {
                        *has_ended = true;
                        if let Err(error) = ended {
                            return Poll::Ready(Err(error.into()));
                        }
                    }
                    Poll::Pending => {}
                }
            }
            if let Poll::Ready(done) = statement.as_mut().poll(context) {
                return Poll::Ready(done.map_err(Failure::from));
            }
            if let Poll::Ready(failure) = failing.as_mut().poll(context) {
                return Poll::Ready(Err(failure));
            }
            if halt.is_asked(context) {
                let (cancelling, wait) = ending.get_or_insert_with(|| (cancel(), Box::pin(sleep(LAST_WAIT))));
                if cancelling.as_mut().poll(context).is_ready() {
                    let again = cancel();
                    *cancelling = Box::pin(async {
                        sleep(ASK_AGAIN).await;
                        again.await;
                    });
                    let _ = cancelling.as_mut().poll(context);
                }
                if wait.as_mut().poll(context).is_ready() {
                    return Poll::Ready(Err(Failure::Silent));
                }
            }
            Poll::Pending
        })
        .await
    }
}

impl Drop for Client {
    /// Tells the server that the connection is closed.
    fn drop(&mut self) {
        drop(self.inner.take());
        let Self { runtime, link: Link { connection, has_ended: false, .. }, .. } = self else { return };
        let _ = runtime.block_on(async { tokio::time::timeout(CLOSING, connection).await });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_ends_when_it_is_halted() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let halt = Halt::default();
        let other = halt.clone();
        let halted = std::thread::spawn(move || {
            while other.0.waits.lock().is_none() {
                std::thread::yield_now();
            }
            other.ask();
        });
        let waited = runtime.block_on(halt.unless_asked(std::future::pending::<()>()));
        assert!(matches!(waited, Err(Failure::Silent)));
        halted.join().unwrap();
        assert!(matches!(runtime.block_on(halt.unless_asked(std::future::ready(1))), Ok(1)));
    }
}
