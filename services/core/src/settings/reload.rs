//! Changes of the file while the system runs.
//!
//! Only keys marked `reload` are taken over; the others are named and wait for a restart. A file that cannot be used changes
//! nothing.

use super::describe::{self, Node};
use super::load::{Loaded, Sources, load_text, read_file};
use super::origin::SettingsError;
use super::{Settings, cross};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// A key with another value.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Change {
    /// The key.
    pub path: String,
    /// Its value before; absent for an entry that is new.
    pub old: Option<Json>,
    /// Its value now; absent for an entry that is gone.
    pub new: Option<Json>,
    /// Whether a running system takes it.
    pub reload: bool,
}

impl std::fmt::Display for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let show = |v: &Option<Json>| v.as_ref().map_or("nothing".into(), Json::to_string);
        write!(
            f,
            "{}: {} → {}",
            self.path,
            show(&self.old),
            show(&self.new)
        )
    }
}

/// What differs, in the order of the reference.
pub fn diff(old: &Settings, new: &Settings) -> Vec<Change> {
    let before: BTreeMap<_, _> = describe::values(old).into_iter().collect();
    let after = describe::values(new);
    let now: BTreeMap<_, _> = after.iter().cloned().collect();
    let gone = before
        .iter()
        .filter(|(path, _)| !now.contains_key(*path))
        .map(|(path, old)| change(path, Some(old.clone()), None));
    let changed = after
        .iter()
        .filter(|(path, value)| before.get(path) != Some(value))
        .map(|(path, value)| change(path, before.get(path).cloned(), Some(value.clone())));
    changed.chain(gone).collect()
}

fn change(path: &str, old: Option<Json>, new: Option<Json>) -> Change {
    let parts: Vec<&str> = path.split('.').collect();
    let reload = matches!(Node::root().find(&parts), Some(Node::Leaf(key)) if key.reload);
    Change {
        path: path.to_owned(),
        old,
        new,
        reload,
    }
}

/// The old settings with the changes that a running system takes. Nothing where these alone contradict what cannot change now.
pub fn apply(old: &Settings, changes: &[Change]) -> Option<Settings> {
    let mut tree = serde_json::to_value(old).ok()?;
    for change in changes.iter().filter(|c| c.reload) {
        let (above, name) = change.path.rsplit_once('.')?;
        let pointer = format!("/{}", above.replace('.', "/"));
        let map = tree.pointer_mut(&pointer)?.as_object_mut()?;
        match &change.new {
            Some(value) => map.insert(name.to_owned(), value.clone()),
            None => map.remove(name),
        };
    }
    let settings: Settings = serde_json::from_value(tree).ok()?;
    cross::check(&settings, &BTreeMap::new())
        .is_empty()
        .then_some(settings)
}

/// What a look at the file found.
#[derive(Debug, Clone, PartialEq)]
pub enum Look {
    /// Nothing new.
    Same,
    /// The file cannot be used: the settings stay as they were.
    Broken(SettingsError),
    /// Something changed.
    Changed {
        /// Now in force.
        taken: Vec<Change>,
        /// Wait for a restart.
        waiting: Vec<Change>,
    },
}

/// Watches the file.
#[derive(Debug)]
pub struct Watcher {
    sources: Sources,
    /// In force.
    current: Arc<Settings>,
    /// Hash of the text that was looked at last.
    seen: Option<blake3::Hash>,
    /// Changes that were told and wait for a restart.
    waiting: Vec<Change>,
}

impl Watcher {
    /// Watches the file that these settings were loaded from.
    pub fn new(sources: Sources, loaded: &Loaded) -> Self {
        let mut watcher = Self {
            sources,
            current: Arc::new(loaded.settings.clone()),
            seen: None,
            waiting: Vec::new(),
        };
        watcher.seen = watcher.text().ok().flatten().map(|t| hash(&t));
        watcher
    }

    /// The settings in force.
    pub fn settings(&self) -> Arc<Settings> {
        Arc::clone(&self.current)
    }

    fn text(&self) -> Result<Option<String>, super::Problem> {
        match &self.sources.file {
            Some((path, must)) => read_file(path, *must),
            None => Ok(None),
        }
    }

    /// Looks at the file once.
    pub fn look(&mut self) -> Look {
        let text = match self.text() {
            Ok(text) => text,
            Err(problem) => {
                // said once: until it can be read again, and then compared with what is in force
                let told = blake3::hash(problem.says.as_bytes());
                if self.seen == Some(told) {
                    return Look::Same;
                }
                self.seen = Some(told);
                return Look::Broken(SettingsError {
                    problems: vec![problem],
                });
            }
        };
        let now = text.as_deref().map(hash);
        if now == self.seen {
            return Look::Same;
        }
        self.seen = now;
        let path = self.sources.file.as_ref().map(|(path, _)| path.as_path());
        match load_text(&self.sources, text.as_deref().zip(path)) {
            Ok(loaded) => self.take(&loaded.settings),
            Err(error) => Look::Broken(error),
        }
    }

    fn take(&mut self, new: &Settings) -> Look {
        let changes = diff(&self.current, new);
        let (taken, mut waiting): (Vec<_>, Vec<_>) = changes.into_iter().partition(|c| c.reload);
        let taken = match apply(&self.current, &taken) {
            Some(settings) => {
                self.current = Arc::new(settings);
                taken
            }
            None => {
                waiting.extend(taken);
                Vec::new()
            }
        };
        if taken.is_empty() && waiting == self.waiting {
            return Look::Same;
        }
        self.waiting.clone_from(&waiting);
        Look::Changed { taken, waiting }
    }
}

fn hash(text: &str) -> blake3::Hash {
    blake3::hash(text.as_bytes())
}

/// Looks at the file every few seconds, puts new settings where the services see them, and says in the log what changed.
pub async fn watch(
    mut watcher: Watcher,
    every: Duration,
    settings: watch::Sender<Arc<Settings>>,
    stop: CancellationToken,
) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(every) => {}
        }
        let looked = tokio::task::spawn_blocking(move || {
            let look = watcher.look();
            (watcher, look)
        });
        let look;
        (watcher, look) = match looked.await {
            Ok(done) => done,
            Err(e) => {
                tracing::error!("settings are no longer watched: {e}");
                return;
            }
        };
        tell(&look);
        if let Look::Changed { taken, .. } = &look
            && !taken.is_empty()
        {
            settings.send_replace(watcher.settings());
        }
    }
}

fn tell(look: &Look) {
    match look {
        Look::Same => {}
        Look::Broken(error) => tracing::error!("changed settings are not used: {error}"),
        Look::Changed { taken, waiting } => {
            for change in taken {
                tracing::info!("setting changed: {change}");
            }
            for change in waiting {
                tracing::warn!("setting changed, takes effect after a restart: {change}");
            }
        }
    }
}

#[cfg(test)]
#[path = "reload_tests.rs"]
mod tests;
