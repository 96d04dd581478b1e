//! Statements and rows: the few kinds of values that both databases have, bound and read in one way.

use super::StoreError;
use rust_decimal::Decimal;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::query::Query;
use sqlx::{Any, AssertSqlSafe, Executor, Row};
use std::fmt::Display;
use uuid::Uuid;

/// A statement with its values.
pub(super) struct Sql {
    query: Query<'static, Any, AnyArguments>,
    #[cfg(feature = "testing")]
    text: String,
}

#[cfg(feature = "testing")]
tokio::task_local! {
    /// Statements as they run: tests ask the database how it would go about them.
    static WATCHED: std::cell::RefCell<Vec<String>>;
}

/// Runs something and gives the statements it ran.
#[cfg(feature = "testing")]
pub(crate) async fn watch(what: impl Future<Output = ()>) -> Vec<String> {
    WATCHED
        .scope(std::cell::RefCell::default(), async {
            what.await;
            WATCHED.with(std::cell::RefCell::take)
        })
        .await
}

impl Sql {
    /// A fixed text.
    pub fn of(text: &'static str) -> Self {
        Self {
            query: sqlx::query(text),
            #[cfg(feature = "testing")]
            text: text.to_owned(),
        }
    }

    /// A text that was put together from fixed parts: values are always bound.
    pub fn made(text: String) -> Self {
        Self {
            #[cfg(feature = "testing")]
            text: text.clone(),
            query: sqlx::query(AssertSqlSafe(text)),
        }
    }

    fn bind<T: sqlx::Encode<'static, Any> + sqlx::Type<Any>>(mut self, value: T) -> Self {
        self.query = self.query.bind(value);
        self
    }

    /// Notes that it runs.
    fn go(self) -> Query<'static, Any, AnyArguments> {
        #[cfg(feature = "testing")]
        let _ = WATCHED.try_with(|all| all.borrow_mut().push(self.text));
        self.query
    }

    pub fn int(self, value: i64) -> Self {
        self.bind(value)
    }

    pub fn opt_int(self, value: Option<i64>) -> Self {
        self.bind(value)
    }

    pub fn bool(self, value: bool) -> Self {
        self.int(i64::from(value))
    }

    pub fn text(self, value: impl Into<String>) -> Self {
        self.bind(value.into())
    }

    pub fn opt_text(self, value: Option<impl Into<String>>) -> Self {
        self.bind(value.map(Into::into))
    }

    pub fn id(self, value: Uuid) -> Self {
        self.text(value.to_string())
    }

    pub fn opt_id(self, value: Option<Uuid>) -> Self {
        self.opt_text(value.map(|id| id.to_string()))
    }

    pub fn real(self, value: f64) -> Self {
        self.opt_real(Some(value))
    }

    /// A number or none. What is not finite stands as none: `SQLite` would do that to a NaN by itself.
    pub fn opt_real(self, value: Option<f64>) -> Self {
        match value.filter(|x| x.is_finite()) {
            Some(x) => self.bind(x),
            // sqlx 0.9 hands an absent f64 to PostgreSQL as a float4 and an absent f32 as a float8, and prepares the
            // statement for what came first; a test of both databases writes absent before present
            None => self.bind(None::<f32>),
        }
    }

    pub fn decimal(self, value: Decimal) -> Self {
        self.text(value.to_string())
    }

    pub fn opt_decimal(self, value: Option<Decimal>) -> Self {
        self.opt_text(value.map(|d| d.to_string()))
    }

    pub fn json(self, value: &impl Serialize) -> Result<Self, StoreError> {
        Ok(self.text(to_json(value)?))
    }

    pub fn opt_json(self, value: Option<&impl Serialize>) -> Result<Self, StoreError> {
        Ok(self.opt_text(value.map(to_json).transpose()?))
    }

    /// Runs it; how many rows it touched.
    pub async fn run<'c>(self, on: impl Executor<'c, Database = Any>) -> Result<u64, StoreError> {
        Ok(self.go().execute(on).await?.rows_affected())
    }

    pub async fn all<'c>(
        self,
        on: impl Executor<'c, Database = Any>,
    ) -> Result<Vec<AnyRow>, StoreError> {
        Ok(self.go().fetch_all(on).await?)
    }

    pub async fn first<'c>(
        self,
        on: impl Executor<'c, Database = Any>,
    ) -> Result<Option<AnyRow>, StoreError> {
        // not `fetch_optional`: on SQLite it would leave the statement before it is done
        Ok(self.go().fetch_all(on).await?.into_iter().next())
    }
}

