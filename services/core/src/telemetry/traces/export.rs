//! From spans to requests: each service's under its own name.

use super::client::Client;
use super::outage::{Outage, Say};
use crate::daemon::{ServiceName, identity};
use crate::telemetry::scrub::scrub;
use opentelemetry::{KeyValue, Value};
use opentelemetry_otlp::{Protocol, RetryPolicy, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The attribute by which a span says whose it is.
pub(super) const SERVICE: &str = "sixbtc.service";

/// One exporter for each service, and one for spans of nobody.
#[derive(Debug)]
pub(super) struct Exporter {
    address: String,
    client: Arc<Client>,
    of: BTreeMap<Cow<'static, str>, opentelemetry_otlp::SpanExporter>,
    nobody: Cow<'static, str>,
    outage: Mutex<Outage>,
}

impl Exporter {
    pub fn new(
        address: &str,
        headers: &HashMap<String, String>,
        timeout: Duration,
        client: &Arc<Client>,
        services: &[ServiceName],
    ) -> Result<Self, String> {
        let nobody = match services {
            [one] => one.as_str(),
            _ => "sixbtc",
        };
        let mut of = BTreeMap::new();
        for name in services.iter().map(|s| s.as_str()).chain([nobody]) {
            let mut exporter = opentelemetry_otlp::SpanExporter::builder()
                .with_http()
                .with_shared_http_client(Arc::<Client>::clone(client))
                .with_protocol(Protocol::HttpBinary)
                .with_endpoint(address)
                .with_headers(headers.clone())
                .with_timeout(timeout)
                // what a collector does not take it will not miss: the next batch is there in seconds
                .with_retry_policy(RetryPolicy::disabled())
                .build()
                .map_err(|e| format!("traces cannot be handed on: {e}"))?;
            exporter.set_resource(&resource(name));
            of.insert(Cow::Borrowed(name), exporter);
        }
        Ok(Self {
            address: address.to_owned(),
            client: Arc::clone(client),
            of,
            nobody: Cow::Borrowed(nobody),
            outage: Mutex::default(),
        })
    }

    fn judge(&self, result: &OTelSdkResult, lost: usize) {
        let mut outage = self.outage.lock().unwrap_or_else(PoisonError::into_inner);
        let say = outage.judge(result.is_ok(), Instant::now());
        drop(outage);
        if let Err(e) = result {
            metrics::counter!("sixbtc_traces_lost_total").increment(lost as u64);
            let why = self.client.why().unwrap_or_else(|| e.to_string());
            if say == Say::Lost {
                tracing::warn!(
                    "traces cannot be handed to {}: {why}. They are dropped until they can; the work goes on, and this is said once",
                    self.address
                );
            } else {
                tracing::debug!("{lost} traces were dropped: {why}");
            }
        } else if say == Say::Back {
            tracing::info!("traces are taken again by {}", self.address);
        }
    }
}

impl SpanExporter for Exporter {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let mut left = batch.len();
        let mut by_service: BTreeMap<&Cow<'static, str>, Vec<SpanData>> = BTreeMap::new();
        for mut span in batch {
            clean(&mut span);
            let signed = span.attributes.iter().find(|a| a.key.as_str() == SERVICE);
            let whose = signed.map_or(Cow::Borrowed(""), |a| a.value.as_str());
            let (name, _) = self
                .of
                .get_key_value(whose.as_ref())
                .or_else(|| self.of.get_key_value(&self.nobody))
                .ok_or(OTelSdkError::AlreadyShutdown)?;
            by_service.entry(name).or_default().push(span);
        }
        for (name, spans) in by_service {
            let Some(exporter) = self.of.get(name) else {
                continue;
            };
            let count = spans.len();
            let result = exporter.export(spans).await;
            // a collector that does not answer one does not answer the others: they would only wait
            let failed = result.is_err();
            self.judge(&result, left);
            if failed {
                return result;
            }
            left -= count;
        }
        Ok(())
    }
}

/// Who says it.
fn resource(service: &'static str) -> Resource {
    // `SERVICE@HOST:PID:START`; when it started only a service knows that did
    let process = identity(ServiceName::Api);
    let process = process.split_once('@').map_or("", |(_, p)| p);
    let process = process.rsplit_once(':').map_or(process, |(p, _)| p);
    let host = process.rsplit_once(':').map_or(process, |(host, _)| host);
    Resource::builder_empty()
        .with_attributes([
            KeyValue::new("service.namespace", "sixbtc"),
            KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
            KeyValue::new("service.instance.id", format!("{service}@{process}")),
            KeyValue::new("host.name", host.to_owned()),
            KeyValue::new("process.pid", i64::from(std::process::id())),
        ])
        .with_service_name(service)
        .build()
}

/// Secrets leave this process as little as they reach its log.
fn clean(span: &mut SpanData) {
    let attributes = span.attributes.iter_mut().chain(
        span.events
            .events
            .iter_mut()
            .flat_map(|e| &mut e.attributes),
    );
    for attribute in attributes {
        if let Value::String(text) = &attribute.value
            && let Cow::Owned(masked) = scrub(text.as_str())
        {
            attribute.value = Value::String(masked.into());
        }
    }
    for event in &mut span.events.events {
        if let Cow::Owned(masked) = scrub(&event.name) {
            event.name = masked.into();
        }
    }
    if let opentelemetry::trace::Status::Error { description } = &mut span.status
        && let Cow::Owned(masked) = scrub(description)
    {
        *description = masked.into();
    }
}
