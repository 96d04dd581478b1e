//! One question over HTTP: bounded in time and size.

use super::AiError;
use reqwest::header::HeaderMap;
use reqwest::{Client, StatusCode, Url};
use serde_json::Value;
use sixbtc_web::{BodyError, shortened, why};
use std::time::Duration;

/// Largest answer read, in bytes: far more than any program needs.
pub const MAX_ANSWER: usize = 1 << 20;

/// A client whose questions end after `timeout`, whatever the other side does.
pub fn client(timeout: Duration) -> Result<Client, AiError> {
    sixbtc_web::client(timeout)
        .map_err(|e| AiError::Settings(format!("no HTTP client can be made: {}", why(&e))))
}

/// An address below a base: `https://host/v1` and `messages` give `https://host/v1/messages`.
pub fn address(base: &str, path: &str) -> Result<Url, AiError> {
    let wrong = |why: String| {
        AiError::Settings(format!(
            "`{base}` is no address of an AI provider ({why}); write it like https://host/v1"
        ))
    };
    let url = Url::parse(&format!("{}/{path}", base.trim_end_matches('/')))
        .map_err(|e| wrong(e.to_string()))?;
    let local = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    match url.scheme() {
        "https" => Ok(url),
        // a key must not cross a network in the clear
        "http" if local => Ok(url),
        other => Err(wrong(format!(
            "{other} is only allowed to this very machine"
        ))),
    }
}

/// Posts JSON and reads JSON.
pub async fn post(
    client: &Client,
    url: &Url,
    headers: HeaderMap,
    body: &Value,
) -> Result<Value, AiError> {
    let response = client
        .post(url.clone())
        .headers(headers)
        .json(body)
        .send()
        .await
        .map_err(|e| AiError::Unreachable(why(&e)))?;
    let status = response.status();
    let retry_after = response
        .headers()
        .get("retry-after")
        .and_then(|v| v.to_str().ok()?.trim().parse().ok());
    let bytes = sixbtc_web::body(response, MAX_ANSWER)
        .await
        .map_err(|e| match e {
            BodyError::TooLong { .. } => AiError::Garbage(e.to_string()),
            BodyError::Broken(_) => AiError::Unreachable(e.to_string()),
        })?;
    if status == StatusCode::TOO_MANY_REQUESTS
        || status == StatusCode::REQUEST_TIMEOUT
        || status.is_server_error()
    {
        return Err(AiError::Busy {
            status: status.as_u16(),
            retry_after,
        });
    }
    if !status.is_success() {
        return Err(AiError::Refused {
            status: status.as_u16(),
            why: shortened(&String::from_utf8_lossy(&bytes)),
        });
    }
    serde_json::from_slice(&bytes).map_err(|e| AiError::Garbage(format!("it is no JSON: {e}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_cross_no_network_in_the_clear() {
        assert!(address("https://somewhere.example/v1/", "messages").is_ok());
        assert!(address("http://127.0.0.1:8080/v1", "x").is_ok());
        let e = address("http://somewhere.example/v1", "x").unwrap_err();
        assert!(e.to_string().contains("this very machine"), "{e}");
        assert!(address("somewhere", "x").is_err());
    }
}
