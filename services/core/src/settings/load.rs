//! The layers, one over the other: defaults, profile, file, environment, command line.

use super::given::{self, Given, Layer};
use super::origin::{Origin, Problem, SettingsError};
use super::secret::{SecretName, Secrets, how, without_password};
use super::{Profile, Settings, cross, describe, file};
use figment::value::{Dict, Map, Value};
use figment::{Figment, Metadata, Provider, providers::Serialized};
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The name of the file that is read when none is named.
pub const FILE: &str = "sixbtc.toml";

/// The variable that names another file.
pub const FILE_VARIABLE: &str = "SIXBTC_CONFIG";

/// What the profile `demo` changes.
const DEMO: &str = include_str!("demo.toml");

/// Where settings are looked for.
#[derive(Clone, Default)]
pub struct Sources {
    /// The file, if any, and whether it must be there.
    pub file: Option<(PathBuf, Must)>,
    /// Variables of the environment.
    pub environment: Vec<(String, String)>,
    /// `key=value` of each `--set`.
    pub command_line: Vec<String>,
    /// The profile, unless a layer names one in `system.profile`.
    pub profile: Option<Profile>,
}

/// Whether a file must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Must {
    /// It was asked for by name.
    Exist,
    /// It is read when it is there.
    NotExist,
}

impl std::fmt::Debug for Sources {
    /// Without the values of variables: there are secrets among them.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sources")
            .field("file", &self.file)
            .field("command_line", &self.command_line)
            .field("profile", &self.profile)
            .finish_non_exhaustive()
    }
}

impl Sources {
    /// As a program has them: the file named on its command line, else in `SIXBTC_CONFIG`, else `sixbtc.toml` here, if it is
    /// there; the variables of its environment; the `--set` of its command line.
    pub fn of_process(file: Option<PathBuf>, command_line: Vec<String>) -> Self {
        let named = file.or_else(|| std::env::var_os(FILE_VARIABLE).map(PathBuf::from));
        let file = named.map_or((PathBuf::from(FILE), Must::NotExist), |f| (f, Must::Exist));
        let environment = std::env::vars_os()
            .filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)))
            .filter(|(name, _)| name.starts_with(super::PREFIX))
            .collect();
        Self {
            file: Some(file),
            environment,
            command_line,
            profile: None,
        }
    }
}

/// Settings, where each comes from, and the secrets.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The settings: every value checked.
    pub settings: Settings,
    /// Where each key has its value from.
    pub origins: BTreeMap<String, Origin>,
    /// The secrets of the environment; those of a keyring are added by [`Secrets::fill`].
    pub secrets: Secrets,
    /// The file that was read.
    pub file: Option<PathBuf>,
}

impl Loaded {
    /// The values, each with its origin, in the order of the reference.
    pub fn values(&self) -> Vec<(String, serde_json::Value, Origin)> {
        describe::values(&self.settings)
            .into_iter()
            .map(|(path, value)| {
                let origin = self.origins.get(&path).cloned().unwrap_or(Origin::Default);
                (path, value, origin)
            })
            .collect()
    }

    /// The values that are not the defaults.
    pub fn changed(&self) -> Vec<(String, serde_json::Value, serde_json::Value, Origin)> {
        let defaults: BTreeMap<_, _> = describe::values(&Settings::default()).into_iter().collect();
        self.values()
            .into_iter()
            .filter_map(|(path, value, origin)| {
                let default = defaults.get(&path).cloned().unwrap_or_default();
                (value != default).then_some((path, default, value, origin))
            })
            .collect()
    }
}

/// A layer as figment takes it.
struct Merged(&'static str, Dict);

impl Provider for Merged {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.0)
    }

    fn data(&self) -> Result<Map<figment::Profile, Dict>, figment::Error> {
        Ok(figment::Profile::Default.collect(self.1.clone()))
    }
}

/// Reads all layers, checks every value and what must hold between them. All problems come back at once.
pub fn load(sources: &Sources) -> Result<Loaded, SettingsError> {
    let text = match &sources.file {
        None => None,
        Some((path, must)) => read_file(path, *must)
            .map_err(|problem| SettingsError {
                problems: vec![problem],
            })?
            .map(|text| (text, path.as_path())),
    };
    load_text(sources, text.as_ref().map(|(t, p)| (t.as_str(), *p)))
}

