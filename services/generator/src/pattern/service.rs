//! A pattern service over HTTP. Nothing of it is trusted: it may hang, answer endlessly, or tell nonsense.

use super::Pattern;
use reqwest::{Client, StatusCode, Url};
use serde::Deserialize;
use serde_json::Value;
use sixbtc_core::settings::PatternDiscovery;
use sixbtc_web::{BodyError, why};
use std::time::Duration;

/// Largest answer read, in bytes.
pub const MAX_BYTES: usize = 16 << 20;
/// Longest formula, in bytes.
const MAX_FORMULA: usize = 4 << 10;

/// Why there are no patterns.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// The address in the settings is none.
    #[error("`pattern_discovery.api_url`: `{url}` is no address: {why}")]
    Address {
        /// What stands there.
        url: String,
        /// What is wrong.
        why: String,
    },
    /// It does not answer.
    #[error("the pattern service at {at} does not answer: {why}")]
    Silent {
        /// Where.
        at: String,
        /// Why.
        why: String,
    },
    /// It answers with something else.
    #[error("the pattern service at {at} answers nonsense: {why}")]
    Nonsense {
        /// Where.
        at: String,
        /// What.
        why: String,
    },
}

/// A client.
#[derive(Debug, Clone)]
pub struct PatternService {
    client: Client,
    base: Url,
}

/// What the service tells: patterns that can be read, and how many cannot.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Told {
    /// Those that can be read.
    pub patterns: Vec<Pattern>,
    /// Those that cannot, each with its reason.
    pub unreadable: Vec<String>,
}

impl PatternService {
    /// The service of the settings.
    ///
    /// # Errors
    /// [`ServiceError::Address`].
    pub fn new(settings: &PatternDiscovery) -> Result<Self, ServiceError> {
        Self::with_timeout(settings, Duration::from_secs(settings.timeout_seconds))
    }

    /// A limit for one question instead of that of the settings.
    ///
    /// # Errors
    /// As [`PatternService::new`].
    pub fn with_timeout(
        settings: &PatternDiscovery,
        limit: Duration,
    ) -> Result<Self, ServiceError> {
        let wrong = |why: String| ServiceError::Address {
            url: settings.api_url.clone(),
            why,
        };
        let base = Url::parse(&settings.api_url).map_err(|e| wrong(e.to_string()))?;
        if !matches!(base.scheme(), "http" | "https") {
            return Err(wrong("it must begin with http:// or https://".into()));
        }
        let client = sixbtc_web::client(limit).map_err(|e| wrong(why(&e)))?;
        Ok(Self { client, base })
    }

    /// All patterns: `GET /patterns`, an array or an object with the array as `patterns`.
    ///
    /// # Errors
    /// When nothing can be read. A pattern that cannot be read does not spoil the others.
    pub async fn patterns(&self) -> Result<Told, ServiceError> {
        let nonsense = |why: String| ServiceError::Nonsense { at: self.at(), why };
        let bytes = self.get("patterns").await?;
        let mut value: Value =
            serde_json::from_slice(&bytes).map_err(|e| nonsense(format!("no JSON ({e})")))?;
        let list = match value.get_mut("patterns") {
            Some(list) => list.take(),
            None => value,
        };
        let Value::Array(list) = list else {
            return Err(nonsense("it holds no list of patterns".into()));
        };
        let mut told = Told::default();
        for one in list {
            let id = one["id"].as_str().unwrap_or("?").to_owned();
            match read(&one) {
                Ok(pattern) => told.patterns.push(pattern),
                Err(why) => told.unreadable.push(format!("{id}: {why}")),
            }
        }
        Ok(told)
    }

    fn at(&self) -> String {
        format!(
            "{}:{}",
            self.base.host_str().unwrap_or("?"),
            self.base.port_or_known_default().unwrap_or(0)
        )
    }

    async fn get(&self, path: &str) -> Result<Vec<u8>, ServiceError> {
        let silent = |why: String| ServiceError::Silent { at: self.at(), why };
        let nonsense = |why: String| ServiceError::Nonsense { at: self.at(), why };
        let url = self.base.join(path).map_err(|e| nonsense(e.to_string()))?;
        let answer = self.client.get(url).send().await;
        let answer = answer.map_err(|e| silent(why(&e)))?;
        if answer.status() != StatusCode::OK {
            return Err(nonsense(format!("status {}", answer.status().as_u16())));
        }
        sixbtc_web::body(answer, MAX_BYTES)
            .await
            .map_err(|e| match e {
                BodyError::TooLong { .. } => nonsense(e.to_string()),
                BodyError::Broken(_) => silent(e.to_string()),
            })
    }
}

/// Reads one pattern; the formula must be one expression and the helpers definitions, so that neither can smuggle anything
/// else into a program.
fn read(value: &Value) -> Result<Pattern, String> {
    let pattern = Pattern::deserialize(value).map_err(|e| e.to_string())?;
    if pattern.formula.len() > MAX_FORMULA || pattern.helpers.iter().any(|h| h.len() > MAX_FORMULA)
    {
        return Err(format!("its formula is longer than {MAX_FORMULA} bytes"));
    }
    sbt_syntax::parse_expr(&pattern.formula, sbt_diagnostics::FileId(0))
        .map_err(|_| format!("its formula `{}` is no expression", pattern.formula))?;
    for helper in &pattern.helpers {
        let text = format!("#sbt {}\n{helper}\n", sbt_std::EDITION);
        let (file, diagnostics) = sbt_syntax::parse(&text, sbt_diagnostics::FileId(0));
        let definitions = file.items.iter().all(|i| {
            matches!(
                i,
                sbt_syntax::ast::Item::Indicator(_) | sbt_syntax::ast::Item::Func(_)
            )
        });
        if !diagnostics.is_empty() || !definitions {
            return Err("a helper is no definition of an indicator or a function".into());
        }
    }
    if pattern.targets.is_empty()
        || pattern
            .timeframe
            .parse::<sixbtc_market::Timeframe>()
            .is_err()
    {
        return Err("it has no target or no timeframe".into());
    }
    Ok(pattern)
}
