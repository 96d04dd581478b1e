//! One layer: what a file, the environment or the command line gives, checked key by key.

use super::describe::{Key, Kind, Node, grouped};
use super::origin::{Origin, Problem};
use super::secret::{SecretName, how};
use super::{LEGACY, variable};
use figment::value::{Dict, Num, Value};

/// A value that was given, as it must be.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Given {
    /// Its key.
    pub path: String,
    /// Of the right type and range.
    pub value: Value,
    /// Where it was given.
    pub origin: Origin,
}

/// A layer and what is wrong with it.
#[derive(Debug, Default)]
pub(super) struct Layer {
    pub given: Vec<Given>,
    pub problems: Vec<Problem>,
}

impl Layer {
    /// Takes a raw value for a key, or notes what is wrong with it. `text` says that it was written without types.
    pub fn take(&mut self, path: &str, value: &Value, text: bool, origin: Origin) {
        if let Some(name) = SecretName::at(path) {
            let says = format!(
                "`{path}` is a secret: secrets are kept neither in files nor on command lines"
            );
            self.problems
                .push(Problem::new(origin, says).help(how(name)));
            return;
        }
        let parts: Vec<&str> = path.split('.').collect();
        match Node::root().find(&parts) {
            Some(Node::Leaf(key)) => match fit(&key, value, text) {
                Ok(value) => self.push(path, value, origin),
                Err(problem) => self.problems.push(Problem {
                    origin: Some(origin),
                    ..problem
                }),
            },
            Some(Node::Map { .. }) => match value {
                Value::Dict(_, entries) => {
                    for (name, value) in entries {
                        self.take(&format!("{path}.{name}"), value, text, origin.clone());
                    }
                }
                _ => self.problems.push(Problem::new(
                    origin,
                    format!("`{path}` is a table, it cannot be {}", written(value)),
                )),
            },
            Some(Node::Section { .. }) => match value {
                Value::Dict(_, entries) => {
                    for (name, value) in entries {
                        self.take(&format!("{path}.{name}"), value, text, origin.clone());
                    }
                }
                _ => self.problems.push(
                    Problem::new(
                        origin,
                        format!("`{path}` is a section, it cannot be {}", written(value)),
                    )
                    .help(section_help(path)),
                ),
            },
            None => self.problems.push(unknown(path, origin)),
        }
    }

    fn push(&mut self, path: &str, value: Value, origin: Origin) {
        let parts: Vec<&str> = path.split('.').collect();
        let map = match parts.split_last() {
            Some((last, section)) => match Node::root().find(section) {
                Some(Node::Map { timeframes, .. }) => Some((*last, timeframes)),
                _ => None,
            },
            None => None,
        };
        if let Some((name, true)) = map
            && let Err(e) = name.parse::<super::Tf>()
        {
            let says = format!("`{path}`: {e}");
            self.problems.push(Problem::new(origin, says));
            return;
        }
        self.given.push(Given {
            path: path.to_owned(),
            value,
            origin,
        });
    }

    /// As figment merges it.
    pub fn dict(&self) -> Dict {
        let mut dict = Dict::new();
        for given in &self.given {
            let parts: Vec<&str> = given.path.split('.').collect();
            insert(&mut dict, &parts, given.value.clone());
        }
        dict
    }
}

pub(super) fn insert(dict: &mut Dict, parts: &[&str], value: Value) {
    match parts {
        [] => {}
        [last] => {
            dict.insert((*last).to_owned(), value);
        }
        [first, rest @ ..] => {
            let below = dict
                .entry((*first).to_owned())
                .or_insert_with(|| Dict::new().into());
            if let Value::Dict(_, below) = below {
                insert(below, rest, value);
            }
        }
    }
}

fn section_help(path: &str) -> Option<String> {
    let parts: Vec<&str> = path.split('.').collect();
    let Some(Node::Section { keys, .. }) = Node::root().find(&parts) else {
        return None;
    };
    let names: Vec<String> = keys.iter().map(|(name, _)| format!("`{name}`")).collect();
    Some(format!("its keys are {}", names.join(", ")))
}

