//! Private keys: sealed at rest, wiped in memory, handed out for signing and for nothing else.
//!
//! * [`KeyFile`] – the one file with keys, encrypted with age, replaced as a whole or not at all;
//! * [`Unlock`] – what opens it: a passphrase, or an X25519 identity of age;
//! * [`Contents`] – what is in it: [`Entry`] by entry, and the agents that were retired, which never come back;
//! * [`KeyRing`] – keys by the account that they trade for, while a process runs;
//! * [`renewal`] – when an agent's key is replaced, and by which steps;
//! * [`harden`] – no image of this process on disk, no look into its memory by other programs of its user;
//! * [`testing`] – finds a key in a text, in whatever spelling.
//!
//! No type here shows a key: `Debug` writes `…`, there is no `Display`, and no error text repeats what was read.

mod codec;
mod contents;
mod entry;
mod error;
mod file;
mod harden;
mod private;
pub mod renewal;
mod ring;
mod secret;
pub mod testing;
mod unlock;

pub use contents::{AgentOf, Contents, EntryError};
pub use entry::{Entry, Retired, Role};
pub use error::KeysError;
pub use file::KeyFile;
pub use harden::{HardenError, harden};
pub use ring::{KeyRing, NoSigner, Signer};
pub use secret::{BadKey, Secret};
pub use unlock::{BadUnlock, Unlock, WorkFactor};

pub use crate::wire::Address;
