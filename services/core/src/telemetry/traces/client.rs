//! Requests to the collector.

use async_trait::async_trait;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use sixbtc_web::why;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::runtime::Runtime;

/// No answer needs more; the rest of a longer one is not read.
const LONGEST: usize = 64 << 10;

/// A client that may be called by a thread without a runtime, and only by one: it waits.
#[derive(Debug)]
pub(super) struct Client {
    http: reqwest::Client,
    /// A runtime must not be dropped by a task; it is taken out before.
    runtime: Option<Runtime>,
    /// Why the last request failed: the exporter does not pass it on.
    why: Mutex<Option<String>>,
}

impl Client {
    pub fn new(timeout: Duration) -> Result<Self, String> {
        let http = sixbtc_web::client(timeout)
            .map_err(|e| format!("no HTTP client for traces can be made: {}", why(&e)))?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|e| format!("no runtime for traces can be made: {e}"))?;
        Ok(Self {
            http,
            runtime: Some(runtime),
            why: Mutex::default(),
        })
    }

    /// Why the last request failed, if it did not get an answer.
    pub fn why(&self) -> Option<String> {
        let mut why = self.why.lock().unwrap_or_else(PoisonError::into_inner);
        why.take()
    }

    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, reqwest::Error> {
        let request = reqwest::Request::try_from(request)?;
        let mut answer = self.http.execute(request).await?;
        let status = answer.status();
        let mut body = Vec::new();
        while body.len() < LONGEST
            && let Some(chunk) = answer.chunk().await?
        {
            body.extend_from_slice(&chunk);
        }
        body.truncate(LONGEST);
        let mut response = Response::new(Bytes::from(body));
        *response.status_mut() = status;
        Ok(response)
    }
}

#[async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let Some(runtime) = &self.runtime else {
            return Err("it has ended".into());
        };
        let sent = runtime.block_on(self.send(request));
        sent.map_err(|e| {
            let why = why(&e);
            let mut last = self.why.lock().unwrap_or_else(PoisonError::into_inner);
            last.replace(why.clone());
            why.into()
        })
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
