//! Secrets: from the environment or the keyring of the operating system, never in a file, never printed.

use super::{Problem, SettingsError};
use secrecy::{ExposeSecret, SecretString};
use std::collections::BTreeMap;
use std::fmt;

macro_rules! secrets {
    ($($(#[$doc:meta])* $variant:ident = $path:literal, $says:literal;)+) => {
        /// What must not be seen.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum SecretName { $($(#[$doc])* $variant),+ }

        impl SecretName {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Its key, as if it were a setting; also its name in the keyring.
            pub fn path(self) -> &'static str {
                match self { $(Self::$variant => $path),+ }
            }

            /// What it is for.
            pub fn says(self) -> &'static str {
                match self { $(Self::$variant => $says),+ }
            }
        }
    };
}

secrets! {
    /// Password of the store.
    DatabasePassword = "database.password", "password of the store, when it is PostgreSQL";
    /// Key of the master account.
    PrivateKey = "hyperliquid.private_key", "private key of the master account, for `sixbtc keys import --env` alone";
    /// What opens the key file.
    KeysPassphrase = "keys_passphrase", "passphrase, or identity of age, that opens the file with private keys (`keys.file`)";
    /// Key of a language model.
    AiKey = "ai.api.key", "key of the endpoint of language models";
    /// Address of the webhook.
    WebhookUrl = "alerts.webhook.url", "address that alerts are posted to; whoever knows it can post";
    /// Token of the bot.
    TelegramToken = "alerts.telegram.token", "token of the Telegram bot";
    /// Password of the mail server.
    EmailPassword = "alerts.email.password", "password of the mail server";
    /// Token of the API.
    ApiToken = "http.api_token", "token that callers of the API show";
    /// Headers for the collector of traces.
    OtlpHeaders = "telemetry.otlp_headers", "headers for the collector of traces, as `name=value,name=value`";
}

impl SecretName {
    /// Its variable in the environment.
    pub fn variable(self) -> String {
        super::variable(self.path())
    }

    /// The one with this key.
    pub fn at(path: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|s| s.path() == path)
    }
}

/// The secrets that were found. Printing or serialising it shows their names only.
#[derive(Clone, Default)]
pub struct Secrets(BTreeMap<SecretName, SecretString>);

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.0.keys().map(|name| (name.path(), "…"));
        f.debug_map().entries(names).finish()
    }
}

impl Secrets {
    /// A secret, if it was given.
    pub fn get(&self, name: SecretName) -> Option<&SecretString> {
        self.0.get(&name)
    }

    /// A secret that cannot be done without; the error says how to give it.
    pub fn need(&self, name: SecretName) -> Result<&SecretString, SettingsError> {
        self.get(name).ok_or_else(|| {
            let problem = Problem::new(None, format!("the {} is missing", name.says()));
            SettingsError {
                problems: vec![problem.help(how(name))],
            }
        })
    }

    /// Which there are.
    pub fn names(&self) -> impl Iterator<Item = SecretName> + '_ {
        self.0.keys().copied()
    }

    /// Adds one; an empty text is none.
    pub fn insert(&mut self, name: SecretName, value: SecretString) {
        if !value.expose_secret().is_empty() {
            self.0.insert(name, value);
        }
    }

    /// Adds from a keyring what is not there yet.
    pub fn fill(&mut self, keyring: &dyn Keyring) -> Result<(), KeyringError> {
        for &name in SecretName::ALL {
            if !self.0.contains_key(&name)
                && let Some(value) = keyring.get(name.path())?
            {
                self.insert(name, value);
            }
        }
        Ok(())
    }

    /// [`Self::fill`] from the keyring of the operating system, where this program is built with it; else nothing.
    pub fn fill_from_system(&mut self) -> Result<(), KeyringError> {
        #[cfg(all(feature = "keyring", target_os = "linux"))]
        self.fill(&system::SystemKeyring::open()?)?;
        Ok(())
    }

    /// The address of the store with its password, for whoever opens it.
    pub fn database_url(&self, address: &str) -> SecretString {
        let with = self.get(SecretName::DatabasePassword).and_then(|password| {
            let mut url = server(address)?;
            url.set_password(Some(password.expose_secret())).ok()?;
            Some(url.to_string())
        });
        with.unwrap_or_else(|| address.to_owned()).into()
    }
}

