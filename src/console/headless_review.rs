//! A rebuild of a console without a terminal, on a thread of its own, while it waits for a decision.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use parking_lot::Mutex;

use crate::console::app::bindings::Bindings;
use crate::console::app::message::JobNews;
use crate::console::panes::jobs::job::{JobId, JobSpec};
use crate::console::runtime::files::Places;
use crate::content_store::{Apps, Store};
use crate::error::{ReplayError, Result};
use crate::operations::{OperationContext, RebuildReview, ReviewDecision, Reviewer};

/// A rebuild that is reviewed. Dropping it cancels the rebuild.
pub(super) struct ReviewedJob {
    pub job: JobId,
    answers: Sender<Answer>,
    heard: Receiver<Heard>,
}

/// An answer of the console to a review.
pub(super) enum Answer {
    Decision(ReviewDecision),
    /// Check that the review is not void.
    Recheck,
}

/// An answer of a reviewed job.
enum Heard {
    News(JobNews),
    /// It waits for an answer.
    Waits,
}

/// Passes a review to the console, and waits for its decision.
struct Waiting {
    tell: Sender<Heard>,
    answers: Mutex<Receiver<Answer>>,
}

impl Reviewer for Waiting {
    fn decide(&self, review: &RebuildReview, check: &dyn Fn() -> Result<()>) -> Result<ReviewDecision> {
        let _ = self.tell.send(Heard::News(JobNews::Review(Arc::new(review.clone()))));
        loop {
            let _ = self.tell.send(Heard::Waits);
            match self.answers.lock().recv().map_err(|_| ReplayError::cancelled())? {
                Answer::Recheck => check()?,
                Answer::Decision(decision) => {
                    let _ = self.tell.send(Heard::News(JobNews::Reviewed(decision)));
                    return Ok(decision);
                }
            }
        }
    }
}

impl ReviewedJob {
    pub fn start(
        (job, spec): (JobId, JobSpec),
        store: Store,
        apps: Apps,
        places: Places,
        bound: Bindings,
    ) -> Self {
        let ((answers, answered), (tell, heard)) = (mpsc::channel(), mpsc::channel());
        thread::spawn(move || {
            let waiting = Waiting { tell: tell.clone(), answers: Mutex::new(answered) };
            let context = OperationContext {
                files: &places,
                reviewer: &waiting,
                is_running: |_| true,
                ..OperationContext::new(&store, &apps)
            };
            let ended = spec.run(context, &bound, &mut |progress| {
                let _ = tell.send(Heard::News(JobNews::Progress(progress)));
                ControlFlow::Continue(())
            });
            let _ = tell.send(Heard::News(ended));
        });
        Self { job, answers, heard }
    }

    /// Answers a review.
    pub fn answer(&self, answer: Answer) {
        let _ = self.answers.send(answer);
    }

    /// Returns the news up to the moment when the job waits for an answer, and the job if it does.
    pub fn hear(self) -> (Vec<JobNews>, Option<Self>) {
        let mut news = Vec::new();
        while let Ok(heard) = self.heard.recv() {
            match heard {
                Heard::News(one) => news.push(one),
                Heard::Waits => return (news, Some(self)),
            }
        }
        (news, None)
    }

    /// Cancels the rebuild. Returns the news up to its end.
    pub fn cancel(self) -> Vec<JobNews> {
        drop(self.answers);
        let news = self.heard.iter().filter_map(|heard| match heard {
            Heard::News(news) => Some(news),
            Heard::Waits => None,
        });
        news.collect()
    }
}
