//! What opens a key file.

use super::{KeysError, private};
use secrecy::{ExposeSecret, SecretString};
use std::fmt;
use std::path::Path;
use std::str::FromStr;

/// How an identity of age begins.
const IDENTITY: &str = "AGE-SECRET-KEY-1";

/// Fewest characters of a new passphrase.
const FEWEST: usize = 12;

/// A passphrase, or an X25519 identity as `age-keygen` makes it.
#[derive(Clone)]
pub enum Unlock {
    /// Stretched with scrypt.
    Passphrase(SecretString),
    /// A key of age: already random, so that opening takes no time.
    Identity(Box<age::x25519::Identity>),
}

impl fmt::Debug for Unlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} …", self.kind())
    }
}

/// A secret that opens nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadUnlock {
    /// No text at all.
    #[error("the passphrase of the keys is empty")]
    Empty,
    /// Not text.
    #[error("the passphrase of the keys is not UTF-8 text")]
    NotText,
    /// It begins like an identity of age and is none.
    #[error("this begins like an identity of age and is none: copied whole?")]
    Identity,
    /// Too short for a new file.
    #[error("a new passphrase needs {FEWEST} characters or more; this one has {0}")]
    Short(usize),
}

impl Unlock {
    /// Understands a secret: the line of an identity of age, else a passphrase. Ends of lines after it do not count.
    pub fn read(text: &str) -> Result<Self, BadUnlock> {
        let text = text.trim_end_matches(['\r', '\n']);
        if text.trim().is_empty() {
            return Err(BadUnlock::Empty);
        }
        // age-keygen writes comments around the identity
        let line = text.lines().find(|l| l.trim().starts_with(IDENTITY));
        if let Some(line) = line {
            let identity = age::x25519::Identity::from_str(line.trim());
            return match identity {
                Ok(identity) => Ok(Self::Identity(Box::new(identity))),
                Err(_) => Err(BadUnlock::Identity),
            };
        }
        Ok(Self::Passphrase(SecretString::from(text)))
    }

    /// The same from a file, which nobody but its owner may read.
    pub fn from_file(path: &Path) -> Result<Self, KeysError> {
        let bytes = private::read(path)?;
        let text = std::str::from_utf8(&bytes).map_err(|_| BadUnlock::NotText)?;
        Ok(Self::read(text)?)
    }

    /// Refuses what is too weak to lock a new file.
    pub fn strong(&self) -> Result<(), BadUnlock> {
        if let Self::Passphrase(text) = self {
            let count = text.expose_secret().chars().count();
            if count < FEWEST {
                return Err(BadUnlock::Short(count));
            }
        }
        Ok(())
    }

    /// `passphrase` or `identity`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Passphrase(_) => "passphrase",
            Self::Identity(_) => "identity",
        }
    }

    pub(super) fn locked_by(&self) -> &'static str {
        match self {
            Self::Passphrase(_) => "a passphrase",
            Self::Identity(_) => "an identity of age",
        }
    }
}

/// A new identity of age, as text.
#[cfg(test)]
pub(super) fn generate_identity() -> String {
    let text = age::x25519::Identity::generate().to_string();
    text.expose_secret().to_owned()
}

/// Logarithm, base 2, of the work that a guess of a passphrase costs; memory is 2^factor KiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct WorkFactor(u8);

impl WorkFactor {
    /// The least.
    pub const MIN: u8 = 10;
    /// The most: a gigabyte.
    pub const MAX: u8 = 20;

    /// A factor within the bounds.
    pub fn new(log_n: u8) -> Option<Self> {
        (Self::MIN..=Self::MAX)
            .contains(&log_n)
            .then_some(Self(log_n))
    }

    /// The logarithm.
    pub fn get(self) -> u8 {
        self.0
    }
}

impl Default for WorkFactor {
    /// 256 MiB, and about a second.
    fn default() -> Self {
        Self(18)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_a_passphrase_or_an_identity() {
        let phrase = Unlock::read("correct horse\r\n").unwrap();
        assert_eq!(phrase.kind(), "passphrase");
        let Unlock::Passphrase(text) = &phrase else {
            panic!("{phrase:?}")
        };
        assert_eq!(text.expose_secret(), "correct horse");
        let identity = generate_identity();
        let commented = format!("# created: today\n{}\n", &identity);
        for text in [&identity, &commented] {
            assert_eq!(Unlock::read(text).unwrap().kind(), "identity");
        }
        let cut = &identity[..identity.len() - 1];
        assert_eq!(Unlock::read(cut).unwrap_err(), BadUnlock::Identity);
        assert_eq!(Unlock::read(" \n").unwrap_err(), BadUnlock::Empty);
    }

    #[test]
    fn nothing_of_it_is_shown() {
        assert_eq!(
            format!("{:?}", Unlock::read("hunter2").unwrap()),
            "passphrase …"
        );
    }

    #[test]
    fn a_new_passphrase_has_twelve_characters() {
        let short = Unlock::read("hunter2").unwrap();
        assert_eq!(short.strong(), Err(BadUnlock::Short(7)));
        assert_eq!(Unlock::read("äöüäöüäöüäöü").unwrap().strong(), Ok(()));
        assert_eq!(Unlock::read(&generate_identity()).unwrap().strong(), Ok(()));
    }

    #[test]
    fn work_has_bounds() {
        assert_eq!(WorkFactor::new(9), None);
        assert_eq!(WorkFactor::new(21), None);
        assert_eq!(WorkFactor::new(10).map(WorkFactor::get), Some(10));
        assert_eq!(WorkFactor::default().get(), 18);
    }
}
