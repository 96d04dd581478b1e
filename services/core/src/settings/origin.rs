//! Where a value comes from, and what is wrong with one.

use super::Profile;
use std::fmt;
use std::path::PathBuf;

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// Built in.
    Default,
    /// A profile that is built in.
    Profile,
    /// A file.
    File {
        /// Its path.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// From 1, in characters.
        column: usize,
    },
    /// A variable of the environment.
    Environment(String),
    /// `--set` on the command line.
    CommandLine(String),
}

impl Origin {
    /// The layer in one word.
    pub fn layer(&self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Profile => "profile",
            Self::File { .. } => "file",
            Self::Environment(_) => "environment",
            Self::CommandLine(_) => "command line",
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Profile => write!(f, "profile {}", word(Profile::Demo)),
            Self::File { path, line, column } => {
                write!(f, "{}:{line}:{column}", path.display())
            }
            Self::Environment(variable) => write!(f, "environment variable {variable}"),
            Self::CommandLine(text) => write!(f, "command line: --set {text}"),
        }
    }
}

fn word(profile: Profile) -> &'static str {
    match profile {
        Profile::Standard => "standard",
        Profile::Demo => "demo",
    }
}

/// Something wrong with the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where; absent for what is wrong between several keys.
    pub origin: Option<Origin>,
    /// What, with the key and what was expected.
    pub says: String,
    /// What to do.
    pub help: Vec<String>,
}

impl Problem {
    /// Without help yet.
    pub fn new(origin: impl Into<Option<Origin>>, says: impl Into<String>) -> Self {
        Self {
            origin: origin.into(),
            says: says.into(),
            help: Vec::new(),
        }
    }

    /// The same with a piece of help.
    #[must_use]
    pub fn help(mut self, help: impl Into<Option<String>>) -> Self {
        self.help.extend(help.into());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.origin {
            Some(origin) => write!(f, "{origin}: {}", self.says)?,
            None => f.write_str(&self.says)?,
        }
        for help in &self.help {
            write!(f, "\n  help: {help}")?;
        }
        Ok(())
    }
}

/// All that is wrong with the settings, in one go.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct SettingsError {
    /// The problems, in the order of the layers and of their places; never empty.
    pub problems: Vec<Problem>,
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.problems.len() {
            1 => writeln!(f, "the settings cannot be used:")?,
            n => writeln!(f, "the settings cannot be used, {n} things are wrong:")?,
        }
        for (i, problem) in self.problems.iter().enumerate() {
            if i > 0 {
                writeln!(f)?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}
