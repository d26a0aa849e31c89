//! The peer of `cargo xtask bench ingest`: the rows of a sample workspace inserted into a new database by bare multi-row statements, and nothing
//! else. `bare WORKSPACE NEW-DATABASE` prints as JSON how many seconds the inserts took.
//!
//! As the workspace's own database: the schema with every index, the text index in its parts, encryption, page size, pragmas, driver. The rows
//! come in the order in which they arrived, in as many transactions as the workspace took. They are read, and the columns of the text
//! index made, before the clock of each transaction starts.

use std::{collections::BTreeMap, path::Path, process::ExitCode, time::Instant};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use futures::StreamExt as _;
use sqlx::{
    AssertSqlSafe, Column as _, ConnectOptions as _, Executor as _, Row as _, Sqlite, SqliteConnection,
    TypeInfo as _, ValueRef as _,
    query::Query,
    sqlite::{SqliteArguments, SqliteConnectOptions, SqliteRow},
};
use tokio::sync::mpsc::{Receiver, channel};

type Fault = Box<dyn std::error::Error + Send + Sync>;
type Record = Vec<Value>;

/// Rows of a statement; those that are left over go in fewer.
const AT_ONCE: [usize; 8] = [128, 64, 32, 16, 8, 4, 2, 1];
/// Rows read ahead of a table.
const AHEAD: usize = 1_000;

enum Value {
    Null,
    Integer(i64),
    Text(String),
    Blob(Vec<u8>),
}

/// A table's rows on their way.
struct Flow {
    head: String,
    width: usize,
    rows: u64,
    from: Receiver<Result<Record, sqlx::Error>>,
    /// The part of the text index a row goes to, by its first value; nothing for a table.
    parts: Vec<(i64, i64, String)>,
}

#[tokio::main]
async fn main() -> Result<ExitCode, Fault> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let [workspace, copy] = arguments.as_slice() else { return Ok(ExitCode::from(2)) };
    let from = options(Path::new(workspace), &Path::new(workspace).join("desk.db"))?;
    let to = options(Path::new(workspace), Path::new(copy))?.create_if_missing(true);
    let seconds = copied(&from, &to).await?;
    #[allow(clippy::print_stdout, reason = "the answer")]
    {
        println!("{{\"seconds\": {seconds}}}");
    }
    Ok(ExitCode::SUCCESS)
}

/// As `database.rs` opens a writer while a source fills.
fn options(workspace: &Path, file: &Path) -> Result<SqliteConnectOptions, Fault> {
    let text = std::fs::read_to_string(workspace.join("sample.key"))?;
    let derived = blake3::derive_key("foredeck 2026 database", &STANDARD.decode(text.trim())?);
    let key = blake3::Hash::from_bytes(derived).to_hex();
    Ok(SqliteConnectOptions::new()
        .filename(file)
        .pragma("key", format!("\"x'{key}'\""))
        .pragma("cipher_memory_security", "OFF")
        .pragma("cache_size", "-131072")
        .pragma("trusted_schema", "OFF")
        .foreign_keys(false)
        .statement_cache_capacity(256))
}

async fn copied(from: &SqliteConnectOptions, to: &SqliteConnectOptions) -> Result<f64, Fault> {
    let mut source = from.connect().await?;
    let mut writer = to.connect().await?;
    writer
        .execute("PRAGMA temp_store = MEMORY; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 64000")
        .await?;
    let tables = schema(&mut source, &mut writer).await?;
    let mut flows = Vec::new();
    for table in &tables {
        flows.extend(flow(&mut source, from, table).await?);
    }
    flows.push(texts(&mut source, from).await?);
    let sql = "SELECT seq FROM sqlite_sequence WHERE name = 'change_log'";
    let transactions: i64 = sqlx::query_scalar(sql).fetch_one(&mut source).await?;
    let transactions = u64::try_from(transactions)?.max(1);
    let mut seconds = 0.0;
    for transaction in 0..transactions {
        let mut batch = Vec::new();
        for flow in &mut flows {
            flow.next(transaction, transactions, &mut batch).await?;
        }
        let began = Instant::now();
        writer.execute("BEGIN IMMEDIATE").await?;
        for (head, width, rows) in batch {
            insert(&mut writer, &head, width, rows).await?;
        }
        writer.execute("COMMIT").await?;
        seconds += began.elapsed().as_secs_f64();
    }
    Ok(seconds)
}

