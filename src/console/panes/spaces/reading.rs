//! The reading of the spaces, page by page.

use crate::space::SpaceId;

use crate::console::app::state::RequestId;

/// The reading of the spaces. All are read once. After a change, the spaces on screen and one page of the
/// others are read; the rest follows once the store is quiet.
#[derive(Debug, Clone)]
pub struct Reading {
    /// The request in flight.
    pub asked: Option<Asked>,
    /// The current pass through the spaces.
    pub pass: Option<Pass>,
    /// True if something changed since the pass started.
    pub stale: bool,
    /// True if the next request is to include the spaces on screen.
    pub look: bool,
    /// True if one page may be requested.
    pub step: bool,
    /// True if all remaining pages may be requested in turn.
    pub run: bool,
}

/// A pass through the spaces, by ascending id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pass {
    /// The last space read.
    pub after: Option<SpaceId>,
}

/// A request for spaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The request id.
    pub request: RequestId,
    /// The spaces requested by id.
    pub on_screen: Vec<SpaceId>,
    /// The space after which the requested page starts.
    pub after: Option<SpaceId>,
}

impl Default for Reading {
    /// A first pass, with everything still to be read.
    fn default() -> Self {
        let pass = Some(Pass::default());
        Self { asked: None, pass, stale: false, look: false, step: false, run: true }
    }
}

impl Reading {
    /// Records that something was committed.
    pub fn change(&mut self) {
        (self.stale, self.look, self.step) = (true, true, true);
    }

    /// Lets the rest be read at once, because the store is quiet or the user asks for it.
    pub fn settle(&mut self) {
        self.run = self.is_due();
    }

    /// Returns true if something is still to be read.
    pub fn is_due(&self) -> bool {
        self.stale || self.pass.is_some() || self.asked.is_some()
    }

    /// Returns the pass to request a page of, if one may be requested. Starts a new pass if something changed
    /// since the last one started.
    pub fn next_page(&mut self) -> Option<Pass> {
        if self.asked.is_some() || !(self.step || self.run) {
            return None;
        }
        if self.pass.is_none() && std::mem::take(&mut self.stale) {
            self.pass = Some(Pass::default());
        }
        self.step = false;
        self.pass
    }

    /// Continues the pass after a page; `None` ends it.
    pub fn go_on(&mut self, last: Option<SpaceId>) {
        self.pass = last.map(|last| Pass { after: Some(last) });
        self.run &= self.pass.is_some();
    }

    /// Gives the pass up after a failed page. The next change starts a new one.
    pub fn fail(&mut self) {
        (self.pass, self.run) = (None, false);
    }
}
