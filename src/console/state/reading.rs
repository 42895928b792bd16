//! How far the reading of the spaces has come: from the first to the last, page by page.

use crate::space::SpaceId;

use super::RequestId;

/// How far the reading of the spaces has come. All are read once; after a change those on screen and a page
/// of the others, and the rest when it is quiet again.
#[derive(Debug, Clone)]
pub struct Reading {
    /// The question under way.
    pub asked: Option<Asked>,
    /// Where the pass through the spaces under way goes on.
    pub pass: Option<Pass>,
    /// Something changed since that pass began.
    pub stale: bool,
    /// The spaces on screen are to be read with the next question.
    pub look: bool,
    /// A page may be asked for.
    pub step: bool,
    /// All pages up to the end of the pass may be asked for, one after the other.
    pub run: bool,
}

/// A pass through the spaces, by rising id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pass {
    /// The last one that was read.
    pub after: Option<SpaceId>,
}

/// A question for spaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Its number.
    pub request: RequestId,
    /// Spaces that it asks for by name.
    pub on_screen: Vec<SpaceId>,
    /// The page that it asks for begins behind this one.
    pub after: Option<SpaceId>,
}

impl Default for Reading {
    /// All are still to be read.
    fn default() -> Self {
        let pass = Some(Pass::default());
        Self { asked: None, pass, stale: false, look: false, step: false, run: true }
    }
}

impl Reading {
    /// Somebody committed something.
    pub fn change(&mut self) {
        (self.stale, self.look, self.step) = (true, true, true);
    }

    /// It is quiet, or the user asks for it: what is still to be read may be read in one go.
    pub fn settle(&mut self) {
        self.run = self.is_due();
    }

    /// Whether something is still to be read.
    #[must_use]
    pub fn is_due(&self) -> bool {
        self.stale || self.pass.is_some() || self.asked.is_some()
    }

    /// The pass to ask a page of now, if one may be asked for; a new one where something changed since the
    /// last began.
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

    /// A page came, and where the next one begins, if there is one.
    pub fn go_on(&mut self, last: Option<SpaceId>) {
        self.pass = last.map(|last| Pass { after: Some(last) });
        self.run &= self.pass.is_some();
    }

    /// A page did not come. The next change begins anew.
    pub fn fail(&mut self) {
        (self.pass, self.run) = (None, false);
    }
}
