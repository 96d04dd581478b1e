//! `sixbtc db`

use crate::args::{DbAction, Format};
use crate::failure::Failure;
use crate::output;
use secrecy::ExposeSecret;
use serde_json::json;
use sixbtc_core::settings::{Sources, load};
use sixbtc_core::store::{OpenOptions, Store, StoreError, redact};
use std::fmt::Write;
use std::path::Path;

/// Runs the command; the value is the exit code.
pub fn run(action: &DbAction, format: Format) -> Result<u8, Failure> {
    let url = address(action)?;
    let runtime = tokio::runtime::Runtime::new()
        .map_err(|e| Failure::outside(format!("no threads could be started: {e}")))?;
    runtime.block_on(async {
        match action {
            DbAction::Migrate(_) => migrate(&url, format).await,
            DbAction::Backup { file, .. } => backup(&url, file, format).await,
            DbAction::Restore { file, .. } => restore(&url, file, format).await,
            DbAction::Check(_) => check(&url, format).await,
        }
        .map_err(|e| failure(e, &url))
    })
}

/// The address in the settings, with its password.
fn address(action: &DbAction) -> Result<String, Failure> {
    let settings = action.settings();
    let sources = Sources::of_process(settings.config.clone(), settings.assignments());
    let loaded = load(&sources).map_err(|e| Failure::input(e.to_string()))?;
    let url = loaded.secrets.database_url(&loaded.settings.database.url);
    Ok(url.expose_secret().to_owned())
}

fn failure(error: StoreError, url: &str) -> Failure {
    match error {
        StoreError::Open { .. } | StoreError::Backup(_) | StoreError::Newer { .. } => {
            Failure::input(error.to_string())
        }
        other => Failure::outside(format!("{}: {other}", redact(url))),
    }
}

/// As it is: nothing made, nothing changed.
fn as_is() -> OpenOptions {
    OpenOptions {
        create: false,
        migrate: false,
        ..OpenOptions::default()
    }
}

async fn migrate(url: &str, format: Format) -> Result<u8, StoreError> {
    let options = OpenOptions {
        migrate: false,
        ..OpenOptions::default()
    };
    let before = Store::open(url, options).await?;
    let from = before.schema_version().await?;
    before.close().await;
    let store = Store::open(url, OpenOptions::default()).await?;
    let to = store.schema_version().await?;
    let shown = store.shown().to_owned();
    store.close().await;
    match format {
        Format::Json => output::json(&json!({ "database": shown, "from": from, "to": to })),
        Format::Human if from == to => {
            output::out(&format!("{shown} has schema version {to} already"));
        }
        Format::Human => output::out(&format!("{shown}: schema version {from} → {to}")),
    }
    Ok(0)
}

async fn backup(url: &str, file: &Path, format: Format) -> Result<u8, StoreError> {
    let store = Store::open(url, as_is()).await?;
    let done = store.backup(file).await;
    let shown = store.shown().to_owned();
    store.close().await;
    done?;
    let bytes = std::fs::metadata(file).map_or(0, |m| m.len());
    match format {
        Format::Json => {
            output::json(&json!({ "database": shown, "file": file, "bytes": bytes }));
        }
        Format::Human => output::out(&format!("{shown} → {} ({bytes} bytes)", file.display())),
    }
    Ok(0)
}

async fn restore(url: &str, file: &Path, format: Format) -> Result<u8, StoreError> {
    let store = Store::open(url, OpenOptions::default()).await?;
    let done = store.restore(file).await;
    let shown = store.shown().to_owned();
    store.close().await;
    let copied = done?;
    match format {
        Format::Json => {
            let rows: serde_json::Map<_, _> = copied
                .iter()
                .map(|(table, n)| ((*table).to_owned(), json!(n)))
                .collect();
            output::json(&json!({ "database": shown, "file": file, "rows": rows }));
        }
        Format::Human => {
            let mut text = format!("{} → {shown}", file.display());
            for (table, n) in copied.iter().filter(|(_, n)| *n > 0) {
                let _ = write!(text, "\n  {table:<16} {n:>10}");
            }
            output::out(&text);
        }
    }
    Ok(0)
}

async fn check(url: &str, format: Format) -> Result<u8, StoreError> {
    let store = Store::open(url, as_is()).await?;
    let (version, newest) = (store.schema_version().await?, store.newest_schema());
    let mut wrong = Vec::new();
    if version > newest {
        return Err(StoreError::Newer {
            found: version,
            known: newest,
        });
    }
    if version < newest {
        wrong.push(format!(
            "the schema has version {version}, this program wants {newest}: run `sixbtc db migrate`"
        ));
    } else {
        wrong.extend(store.integrity().await?);
        // a damaged file would only confuse the questions that follow
        if wrong.is_empty() {
            wrong.extend(store.contradictions().await?);
        }
    }
    let shown = store.shown().to_owned();
    store.close().await;
    match format {
        Format::Json => {
            output::json(&json!({ "database": shown, "schema": version, "problems": wrong }));
        }
        Format::Human if wrong.is_empty() => {
            output::out(&format!("{shown} is whole (schema version {version})"));
        }
        Format::Human => output::out(&format!("{shown}:\n  {}", wrong.join("\n  "))),
    }
    Ok(u8::from(!wrong.is_empty()))
}