/// Makes the same tables and indexes; answers the names of the ordinary tables.
async fn schema(source: &mut SqliteConnection, writer: &mut SqliteConnection) -> Result<Vec<String>, Fault> {
    let sql = "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%' AND name NOT IN \
        (SELECT v.name || s.column1 FROM sqlite_schema v, (VALUES ('_data'), ('_idx'), ('_docsize'), ('_config')) s \
        WHERE v.sql LIKE 'CREATE VIRTUAL TABLE%') ORDER BY rowid";
    let mut tables = Vec::new();
    for row in sqlx::query(sql).fetch_all(source).await? {
        let (name, sql): (String, String) = (row.try_get(0)?, row.try_get(1)?);
        if sql.starts_with("CREATE TABLE") && name != "change_log" {
            tables.push(name);
        }
        writer.execute(AssertSqlSafe(sql)).await?;
    }
    Ok(tables)
}

/// In what order a table's rows came.
fn order(table: &str) -> &'static str {
    match table {
        "message" => "ORDER BY ticket, id",
        "mention" | "ticket_token" => "ORDER BY ticket",
        "contact" => "ORDER BY customer",
        _ => "",
    }
}

async fn flow(
    source: &mut SqliteConnection,
    from: &SqliteConnectOptions,
    table: &str,
) -> Result<Option<Flow>, Fault> {
    let rows = count(source, table).await?;
    let sql = format!("SELECT * FROM {table} {}", order(table));
    let Some(one) = sqlx::query(AssertSqlSafe(sql.clone())).fetch_optional(source).await? else {
        return Ok(None);
    };
    let columns: Vec<&str> = one.columns().iter().map(|column| column.name()).collect();
    let head = format!("INSERT INTO {table} ({})", columns.join(", "));
    let from = read(from, sql, |row| record(&row)).await?;
    Ok(Some(Flow { head, width: columns.len(), rows, from, parts: Vec::new() }))
}

async fn count(source: &mut SqliteConnection, table: &str) -> Result<u64, Fault> {
    let sql = format!("SELECT count(*) FROM {table}");
    let rows: i64 = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(source).await?;
    Ok(u64::try_from(rows)?)
}

/// The rows of the text index, which keeps no texts: made again from the messages, as `ingest::prepare` makes them.
async fn texts(source: &mut SqliteConnection, from: &SqliteConnectOptions) -> Result<Flow, Fault> {
    let rows = count(source, "message").await?;
    let parts = sqlx::query("SELECT lo, hi, id FROM search_part").fetch_all(&mut *source).await?;
    let part = |row: &SqliteRow| {
        let number: i64 = row.try_get(2)?;
        let head = format!("INSERT INTO search_{number} (rowid, subject, sender, others, text, files)");
        Ok::<_, sqlx::Error>((row.try_get(0)?, row.try_get(1)?, head))
    };
    let parts = parts.iter().map(part).collect::<Result<_, _>>()?;
    let own: String = sqlx::query_scalar("SELECT address FROM source").fetch_one(source).await?;
    let sql = "SELECT m.id, m.subject, m.from_name, m.from_email, m.people, b.text, \
        (SELECT group_concat(name, x'0a') FROM attachment a WHERE a.message = m.id) AS files \
        FROM message m JOIN body b ON b.message = m.id ORDER BY m.ticket, m.id";
    let from = read(from, sql.into(), move |row| indexed(&row, &own)).await?;
    Ok(Flow { head: String::new(), width: 6, rows, from, parts })
}

