//! What makes results these results.

use std::collections::BTreeMap;

/// Named facts that determine every number of a sweep: program, data, settings, space, search, compiler. Results of different
/// identities are never put into one file.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Identity {
    /// The facts by their names.
    pub facts: BTreeMap<String, String>,
}

/// The fact that differs between the shards of one sweep.
pub(crate) const SHARD: &str = "shard";

impl Identity {
    /// Adds a fact.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.facts.insert(name.to_owned(), value.into());
    }

    /// What differs from another identity, a line each: `setting slippage: 0.0005 there, 0.001 here`.
    pub fn differences(&self, there: &Self) -> Vec<String> {
        let names: std::collections::BTreeSet<&String> =
            self.facts.keys().chain(there.facts.keys()).collect();
        let shown =
            |side: &Self, name: &String| side.facts.get(name).map_or("nothing", |v| v).to_owned();
        names
            .into_iter()
            .filter(|name| self.facts.get(*name) != there.facts.get(*name))
            .map(|name| {
                format!(
                    "{name}: {} there, {} here",
                    shown(there, name),
                    shown(self, name)
                )
            })
            .collect()
    }

    /// The same sweep without saying which shard of it.
    pub(crate) fn whole(&self) -> Self {
        let mut whole = self.clone();
        whole.facts.remove(SHARD);
        whole
    }
}
