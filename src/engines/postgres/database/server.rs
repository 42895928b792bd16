//! The server behind a connection, as far as it tells whether a number of a transaction means the same after another connection
//! was made.
//!
//! A replica that takes over starts a timeline of its own: it may not have received the last transactions of its server, and
//! gives their numbers to others.

use postgres::SimpleQueryRow;

/// Selects the columns that [`Server::of`] reads. A replica writes no timeline.
pub(super) const COLUMNS: &str = "(SELECT system_identifier FROM pg_control_system()),
    CASE WHEN NOT pg_is_in_recovery() THEN left(pg_walfile_name(pg_current_wal_lsn()), 8) END";

/// A server with its timeline, as far as they are known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Server(Option<(String, String)>);

impl Server {
    /// Reads the columns from `first` on.
    pub(super) fn of(row: &SimpleQueryRow, first: usize) -> Self {
        let column = |number: usize| row.try_get(number).ok().flatten().map(str::to_owned);
        Self(column(first).zip(column(first + 1)))
    }

    /// Returns true if this is certainly the same server, and no replica has taken over in between.
    pub(super) fn is_same(&self, earlier: &Self) -> bool {
        self.0.is_some() && self == earlier
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_transactions_are_compared_only_on_one_timeline_of_one_server() {
        let server = |identifier: &str, timeline: &str| Server(Some((identifier.into(), timeline.into())));
        let before = server("1", "00000001");
        assert!(server("1", "00000001").is_same(&before));
        for other in [server("1", "00000002"), server("2", "00000001"), Server::default()] {
            assert!(!other.is_same(&before) && !before.is_same(&other), "{other:?}");
        }
        assert!(!Server::default().is_same(&Server::default()), "neither is known");
    }
}
