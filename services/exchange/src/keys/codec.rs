//! Contents to sealed bytes and back.
//!
//! Inside the encryption of age stands JSON with a name and a version of the format. age authenticates every byte, so that what
//! opens is what was written: whatever does not fit then was written by something else or by a later version.

use super::unlock::{Unlock, WorkFactor};
use super::{Address, Contents, Entry, KeysError, Retired, Role, Secret};
use crate::Millis;
use age::DecryptError;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};
use std::fmt;
use std::io::{self, Read, Write};
use std::iter;
use std::path::Path;
use zeroize::{Zeroize, Zeroizing};

/// Name of the format.
const FORMAT: &str = "sixbtc-keys";
/// Version that is written, and the newest that is read.
const VERSION: u32 = 1;
/// The first line of every file of age that we can read.
const MAGIC: &[u8] = b"age-encryption.org/v1\n";
/// What all versions of age begin with.
const AGE: &[u8] = b"age-encryption.org/";

#[derive(Deserialize)]
struct Head {
    format: String,
    version: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Plain<K> {
    format: String,
    version: u32,
    entries: Vec<Row<K>>,
    retired: Vec<Retired>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row<K> {
    name: String,
    role: Role,
    account: Address,
    subaccount: Option<Address>,
    address: Address,
    created: Millis,
    approved: Option<Millis>,
    valid_until: Option<Millis>,
    key: K,
}

/// A key on its way into the sealed text; the type is private to this module, so that nothing else can serialise one.
struct Shown<'a>(&'a Secret);

impl Serialize for Shown<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let digits = self.0.digits();
        let text = std::str::from_utf8(digits.as_ref()).map_err(ser::Error::custom)?;
        serializer.serialize_str(text)
    }
}

/// A key on its way out of it.
struct Hidden(Secret);

impl<'de> Deserialize<'de> for Hidden {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Digits;
        impl de::Visitor<'_> for Digits {
            type Value = Secret;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("64 hexadecimal digits")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Secret, E> {
                Secret::read(text).map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Digits).map(Hidden)
    }
}

/// A buffer that leaves no copies behind when it grows or goes.
struct Wiped(Vec<u8>);

