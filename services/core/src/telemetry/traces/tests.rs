use super::*;
use crate::settings::Logging;
use crate::telemetry::lines::Lines;
use crate::telemetry::{Console, hide};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::mpsc;
use tracing_subscriber::Registry;
use tracing_subscriber::layer::SubscriberExt;

/// A request as the collector saw it.
struct Asked {
    head: String,
    body: Vec<u8>,
}

fn read(stream: &TcpStream) -> Option<Asked> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    head.make_ascii_lowercase();
    let length = head
        .lines()
        .find_map(|l| l.strip_prefix("content-length: "));
    let mut body = vec![0; length?.trim().parse().ok()?];
    reader.read_exact(&mut body).ok()?;
    Some(Asked { head, body })
}

/// A collector that answers all with this status, and tells what it was asked.
fn collector(status: &'static str) -> (String, mpsc::Receiver<Asked>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (sender, asked) = mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            while let Some(one) = read(&stream) {
                let answer = format!(
                    "HTTP/1.1 {status}\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n"
                );
                if sender.send(one).is_err() || stream.write_all(answer.as_bytes()).is_err() {
                    return;
                }
            }
        }
    });
    (address, asked)
}

fn settings(endpoint: &str) -> Telemetry {
    Telemetry {
        otlp_endpoint: endpoint.into(),
        // the flush at the end sends, not the clock
        delay_seconds: 300,
        flush_ms: 10_000,
        ..Telemetry::default()
    }
}

/// Runs with the log and the traces of a process.
fn traced(traces: &Traces, logs: &Path, work: impl FnOnce()) {
    let logging = Logging {
        directory: logs.into(),
        ..Logging::default()
    };
    let subscriber = Registry::default()
        .with(crate::telemetry::levels::levels(&logging))
        .with(Lines::new(&logging, &[], Console::Off))
        .with(traces.layer());
    tracing::subscriber::with_default(subscriber, work);
}

fn text(value: &AnyValue) -> String {
    match value.value.as_ref().unwrap() {
        Value::StringValue(s) => s.clone(),
        Value::IntValue(n) => n.to_string(),
        other => format!("{other:?}"),
    }
}

fn read_out(attributes: &[KeyValue]) -> BTreeMap<String, String> {
    let pair = |a: &KeyValue| (a.key.clone(), text(a.value.as_ref().unwrap()));
    attributes.iter().map(pair).collect()
}

/// Resource attributes and spans of a request.
fn decoded(asked: &Asked) -> (BTreeMap<String, String>, Vec<Span>) {
    let request = ExportTraceServiceRequest::decode(asked.body.as_slice()).unwrap();
    assert_eq!(request.resource_spans.len(), 1);
    let of = &request.resource_spans[0];
    let spans = of.scope_spans.iter().flat_map(|s| s.spans.clone());
    (
        read_out(&of.resource.as_ref().unwrap().attributes),
        spans.collect(),
    )
}

fn service(name: ServiceName) -> tracing::Span {
    tracing::error_span!("service", service = name.as_str())
}

#[test]
fn each_services_work_arrives_under_its_name() {
    let dir = tempfile::tempdir().unwrap();
    let (address, asked) = collector("200 OK");
    let mut secrets = Secrets::default();
    let headers = "authorization=Basic YTpi, x-tenant=six";
    secrets.insert(SecretName::OtlpHeaders, headers.to_owned().into());
    hide("password-of-the-store");
    let both = [ServiceName::Validator, ServiceName::Backtester];
    let traces = Traces::new(&settings(&address), &secrets, &both).unwrap();
    traced(&traces, dir.path(), || {
        service(ServiceName::Backtester).in_scope(|| {
            let worker = tracing::error_span!("worker", worker = 0);
            worker.in_scope(|| {
                let work = tracing::error_span!("work", otel.name = "backtest", work = "0a1b:2");
                work.in_scope(|| {
                    drop(tracing::error_span!("stage", otel.name = "in_sample"));
                    tracing::info!(target: "sixbtc_core", "with password-of-the-store");
                });
                tracing::info!(target: "sixbtc_core", "in no trace");
            });
        });
        service(ServiceName::Validator).in_scope(|| {
            drop(tracing::error_span!("work", otel.name = "validation"));
        });
        drop(tracing::error_span!("of nobody"));
    });
    traces.flush();

    let mut by_service = BTreeMap::new();
    for asked in asked.try_iter() {
        assert!(
            asked.head.starts_with("post /v1/traces http/1.1"),
            "{}",
            asked.head
        );
        for line in [
            "content-type: application/x-protobuf",
            "authorization: basic ytpi",
            "x-tenant: six",
        ] {
            assert!(
                asked.head.lines().any(|l| l == line),
                "{line}\n{}",
                asked.head
            );
        }
        let (resource, spans) = decoded(&asked);
        assert_eq!(resource["service.version"], env!("CARGO_PKG_VERSION"));
        assert_eq!(resource["process.pid"], std::process::id().to_string());
        let name = resource["service.name"].clone();
        let who = &resource["service.instance.id"];
        assert!(
            who.starts_with(&format!("{name}@{}:", resource["host.name"])),
            "{who}"
        );
        by_service.insert(name, spans);
    }
    let names = |service: &str| -> Vec<&str> {
        by_service[service]
            .iter()
            .map(|s| s.name.as_str())
            .collect()
    };
    assert_eq!(by_service.len(), 3);
    assert_eq!(names("validator"), ["validation"]);
    assert_eq!(names("sixbtc"), ["of nobody"]);
    assert_eq!(names("backtester"), ["in_sample", "backtest"]);

    let [stage, work] = by_service["backtester"].as_slice() else {
        panic!("two spans");
    };
    assert!(
        work.parent_span_id.is_empty(),
        "what it stands in is no trace"
    );
    assert_eq!(stage.parent_span_id, work.span_id);
    assert_eq!(stage.trace_id, work.trace_id);
    assert_eq!(read_out(&work.attributes)["work"], "0a1b:2");
    let said: Vec<&str> = work.events.iter().map(|e| e.name.as_str()).collect();
    assert_eq!(said, ["with ***"]);

    // the log is as it is without traces
    let log = std::fs::read_to_string(dir.path().join("backtester.log")).unwrap();
    let lines: Vec<&str> = log.lines().map(|l| l.split_once("Z ").unwrap().1).collect();
    assert_eq!(
        lines,
        [
            "INFO  backtester work=0a1b:2 sixbtc_core: with *** worker=0",
            "INFO  backtester sixbtc_core: in no trace worker=0"
        ]
    );
}

