//! The reference page and the schema file, made from the same description as the checks.

use super::Settings;
use super::describe::{Key, Kind, Node};
use super::secret::SecretName;
use serde_json::Value as Json;
use std::fmt::Write;

const HEAD: &str = "\
# Settings

Every value has a default, so that `sixbtc` runs without any file. Layers lie one over the other: built-in defaults, the profile,
the file `sixbtc.toml` (or the one that `--config` or `SIXBTC_CONFIG` names), variables of the environment, `--set key=value`.

A key is written with dots: `active_pool.max_size`. In the file that is `max_size` in the section `[active_pool]`; in the
environment `SIXBTC_ACTIVE_POOL__MAX_SIZE`, with two underscores between levels. Unknown keys, wrong types and values out of range
are refused, all in one go, each with its place.

- `sixbtc config show --origin` shows every value and where it comes from.
- `sixbtc config check` says what is wrong.
- `sixbtc config diff` shows what is not as built in.
- `sixbtc config schema` prints a JSON schema, for editors: put `#:schema settings.schema.json` into the first line of the file.
- `sixbtc config reference` prints this page.

Keys with ↻ are taken over while the system runs, within seconds after the file was saved; the log says what changed. All others
wait for a restart, and the log says that too. A file that cannot be used changes nothing.

The profile `demo` (`system.profile`) loosens gates, so that the whole life of a strategy can be seen on the sample data. What
passes them proves nothing.

";

/// The reference page, in Markdown.
pub fn page() -> String {
    let mut out = HEAD.to_owned();
    secrets(&mut out);
    if let Node::Section { keys, .. } = Node::root() {
        let general: Vec<&Key> = keys
            .iter()
            .filter_map(|(_, node)| match node {
                Node::Leaf(key) => Some(key),
                _ => None,
            })
            .collect();
        let _ = writeln!(out, "## General\n");
        table(&mut out, &general);
        for (name, node) in keys {
            if let Node::Section { says, .. } = node {
                let _ = writeln!(out, "## {name}\n\n{says}\n");
                table(&mut out, &node.keys());
            }
        }
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

fn secrets(out: &mut String) {
    out.push_str("## Secrets\n\nOnly from the environment, or from the operating system's keyring (service `sixbtc`) where `sixbtc` is built with it. They are never\nprinted, and refused in the file and on the command line.\n\n| variable | name in the keyring | what it is |\n| --- | --- | --- |\n");
    for secret in SecretName::ALL {
        let _ = writeln!(
            out,
            "| `{}` | `{}` | {} |",
            secret.variable(),
            secret.path(),
            secret.says()
        );
    }
    out.push('\n');
}

fn table(out: &mut String, keys: &[&Key]) {
    out.push_str("| key | default | allowed | meaning |\n| --- | --- | --- | --- |\n");
    for key in keys {
        let unit = key
            .unit
            .as_ref()
            .map_or(String::new(), |u| format!(", {u}"));
        let reload = if key.reload { " ↻" } else { "" };
        let _ = writeln!(
            out,
            "| `{}`{reload} | {} | {}{unit} | {} |",
            key.path,
            literal(&key.default),
            allowed(&key.kind),
            key.says.replace('|', "\\|")
        );
    }
    out.push('\n');
}

/// A value as the file has it.
fn literal(value: &Json) -> String {
    fn toml(value: &Json) -> String {
        match value {
            Json::Object(map) => {
                let map: Vec<String> = map
                    .iter()
                    .map(|(k, v)| format!("{k} = {}", toml(v)))
                    .collect();
                if map.is_empty() {
                    "{}".into()
                } else {
                    format!("{{ {} }}", map.join(", "))
                }
            }
            Json::Array(list) => {
                let list: Vec<String> = list.iter().map(toml).collect();
                format!("[{}]", list.join(", "))
            }
            other => other.to_string(),
        }
    }
    format!("`{}`", toml(value))
}

fn allowed(kind: &Kind) -> String {
    use super::describe::grouped;
    match kind {
        Kind::Switch => "switch".into(),
        Kind::Whole(low, high) => format!("{} … {}", grouped(*low as f64), grouped(*high as f64)),
        Kind::Number(low, high) if *high >= f64::MAX && *low <= f64::MIN => "number".into(),
        Kind::Number(low, high) => format!("{} … {}", grouped(*low), grouped(*high)),
        Kind::Text => "text".into(),
        Kind::Timeframe => "timeframe".into(),
        Kind::Choice(words) => {
            let words: Vec<String> = words.iter().map(|w| format!("`{w}`")).collect();
            words.join(" ")
        }
        Kind::List(of) => format!("list: {}", allowed(of)),
    }
}

/// The JSON schema of a file of settings, with the defaults of every place.
pub fn json_schema() -> Json {
    let mut schema = Settings::schema();
    let defaults = serde_json::to_value(Settings::default()).unwrap_or_default();
    settle(&mut schema, &defaults);
    if let Some(map) = schema.as_object_mut() {
        map.insert("title".into(), "Settings of sixbtc (sixbtc.toml)".into());
    }
    schema
}

/// A section used in several places has other defaults in each.
fn settle(schema: &mut Json, default: &Json) {
    let Some(map) = schema.as_object_mut() else {
        return;
    };
    map.remove("x-order");
    match map.get_mut("properties").and_then(Json::as_object_mut) {
        Some(properties) => {
            for (name, below) in properties {
                if let Some(default) = default.get(name) {
                    settle(below, default);
                }
            }
            map.remove("default");
        }
        None => {
            map.insert("default".into(), default.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_unique_and_no_secret() {
        let keys = Node::root().keys();
        let mut all: Vec<String> = keys
            .iter()
            .map(|k| crate::settings::variable(&k.path))
            .collect();
        all.extend(SecretName::ALL.iter().map(|s| s.variable()));
        let count = all.len();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), count);
    }

    #[test]
    fn every_key_says_what_it_means() {
        for key in Node::root().keys() {
            assert!(
                key.says.ends_with('.') || key.says.contains(". "),
                "{} {:?}",
                key.path,
                key.says
            );
            assert!(!key.default.is_null(), "{}", key.path);
        }
    }
}
