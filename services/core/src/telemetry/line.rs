//! One line of the log: what it holds, and its two forms.

use super::scrub::scrub;
use crate::daemon::ServiceName;
use serde_json::{Map, Value};
use std::fmt::Write;
use tracing::Level;
use tracing::field::{Field, Visit};

/// No message needs more; a hostile answer of a model may have it.
const LONGEST: usize = 16 << 10;

/// Fields of a span or an event, in their order.
#[derive(Debug, Default, Clone)]
pub(super) struct Fields(pub Vec<(&'static str, Value)>);

impl Fields {
    pub fn put(&mut self, name: &'static str, value: Value) {
        // meant for traces alone
        if name.starts_with("otel.") {
            return;
        }
        match self.0.iter_mut().find(|(n, _)| *n == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name, value)),
        }
    }

    /// The text of a field.
    #[cfg(feature = "otel")]
    pub fn text(&self, name: &str) -> Option<&str> {
        let (_, value) = self.0.iter().find(|(n, _)| *n == name)?;
        value.as_str()
    }

    pub fn take(&mut self, name: &str) -> Option<String> {
        let at = self.0.iter().position(|(n, _)| *n == name)?;
        Some(match self.0.remove(at).1 {
            Value::String(s) => s,
            other => other.to_string(),
        })
    }
}

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        // what JSON has no number for stands as a word
        let value = serde_json::Number::from_f64(value)
            .map_or_else(|| Value::String(value.to_string()), Value::Number);
        self.put(field.name(), value);
    }
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field.name(), value.into());
    }
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field.name(), value.into());
    }
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field.name(), value.into());
    }
    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field.name(), cut(value).into());
    }
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.put(field.name(), cut(&format!("{value:?}")).into());
    }
}

fn cut(text: &str) -> String {
    if text.len() <= LONGEST {
        return text.to_owned();
    }
    let mut end = LONGEST;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{} … ({} bytes in all)", &text[..end], text.len())
}

/// A line.
#[derive(Debug, Clone)]
pub(super) struct Line {
    /// UTC, `2026-11-23T11:34:46.123Z`.
    pub time: String,
    pub level: Level,
    pub service: Option<ServiceName>,
    /// What it belongs to: `strategy id:attempt`.
    pub work: Option<String>,
    /// The module that speaks.
    pub target: String,
    pub message: String,
    pub fields: Fields,
}

impl Line {
    /// `time LEVEL service work=… target: message field=value …`
    pub fn text(&self, colour: bool) -> String {
        let mut line = String::with_capacity(160);
        let (dim, strong, plain) = if colour {
            ("\u{1b}[2m", colour_of(self.level), "\u{1b}[0m")
        } else {
            ("", "", "")
        };
        let service = self.service.map_or("sixbtc", ServiceName::as_str);
        // writing into a string cannot fail
        let _ = write!(
            line,
            "{dim}{}{plain} {strong}{:<5}{plain} {service:<10}",
            self.time,
            self.level.as_str()
        );
        if let Some(work) = &self.work {
            let _ = write!(line, " work={}", printable(work));
        }
        let _ = write!(
            line,
            " {dim}{}:{plain} {}",
            self.target,
            printable(&self.message)
        );
        for (name, value) in &self.fields.0 {
            let value = match value {
                Value::String(s) if !s.is_empty() && !s.contains([' ', '"', '=']) => printable(s),
                other => printable(&other.to_string()),
            };
            let _ = write!(line, " {dim}{name}={plain}{value}");
        }
        scrub(&line).into_owned()
    }

    /// An object in one line.
    pub fn json(&self) -> String {
        let mut object = Map::new();
        object.insert("time".into(), self.time.clone().into());
        object.insert("level".into(), self.level.as_str().into());
        let service = self.service.map_or("sixbtc", ServiceName::as_str);
        object.insert("service".into(), service.into());
        if let Some(work) = &self.work {
            object.insert("work".into(), work.clone().into());
        }
        object.insert("target".into(), self.target.clone().into());
        object.insert("message".into(), self.message.clone().into());
        if !self.fields.0.is_empty() {
            let fields: Map<String, Value> = self
                .fields
                .0
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.clone()))
                .collect();
            object.insert("fields".into(), fields.into());
        }
        scrub(&Value::Object(object).to_string()).into_owned()
    }
}

fn colour_of(level: Level) -> &'static str {
    match level {
        Level::ERROR => "\u{1b}[1;31m",
        Level::WARN => "\u{1b}[33m",
        Level::INFO => "\u{1b}[32m",
        Level::DEBUG => "\u{1b}[34m",
        Level::TRACE => "\u{1b}[35m",
    }
}

/// On one line, and nothing a terminal would obey: what others send us ends up here.
fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line() -> Line {
        let mut fields = Fields::default();
        fields.put("figure", 0.5.into());
        fields.put("says", "under 1".into());
        fields.put("gate", "in_sample.sharpe".into());
        Line {
            time: "2026-11-23T11:34:46.123Z".into(),
            level: Level::INFO,
            service: Some(ServiceName::Backtester),
            work: Some("0a1b:2".into()),
            target: "sixbtc_backtester".into(),
            message: "refused\nby \u{1b}[31mred".into(),
            fields,
        }
    }

    #[test]
    fn text_is_one_line_that_a_terminal_does_not_obey() {
        assert_eq!(
            line().text(false),
            "2026-11-23T11:34:46.123Z INFO  backtester work=0a1b:2 sixbtc_backtester: refused\\nby \\u{1b}[31mred figure=0.5 says=\"under 1\" gate=in_sample.sharpe"
        );
    }

    #[test]
    fn json_reads_back() {
        let read: Value = serde_json::from_str(&line().json()).unwrap();
        assert_eq!(read["service"], "backtester");
        assert_eq!(read["work"], "0a1b:2");
        assert_eq!(read["message"], "refused\nby \u{1b}[31mred");
        assert_eq!(read["fields"]["figure"], 0.5);
    }

    #[test]
    fn an_endless_message_is_cut() {
        let cut = cut(&"ä".repeat(1 << 20));
        assert!(cut.len() < LONGEST + 64 && cut.ends_with("(2097152 bytes in all)"));
    }
}