/// A key that does not exist: what may be meant.
pub(super) fn unknown(path: &str, origin: Origin) -> Problem {
    let problem = Problem::new(origin, format!("there is no setting `{path}`"));
    let legacy = LEGACY
        .iter()
        .find(|(old, _)| path == *old || path.starts_with(&format!("{old}.")));
    if let Some((_, instead)) = legacy {
        return problem.help((*instead).to_owned());
    }
    problem.help(nearest(path).map(|name| format!("did you mean `{name}`?")))
}

/// The key that looks most like this one: in its own section, by its last word elsewhere, or as a whole.
fn nearest(path: &str) -> Option<String> {
    let (section, name) = path.rsplit_once('.').unwrap_or(("", path));
    let parts: Vec<&str> = section.split('.').filter(|p| !p.is_empty()).collect();
    let join = |name: &str| {
        if section.is_empty() {
            name.to_owned()
        } else {
            format!("{section}.{name}")
        }
    };
    if let Some(Node::Section { keys, .. }) = Node::root().find(&parts) {
        let like = keys
            .iter()
            .map(|(n, _)| (strsim::jaro_winkler(n, name), n))
            .filter(|(like, _)| *like > 0.85)
            .max_by(|a, b| a.0.total_cmp(&b.0));
        if let Some((_, name)) = like {
            return Some(join(name));
        }
    }
    let keys = Node::root().keys();
    let mut like: Vec<(f64, &str)> = keys
        .iter()
        .map(|key| {
            let last = key.path.rsplit('.').next().unwrap_or_default();
            let of_name = strsim::jaro_winkler(last, name);
            let of_path = strsim::normalized_damerau_levenshtein(&key.path, path);
            (0.6 * of_name + 0.4 * of_path, key.path.as_str())
        })
        .collect();
    like.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    like.first()
        .filter(|(likeness, _)| *likeness > 0.75)
        .map(|(_, name)| (*name).to_owned())
}

/// A value as people write it.
pub(super) fn written(value: &Value) -> String {
    match value {
        Value::String(_, text) => format!("{text:?}"),
        Value::Char(_, c) => format!("{:?}", c.to_string()),
        Value::Bool(_, b) => b.to_string(),
        Value::Num(_, n) => number(n),
        Value::Empty(..) => "nothing".into(),
        Value::Dict(..) => "a table".into(),
        Value::Array(_, list) => {
            let list: Vec<String> = list.iter().map(written).collect();
            format!("[{}]", list.join(", "))
        }
    }
}

fn number(n: &Num) -> String {
    match (n.to_i128(), n.to_u128(), n.to_f64()) {
        (Some(i), ..) => i.to_string(),
        (_, Some(u), _) => u.to_string(),
        (_, _, Some(x)) => format!("{x:?}"),
        _ => "a number".into(),
    }
}

fn fit(key: &Key, value: &Value, text: bool) -> Result<Value, Problem> {
    let read;
    let value = match value {
        Value::String(_, word) if text => {
            read = from_text(&key.kind, word);
            &read
        }
        _ => value,
    };
    convert(&key.kind, value).ok_or_else(|| {
        let unit = key.unit.as_ref().map(|u| format!(" ({u})"));
        let unit = unit.unwrap_or_default();
        let says = format!(
            "`{}` is {}, it must be {}{unit}",
            key.path,
            written(value),
            key.kind.words()
        );
        Problem::new(None, says).help(advice(key, value))
    })
}

