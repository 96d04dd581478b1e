//! What the store refuses or cannot do, one clear sentence each.

use sqlx::Error as Sqlx;

/// What the store refused or could not do.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process holds the database longer than one waits.
    #[error("the database is busy: another process holds it ({0}); it is tried again")]
    Locked(String),
    /// A connection broke, or the server is away.
    #[error("the database cannot be reached just now ({0}); it is tried again")]
    Unavailable(String),
    /// No room left.
    #[error(
        "the disk of the database is full ({0}): nothing was written; make room and it goes on"
    )]
    DiskFull(String),
    /// The file or its directory may not be written.
    #[error(
        "the database may not be written ({0}): the file and its directory need write permission"
    )]
    ReadOnly(String),
    /// Made by a newer program.
    #[error(
        "the database has schema version {found}, this program knows up to {known}: run a newer program, or name another database"
    )]
    Newer {
        /// Version found.
        found: i64,
        /// Newest version this program knows.
        known: i64,
    },
    /// The file is no database, or a damaged one.
    #[error("the database is damaged or no database at all ({0}): restore a backup")]
    Corrupt(String),
    /// It cannot be opened, and waiting does not help.
    #[error("the database {url} cannot be opened: {why}")]
    Open {
        /// Its address without the password.
        url: String,
        /// Why.
        why: String,
    },
    /// The claim belongs to somebody else, or to nobody.
    #[error(
        "the claim on {what} with token {token} is lost: its lease ended, or it was completed by another"
    )]
    LeaseLost {
        /// On what.
        what: String,
        /// The token that came too late.
        token: i64,
    },
    /// The state machine, or a rule beside it, says no.
    #[error("refused: {0}")]
    Illegal(String),
    /// Somebody else was first.
    #[error("conflict: {0}")]
    Conflict(String),
    /// An attempt to change what is only ever appended to.
    #[error("refused: {0}")]
    AppendOnly(String),
    /// It is not there.
    #[error("there is no {0}")]
    Missing(String),
    /// A row cannot be read: damaged, or written by something else.
    #[error("`{column}` of a row cannot be read: {why}")]
    Row {
        /// Which column.
        column: String,
        /// Why.
        why: String,
    },
    /// A value cannot be written.
    #[error("a value cannot be written: {0}")]
    Value(String),
    /// A backup or restore cannot be done.
    #[error("{0}")]
    Backup(String),
    /// Anything else the database says.
    #[error("the database says: {0}")]
    Database(String),
}

impl StoreError {
    /// Whether waiting may mend it: work goes on by itself later.
    pub fn is_passing(&self) -> bool {
        matches!(
            self,
            Self::Locked(_) | Self::Unavailable(_) | Self::DiskFull(_)
        )
    }
}

impl From<Sqlx> for StoreError {
    fn from(error: Sqlx) -> Self {
        match error {
            Sqlx::Database(e) => {
                let code = e.code().map(|c| c.to_string()).unwrap_or_default();
                let says = e.message().to_owned();
                let unique = e.is_unique_violation();
                by_rule(&says).unwrap_or_else(|| {
                    if unique {
                        Self::Conflict(format!("it stands already ({says})"))
                    } else {
                        by_code(&code, says)
                    }
                })
            }
            Sqlx::Io(e) => match e.kind() {
                std::io::ErrorKind::StorageFull => Self::DiskFull(e.to_string()),
                _ => Self::Unavailable(e.to_string()),
            },
            Sqlx::Tls(e) => Self::Unavailable(e.to_string()),
            Sqlx::PoolTimedOut => Self::Unavailable("no connection became free in time".to_owned()),
            Sqlx::PoolClosed => Self::Unavailable("the store was closed".to_owned()),
            Sqlx::WorkerCrashed => Self::Unavailable("a connection's thread ended".to_owned()),
            Sqlx::Protocol(says) => Self::Unavailable(says),
            Sqlx::BeginFailed => Self::Unavailable("a transaction could not be opened".to_owned()),
            Sqlx::RowNotFound => Self::Missing("such row".to_owned()),
            Sqlx::ColumnDecode { index, source } => Self::Row {
                column: index,
                why: source.to_string(),
            },
            Sqlx::ColumnNotFound(column) => Self::Row {
                column,
                why: "it is missing".to_owned(),
            },
            Sqlx::Encode(e) => Self::Value(e.to_string()),
            other => Self::Database(other.to_string()),
        }
    }
}

