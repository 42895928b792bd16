//! Checks the projections' tables against each other.

use crate::engines::postgres::database::decoded;
use crate::engines::postgres::log::row::{number, of_space, space_id};
use crate::error::Result;
use crate::event_store::Inspect;
use crate::id::SpaceId;
use crate::pstate::{Counted, InspectProjections, Leftover};

use super::{PostgresPState, entities, unused};

impl Inspect for PostgresPState {}

impl InspectProjections for PostgresPState {
    fn space_ids(&self) -> Result<Vec<SpaceId>> {
        let sql =
            "SELECT space_id FROM projections UNION SELECT space_id FROM projection_checkpoints ORDER BY 1";
        let rows = self.database.read(|session| session.query(sql, &[]))?;
        Ok(rows.iter().map(|row| space_id(row.get(0))).collect())
    }

    fn lost(&self, space_id: SpaceId) -> Result<Vec<String>> {
        let sql =
            "SELECT projection FROM projection_checkpoints AS checkpoints WHERE space_id = $1 AND NOT EXISTS
             (SELECT 1 FROM projections WHERE projections.space_id = $1
                AND projections.projection_id = checkpoints.projection_id
                AND projections.projection = checkpoints.projection AND state = 'live')";
        let rows = self.database.read(|session| session.query(sql, &[&of_space(space_id)]))?;
        Ok(rows.iter().map(|row| decoded(row.get(0))).collect())
    }

    fn leftovers(&self, space_id: SpaceId) -> Result<Vec<Leftover>> {
        self.database.read(|session| unused::of_space_leftovers(session, space_id))
    }

    fn counts(&self, space_id: SpaceId) -> Result<Vec<(String, Counted)>> {
        let sql = "SELECT projection, entities, (SELECT count(*) FROM projection_entities AS found
               WHERE found.space_id = checkpoints.space_id AND found.projection_id = checkpoints.projection_id)
             FROM projection_checkpoints AS checkpoints WHERE space_id = $1 ORDER BY projection";
        let rows = self.database.read(|session| session.query(sql, &[&of_space(space_id)]))?;
        let counted = |row: &postgres::Row| {
            (decoded(row.get(0)), Counted { stored: number(row.get(1)), found: number(row.get(2)) })
        };
        Ok(rows.iter().map(counted).collect())
    }

    fn strays(&self) -> Result<u64> {
        let sql = "SELECT count(*) FROM projection_entities AS entities WHERE NOT EXISTS
             (SELECT 1 FROM projections WHERE projections.space_id = entities.space_id
                AND projections.projection_id = entities.projection_id)";
        self.database.read(|session| Ok(number(session.one(sql, &[])?.get(0))))
    }

    fn retire_leftover(&self, space_id: SpaceId, number: i64) -> Result<()> {
        self.database.write(|session| unused::retire(session, space_id, number))
    }

    fn repair_strays(&self, limit: usize) -> Result<bool> {
        let sql = "SELECT space_id, projection_id FROM projection_entities AS entities WHERE NOT EXISTS
             (SELECT 1 FROM projections WHERE projections.space_id = entities.space_id
                AND projections.projection_id = entities.projection_id) LIMIT 1";
        self.database.write(|session| match session.find(sql, &[])? {
            Some(row) => {
                entities::delete_some(session, (space_id(row.get(0)), row.get(1)), limit).map(|_| true)
            }
            None => Ok(false),
        })
    }
}