impl Write for Wiped {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let need = self.0.len() + bytes.len();
        if need > self.0.capacity() {
            let mut larger = Vec::with_capacity(need.next_power_of_two().max(4096));
            larger.extend_from_slice(&self.0);
            self.0.zeroize();
            self.0 = larger;
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Wiped {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// Encrypts contents.
pub(super) fn seal(
    contents: &Contents,
    unlock: &Unlock,
    work: WorkFactor,
) -> Result<Vec<u8>, KeysError> {
    seal_version(contents, unlock, work, VERSION)
}

fn seal_version<'a>(
    contents: &'a Contents,
    unlock: &Unlock,
    work: WorkFactor,
    version: u32,
) -> Result<Vec<u8>, KeysError> {
    let row = |e: &'a Entry| Row {
        name: e.name.clone(),
        role: e.role,
        account: e.account,
        subaccount: e.subaccount,
        address: e.address,
        created: e.created,
        approved: e.approved,
        valid_until: e.valid_until,
        key: Shown(&e.secret),
    };
    let plain = Plain {
        format: FORMAT.to_owned(),
        version,
        entries: contents.entries.iter().map(row).collect(),
        retired: contents.retired.clone(),
    };
    let mut text = Wiped(Vec::with_capacity(4096));
    serde_json::to_writer(&mut text, &plain).map_err(|e| KeysError::Seal(e.to_string()))?;
    encrypt(&text.0, unlock, work)
}

fn encrypt(text: &[u8], unlock: &Unlock, work: WorkFactor) -> Result<Vec<u8>, KeysError> {
    let sealed = match unlock {
        Unlock::Passphrase(phrase) => {
            let mut recipient = age::scrypt::Recipient::new(phrase.clone());
            recipient.set_work_factor(work.get());
            age::encrypt(&recipient, text)
        }
        Unlock::Identity(identity) => age::encrypt(&identity.to_public(), text),
    };
    sealed.map_err(|e| KeysError::Seal(e.to_string()))
}

/// Decrypts a file's bytes. The path is for the errors.
pub(super) fn open(sealed: &[u8], unlock: &Unlock, path: &Path) -> Result<Contents, KeysError> {
    let text = decrypt(sealed, unlock, path)?;
    read(&text, path)
}

fn damaged(path: &Path, why: impl Into<String>) -> KeysError {
    KeysError::Damaged {
        path: path.into(),
        why: why.into(),
    }
}

fn decrypt(sealed: &[u8], unlock: &Unlock, path: &Path) -> Result<Zeroizing<Vec<u8>>, KeysError> {
    if sealed.is_empty() {
        return Err(damaged(path, "it is empty"));
    }
    if !sealed.starts_with(MAGIC) {
        return Err(if MAGIC.starts_with(sealed) {
            damaged(path, "it ends within its first line")
        } else if sealed.starts_with(AGE) {
            let line = sealed.split(|b| *b == b'\n').next().unwrap_or_default();
            KeysError::Newer {
                path: path.into(),
                found: String::from_utf8_lossy(&line[..line.len().min(40)]).into_owned(),
                known: "age-encryption.org/v1",
            }
        } else {
            KeysError::Foreign {
                path: path.into(),
                why: "it is not encrypted with age",
            }
        });
    }
    let failed = |e: DecryptError| match e {
        DecryptError::DecryptionFailed
        | DecryptError::KeyDecryptionFailed
        | DecryptError::NoMatchingKeys => KeysError::Wrong {
            path: path.into(),
            secret: unlock.kind(),
        },
        // its own text overflows for large factors
        DecryptError::ExcessiveWork { required, .. } => KeysError::Work {
            path: path.into(),
            needs: required,
            most: WorkFactor::MAX,
        },
        DecryptError::InvalidHeader => damaged(path, "its header is not whole"),
        DecryptError::InvalidMac => damaged(path, "its header was changed"),
        DecryptError::Io(_) => damaged(path, "it ends too early"),
        _ => damaged(path, "its header cannot be read"),
    };
    let decryptor = age::Decryptor::new_buffered(sealed).map_err(failed)?;
    let by_passphrase = decryptor.is_scrypt();
    let other = |locked| KeysError::OtherLock {
        path: path.into(),
        locked,
        given: unlock.locked_by(),
    };
    let opened = match unlock {
        Unlock::Passphrase(phrase) if by_passphrase => {
            let mut identity = age::scrypt::Identity::new(phrase.clone());
            identity.set_max_work_factor(WorkFactor::MAX);
            decryptor.decrypt(iter::once(&identity as &dyn age::Identity))
        }
        Unlock::Identity(identity) if !by_passphrase => {
            decryptor.decrypt(iter::once(identity.as_ref() as &dyn age::Identity))
        }
        Unlock::Passphrase(_) => return Err(other("an identity of age")),
        Unlock::Identity(_) => return Err(other("a passphrase")),
    };
    // the text is shorter than the file: room for all of it means that no copies are made
    let mut text = Zeroizing::new(Vec::with_capacity(sealed.len() + 64));
    opened
        .map_err(failed)?
        .read_to_end(&mut text)
        .map_err(|_| damaged(path, "it ends too early, or was changed"))?;
    Ok(text)
}

fn read(text: &[u8], path: &Path) -> Result<Contents, KeysError> {
    let foreign = KeysError::Foreign {
        path: path.into(),
        why: "it holds something else than keys",
    };
    let head: Head = match serde_json::from_slice(text) {
        Ok(head) => head,
        Err(_) => return Err(foreign),
    };
    if head.format != FORMAT {
        return Err(foreign);
    }
    if head.version > VERSION {
        return Err(KeysError::Newer {
            path: path.into(),
            found: format!("version {}", head.version),
            known: "version 1",
        });
    }
    // messages of serde can repeat what they read: only the place is told
    let plain: Plain<Hidden> = serde_json::from_slice(text).map_err(|e| {
        let why = format!("its content does not fit at column {}", e.column());
        damaged(path, why)
    })?;
    let mut contents = Contents {
        entries: Vec::with_capacity(plain.entries.len()),
        retired: plain.retired,
    };
    for row in plain.entries {
        let Hidden(secret) = row.key;
        if secret.address() != row.address {
            let why = format!("the key of {} belongs to another address", row.address);
            return Err(damaged(path, why));
        }
        contents.entries.push(Entry {
            name: row.name,
            role: row.role,
            account: row.account,
            subaccount: row.subaccount,
            address: row.address,
            created: row.created,
            approved: row.approved,
            valid_until: row.valid_until,
            secret,
        });
    }
    Ok(contents)
}

#[cfg(test)]
#[path = "codec_tests.rs"]
mod tests;