#[test]
fn nothing_is_sampled_where_nothing_is_wanted() {
    let dir = tempfile::tempdir().unwrap();
    let (address, asked) = collector("200 OK");
    let settings = Telemetry {
        sample_ratio: 0.0,
        ..settings(&address)
    };
    let traces = Traces::new(&settings, &Secrets::default(), &[ServiceName::Docs]).unwrap();
    traced(&traces, dir.path(), || drop(tracing::error_span!("work")));
    traces.flush();
    assert_eq!(asked.try_iter().count(), 0);
}

#[test]
fn a_collector_that_hangs_holds_nobody_up() {
    let dir = tempfile::tempdir().unwrap();
    // connections are made by the system; nobody ever reads from them
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let settings = Telemetry {
        timeout_seconds: 60,
        flush_ms: 20,
        ..settings(&format!(
            "http://{}/custom/path",
            silent.local_addr().unwrap()
        ))
    };
    let traces = Traces::new(&settings, &Secrets::default(), &[ServiceName::Docs]).unwrap();
    traced(&traces, dir.path(), || {
        // far more than the queue holds: the rest is dropped
        for n in 0..3 * QUEUE {
            drop(tracing::error_span!("work", n));
        }
    });
    // without bounds this would take a minute a batch
    traces.flush();
    let (stream, _) = silent.accept().unwrap();
    assert!(
        read(&stream)
            .unwrap()
            .head
            .starts_with("post /custom/path ")
    );
}

#[test]
fn what_the_collector_refuses_is_an_error_with_its_cause() {
    let client = |address: &str| {
        let timeout = Duration::from_mins(1);
        let client = Arc::new(Client::new(timeout).unwrap());
        let none = HashMap::new();
        let services = [ServiceName::Docs];
        Exporter::new(address, &none, timeout, &client, &services).unwrap();
        client
    };
    let ask = |client: &Client, address: &str| {
        use opentelemetry_http::{Bytes, HttpClient, Request};
        let request = Request::post(address)
            .body(Bytes::from_static(b"spans"))
            .unwrap();
        let mut future = client.send_bytes(request);
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        match future.as_mut().poll(&mut context) {
            std::task::Poll::Ready(answer) => answer,
            std::task::Poll::Pending => panic!("it waits within"),
        }
    };
    let (address, _asked) = collector("503 Service Unavailable");
    let answer = ask(&client(&address), &address).unwrap();
    assert_eq!(answer.status().as_u16(), 503);

    let nobody = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = format!("http://{}", nobody.local_addr().unwrap());
    drop(nobody);
    let client = client(&address);
    ask(&client, &address).unwrap_err();
    let why = client.why().unwrap();
    assert!(why.contains("refused"), "{why}");
    assert_eq!(client.why(), None);
}

#[test]
fn headers_are_read_or_refused_without_being_shown() {
    let read = read_headers("a=b, authorization = Basic x==,").unwrap();
    assert_eq!(read["authorization"], "Basic x==");
    assert_eq!(read.len(), 2);
    for bad in ["hush-hush", "a=b,hush hush=c", "a=hush\nhush"] {
        let error = read_headers(bad).unwrap_err().to_string();
        assert!(error.contains("SIXBTC_TELEMETRY__OTLP_HEADERS"), "{error}");
        assert!(!error.contains("hush"), "{error}");
    }
}

#[test]
fn an_address_without_a_path_gets_the_usual_one() {
    assert_eq!(address("http://a:4318"), "http://a:4318/v1/traces");
    assert_eq!(address("https://a/"), "https://a/v1/traces");
    assert_eq!(address("https://a/otlp/x"), "https://a/otlp/x");
}
