//! What there is to set, read from the schema: the one description that checks, page and schema file share.

use super::Settings;
use serde_json::Value as Json;
use std::fmt::Write;
use std::sync::OnceLock;

/// What a value must be.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// `true` or `false`.
    Switch,
    /// A whole number, both ends included.
    Whole(i128, i128),
    /// A number, both ends included.
    Number(f64, f64),
    /// Any text.
    Text,
    /// The length of a bar, such as `15m`.
    Timeframe,
    /// One of these words.
    Choice(Vec<String>),
    /// Any number of values.
    List(Box<Kind>),
}

/// A key that takes a value.
#[derive(Debug, Clone, PartialEq)]
pub struct Key {
    /// With dots between levels.
    pub path: String,
    /// What it must be.
    pub kind: Kind,
    /// In what it is measured.
    pub unit: Option<String>,
    /// Whether a running system takes a new value.
    pub reload: bool,
    /// What it means.
    pub says: String,
    /// What it is when nobody says otherwise.
    pub default: Json,
}

/// A place in the tree of settings.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    /// Further keys, in the order of the declaration.
    Section {
        /// What it is about.
        says: String,
        /// Its keys.
        keys: Vec<(String, Node)>,
    },
    /// Keys that the user chooses, all of one kind.
    Map {
        /// The keys are timeframes.
        timeframes: bool,
        /// What each entry is.
        key: Key,
    },
    /// A value.
    Leaf(Key),
}

impl Node {
    /// The whole tree.
    pub fn root() -> &'static Self {
        static ROOT: OnceLock<Node> = OnceLock::new();
        ROOT.get_or_init(|| {
            let default = serde_json::to_value(Settings::default()).unwrap_or_default();
            read("", &Settings::schema(), &default)
        })
    }

    /// The node at a path; entries of maps are leaves.
    pub fn find(&self, path: &[&str]) -> Option<Self> {
        let Some((first, rest)) = path.split_first() else {
            return Some(self.clone());
        };
        match self {
            Self::Section { keys, .. } => {
                let (_, node) = keys.iter().find(|(name, _)| name == first)?;
                node.find(rest)
            }
            Self::Map { key, .. } if rest.is_empty() => {
                let path = format!("{}.{first}", key.path);
                let default = key.default.get(first).cloned().unwrap_or_default();
                let key = key.clone();
                Some(Self::Leaf(Key {
                    path,
                    default,
                    ..key
                }))
            }
            _ => None,
        }
    }

    /// All keys, maps as one key each, in the order of the declaration.
    pub fn keys(&self) -> Vec<&Key> {
        match self {
            Self::Section { keys, .. } => keys.iter().flat_map(|(_, n)| n.keys()).collect(),
            Self::Map { key, .. } | Self::Leaf(key) => vec![key],
        }
    }
}

/// Every key with its value in these settings, entries of maps one by one, in the order of the declaration.
pub fn values(settings: &Settings) -> Vec<(String, Json)> {
    fn walk(node: &Node, value: &Json, out: &mut Vec<(String, Json)>) {
        match node {
            Node::Section { keys, .. } => {
                for (name, node) in keys {
                    walk(node, value.get(name).unwrap_or(&Json::Null), out);
                }
            }
            Node::Map { key, .. } => {
                let entries = value.as_object().into_iter().flatten();
                for (name, value) in entries {
                    out.push((format!("{}.{name}", key.path), value.clone()));
                }
            }
            Node::Leaf(key) => out.push((key.path.clone(), value.clone())),
        }
    }
    let mut out = Vec::new();
    let value = serde_json::to_value(settings).unwrap_or_default();
    walk(Node::root(), &value, &mut out);
    out
}

fn read(path: &str, schema: &Json, default: &Json) -> Node {
    let text = |name: &str| schema.get(name).and_then(Json::as_str).map(str::to_owned);
    let says = text("description").unwrap_or_default().replace('\n', " ");
    let below = |name: &str| {
        if path.is_empty() {
            name.to_owned()
        } else {
            format!("{path}.{name}")
        }
    };
    if let Some(properties) = schema.get("properties").and_then(Json::as_object) {
        let nothing = Json::Null;
        let mut keys: Vec<(String, Node)> = properties
            .iter()
            .map(|(name, schema)| {
                let default = default.get(name).unwrap_or(&nothing);
                (name.clone(), read(&below(name), schema, default))
            })
            .collect();
        // JSON maps are sorted by name: the struct says the order in which people think
        let order = schema.get("x-order").and_then(Json::as_array);
        keys.sort_by_key(|(name, _)| order.and_then(|o| o.iter().position(|n| n == name)));
        return Node::Section { says, keys };
    }
    let key = |kind| Key {
        path: path.to_owned(),
        kind,
        unit: text("x-unit"),
        reload: schema.get("x-reload").and_then(Json::as_bool) == Some(true),
        says: says.clone(),
        default: default.clone(),
    };
    let patterns = schema.get("patternProperties").and_then(Json::as_object);
    let of_timeframes = patterns.and_then(|p| p.values().next());
    let of_text = schema.get("additionalProperties").filter(|a| a.is_object());
    if let Some(entry) = of_timeframes.or(of_text) {
        return Node::Map {
            timeframes: of_timeframes.is_some(),
            key: key(kind(entry)),
        };
    }
    Node::Leaf(key(kind(schema)))
}