/// A value of the right kind, in its canonical form; nothing when it does not fit.
fn convert(kind: &Kind, value: &Value) -> Option<Value> {
    match (kind, value) {
        (Kind::Switch, Value::Bool(..)) | (Kind::Text, Value::String(..)) => Some(value.clone()),
        (Kind::Text, Value::Char(_, c)) => Some(c.to_string().into()),
        (Kind::Whole(low, high), Value::Num(_, n)) => {
            let whole = n
                .to_i128()
                .or_else(|| n.to_u128().and_then(|u| i128::try_from(u).ok()))?;
            let fits = (*low..=*high).contains(&whole);
            fits.then(|| i64::try_from(whole).ok().map(Value::from))?
        }
        (Kind::Number(low, high), Value::Num(_, n)) => {
            let x = n
                .to_f64()
                .or_else(|| n.to_i128().map(|i| i as f64))
                .or_else(|| n.to_u128().map(|u| u as f64))?;
            (*low..=*high).contains(&x).then(|| Value::from(x))
        }
        (Kind::Timeframe, Value::String(_, name)) => {
            let timeframe: super::Tf = name.parse().ok()?;
            Some(timeframe.to_string().into())
        }
        (Kind::Choice(words), Value::String(_, word)) => words
            .iter()
            .find(|w| w.eq_ignore_ascii_case(word))
            .map(|w| w.clone().into()),
        (Kind::List(of), Value::Array(_, list)) => {
            let list: Option<Vec<Value>> = list.iter().map(|v| convert(of, v)).collect();
            list.map(Value::from)
        }
        _ => None,
    }
}

/// Text without types, as the environment and the command line have it.
fn from_text(kind: &Kind, text: &str) -> Value {
    let text = text.trim();
    match kind {
        Kind::Text | Kind::Timeframe | Kind::Choice(_) => {
            let quoted = text.strip_prefix('"').and_then(|t| t.strip_suffix('"'));
            quoted.unwrap_or(text).into()
        }
        Kind::Switch => match text.to_ascii_lowercase().as_str() {
            "true" | "on" | "yes" | "1" => true.into(),
            "false" | "off" | "no" | "0" => false.into(),
            _ => text.into(),
        },
        Kind::Whole(..) => text
            .replace('_', "")
            .parse::<i64>()
            .map_or_else(|_| real(text), Value::from),
        Kind::Number(..) => real(text),
        Kind::List(of) => {
            let inner = text.strip_prefix('[').and_then(|t| t.strip_suffix(']'));
            let inner = inner.unwrap_or(text);
            let parts = inner.split(',').map(str::trim).filter(|p| !p.is_empty());
            parts.map(|p| from_text(of, p)).collect::<Vec<_>>().into()
        }
    }
}

fn real(text: &str) -> Value {
    let plain = text.replace('_', "");
    if let Some(percent) = plain.strip_suffix('%').and_then(|t| t.parse::<f64>().ok()) {
        return Value::from(percent / 100.0);
    }
    plain
        .parse::<f64>()
        .map_or_else(|_| text.into(), Value::from)
}

/// How to mend a value.
fn advice(key: &Key, value: &Value) -> Option<String> {
    let name = key.path.rsplit('.').next().unwrap_or_default();
    match (&key.kind, value) {
        (Kind::Switch | Kind::Whole(..) | Kind::Number(..), Value::String(_, text)) => {
            let typed = from_text(&key.kind, text);
            let typed = convert(&key.kind, &typed)?;
            Some(format!("without quotes: {name} = {}", written(&typed)))
        }
        (Kind::Text | Kind::Timeframe, Value::Num(_, n)) => {
            Some(format!("in quotes: {name} = {:?}", number(n)))
        }
        (Kind::List(of), other) if convert(of, other).is_some() => {
            Some(format!("as a list: {name} = [{}]", written(other)))
        }
        (Kind::List(of), Value::Array(_, list)) => {
            let wrong = list.iter().find(|v| convert(of, v).is_none())?;
            Some(format!("{} does not fit", written(wrong)))
        }
        (Kind::Number(low, high), Value::Num(_, n)) => {
            let x = n.to_f64().or_else(|| n.to_i128().map(|i| i as f64))?;
            if *low >= 0.0 && *high <= 1.0 && x > 1.0 && x <= 100.0 {
                return Some(format!(
                    "{x} % is written {name} = {}",
                    grouped((x / 100.0 * 1e12).round() / 1e12)
                ));
            }
            nearest_bound(name, *low, *high, x)
        }
        (Kind::Whole(low, high), Value::Num(_, n)) => {
            let x = n.to_f64().or_else(|| n.to_i128().map(|i| i as f64))?;
            if x.fract().abs() > 0.0 && (*low as f64..=*high as f64).contains(&x.round()) {
                return Some(format!("a whole number: {name} = {}", x.round()));
            }
            nearest_bound(name, *low as f64, *high as f64, x)
        }
        (Kind::Choice(words), Value::String(_, text)) => {
            let like = words
                .iter()
                .map(|w| {
                    (
                        strsim::jaro_winkler(&w.to_lowercase(), &text.to_lowercase()),
                        w,
                    )
                })
                .filter(|(like, _)| *like > 0.6)
                .max_by(|a, b| a.0.total_cmp(&b.0));
            like.map(|(_, word)| format!("did you mean {name} = \"{word}\"?"))
        }
        _ => None,
    }
}