fn indexed(row: &SqliteRow, own: &str) -> Result<Record, sqlx::Error> {
    let decoded = |error| sqlx::Error::ColumnDecode { index: "people".into(), source: Box::new(error) };
    let people: BTreeMap<String, Vec<BTreeMap<String, String>>> =
        serde_json::from_str(row.try_get("people")?).map_err(decoded)?;
    let named = |list: &str| people.get(list).into_iter().flatten();
    let said =
        |address: &BTreeMap<String, String>, what: &str| address.get(what).cloned().unwrap_or_default();
    let others: String = named("to")
        .chain(named("cc"))
        .chain(named("reply_to"))
        .filter(|address| said(address, "email").to_lowercase() != own)
        .map(|address| format!("{} {}\n", said(address, "name"), said(address, "email")))
        .collect();
    let sender =
        format!("{} {}\n", row.try_get::<&str, _>("from_name")?, row.try_get::<&str, _>("from_email")?);
    let (subject, text): (&str, &str) = (row.try_get("subject")?, row.try_get("text")?);
    let files: Option<String> = row.try_get("files")?;
    let texts = [subject, &sender, &others, text, files.as_deref().unwrap_or_default()];
    let texts = texts.into_iter().map(|text| Value::Text(store::fts_text(text)));
    Ok([Value::Integer(row.try_get("id")?)].into_iter().chain(texts).collect())
}

fn record(row: &SqliteRow) -> Result<Record, sqlx::Error> {
    (0..row.len())
        .map(|at| {
            let raw = row.try_get_raw(at)?;
            let kind = if raw.is_null() { String::new() } else { raw.type_info().name().to_owned() };
            Ok(match kind.as_str() {
                "INTEGER" | "BOOLEAN" => Value::Integer(row.try_get_unchecked(at)?),
                "TEXT" => Value::Text(row.try_get_unchecked(at)?),
                "BLOB" => Value::Blob(row.try_get_unchecked(at)?),
                _ => Value::Null,
            })
        })
        .collect()
}

/// Reads on a connection of its own, a little ahead.
async fn read(
    from: &SqliteConnectOptions,
    sql: String,
    make: impl Fn(SqliteRow) -> Result<Record, sqlx::Error> + Send + 'static,
) -> Result<Receiver<Result<Record, sqlx::Error>>, Fault> {
    let mut connection = from.clone().pragma("cache_size", "-8192").connect().await?;
    let (sender, receiver) = channel(AHEAD);
    tokio::spawn(async move {
        let mut rows = sqlx::query(AssertSqlSafe(sql)).fetch(&mut connection);
        while let Some(row) = rows.next().await {
            if sender.send(row.and_then(&make)).await.is_err() {
                break;
            }
        }
    });
    Ok(receiver)
}

impl Flow {
    /// This transaction's share of the rows, by the statement they belong to.
    async fn next(
        &mut self,
        transaction: u64,
        of: u64,
        batch: &mut Vec<(String, usize, Vec<Record>)>,
    ) -> Result<(), Fault> {
        let share = self.rows * (transaction + 1) / of - self.rows * transaction / of;
        let mut by_head = BTreeMap::<String, Vec<Record>>::new();
        for _ in 0..share {
            let Some(row) = self.from.recv().await else { break };
            let row = row?;
            let head = self.head_of(&row).to_owned();
            by_head.entry(head).or_default().push(row);
        }
        batch.extend(by_head.into_iter().map(|(head, rows)| (head, self.width, rows)));
        Ok(())
    }

    fn head_of(&self, row: &Record) -> &str {
        let Some(Value::Integer(key)) = row.first() else { return &self.head };
        let part = self.parts.iter().find(|(lo, hi, _)| (lo..=hi).contains(&key));
        part.map_or(&self.head, |(_, _, head)| head)
    }
}

async fn insert(
    writer: &mut SqliteConnection,
    head: &str,
    width: usize,
    rows: Vec<Record>,
) -> Result<(), sqlx::Error> {
    let mut rows = rows.into_iter();
    for at_once in AT_ONCE {
        while rows.len() >= at_once {
            let places = format!("({})", vec!["?"; width].join(", "));
            let sql = format!("{head} VALUES {}", vec![places.as_str(); at_once].join(", "));
            let statement =
                rows.by_ref().take(at_once).flatten().fold(sqlx::query(AssertSqlSafe(sql)), bound);
            statement.execute(&mut *writer).await?;
        }
    }
    Ok(())
}

fn bound(
    to: Query<'static, Sqlite, SqliteArguments>,
    value: Value,
) -> Query<'static, Sqlite, SqliteArguments> {
    match value {
        Value::Null => to.bind(None::<i64>),
        Value::Integer(value) => to.bind(value),
        Value::Text(value) => to.bind(value),
        Value::Blob(value) => to.bind(value),
    }
}
