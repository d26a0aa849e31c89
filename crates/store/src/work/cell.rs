//! One list of columns per record, from which reading, writing and the SQL of both are made, so that none can be forgotten.

use model::{
    CalendarMethod, Channel, CustomerId, Direction, MessageId, MessageKind, Millis, OutboxId, Priority,
    SourceId, Status, TagId, TicketId, Tier,
    outgoing::{OutboxState, OutgoingKind, SentCopy},
    threading::Token,
};
use sqlx::{Row as _, Sqlite, sqlite::SqliteArguments, sqlite::SqliteRow};

pub(crate) type Statement = sqlx::query::Query<'static, Sqlite, SqliteArguments>;

/// A value of a column.
pub(crate) trait Cell: Sized {
    fn read(row: &SqliteRow, name: &str) -> sqlx::Result<Self>;
    fn bind(&self, to: Statement) -> Statement;
}

macro_rules! plain {
    ($($type:ty),+) => {$(
        impl Cell for $type {
            fn read(row: &SqliteRow, name: &str) -> sqlx::Result<Self> {
                row.try_get(name)
            }
            fn bind(&self, to: Statement) -> Statement {
                to.bind(self.clone())
            }
        }
        impl Cell for Option<$type> {
            fn read(row: &SqliteRow, name: &str) -> sqlx::Result<Self> {
                row.try_get(name)
            }
            fn bind(&self, to: Statement) -> Statement {
                to.bind(self.clone())
            }
        }
    )+};
}
plain!(i64, u32, bool, String, Vec<u8>);

macro_rules! numbers {
    ($($type:ident),+) => {$(
        impl Cell for $type {
            fn read(row: &SqliteRow, name: &str) -> sqlx::Result<Self> {
                row.try_get(name).map($type)
            }
            fn bind(&self, to: Statement) -> Statement {
                to.bind(self.0)
            }
        }
        impl Cell for Option<$type> {
            fn read(row: &SqliteRow, name: &str) -> sqlx::Result<Self> {
                row.try_get::<Option<i64>, _>(name).map(|value| value.map($type))
            }
            fn bind(&self, to: Statement) -> Statement {
                to.bind(self.map(|value| value.0))
            }
        }
    )+};
}
numbers!(TicketId, MessageId, CustomerId, SourceId, TagId, OutboxId, Millis);

fn undecodable(name: &str, value: &str) -> sqlx::Error {
    let source = format!("{value:?} is no value of {name}").into();
    sqlx::Error::ColumnDecode { index: name.to_owned(), source }
}

macro_rules! words {
    ($($type:ident),+) => {$(
        impl Cell for $type {
            fn read(row: &SqliteRow, name: &str) -> sqlx::Result<Self> {
                let word: &str = row.try_get(name)?;
                $type::from_word(word).ok_or_else(|| undecodable(name, word))
            }
            fn bind(&self, to: Statement) -> Statement {
                to.bind(self.as_str())
            }
        }
        impl Cell for Option<$type> {
            fn read(row: &SqliteRow, name: &str) -> sqlx::Result<Self> {
                let word: Option<&str> = row.try_get(name)?;
                word.map(|word| $type::from_word(word).ok_or_else(|| undecodable(name, word))).transpose()
            }
            fn bind(&self, to: Statement) -> Statement {
                to.bind(self.map($type::as_str))
            }
        }
    )+};
}
words!(
    Status,
    Priority,
    Tier,
    Channel,
    MessageKind,
    Direction,
    CalendarMethod,
    OutboxState,
    OutgoingKind,
    SentCopy
);

impl Cell for Token {
    fn read(row: &SqliteRow, name: &str) -> sqlx::Result<Self> {
        row.try_get(name).map(Token)
    }
    fn bind(&self, to: Statement) -> Statement {
        to.bind(self.0.clone())
    }
}

/// A value kept as JSON.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Json<T>(pub T);

impl<T: serde::Serialize + serde::de::DeserializeOwned> Cell for Json<T> {
    fn read(row: &SqliteRow, name: &str) -> sqlx::Result<Self> {
        let text: &str = row.try_get(name)?;
        let decoded = serde_json::from_str(text);
        decoded
            .map(Json)
            .map_err(|source| sqlx::Error::ColumnDecode { index: name.to_owned(), source: source.into() })
    }
    fn bind(&self, to: Statement) -> Statement {
        to.bind(serde_json::to_string(&self.0).unwrap_or_default())
    }
}