/// JSON as it stands in a row. Escapes NUL, which PostgreSQL has no place for.
pub(super) fn to_json(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|e| StoreError::Value(e.to_string()))
}

/// Reading a row, column by column.
pub(super) trait Columns {
    fn int(&self, column: &str) -> Result<i64, StoreError>;
    fn opt_int(&self, column: &str) -> Result<Option<i64>, StoreError>;
    fn text(&self, column: &str) -> Result<String, StoreError>;
    fn opt_text(&self, column: &str) -> Result<Option<String>, StoreError>;
    fn opt_real(&self, column: &str) -> Result<Option<f64>, StoreError>;

    fn bool(&self, column: &str) -> Result<bool, StoreError> {
        Ok(self.int(column)? != 0)
    }

    fn real(&self, column: &str) -> Result<f64, StoreError> {
        Ok(self.opt_real(column)?.unwrap_or(f64::NAN))
    }

    /// A text read by `read`.
    fn read<T>(&self, column: &str, read: impl Fn(&str) -> Option<T>) -> Result<T, StoreError> {
        let text = self.text(column)?;
        read(&text).ok_or_else(|| broken(column, format!("`{text}` is not one of its values")))
    }

    fn id(&self, column: &str) -> Result<Uuid, StoreError> {
        let text = self.text(column)?;
        text.parse().map_err(|e| broken(column, e))
    }

    fn opt_id(&self, column: &str) -> Result<Option<Uuid>, StoreError> {
        self.opt_text(column)?
            .map(|t| t.parse().map_err(|e| broken(column, e)))
            .transpose()
    }

    fn decimal(&self, column: &str) -> Result<Decimal, StoreError> {
        let text = self.text(column)?;
        text.parse().map_err(|e| broken(column, e))
    }

    fn opt_decimal(&self, column: &str) -> Result<Option<Decimal>, StoreError> {
        self.opt_text(column)?
            .map(|t| t.parse().map_err(|e| broken(column, e)))
            .transpose()
    }

    fn json<T: DeserializeOwned>(&self, column: &str) -> Result<T, StoreError> {
        let text = self.text(column)?;
        serde_json::from_str(&text).map_err(|e| broken(column, e))
    }

    fn opt_json<T: DeserializeOwned>(&self, column: &str) -> Result<Option<T>, StoreError> {
        self.opt_text(column)?
            .map(|t| serde_json::from_str(&t).map_err(|e| broken(column, e)))
            .transpose()
    }
}

impl Columns for AnyRow {
    fn int(&self, column: &str) -> Result<i64, StoreError> {
        Ok(self.try_get(column)?)
    }

    fn opt_int(&self, column: &str) -> Result<Option<i64>, StoreError> {
        Ok(self.try_get(column)?)
    }

    fn text(&self, column: &str) -> Result<String, StoreError> {
        Ok(self.try_get(column)?)
    }

    fn opt_text(&self, column: &str) -> Result<Option<String>, StoreError> {
        Ok(self.try_get(column)?)
    }

    fn opt_real(&self, column: &str) -> Result<Option<f64>, StoreError> {
        Ok(self.try_get(column)?)
    }
}

fn broken(column: &str, why: impl Display) -> StoreError {
    StoreError::Row {
        column: column.to_owned(),
        why: why.to_string(),
    }
}
