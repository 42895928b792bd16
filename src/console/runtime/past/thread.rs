//! The thread that answers questions about the past. It makes the fold, which stays on one thread.

use std::io;
use std::ops::ControlFlow;
use std::sync::mpsc::{self, Receiver, Sender, TryRecvError};
use std::time::{Duration, Instant};

use crate::console::app::message::Message;
use crate::console::app::past::{PastCommand, PastProgress};
use crate::console::runtime::channel::Teller;
use crate::console::runtime::threads::{Died, Incoming, spawn};
use crate::console::runtime::workers::Workers;
use crate::operations::Progress;

use super::Past;
use super::queue::Queue;

/// The time after which the progress of a question is shown.
const SLOW: Duration = Duration::from_millis(500);

/// The time between two reports of progress.
const REPORT: Duration = Duration::from_millis(100);

const THREAD: &str = "past";

enum Asked {
    Command(PastCommand),
    /// Stop answering.
    End,
}

/// The sending side of the thread. Answers arrive as messages.
pub(in crate::console::runtime) struct PastThread(Sender<Asked>);

impl PastThread {
    /// Starts the thread. It answers until the workers close.
    pub(in crate::console::runtime) fn start(
        past: impl FnOnce() -> Past + Send + 'static,
        tell: &Teller,
        workers: &Workers,
    ) -> io::Result<Self> {
        let (ask, asked) = mpsc::channel();
        let thread = spawn(THREAD, tell, move |tell| {
            let mut worker = Worker { queue: Queue::default(), asked, has_ended: false, tell };
            worker.work(&mut past());
        })?;
        let end = ask.clone();
        workers.add(thread, move || drop(end.send(Asked::End)));
        Ok(Self(ask))
    }

    /// Sends a command.
    pub(in crate::console::runtime) fn ask(&self, command: PastCommand) -> Result<(), Died> {
        self.0.send(Asked::Command(command)).map_err(|_| Died(THREAD))
    }
}

struct Worker {
    queue: Queue,
    asked: Receiver<Asked>,
    has_ended: bool,
    tell: Teller,
}

impl Worker {
    fn work(&mut self, past: &mut Past) {
        while !self.has_ended {
            if self.queue.take_recheck() {
                past.recheck();
            }
            let Some(query) = self.queue.start() else {
                match self.asked.recv() {
                    Ok(Asked::Command(command)) => self.queue.receive(command),
                    Ok(Asked::End) | Err(_) => return,
                }
                continue;
            };
            let mut reports = Reports { next: Instant::now() + SLOW };
            let answer = past.answer(&query, &mut |progress| self.watch(progress, &mut reports));
            self.queue.end(answer.is_some());
            if answer.is_some_and(|message| self.tell.send(Incoming::Message(message)).is_err()) {
                return;
            }
        }
    }

    /// Breaks the running question off for a newer one, and reports its progress if it takes long.
    fn watch(&mut self, progress: Progress, reports: &mut Reports) -> ControlFlow<()> {
        loop {
            match self.asked.try_recv() {
                Ok(Asked::Command(command)) => self.queue.receive(command),
                Err(TryRecvError::Empty) => break,
                Ok(Asked::End) | Err(TryRecvError::Disconnected) => {
                    self.has_ended = true;
                    return ControlFlow::Break(());
                }
            }
        }
        if self.queue.is_interrupted() {
            return ControlFlow::Break(());
        }
        if let Some(request) = self.queue.running().filter(|_| reports.is_due()) {
            let Progress { done, total, .. } = progress;
            let slow = Message::PastProgress(PastProgress { request, done, total });
            // If nobody receives it, the command to end has been sent as well.
            let _ = self.tell.send(Incoming::Message(slow));
        }
        ControlFlow::Continue(())
    }
}

/// The times of the reports of progress.
struct Reports {
    next: Instant,
}

impl Reports {
    fn is_due(&mut self) -> bool {
        let now = Instant::now();
        let is_due = now >= self.next;
        if is_due {
            self.next = now + REPORT;
        }
        is_due
    }
}