impl<T: serde::Serialize + serde::de::DeserializeOwned> Cell for Option<Json<T>> {
    fn read(row: &SqliteRow, name: &str) -> sqlx::Result<Self> {
        match row.try_get::<Option<&str>, _>(name)? {
            Some(_) => Json::read(row, name).map(Some),
            None => Ok(None),
        }
    }
    fn bind(&self, to: Statement) -> Statement {
        to.bind(self.as_ref().and_then(|json| serde_json::to_string(&json.0).ok()))
    }
}

macro_rules! record {
    ($(#[$doc:meta])* $name:ident in $table:literal { $first:ident : $first_type:ty, $($field:ident : $type:ty),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq)]
        pub(crate) struct $name { pub $first: $first_type, $(pub $field: $type),+ }

        // Not every record is both inserted and updated.
        #[allow(dead_code)]
        impl $name {
            /// The head of an INSERT, for [`insert_rows`], and how many columns it names.
            pub const INSERT: &'static str =
                concat!("INSERT INTO ", $table, " (", stringify!($first) $(, ", ", stringify!($field))+, ")");
            pub const WIDTH: usize = 1 + [$(stringify!($field)),+].len();

            /// The tail of an INSERT, for [`upsert_rows`]: writes a row under its key over the one there was.
            pub const OVER: &'static str = concat!(
                "ON CONFLICT (", stringify!($first), ") DO UPDATE SET ",
                stringify!($first), " = excluded.", stringify!($first)
                $(, ", ", stringify!($field), " = excluded.", stringify!($field))+
            );

            pub fn read(row: &sqlx::sqlite::SqliteRow) -> sqlx::Result<Self> {
                use $crate::work::cell::Cell;
                Ok($name {
                    $first: Cell::read(row, stringify!($first))?,
                    $($field: Cell::read(row, stringify!($field))?),+
                })
            }

            pub fn bind(&self, to: $crate::work::cell::Statement) -> $crate::work::cell::Statement {
                use $crate::work::cell::Cell;
                let to = self.$first.bind(to);
                $(let to = self.$field.bind(to);)+
                to
            }
        }
    };
}
pub(crate) use record;

/// Inserts many rows with few statements, since each one is a way to another thread and back. `head` ends before VALUES.
pub(crate) async fn insert_rows<T>(
    connection: &mut sqlx::SqliteConnection,
    head: &'static str,
    columns: usize,
    items: &[T],
    bind: impl Fn(&T, Statement) -> Statement,
) -> sqlx::Result<()> {
    upsert_rows(connection, head, columns, "", items, bind).await
}

/// As [`insert_rows`], with a `tail` that says what becomes of rows that are there already.
pub(crate) async fn upsert_rows<T>(
    connection: &mut sqlx::SqliteConnection,
    head: &'static str,
    columns: usize,
    tail: &'static str,
    items: &[T],
    bind: impl Fn(&T, Statement) -> Statement,
) -> sqlx::Result<()> {
    let mut left = items;
    for at_once in AT_ONCE {
        let (now, later) = left.split_at(left.len() - left.len() % at_once);
        for rows in now.chunks(at_once) {
            let sql = sqlx::AssertSqlSafe(format!("{} {tail}", values(head, columns, at_once)));
            let statement = rows.iter().fold(sqlx::query(sql), |to, item| bind(item, to));
            statement.execute(&mut *connection).await?;
        }
        left = later;
    }
    Ok(())
}

/// How many rows a statement may write: few different numbers, so that the texts are few and stay prepared.
const AT_ONCE: [usize; 8] = [128, 64, 32, 16, 8, 4, 2, 1];

/// `head` with places for the values of so many rows.
pub(crate) fn values(head: &str, columns: usize, rows: usize) -> String {
    let row = format!("({})", vec!["?"; columns].join(", "));
    format!("{head} VALUES {}", vec![row.as_str(); rows].join(", "))
}