/// Refusals of our own triggers, in either database.
fn by_rule(says: &str) -> Option<StoreError> {
    let (_, rule) = says.split_once("sixbtc:")?;
    let (kind, text) = rule.split_once(' ').unwrap_or((rule, rule));
    let text = text.to_owned();
    Some(match kind {
        "append" => StoreError::AppendOnly(text),
        _ => StoreError::Illegal(text),
    })
}

/// `SQLite` gives its extended result codes, `PostgreSQL` five letters of SQLSTATE.
fn by_code(code: &str, says: String) -> StoreError {
    // no result code of SQLite has five digits
    if code.len() == 5 {
        return match code {
            // lock not available, serialization, deadlock
            "55P03" | "40001" | "40P01" => StoreError::Locked(says),
            "53100" => StoreError::DiskFull(says),
            "25006" => StoreError::ReadOnly(says),
            "XX001" | "XX002" => StoreError::Corrupt(says),
            _ if code.starts_with("08") || code.starts_with("57P") || code.starts_with("53") => {
                StoreError::Unavailable(says)
            }
            // cancelled by a time limit
            "57014" | "25P03" | "25P02" => StoreError::Unavailable(says),
            _ => StoreError::Database(says),
        };
    }
    let full: i64 = code.parse().unwrap_or_default();
    match full & 0xff {
        5 | 6 => StoreError::Locked(says),
        8 => StoreError::ReadOnly(says),
        // input and output: a full disk shows as one too, when a page cannot be mapped or written
        10 => StoreError::Unavailable(says),
        11 | 26 => StoreError::Corrupt(says),
        13 => StoreError::DiskFull(says),
        14 => StoreError::Open {
            url: "file".to_owned(),
            why: says,
        },
        _ => StoreError::Database(says),
    }
}

/// An address without its password, for messages.
pub fn redact(url: &str) -> String {
    let mut shown = url.to_owned();
    if let Some(at) = shown.find("://") {
        let start = at + 3;
        let end = shown[start..]
            .find(['/', '?'])
            .map_or(shown.len(), |i| start + i);
        // a password may hold `/` unescaped: then the last `@` ends it
        let sign = shown[start..]
            .rfind('@')
            .map(|i| start + i)
            .filter(|i| *i < end || shown[start..*i].contains(':'));
        if let Some(sign) = sign
            && let Some(colon) = shown[start..sign].find(':')
        {
            shown.replace_range(start + colon + 1..sign, "***");
        }
    }
    let mut from = 0;
    while let Some(at) = shown[from..].find("password=") {
        let start = from + at + "password=".len();
        let end = shown[start..].find('&').map_or(shown.len(), |i| start + i);
        shown.replace_range(start..end, "***");
        from = start;
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_never_shown() {
        for (url, shown) in [
            (
                "postgres://me:secret@host:5432/db",
                "postgres://me:***@host:5432/db",
            ),
            (
                "postgres://me:se/c@r@t@host/db",
                "postgres://me:***@host/db",
            ),
            ("postgres://me@host/db", "postgres://me@host/db"),
            (
                "postgres:///db?host=/run&user=me&password=secret&x=1",
                "postgres:///db?host=/run&user=me&password=***&x=1",
            ),
            ("sqlite://sixbtc.db", "sqlite://sixbtc.db"),
            ("sqlite::memory:", "sqlite::memory:"),
        ] {
            assert_eq!(redact(url), shown);
        }
    }

    #[test]
    fn codes_of_both_databases_have_their_meaning() {
        let is = |code: &str| by_code(code, String::new());
        assert!(matches!(is("5"), StoreError::Locked(_)));
        assert!(matches!(is("517"), StoreError::Locked(_)));
        assert!(matches!(is("13"), StoreError::DiskFull(_)));
        assert!(matches!(is("26"), StoreError::Corrupt(_)));
        assert!(matches!(is("1032"), StoreError::ReadOnly(_)));
        assert!(matches!(is("57P01"), StoreError::Unavailable(_)));
        assert!(matches!(is("40P01"), StoreError::Locked(_)));
        assert!(matches!(is("53100"), StoreError::DiskFull(_)));
        assert!(is("08006").is_passing());
        assert!(!is("42703").is_passing());
        assert!(matches!(
            by_rule("ERROR: sixbtc:append no"),
            Some(StoreError::AppendOnly(t)) if t == "no"
        ));
    }
}