fn server(address: &str) -> Option<url::Url> {
    let url = url::Url::parse(address).ok()?;
    matches!(url.scheme(), "postgres" | "postgresql").then_some(url)
}

/// An address of a store without its password, and the password, if it has one.
pub(super) fn without_password(address: &str) -> Option<(String, SecretString)> {
    let mut url = server(address)?;
    let password = url.password()?;
    let plain = percent_encoding::percent_decode_str(password)
        .decode_utf8_lossy()
        .into_owned();
    url.set_password(None).ok()?;
    Some((url.to_string(), plain.into()))
}

/// How a secret is given.
pub(super) fn how(name: SecretName) -> String {
    format!(
        "set {} in the environment, or `{}` of the service `sixbtc` in the keyring",
        name.variable(),
        name.path()
    )
}

/// A keyring: something that keeps secrets for a user.
pub trait Keyring {
    /// The secret under this name, if there is one.
    fn get(&self, name: &str) -> Result<Option<SecretString>, KeyringError>;
}

/// A keyring that did not answer.
#[derive(Debug, thiserror::Error)]
#[error("the keyring cannot be read: {0}")]
pub struct KeyringError(pub String);

/// The keyring of the operating system's kernel: keys of this user, gone after a restart of the machine.
#[cfg(all(feature = "keyring", target_os = "linux"))]
pub mod system {
    use super::{KeyringError, SecretString};
    use keyring_core::api::CredentialStoreApi;
    use std::sync::Arc;

    /// A handle on it.
    #[derive(Debug)]
    pub struct SystemKeyring(Arc<linux_keyutils_keyring_store::Store>);

    impl SystemKeyring {
        /// The service under whose name secrets stand.
        pub const SERVICE: &'static str = "sixbtc";

        /// Opens it.
        pub fn open() -> Result<Self, KeyringError> {
            let store = linux_keyutils_keyring_store::Store::new();
            store.map(Self).map_err(|e| KeyringError(e.to_string()))
        }

        fn entry(&self, name: &str) -> Result<keyring_core::Entry, KeyringError> {
            let entry = self.0.build(Self::SERVICE, name, None);
            entry.map_err(|e| KeyringError(e.to_string()))
        }

        /// Keeps a secret under a name.
        pub fn set(&self, name: &str, value: &str) -> Result<(), KeyringError> {
            let done = self.entry(name)?.set_password(value);
            done.map_err(|e| KeyringError(e.to_string()))
        }

        /// Forgets a secret.
        pub fn remove(&self, name: &str) -> Result<(), KeyringError> {
            let done = self.entry(name)?.delete_credential();
            done.map_err(|e| KeyringError(e.to_string()))
        }
    }

    impl super::Keyring for SystemKeyring {
        fn get(&self, name: &str) -> Result<Option<SecretString>, KeyringError> {
            match self.entry(name)?.get_password() {
                Ok(secret) => Ok(Some(secret.into())),
                Err(keyring_core::Error::NoEntry) => Ok(None),
                Err(e) => Err(KeyringError(e.to_string())),
            }
        }
    }
}

#[cfg(test)]
#[cfg(all(feature = "keyring", target_os = "linux"))]
mod tests {
    use super::system::SystemKeyring;
    use super::{ExposeSecret, Keyring};

    #[test]
    fn the_kernel_keeps_a_secret() {
        let Ok(ring) = SystemKeyring::open() else {
            return; // a container may forbid it
        };
        let name = format!("test.{}", std::process::id());
        if ring.set(&name, "hush").is_err() {
            return;
        }
        let kept = ring.get(&name).unwrap().unwrap();
        assert_eq!(kept.expose_secret(), "hush");
        ring.remove(&name).unwrap();
        assert!(ring.get(&name).unwrap().is_none());
    }
}
