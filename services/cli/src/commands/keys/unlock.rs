//! Where the secret comes from that opens the key file.

use super::{ask, failure};
use crate::failure::Failure;
use secrecy::ExposeSecret;
use sixbtc_core::settings::{Loaded, SecretName};
use sixbtc_exchange::keys::Unlock;
use std::io::IsTerminal;

/// The environment, else the file that the settings name, else the keyring, else, on a terminal, whoever sits there. `new`: the file
/// is not there yet, and what is typed will lock it.
pub fn of(loaded: &mut Loaded, new: bool) -> Result<Unlock, Failure> {
    if let Some(unlock) = given(loaded)? {
        return Ok(unlock);
    }
    let path = &loaded.settings.keys.passphrase_file;
    if !path.as_os_str().is_empty() {
        return Unlock::from_file(path).map_err(failure);
    }
    let filled = loaded.secrets.fill_from_system();
    filled.map_err(|e| Failure::outside(e.to_string()))?;
    if let Some(unlock) = given(loaded)? {
        return Ok(unlock);
    }
    if std::io::stdin().is_terminal() {
        return asked("passphrase of the keys", new);
    }
    let missing = loaded.secrets.need(SecretName::KeysPassphrase).err();
    let why = missing.map_or_else(String::new, |e| e.to_string());
    Err(Failure::input(format!(
        "{why}\n  or name a file that holds it: keys.passphrase_file"
    )))
}

fn given(loaded: &Loaded) -> Result<Option<Unlock>, Failure> {
    loaded
        .secrets
        .get(SecretName::KeysPassphrase)
        .map(|text| Unlock::read(text.expose_secret()))
        .transpose()
        .map_err(|e| Failure::input(e.to_string()))
}

/// From standard input; twice on a terminal, where a new one might be mistyped.
pub fn asked(what: &str, new: bool) -> Result<Unlock, Failure> {
    let text = ask::hidden(what)?;
    if new && std::io::stdin().is_terminal() && *ask::hidden(&format!("{what}, again"))? != *text {
        return Err(Failure::input("these were two different ones"));
    }
    Unlock::read(&text).map_err(|e| Failure::input(e.to_string()))
}
