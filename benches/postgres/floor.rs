//! The same work with hand-written statements: one that reads, and one that writes.

use postgres::{Client, Statement};

use crate::Outcome;

/// Tables with nothing but events, the ends of spaces, and entries.
pub struct Floor {
    client: Client,
    read: Statement,
    write: Statement,
    page: Statement,
    put: Statement,
}

const TABLES: &str = "CREATE SCHEMA floor; SET search_path TO floor;
    CREATE TABLE heads (space_id bigint PRIMARY KEY, last_sequence bigint NOT NULL);
    CREATE TABLE events (space_id bigint, sequence bigint, event_id bigint UNIQUE, type text, entity text, payload text,
      PRIMARY KEY (space_id, sequence));
    CREATE SEQUENCE ids;
    CREATE TABLE entries (space_id bigint, key text COLLATE \"C\", value text, PRIMARY KEY (space_id, key));
    CREATE TABLE built (LIKE entries INCLUDING ALL);
    INSERT INTO heads SELECT n, 0 FROM generate_series(0, 999) AS n";

const READ: &str = "SELECT last_sequence, (SELECT value FROM entries WHERE space_id = $1 AND key = $2)
    FROM heads WHERE space_id = $1";

const WRITE: &str = "WITH head AS (
      UPDATE heads SET last_sequence = last_sequence + cardinality($3::text[]) WHERE space_id = $1 AND last_sequence = $2
      RETURNING last_sequence),
    appended AS (INSERT INTO events
      SELECT $1, $2 + place, nextval('ids'), 'contact.added', entity, payload
      FROM head, unnest($3, $4::text[]) WITH ORDINALITY AS new (entity, payload, place))
    INSERT INTO entries SELECT $1, 'contact:' || entity, payload FROM head, unnest($3, $4) AS new (entity, payload)
    ON CONFLICT (space_id, key) DO UPDATE SET value = excluded.value";

impl Floor {
    pub fn create(mut client: Client) -> Outcome<Self> {
        client.batch_execute(TABLES)?;
        let page = "SELECT sequence, event_id, type, entity, payload FROM events WHERE space_id = $1 AND sequence > $2
            ORDER BY sequence LIMIT 1000";
        let put = "INSERT INTO built SELECT $1, * FROM unnest($2::text[], $3::text[]) ON CONFLICT DO NOTHING";
        let [read, write] = [client.prepare(READ)?, client.prepare(WRITE)?];
        let [page, put] = [client.prepare(page)?, client.prepare(put)?];
        Ok(Self { client, read, write, page, put })
    }

    pub fn command(&mut self, space: i64, id: u64) -> Outcome {
        self.append(space, &[id])
    }

    pub fn batch(&mut self, first: u64, count: u64) -> Outcome {
        self.append(0, &(first..first + count).collect::<Vec<_>>())
    }

    fn append(&mut self, space: i64, ids: &[u64]) -> Outcome {
        let entities: Vec<String> = ids.iter().map(|id| format!("c{id}")).collect();
        let payload = |id: &u64| {
            format!(
                r#"{{"contact_id":"c{id}","name":"Ada Lovelace of No. {}, West","email":"ada.lovelace.{id}@analytical-engine.example"}}"#,
                id % 1000
            )
        };
        let payloads: Vec<String> = ids.iter().map(payload).collect();
        let read = self.client.query_one(&self.read, &[&space, &entities[0]])?;
        let written =
            self.client.execute(&self.write, &[&space, &read.get::<_, i64>(0), &entities, &payloads])?;
        match written as usize == ids.len() {
            true => Ok(()),
            false => Err("another writer was faster".into()),
        }
    }

    pub fn replay(&mut self) -> Outcome {
        self.pages(|_, _, _| Ok(()))
    }

    pub fn rebuild(&mut self) -> Outcome {
        self.client.batch_execute("TRUNCATE built")?;
        self.pages(|client, put, rows| {
            let keys: Vec<String> = rows.iter().map(|(entity, _)| format!("contact:{entity}")).collect();
            let values: Vec<&str> = rows.iter().map(|(_, payload)| payload.as_str()).collect();
            client.execute(put, &[&0_i64, &keys, &values])?;
            Ok(())
        })
    }

    /// Visits the events of the first space, page by page.
    fn pages(
        &mut self,
        mut visit: impl FnMut(&mut Client, &Statement, &[(String, String)]) -> Outcome,
    ) -> Outcome {
        let mut after = 0_i64;
        loop {
            let rows = self.client.query(&self.page, &[&0_i64, &after])?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = last.get(0);
            let rows: Vec<(String, String)> = rows.iter().map(|row| (row.get(3), row.get(4))).collect();
            visit(&mut self.client, &self.put, &rows)?;
        }
    }
}
