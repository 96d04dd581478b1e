//! The layer of a file, with the place of every key.

use super::describe::Node;
use super::given::Layer;
use super::origin::{Origin, Problem};
use figment::value::{Dict, Value};
use std::path::Path;
use toml::de::{DeTable, DeValue};

/// Reads the text of a file. `path` is for messages.
pub(super) fn read(text: &str, path: &Path) -> Layer {
    let place = |offset: usize| {
        let before = text.get(..offset).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before
            .rsplit('\n')
            .next()
            .unwrap_or_default()
            .chars()
            .count()
            + 1;
        Origin::File {
            path: path.to_path_buf(),
            line,
            column,
        }
    };
    let mut layer = Layer::default();
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let origin = place(error.span().map_or(0, |s| s.start));
        let says = error.message().trim().replace('\n', "; ");
        layer.problems.push(Problem::new(origin, says));
    }
    if layer.problems.is_empty() {
        walk("", table.get_ref(), &place, &mut layer);
    }
    layer
}

fn walk(above: &str, table: &DeTable<'_>, place: &dyn Fn(usize) -> Origin, layer: &mut Layer) {
    for (name, value) in table {
        let path = if above.is_empty() {
            name.get_ref().to_string()
        } else {
            format!("{above}.{}", name.get_ref())
        };
        let parts: Vec<&str> = path.split('.').collect();
        let node = Node::root().find(&parts);
        match (value.get_ref(), node) {
            (DeValue::Table(below), Some(Node::Section { .. } | Node::Map { .. })) => {
                walk(&path, below, place, layer);
            }
            // a key that does not exist is shown where its name stands, a wrong value where the value does
            (_, None) => layer.take(&path, &Value::from(false), false, place(name.span().start)),
            (raw, _) => layer.take(&path, &plain(raw), false, place(value.span().start)),
        }
    }
}

fn plain(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::from(text.as_ref()),
        DeValue::Integer(n) => i64::from_str_radix(&n.as_str().replace('_', ""), n.radix())
            .map_or_else(|_| Value::from(n.as_str()), Value::from),
        DeValue::Float(x) => x
            .as_str()
            .replace('_', "")
            .parse::<f64>()
            .map_or_else(|_| Value::from(x.as_str()), Value::from),
        DeValue::Boolean(b) => Value::from(*b),
        DeValue::Datetime(t) => Value::from(t.to_string()),
        DeValue::Array(list) => {
            let list: Vec<Value> = list.iter().map(|v| plain(v.get_ref())).collect();
            list.into()
        }
        DeValue::Table(table) => {
            let dict: Dict = table
                .iter()
                .map(|(k, v)| (k.get_ref().to_string(), plain(v.get_ref())))
                .collect();
            dict.into()
        }
    }
}
