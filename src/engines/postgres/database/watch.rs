//! Notices a server that does not answer, although its connection is open.
//!
//! A statement may take as long as it needs. If its answer does not come, the server is asked on another connection: it counts
//! as away if it does not answer there either, and the connection counts as lost if its process has not received the statement.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use tokio::time::sleep;

use crate::sqlite::Stop;

use super::client::Task;
use super::session::Backend;
use super::silence::{PROBE, Silence};
use super::{Failure, failure};

/// How long a server has to answer once the program has to end.
const AT_THE_END: Duration = Duration::from_secs(1);

/// How often a wait looks whether the program has to end.
const LOOK: Duration = Duration::from_millis(100);

/// Asks a server on another connection whether this process of a connection waits for a statement.
type Ask = dyn Fn(Option<Backend>) -> Task<Result<bool, postgres::Error>> + Send;

/// The watch over the server of a connection.
pub(super) struct Watch {
    ask: Box<Ask>,
    backend: Option<Backend>,
    /// How long the server has to answer a statement before it is asked, and then how long to answer that.
    longest: Duration,
    stop: Stop,
    silence: Silence,
}

impl Watch {
    /// Creates the watch of a connection, whose server has this long to answer.
    pub(super) fn new(
        ask: impl Fn(Option<Backend>) -> Task<Result<bool, postgres::Error>> + Send + 'static,
        longest: Duration,
        (stop, silence): (&Stop, &Silence),
    ) -> Self {
        let (ask, stop, silence) = (Box::new(ask), stop.clone(), silence.clone());
        Self { ask, backend: None, longest: longest / 2, stop, silence }
    }

    /// Notes the server's process of the connection.
    pub(super) fn is_of(&mut self, backend: Backend) {
        self.backend = Some(backend);
    }

    /// Watches while a statement runs. Returns the failure of a server that does not answer any more.
    pub(super) async fn fails(&self) -> Failure {
        let started = Instant::now();
        let mut earlier = self.silence.just_now();
        loop {
            let longest = if earlier.is_some() { self.longest.min(PROBE) } else { self.longest };
            self.patience(longest, AT_THE_END / 2).await;
            let answer = first((self.ask)(self.backend), self.patience(longest, AT_THE_END)).await;
            let waited = earlier.unwrap_or(started.elapsed());
            match answer {
                Some(Ok(true)) => return self.failure(waited, false),
                Some(Err(error)) if failure::is_unreachable(&error) => return self.failure(waited, true),
                Some(Ok(false) | Err(_)) => earlier = None,
                None => return self.failure(waited, true),
            }
        }
    }

    /// Waits this long, and at most `at_the_end` if the program has to end.
    async fn patience(&self, longest: Duration, at_the_end: Duration) {
        let started = Instant::now();
        loop {
            let most = if self.stop.has_ended_waits() { longest.min(at_the_end) } else { longest };
            let left = most.saturating_sub(started.elapsed());
            if left.is_zero() {
                return;
            }
            sleep(left.min(LOOK)).await;
        }
    }

    fn failure(&self, waited: Duration, is_away: bool) -> Failure {
        if !self.stop.has_ended_waits() {
            if is_away {
                self.silence.note(waited);
            }
            return Failure::Unanswered { waited, is_away };
        }
        if is_away {
            // Nothing else would be answered.
            self.stop.ask();
        }
        Failure::Silent
    }
}

/// Completes a moment after the program was asked to end.
pub(super) async fn end(stop: &Stop) {
    while !stop.has_ended_waits() {
        sleep(LOOK).await;
    }
    sleep(AT_THE_END).await;
}

/// Returns the result of `work`, unless `end` completes before it.
pub(super) async fn first<T>(work: impl Future<Output = T>, end: impl Future<Output = ()>) -> Option<T> {
    let (mut work, mut end) = (pin!(work), pin!(end));
    poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending => end.as_mut().poll(context).map(|()| None),
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the failure after some answers, each of which the server gives or not.
    fn failure(answers: impl Fn(u32) -> Option<bool> + Send + Sync + 'static, stop: &Stop) -> Failure {
        failure_after(&Silence::default(), Duration::from_millis(2), answers, stop)
    }

    fn failure_after(
        silence: &Silence,
        longest: Duration,
        answers: impl Fn(u32) -> Option<bool> + Send + Sync + 'static,
        stop: &Stop,
    ) -> Failure {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let asked = std::sync::atomic::AtomicU32::new(0);
        let ask = move |_| -> Task<Result<bool, postgres::Error>> {
            match answers(asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed)) {
                Some(answer) => Box::pin(std::future::ready(Ok(answer))),
                None => Box::pin(std::future::pending()),
            }
        };
        let watch = Watch::new(ask, longest, (stop, silence));
        runtime.block_on(watch.fails())
    }

    #[test]
    fn a_statement_is_waited_for_while_its_server_answers() {
        let stop = Stop::default();
        let away = failure(|asked| (asked < 3).then_some(false), &stop);
        assert!(matches!(away, Failure::Unanswered { is_away: true, .. }), "{away:?}");
        let unreceived = failure(|asked| Some(asked == 3), &stop);
        assert!(matches!(unreceived, Failure::Unanswered { is_away: false, .. }), "{unreceived:?}");
    }

    #[test]
    fn the_next_statement_does_not_wait_for_a_silent_server_as_long_again() {
        let (silence, endless) = (Silence::default(), Duration::MAX);
        silence.note(Duration::from_secs(10));
        let failed = failure_after(&silence, endless, |_| None, &Stop::default());
        let Failure::Unanswered { waited, is_away: true } = failed else { panic!("{failed:?}") };
        assert_eq!(waited, Duration::from_secs(10));
    }

    #[test]
    fn after_a_silent_server_nothing_else_is_asked_if_the_program_has_to_end() {
        let stop = Stop::default();
        stop.end_waits();
        assert!(matches!(failure(|_| None, &stop), Failure::Silent));
        assert!(stop.check_asked().is_err());
    }
}
