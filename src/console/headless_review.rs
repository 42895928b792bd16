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
    pub decisions: Sender<ReviewDecision>,
    news: Receiver<JobNews>,
}

/// Passes a review to the console, and waits for its decision.
struct Waiting {
    news: Sender<JobNews>,
    decisions: Mutex<Receiver<ReviewDecision>>,
}

impl Reviewer for Waiting {
    fn decide(&self, review: &RebuildReview) -> Result<ReviewDecision> {
        let _ = self.news.send(JobNews::Review(Arc::new(review.clone())));
        let decision = self.decisions.lock().recv().map_err(|_| ReplayError::cancelled())?;
        let _ = self.news.send(JobNews::Reviewed(decision));
        Ok(decision)
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
        let ((decisions, decided), (tell, news)) = (mpsc::channel(), mpsc::channel());
        thread::spawn(move || {
            let waiting = Waiting { news: tell.clone(), decisions: Mutex::new(decided) };
            let context = OperationContext {
                files: &places,
                reviewer: &waiting,
                is_running: |_| true,
                ..OperationContext::new(&store, &apps)
            };
            let ended = spec.run(context, &bound, &mut |progress| {
                let _ = tell.send(JobNews::Progress(progress));
                ControlFlow::Continue(())
            });
            let _ = tell.send(ended);
        });
        Self { job, decisions, news }
    }

    /// Returns the news up to the next review, and the job if it then waits.
    pub fn hear(self) -> (Vec<JobNews>, Option<Self>) {
        let mut heard = Vec::new();
        while let Ok(news) = self.news.recv() {
            let waits = matches!(news, JobNews::Review(_));
            heard.push(news);
            if waits {
                return (heard, Some(self));
            }
        }
        (heard, None)
    }

    /// Cancels the rebuild. Returns the news up to its end.
    pub fn cancel(self) -> Vec<JobNews> {
        drop(self.decisions);
        self.news.iter().collect()
    }
}
