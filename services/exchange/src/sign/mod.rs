//! Signatures over actions: secp256k1 over keccak-256, in the two forms that the exchange knows.
//!
//! * **L1 actions**, everything that trades: the action as msgpack, the nonce, vault and expiry are hashed ([`l1_hash`]), and
//!   the hash is signed as a field of a fixed structure.
//! * **User-signed actions**, what moves money or lets keys act: the action's own fields are signed, with the chain that the
//!   action names ([`sign_user`]).
//!
//! A signature that does not fit does not fail: it recovers some other address. Whoever checks one must know whom to expect.

mod key;
mod signature;
mod typed;

pub use key::Key;
pub use signature::Signature;
pub use typed::is_user_signed;

use crate::Network;
use crate::wire::{Action, Address, Envelope, HexError, Ordered};
use serde::Serialize;
use sha3::{Digest, Keccak256};

/// Why something cannot be signed, or its signer not be found. Never holds anything of a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// The text or the bytes are no private key: 32 bytes, not nought and below the order of the curve.
    #[error("this is no private key: a key has 64 hexadecimal digits")]
    Key,
    /// Numbers that are no signature of anything.
    #[error("the signature is none: no key can have made it")]
    Signature,
    /// The action could not be packed.
    #[error("the action cannot be packed: {0}")]
    Pack(String),
    /// An action of the other form.
    #[error("`{0}` is not signed field by field")]
    NotUserSigned(String),
    /// A member that is signed is missing or of another type.
    #[error("the action's `{member}` is missing or not {want}")]
    Member {
        /// Its name.
        member: &'static str,
        /// What it must be.
        want: &'static str,
    },
    /// A member that should be an address.
    #[error(transparent)]
    Hex(#[from] HexError),
}

/// 32 bytes that are signed.
pub type Hash = [u8; 32];

fn keccak(parts: &[&[u8]]) -> Hash {
    let mut hasher = Keccak256::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// Hash of an L1 action: keccak-256 of the action as msgpack, the nonce, the vault and the expiry.
///
/// The action is an [`Action`] when we sign it, and the [`Ordered`] that arrived when its signature is checked.
pub fn l1_hash<A: Serialize + ?Sized>(
    action: &A,
    nonce: u64,
    vault: Option<Address>,
    expires_after: Option<u64>,
) -> Result<Hash, SignError> {
    let mut bytes =
        rmp_serde::to_vec_named(action).map_err(|error| SignError::Pack(error.to_string()))?;
    bytes.extend_from_slice(&nonce.to_be_bytes());
    match vault {
        Some(vault) => {
            bytes.push(1);
            bytes.extend_from_slice(vault.as_bytes());
        }
        None => bytes.push(0),
    }
    if let Some(time) = expires_after {
        bytes.push(0);
        bytes.extend_from_slice(&time.to_be_bytes());
    }
    Ok(keccak(&[&bytes]))
}

/// What an L1 action's hash becomes before it is signed: EIP-712 of `Agent(source, connectionId)`.
pub fn agent_hash(network: Network, connection_id: &Hash) -> Hash {
    typed::agent_digest(network.source(), connection_id)
}

/// Signs an L1 action.
pub fn sign_l1<A: Serialize + ?Sized>(
    key: &Key,
    network: Network,
    action: &A,
    nonce: u64,
    vault: Option<Address>,
    expires_after: Option<u64>,
) -> Result<Signature, SignError> {
    let hash = l1_hash(action, nonce, vault, expires_after)?;
    key.sign(&agent_hash(network, &hash))
}

/// Whose signature of an L1 action it is.
pub fn recover_l1<A: Serialize + ?Sized>(
    signature: &Signature,
    network: Network,
    action: &A,
    nonce: u64,
    vault: Option<Address>,
    expires_after: Option<u64>,
) -> Result<Address, SignError> {
    let hash = l1_hash(action, nonce, vault, expires_after)?;
    signature.recover(&agent_hash(network, &hash))
}

/// Signs a user-signed action. Everything signed stands in the action, chain and nonce included.
pub fn sign_user(key: &Key, action: &Ordered) -> Result<Signature, SignError> {
    key.sign(&typed::user_digest(action)?)
}

/// Whose signature of a user-signed action it is.
///
/// Whether the action's `hyperliquidChain` is the right one, and its nonce that of the envelope, is for the caller to check.
pub fn recover_user(signature: &Signature, action: &Ordered) -> Result<Address, SignError> {
    signature.recover(&typed::user_digest(action)?)
}

/// Signs an action in the form that it needs, ready to be sent.
pub fn seal(
    key: &Key,
    network: Network,
    action: Action,
    nonce: u64,
    vault: Option<Address>,
    expires_after: Option<u64>,
) -> Result<Envelope, SignError> {
    let signature = if action.is_user_signed() {
        let ordered = Ordered::of(&action).map_err(|error| SignError::Pack(error.to_string()))?;
        sign_user(key, &ordered)?
    } else {
        sign_l1(key, network, &action, nonce, vault, expires_after)?
    };
    Ok(Envelope {
        action,
        nonce,
        signature,
        vault_address: vault,
        expires_after,
    })
}

/// Whose signature an envelope carries, over the action as it arrived.
pub fn signer(envelope: &Envelope<Ordered>, network: Network) -> Result<Address, SignError> {
    let kind = envelope.action.get("type").and_then(Ordered::as_str);
    if kind.is_some_and(is_user_signed) {
        recover_user(&envelope.signature, &envelope.action)
    } else {
        recover_l1(
            &envelope.signature,
            network,
            &envelope.action,
            envelope.nonce,
            envelope.vault_address,
            envelope.expires_after,
        )
    }
}

#[cfg(test)]
mod tests;