fn nearest_bound(name: &str, low: f64, high: f64, x: f64) -> Option<String> {
    let bound = if x < low { low } else { high };
    (!x.is_nan()).then(|| format!("the nearest that is allowed: {name} = {}", grouped(bound)))
}

/// The layer of the environment: variables that begin with `SIXBTC_`. Secrets are handed to `secret`.
pub(super) fn environment(
    variables: &[(String, String)],
    mut secret: impl FnMut(SecretName, &str),
) -> Layer {
    let mut layer = Layer::default();
    let mut variables: Vec<_> = variables.iter().collect();
    variables.sort();
    for (name, value) in variables {
        let Some(rest) = name.strip_prefix(super::PREFIX) else {
            continue;
        };
        let path = rest.replace("__", ".").to_ascii_lowercase();
        let origin = Origin::Environment(name.clone());
        if let Some(of) = SecretName::at(&path) {
            secret(of, value);
        } else if known(&path) {
            layer.take(&path, &Value::from(value.as_str()), true, origin);
        } else if rest.contains("__") {
            let mut problem = unknown(&path, origin);
            for help in &mut problem.help {
                if let Some(meant) = help
                    .strip_prefix("did you mean `")
                    .and_then(|h| h.strip_suffix("`?"))
                {
                    *help = format!("did you mean {}?", variable(meant));
                }
            }
            layer.problems.push(problem);
        } else if let Some(meant) = flattened(&path) {
            // other variables with this prefix belong to other parts of the system
            let says = format!("there is no setting `{path}`");
            let help = format!("two underscores stand between levels: {}", variable(&meant));
            layer.problems.push(Problem::new(origin, says).help(help));
        }
    }
    layer
}

fn known(path: &str) -> bool {
    let parts: Vec<&str> = path.split('.').collect();
    Node::root().find(&parts).is_some()
}

/// The key that is this name with single underscores between levels.
fn flattened(name: &str) -> Option<String> {
    let secrets = SecretName::ALL.iter().map(|s| s.path().to_owned());
    let keys = Node::root().keys().into_iter().map(|k| k.path.clone());
    keys.chain(secrets)
        .find(|path| path.replace('.', "_") == name)
}

/// The layer of the command line: `a.b=value`.
pub(super) fn command_line(sets: &[String]) -> Layer {
    let mut layer = Layer::default();
    for text in sets {
        match text.split_once('=') {
            Some((path, value)) => {
                let path = path.trim();
                // what is called a key, and is no setting, may well be one
                let key = path.ends_with("_key") || path.ends_with("passphrase");
                let hidden = SecretName::at(path).is_some() || (key && !known(path));
                let shown = if hidden {
                    format!("{path}=…")
                } else {
                    text.clone()
                };
                let origin = Origin::CommandLine(shown);
                layer.take(path, &Value::from(value), true, origin);
            }
            None => layer.problems.push(
                Problem::new(
                    Origin::CommandLine(text.clone()),
                    "a key and a value are expected".to_owned(),
                )
                .help("for example --set active_pool.max_size=200".to_owned()),
            ),
        }
    }
    layer
}
