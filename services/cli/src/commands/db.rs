//! `sixbtc db`

use super::serve::{Loading, Opening};
use super::store::{open_and, waited};
use crate::args::{DbAction, Format};
use crate::failure::Failure;
use crate::output;
use serde_json::json;
use sixbtc_core::store::{OpenOptions, Store, StoreError};
use std::fmt::Write;
use std::path::Path;

/// Runs the command; the value is the exit code.
pub fn run(action: &DbAction, format: Format) -> Result<u8, Failure> {
    let mut opening = Opening::of(&Loading::of(action.settings())?.loaded);
    // one who works by hand need not wait as long as a service
    opening.options = OpenOptions::default();
    waited(async {
        match action {
            DbAction::Migrate(_) => migrate(&opening, format).await,
            DbAction::Backup { file, .. } => backup(&opening, file, format).await,
            DbAction::Restore { file, .. } => restore(&opening, file, format).await,
            DbAction::Check(_) => check(&opening, format).await,
        }
        .map_err(|e| opening.failure(e))
    })
}

/// As it is: nothing made, nothing changed.
fn as_is() -> OpenOptions {
    OpenOptions {
        create: false,
        migrate: false,
        ..OpenOptions::default()
    }
}

async fn migrate(opening: &Opening, format: Format) -> Result<u8, StoreError> {
    let options = OpenOptions {
        migrate: false,
        ..OpenOptions::default()
    };
    let (from, _) = open_and(opening, options, version).await?;
    let (to, shown) = open_and(opening, opening.options.clone(), version).await?;
    match format {
        Format::Json => output::json(&json!({ "database": shown, "from": from, "to": to })),
        Format::Human if from == to => {
            output::out(&format!("{shown} has schema version {to} already"));
        }
        Format::Human => output::out(&format!("{shown}: schema version {from} → {to}")),
    }
    Ok(0)
}

async fn backup(opening: &Opening, file: &Path, format: Format) -> Result<u8, StoreError> {
    let shown = open_and(opening, as_is(), async |store| {
        store.backup(file).await?;
        Ok(shown(store))
    })
    .await?;
    let bytes = std::fs::metadata(file).map_or(0, |m| m.len());
    match format {
        Format::Json => {
            output::json(&json!({ "database": shown, "file": file, "bytes": bytes }));
        }
        Format::Human => output::out(&format!("{shown} → {} ({bytes} bytes)", file.display())),
    }
    Ok(0)
}

async fn restore(opening: &Opening, file: &Path, format: Format) -> Result<u8, StoreError> {
    let (copied, shown) = open_and(opening, opening.options.clone(), async |store| {
        Ok((store.restore(file).await?, shown(store)))
    })
    .await?;
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

async fn check(opening: &Opening, format: Format) -> Result<u8, StoreError> {
    let (shown, version, wrong) = open_and(opening, as_is(), async |store| {
        let (version, wrong) = problems(store).await?;
        Ok((shown(store), version, wrong))
    })
    .await?;
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

/// The version of the schema, and what is wrong with the store.
async fn problems(store: &Store) -> Result<(i64, Vec<String>), StoreError> {
    let (version, newest) = (store.schema_version().await?, store.newest_schema());
    if version > newest {
        return Err(StoreError::Newer {
            found: version,
            known: newest,
        });
    }
    if version < newest {
        let old = format!(
            "the schema has version {version}, this program wants {newest}: run `sixbtc db migrate`"
        );
        return Ok((version, vec![old]));
    }
    let mut wrong = store.integrity().await?;
    // a damaged file would only confuse the questions that follow
    if wrong.is_empty() {
        wrong.extend(store.contradictions().await?);
    }
    Ok((version, wrong))
}

async fn version(store: &Store) -> Result<(i64, String), StoreError> {
    Ok((store.schema_version().await?, shown(store)))
}

/// Its address without the password.
fn shown(store: &Store) -> String {
    store.shown().to_owned()
}
