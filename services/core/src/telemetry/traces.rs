//! Traces of the work, handed to a collector over OTLP/HTTP.
//!
//! A trace is a piece of work: a claim, a turn of the generator, a task, a round. The spans of services and workers, which last as
//! long as the process, are none. Traces wait in a bounded queue and are handed on by a thread of their own: the work never waits
//! for the collector, and what the queue has no room for is dropped.

mod client;
mod export;
mod outage;

use super::TelemetryError;
use super::line::Fields;
use crate::daemon::{ServiceName, caught};
use crate::settings::{SecretName, Secrets, Telemetry};
use client::Client;
use export::{Exporter, SERVICE};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry::{Context as Parent, KeyValue};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracerProvider, Span, SpanData,
    SpanProcessor,
};
use secrecy::ExposeSecret;
use std::cell::Cell;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tracing::Subscriber;
use tracing::span::Id;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

/// Spans that wait for their departure; later ones are dropped.
const QUEUE: usize = 8192;
/// Most spans in one request.
const BATCH: usize = 512;

/// The traces of this process.
#[derive(Debug, Clone)]
pub(super) struct Traces {
    provider: SdkTracerProvider,
    patience: Duration,
}

impl Traces {
    /// Begins to hand on traces; the collector is not asked before there is one.
    pub fn new(
        settings: &Telemetry,
        secrets: &Secrets,
        services: &[ServiceName],
    ) -> Result<Self, TelemetryError> {
        let headers = match secrets.get(SecretName::OtlpHeaders) {
            Some(headers) => read_headers(headers.expose_secret())?,
            None => HashMap::new(),
        };
        // one that came into the log with a failure must not show what it was called with
        for value in headers.values() {
            super::hide(value);
        }
        let timeout = Duration::from_secs(settings.timeout_seconds);
        let client = Arc::new(Client::new(timeout).map_err(TelemetryError::Traces)?);
        let address = address(&settings.otlp_endpoint);
        let exporter = Exporter::new(&address, &headers, timeout, &client, services)
            .map_err(TelemetryError::Traces)?;
        let batch = BatchConfigBuilder::default()
            .with_max_queue_size(QUEUE)
            .with_max_export_batch_size(BATCH)
            .with_scheduled_delay(Duration::from_secs(settings.delay_seconds))
            .build();
        let processor = BatchSpanProcessor::builder(exporter)
            .with_batch_config(batch)
            .build();
        let sampled = Sampler::TraceIdRatioBased(settings.sample_ratio);
        let provider = SdkTracerProvider::builder()
            .with_sampler(Sampler::ParentBased(Box::new(sampled)))
            // the exporter knows better: it has one for each service
            .with_resource(Resource::builder_empty().build())
            .with_span_processor(Signed(processor))
            .build();
        Ok(Self {
            provider,
            patience: Duration::from_millis(settings.flush_ms),
        })
    }

    /// The layer that makes them.
    pub fn layer<S>(&self) -> impl Layer<S> + Send + Sync + use<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
    {
        let units = filter_fn(|m| m.is_event() || !matches!(m.name(), "service" | "worker"));
        let spans = tracing_opentelemetry::layer()
            .with_tracer(self.provider.tracer("sixbtc"))
            .with_threads(false)
            // a span begins for the collector when it ends for us: nothing is looked up at each entry
            .with_context_activation(false)
            .with_filter(units);
        Whose.and_then(spans)
    }

    /// Hands on what waits, within bounds.
    pub fn flush(&self) {
        let provider = self.provider.clone();
        match caught(move || provider.shutdown_with_timeout(self.patience)) {
            Ok(Ok(())) => {}
            Ok(Err(e)) => tracing::debug!("the last traces were not handed on: {e}"),
            Err(panicked) => tracing::error!("{panicked}"),
        }
    }
}

/// Where traces go: to the usual path, unless there is one.
fn address(endpoint: &str) -> String {
    match url::Url::parse(endpoint) {
        Ok(mut url) if matches!(url.path(), "" | "/") => {
            url.set_path("/v1/traces");
            url.into()
        }
        _ => endpoint.to_owned(),
    }
}

/// `name=value,name=value`; a value may hold `=`.
fn read_headers(text: &str) -> Result<HashMap<String, String>, TelemetryError> {
    let wrong = |at: usize| {
        TelemetryError::Traces(format!(
            "{}: part {at} is no header, `name=value` is expected",
            SecretName::OtlpHeaders.variable()
        ))
    };
    let mut headers = HashMap::new();
    for (i, part) in text.split(',').enumerate() {
        if part.trim().is_empty() {
            continue;
        }
        let (name, value) = part.split_once('=').ok_or_else(|| wrong(i + 1))?;
        let (name, value) = (name.trim(), value.trim());
        let good =
            http::HeaderName::try_from(name).is_ok() && http::HeaderValue::try_from(value).is_ok();
        if !good {
            return Err(wrong(i + 1));
        }
        headers.insert(name.to_owned(), value.to_owned());
    }
    Ok(headers)
}

thread_local! {
    /// Whose span is ending on this thread.
    static ENDING: Cell<Option<ServiceName>> = const { Cell::new(None) };
}

/// Notes whose a span is when it ends, just before it is made a trace: the span of its service is none itself.
struct Whose;

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Whose {
    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let service = context.span_scope(&id).into_iter().flatten().find_map(|s| {
            if s.name() != "service" {
                return None;
            }
            ServiceName::read(s.extensions().get::<Fields>()?.text("service")?)
        });
        ENDING.set(service);
    }
}

/// Writes on each span whose it is.
#[derive(Debug)]
struct Signed(BatchSpanProcessor);

impl SpanProcessor for Signed {
    fn on_start(&self, span: &mut Span, parent: &Parent) {
        self.0.on_start(span, parent);
    }

    fn on_end(&self, mut span: SpanData) {
        if let Some(service) = ENDING.get() {
            let signed = KeyValue::new(SERVICE, service.as_str());
            span.attributes.push(signed);
        }
        self.0.on_end(span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.0.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(timeout)
    }
}

#[cfg(test)]
mod tests;
