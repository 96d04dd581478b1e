//! Asking over HTTP: bounded in time and size, whatever the other side does.
//!
//! Every service that asks somebody else makes its [`client`] here and reads the answer by [`body`]. Reasons are told by [`why`],
//! which names no address: there may be a key in it.

use reqwest::{Client, ClientBuilder, Response};
use std::error::Error;
use std::time::Duration;

/// The longest time until a connection stands, unless the whole question may take less.
const CONNECT: Duration = Duration::from_secs(10);

/// What of a reason is told to people, in characters.
const SHOWN: usize = 300;

/// A client whose questions end after `limit`, and which goes nowhere else than asked: a service that moves is a matter of
/// settings, not of trust, and whoever it points to would be told what was meant for another.
///
/// # Errors
/// When the machine cannot make one.
pub fn client(limit: Duration) -> Result<Client, reqwest::Error> {
    builder(limit).build()
}

/// The same, before it is built: for whoever wants to set more.
pub fn builder(limit: Duration) -> ClientBuilder {
    // a second installation is refused, and the first serves as well
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .timeout(limit)
        .connect_timeout(limit.min(CONNECT))
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("sixbtc/", env!("CARGO_PKG_VERSION")))
}

/// Why a body was not read.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// It is longer than the limit.
    #[error("the answer is longer than {most} bytes")]
    TooLong {
        /// The limit.
        most: usize,
    },
    /// It ended before its end.
    #[error("the answer breaks off: {}", why(.0))]
    Broken(reqwest::Error),
}

/// The whole body, unpacked, if it comes to an end within `most` bytes. What is longer is not read to its end.
///
/// # Errors
/// [`BodyError`].
pub async fn body(mut response: Response, most: usize) -> Result<Vec<u8>, BodyError> {
    let too_long = BodyError::TooLong { most };
    if response.content_length().is_some_and(|n| n > most as u64) {
        return Err(too_long);
    }
    let mut body = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(BodyError::Broken)? {
        if piece.len() > most - body.len() {
            return Err(too_long);
        }
        body.extend_from_slice(&piece);
    }
    Ok(body)
}

/// What went wrong, in words for people: the innermost cause, without any address.
pub fn why(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "no answer in time".to_owned();
    }
    let mut cause: &dyn Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    // an error without a cause prints its address
    let text = match error.source() {
        Some(_) => shortened(&cause.to_string()),
        None => "the question cannot be sent".to_owned(),
    };
    if error.is_connect() {
        return format!("no connection ({text})");
    }
    text
}

/// On one line, not too long, and without what would upset a terminal.
pub fn shortened(text: &str) -> String {
    let gap = |c: char| c.is_whitespace() || c.is_control();
    let words: Vec<&str> = text.split(gap).filter(|word| !word.is_empty()).collect();
    let line = words.join(" ");
    match line.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{} …", &line[..at]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_fit_on_a_line() {
        assert_eq!(shortened("a\n  \u{1b}b"), "a b");
        let long = shortened(&"ä".repeat(400));
        assert_eq!(long.chars().count(), SHOWN + 2);
    }
}
