//! Cancelling the first fold at any time.

use std::ops::ControlFlow;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use ramax::ContentStore;
use ramax::operations::Fold;
use ramax::pstate::STATE;

use super::figures::Started;
use super::{Outcome, Row};

const TIMES: u32 = 20;

/// Cancels folds after different times, from another thread. Returns the times until they ended.
pub fn cancel(content: &ContentStore, whole: Duration) -> Outcome<Row> {
    let mut taken = Vec::new();
    for number in 1..=TIMES {
        let mut fold = Fold::new(content, Some(STATE))?;
        let (last, asked) = (fold.last(), Mutex::new(None));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(whole * number / (TIMES + 2));
                *asked.lock().unwrap_or_else(PoisonError::into_inner) = Some(Started::now());
            });
            let is_asked = || asked.lock().unwrap_or_else(PoisonError::into_inner).is_some();
            let ended = fold.seek(last, &mut |_| match is_asked() {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            });
            let asked = asked.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let (Err(_), Some(asked)) = (ended, asked) {
                taken.push(asked.spent());
            }
        });
    }
    if taken.is_empty() {
        return Err("no fold was cancelled".into());
    }
    Ok(Row { name: "a cancelled fold", taken, target: Some(50) })
}
