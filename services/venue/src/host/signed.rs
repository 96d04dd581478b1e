//! From the bytes of a request to who asks for what (facts §2).

use crate::engine::Input;
use sixbtc_exchange::Network;
use sixbtc_exchange::sign::{self, SignError};
use sixbtc_exchange::wire::errors::Refusal;
use sixbtc_exchange::wire::{Action, Address, Envelope, Ordered};

/// Why a request goes no further.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Rejected {
    /// It is no request: status 422.
    Unreadable,
    /// It is one, and is refused: status 200 with an error inside.
    Refused(Refusal),
}

impl From<Refusal> for Rejected {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// The action that an envelope carries, as our types have it. What is signed is the envelope's own.
pub(super) fn action_of(envelope: &Envelope<Ordered>) -> Result<Action, Rejected> {
    let action: Action = envelope.action.read().map_err(|_| Rejected::Unreadable)?;
    // Numbers with more decimals than the wire has could not be written into the log.
    if serde_json::to_string(&action).is_err() {
        return Err(Rejected::Unreadable);
    }
    Ok(action)
}

/// Checks signature, network and nonce; the input that the request is.
pub(super) fn open(
    envelope: &Envelope<Ordered>,
    action: Action,
    network: Network,
) -> Result<Input, Rejected> {
    if action.is_user_signed() {
        let text = |member| envelope.action.get(member).and_then(Ordered::as_str);
        let chain = text("hyperliquidChain").unwrap_or_default();
        if chain != network.chain() {
            let chain = chain.chars().take(40).collect();
            return Err(Refusal::WrongChain { chain }.into());
        }
        let number = |member| envelope.action.get(member).and_then(Ordered::as_u64);
        if number("nonce").or_else(|| number("time")) != Some(envelope.nonce) {
            let nonce = envelope.nonce;
            return Err(Refusal::NonceOutsideWindow { nonce }.into());
        }
    }
    let signer = match sign::signer(envelope, network) {
        Ok(signer) => signer,
        Err(SignError::Signature) => {
            let address = Address::ZERO;
            return Err(Refusal::UnknownSigner { address }.into());
        }
        Err(_) => return Err(Rejected::Unreadable),
    };
    Ok(Input::Apply {
        signer,
        vault: envelope.vault_address,
        nonce: envelope.nonce,
        expires_after: envelope.expires_after,
        action,
    })
}