fn kind(schema: &Json) -> Kind {
    if schema.get("x-kind").is_some() {
        return Kind::Timeframe;
    }
    let words = |list: &[Json], of: &dyn Fn(&Json) -> Option<String>| {
        Kind::Choice(list.iter().filter_map(of).collect())
    };
    if let Some(list) = schema.get("enum").and_then(Json::as_array) {
        return words(list, &|v| v.as_str().map(str::to_owned));
    }
    if let Some(list) = schema.get("oneOf").and_then(Json::as_array) {
        return words(list, &|v| v.get("const")?.as_str().map(str::to_owned));
    }
    let bound = |name| schema.get(name).and_then(Json::as_f64);
    match schema.get("type").and_then(Json::as_str) {
        Some("boolean") => Kind::Switch,
        Some("integer") => {
            let whole = |name| {
                let value = schema.get(name)?;
                let whole = value.as_i64().map(i128::from);
                whole.or_else(|| value.as_f64().map(|v| v as i128))
            };
            let (low, high) = match schema.get("format").and_then(Json::as_str) {
                Some("uint16") => (0, i128::from(u16::MAX)),
                Some("uint32") => (0, i128::from(u32::MAX)),
                Some("uint64") => (0, i128::from(i64::MAX)),
                _ => (i128::from(i64::MIN), i128::from(i64::MAX)),
            };
            Kind::Whole(
                whole("minimum").unwrap_or(low),
                whole("maximum").unwrap_or(high),
            )
        }
        Some("number") => Kind::Number(
            bound("minimum").unwrap_or(f64::MIN),
            bound("maximum").unwrap_or(f64::MAX),
        ),
        Some("array") => Kind::List(Box::new(schema.get("items").map_or(Kind::Text, self::kind))),
        _ => Kind::Text,
    }
}

impl Kind {
    /// In words, for a message: "a whole number from 1 to 100".
    pub fn words(&self) -> String {
        match self {
            Self::Switch => "true or false".into(),
            Self::Whole(low, high) if *high >= i128::from(i64::MAX) => {
                format!("a whole number, at least {}", grouped(*low as f64))
            }
            Self::Whole(low, high) => {
                let (low, high) = (grouped(*low as f64), grouped(*high as f64));
                format!("a whole number from {low} to {high}")
            }
            Self::Number(low, high) if *high >= f64::MAX && *low <= f64::MIN => "a number".into(),
            Self::Number(low, high) => {
                format!("a number from {} to {}", grouped(*low), grouped(*high))
            }
            Self::Text => "text".into(),
            Self::Timeframe => "a timeframe such as \"15m\", \"1h\" or \"1d\"".into(),
            Self::Choice(words) => {
                let mut out = String::from("one of ");
                for (i, word) in words.iter().enumerate() {
                    let _ = write!(out, "{}\"{word}\"", if i == 0 { "" } else { ", " });
                }
                out
            }
            Self::List(of) => match &**of {
                Self::Whole(low, high) => format!("a list of whole numbers from {low} to {high}"),
                Self::Number(low, high) => format!("a list of numbers from {low} to {high}"),
                Self::Timeframe => "a list of timeframes such as [\"15m\", \"1h\"]".into(),
                Self::Text => "a list of texts".into(),
                other => format!("a list, each {}", other.words()),
            },
        }
    }
}

/// A number with `_` between thousands, as TOML reads it too.
pub fn grouped(x: f64) -> String {
    if x.abs() >= 1e15 || (x != 0.0 && x.abs() < 1e-6) {
        return format!("{x:e}");
    }
    let text = format!("{x}");
    let (sign, text) = text
        .strip_prefix('-')
        .map_or(("", text.as_str()), |t| ("-", t));
    let (whole, rest) = text.split_once('.').map_or((text, ""), |(w, r)| (w, r));
    let mut out = String::from(sign);
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) && whole.len() > 4 {
            out.push('_');
        }
        out.push(digit);
    }
    if !rest.is_empty() {
        out.push('.');
        out.push_str(rest);
    }
    out
}