/// The text of the file; nothing when it may be absent and is.
pub(super) fn read_file(path: &Path, must: Must) -> Result<Option<String>, Problem> {
    match std::fs::read(path) {
        Ok(bytes) => String::from_utf8(bytes).map(Some).map_err(|e| {
            let at = e.utf8_error().valid_up_to();
            let line = e.as_bytes()[..at].split(|b| *b == b'\n').count();
            Problem::new(
                None,
                format!("{}:{line}: the file is not UTF-8 text", path.display()),
            )
        }),
        Err(e) if e.kind() == ErrorKind::NotFound && must == Must::NotExist => Ok(None),
        Err(e) => {
            let says = format!("{}: the settings cannot be read: {e}", path.display());
            Err(Problem::new(None, says))
        }
    }
}

/// The same with the text of the file at hand.
pub(super) fn load_text(
    sources: &Sources,
    text: Option<(&str, &Path)>,
) -> Result<Loaded, SettingsError> {
    let mut secrets = Secrets::default();
    let mut from_file = text.map_or_else(Layer::default, |(text, path)| file::read(text, path));
    let mut from_environment = given::environment(&sources.environment, |name, value| {
        secrets.insert(name, SecretString::from(value));
    });
    let mut from_command_line = given::command_line(&sources.command_line);
    take_password(&mut from_file, None);
    take_password(&mut from_environment, Some(&mut secrets));
    take_password(&mut from_command_line, None);
    let layers = [from_file, from_environment, from_command_line];

    let named = layers
        .iter()
        .flat_map(|l| &l.given)
        .rfind(|g| g.path == "system.profile")
        .map(|g| g.value.as_str() == Some("demo"));
    let demo = named.unwrap_or(sources.profile == Some(Profile::Demo));
    let profile = if demo { profile() } else { Layer::default() };

    let mut problems = Vec::new();
    let mut origins: BTreeMap<String, Origin> = BTreeMap::new();
    let mut figment = Figment::from(Serialized::defaults(Settings::default()));
    let [file, environment, command_line] = layers;
    for (name, layer) in [
        ("profile", profile),
        ("file", file),
        ("environment", environment),
        ("command line", command_line),
    ] {
        figment = figment.merge(Merged(name, layer.dict()));
        problems.extend(layer.problems);
        for Given { path, origin, .. } in layer.given {
            origins.insert(path, origin);
        }
    }
    if !problems.is_empty() {
        problems.sort_by(|a, b| a.origin.cmp(&b.origin));
        return Err(SettingsError { problems });
    }
    let settings: Settings = figment.extract().map_err(|error| SettingsError {
        problems: error
            .into_iter()
            .map(|e| Problem::new(None, e.to_string()))
            .collect(),
    })?;
    let mut problems = cross::check(&settings, &origins);
    if !problems.is_empty() {
        problems.sort_by(|a, b| a.origin.cmp(&b.origin));
        return Err(SettingsError { problems });
    }
    for (path, _) in describe::values(&settings) {
        origins.entry(path).or_insert(Origin::Default);
    }
    Ok(Loaded {
        settings,
        origins,
        secrets,
        file: text.map(|(_, path)| path.to_path_buf()),
    })
}

fn profile() -> Layer {
    let mut layer = file::read(DEMO, Path::new("demo"));
    for given in &mut layer.given {
        given.origin = Origin::Profile;
    }
    layer.take(
        "system.profile",
        &Value::from("demo"),
        false,
        Origin::Profile,
    );
    layer
}

/// A password within the address of the store: from the environment it becomes a secret, elsewhere it is refused.
fn take_password(layer: &mut Layer, secrets: Option<&mut Secrets>) {
    let is_url = |g: &&mut Given| g.path == "database.url";
    let Some(given) = layer.given.iter_mut().find(is_url) else {
        return;
    };
    let Some((address, password)) = given.value.as_str().and_then(without_password) else {
        return;
    };
    given.value = Value::from(address.as_str());
    if let Origin::CommandLine(text) = &mut given.origin {
        *text = format!("database.url={address}");
    }
    let origin = given.origin.clone();
    match secrets {
        Some(secrets) => secrets.insert(SecretName::DatabasePassword, password),
        None => {
            let says = "`database.url` has a password in it: secrets are kept neither in files nor on command lines";
            let help = format!(
                "write {address:?} and {}",
                how(SecretName::DatabasePassword)
            );
            layer.problems.push(Problem::new(origin, says).help(help));
        }
    }
}

#[cfg(test)]
#[path = "load_tests.rs"]
mod tests;
