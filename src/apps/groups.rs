//! Members in groups, for projections such as contacts by domain.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::content_store::{State, StateError};

/// Members in groups, each in at most one. With the words `month`, `article_in` and `articles`:
///
/// - `month:2026-11` holds the number of members of a group, `{"articles":3}`; a group without members has no key.
/// - `article_in:2026-11:a1` holds a member, so that those of a group can be listed.
/// - `month_of:a1` holds the name of a member's group, so that the member can leave it.
///
/// No value grows with the number of members.
pub(super) struct Groups {
    /// The word for a group.
    pub group: &'static str,
    /// The word for a member of a group.
    pub member: &'static str,
    /// The name of the number of members.
    pub count: &'static str,
}

impl Groups {
    /// Returns true if the member is in a group.
    pub fn contains(&self, state: &State<'_>, id: &str) -> Result<bool, StateError> {
        state.contains(&self.group_of(id))
    }

    /// Puts a member into a group, which contains no colon, and out of the one that it was in.
    pub fn put(
        &self,
        state: &mut State<'_>,
        (group, id): (&str, &str),
        member: &impl Serialize,
    ) -> Result<(), StateError> {
        let before: Option<String> = state.get(&self.group_of(id))?;
        if before.as_deref() != Some(group) {
            self.remove(state, id)?;
            self.count(state, group, |members| members.saturating_add(1))?;
            state.put(&self.group_of(id), &group)?;
        }
        state.put(&self.member_key(group, id), member)
    }

    /// Removes a member from its group, if it is in one.
    pub fn remove(&self, state: &mut State<'_>, id: &str) -> Result<(), StateError> {
        let Some(group) = state.get::<String>(&self.group_of(id))? else { return Ok(()) };
        state.delete(&self.group_of(id));
        state.delete(&self.member_key(&group, id));
        self.count(state, &group, |members| members.saturating_sub(1))
    }

    fn count(
        &self,
        state: &mut State<'_>,
        group: &str,
        change: impl FnOnce(u64) -> u64,
    ) -> Result<(), StateError> {
        let key = [self.group, ":", group].concat();
        let stored: Option<BTreeMap<String, u64>> = state.get(&key)?;
        match change(stored.and_then(|stored| stored.get(self.count).copied()).unwrap_or(0)) {
            0 => state.delete(&key),
            members => state.put(&key, &BTreeMap::from([(self.count, members)]))?,
        }
        Ok(())
    }

    fn member_key(&self, group: &str, id: &str) -> String {
        [self.member, ":", group, ":", id].concat()
    }

    fn group_of(&self, id: &str) -> String {
        [self.group, "_of:", id].concat()
    }
}
