//! The same work with hand-written statements: one that reads, and one that writes.

use postgres::{Client, Statement};
use uuid::Uuid;

use crate::Outcome;

/// The time of every row, in milliseconds.
const NOW: i64 = 1_700_000_000_000;

/// The rows that ours writes, without checksums of spaces, types, marks and the order of commits.
pub struct Floor {
    client: Client,
    read: Statement,
    write: Statement,
    page: Statement,
    put: Statement,
}

const TABLES: &str = "CREATE SCHEMA floor; SET search_path TO floor; SET enable_seqscan TO off; SET enable_sort TO off;
    CREATE TABLE heads (space_id bigint PRIMARY KEY, last_sequence bigint NOT NULL, last_event_id bigint NOT NULL,
      last_timestamp bigint NOT NULL);
    CREATE TABLE events (space_id bigint, sequence bigint, event_id bigint UNIQUE, timestamp bigint NOT NULL,
      checksum bigint NOT NULL, causation_id bigint, correlation_id uuid, type text NOT NULL, entity text COLLATE \"C\" NOT NULL,
      payload text NOT NULL, PRIMARY KEY (space_id, sequence));
    CREATE INDEX events_by_entity ON events (space_id, entity, sequence);
    CREATE SEQUENCE ids;
    CREATE TABLE entries (space_id bigint, key text COLLATE \"C\", value text NOT NULL, updated_at bigint NOT NULL,
      PRIMARY KEY (space_id, key));
    CREATE TABLE built (LIKE entries INCLUDING ALL);
    CREATE TABLE checkpoints (space_id bigint PRIMARY KEY, last_sequence bigint NOT NULL, last_event_id bigint NOT NULL,
      updated_at bigint NOT NULL);
    INSERT INTO heads SELECT n, 0, 0, 0 FROM generate_series(0, 999) AS n;
    INSERT INTO checkpoints SELECT n, 0, 0, 0 FROM generate_series(0, 999) AS n";

/// Reads the end of a space, and the entries with these keys that are there.
const READ: &str = "SELECT heads.last_sequence, checkpoints.last_sequence, ARRAY(
      SELECT value FROM unnest($2::text[]) AS wanted (key) JOIN entries ON space_id = $1 AND entries.key = wanted.key) AS found
    FROM heads JOIN checkpoints USING (space_id) WHERE space_id = $1";

const WRITE: &str = "WITH new AS MATERIALIZED (
      SELECT *, nextval('ids') AS event_id FROM unnest($3::bigint[], $4::uuid[], $5::text[], $6::text[])
        WITH ORDINALITY AS new (checksum, correlation_id, entity, payload, place)),
    head AS (
      UPDATE heads SET last_sequence = last_sequence + cardinality($3), last_timestamp = $9,
        last_event_id = (SELECT max(event_id) FROM new)
      WHERE space_id = $1 AND last_sequence = $2 RETURNING last_sequence, last_event_id),
    appended AS (INSERT INTO events
      SELECT $1, $2 + place, event_id, $9, checksum, NULL, correlation_id, 'contact.added', entity, payload FROM head, new),
    advanced AS (UPDATE checkpoints SET last_sequence = head.last_sequence, last_event_id = head.last_event_id, updated_at = $9
      FROM head WHERE space_id = $1)
    INSERT INTO entries SELECT $1, key, value, $9 FROM head, unnest($7::text[], $8::text[]) AS entry (key, value)
    ON CONFLICT (space_id, key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at";

impl Floor {
    pub fn create(mut client: Client) -> Outcome<Self> {
        client.batch_execute(TABLES)?;
        let page = "SELECT sequence, event_id, type, entity, payload, timestamp, checksum, causation_id, correlation_id FROM events WHERE space_id = $1 AND sequence > $2
            ORDER BY sequence LIMIT 1000";
        let put = "INSERT INTO built SELECT $1, new.*, $4 FROM unnest($2::text[], $3::text[]) AS new ON CONFLICT DO NOTHING";
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

    /// Adds new contacts in one commit, and counts them.
    fn append(&mut self, space: i64, ids: &[u64]) -> Outcome {
        let of_contact = |id: &u64| format!("contact:c{id}");
        let mut keys: Vec<String> = ids.iter().map(of_contact).collect();
        keys.push("contacts:count".to_owned());
        let read = self.client.query_one(&self.read, &[&space, &keys])?;
        let found: Vec<&str> = read.get(2);
        let count: usize = match found[..] {
            [] => 0,
            [count] => count.parse()?,
            _ => return Err("the contact exists".into()),
        };
        let entities: Vec<String> = ids.iter().map(|id| format!("c{id}")).collect();
        let payloads: Vec<String> = ids.iter().map(|id| payload(*id)).collect();
        let checksum = |payload: &String| i64::from(crc32fast::hash(payload.as_bytes()));
        let checksums: Vec<i64> = payloads.iter().map(checksum).collect();
        let correlations: Vec<Uuid> = ids.iter().map(|_| Uuid::new_v4()).collect();
        let mut values: Vec<String> = ids.iter().map(|id| contact(*id)).collect();
        values.push((count + ids.len()).to_string());
        let last: i64 = read.get(0);
        let written = self.client.execute(
            &self.write,
            &[&space, &last, &checksums, &correlations, &entities, &payloads, &keys, &values, &NOW],
        )?;
        match written as usize == keys.len() {
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
            client.execute(put, &[&0_i64, &keys, &values, &NOW])?;
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

fn payload(id: u64) -> String {
    let number = id % 1000;
    format!(
        r#"{{"contact_id":"c{id}","name":"Ada Lovelace of No. {number}, West","email":"ada.lovelace.{id}@analytical-engine.example"}}"#
    )
}

fn contact(id: u64) -> String {
    let (number, created_at) = (id % 1000, NOW / 1000);
    format!(
        r#"{{"id":"c{id}","name":"Ada Lovelace of No. {number}, West","email":"ada.lovelace.{id}@analytical-engine.example","created_at":{created_at},"updated_at":null}}"#
    )
}
