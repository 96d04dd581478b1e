//! What is the same however services are run: where, with which program, with which settings.

use std::path::{Path, PathBuf};

/// A deployment.
#[derive(Debug, Clone)]
pub struct Deployment {
    /// The directory in which all services run: settings, store, candles, logs.
    pub directory: PathBuf,
    /// The program.
    pub program: PathBuf,
    /// The settings file, if it is not the usual one.
    pub config: Option<PathBuf>,
    /// Where logs go: absolute.
    pub logs: PathBuf,
    /// The user that runs them, if not the one that starts them.
    pub user: Option<String>,
}

impl Deployment {
    /// The command of a service, one word each.
    pub fn command(&self, service: &str) -> Vec<String> {
        let mut words = vec![
            self.program.display().to_string(),
            "run".into(),
            service.into(),
        ];
        if let Some(config) = &self.config {
            words.push("--config".into());
            words.push(config.display().to_string());
        }
        words
    }

    /// Whether a name can stand in these files: a line's end would begin a new setting.
    pub fn fault(&self) -> Option<String> {
        let whole = |p: &Path| p.to_str().is_some_and(|s| !s.contains(['\n', '\r']));
        let mut places = vec![&self.directory, &self.program, &self.logs];
        places.extend(&self.config);
        if let Some(place) = places.into_iter().find(|p| !whole(p)) {
            return Some(format!(
                "`{}` cannot stand in a configuration: it holds a line's end or is no text",
                place.display().to_string().escape_debug()
            ));
        }
        let user = self.user.as_deref()?;
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '$');
        (user.is_empty() || !user.chars().all(fits)).then(|| format!("`{user}` is no user's name"))
    }
}

#[cfg(test)]
pub fn sample() -> Deployment {
    Deployment {
        directory: "/srv/six btc".into(),
        program: "/usr/bin/sixbtc".into(),
        config: Some("/srv/six btc/100%.toml".into()),
        logs: "/srv/six btc/logs".into(),
        user: Some("sixbtc".into()),
    }
}
