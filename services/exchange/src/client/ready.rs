//! An action that is signed and can be sent.

use crate::Network;
use crate::sign::{Key, SignError, seal};
use crate::wire::{Action, Address, Envelope};

/// A signed action and the bytes of its request.
///
/// The only way to send anything: what places orders cannot be made without an end ([`Ready::placing`]), so that a request
/// which was delayed somewhere cannot come alive after we stopped waiting for it.
#[derive(Debug, Clone, PartialEq)]
pub struct Ready {
    envelope: Envelope,
    body: Vec<u8>,
}

/// Why an action cannot be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadyError {
    /// It places orders and has no end.
    #[error("`{0}` places orders, so it needs a time after which it is void")]
    NeedsExpiry(&'static str),
    /// It cannot be signed.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// It cannot be written.
    #[error("the action cannot be written: {0}")]
    Write(String),
}

impl Ready {
    /// An action with an end, whatever it does. User-signed actions have no end: theirs is ignored.
    pub fn placing(
        key: &Key,
        network: Network,
        action: Action,
        nonce: u64,
        vault: Option<Address>,
        expires_after: u64,
    ) -> Result<Self, ReadyError> {
        let expires = (!action.is_user_signed()).then_some(expires_after);
        Self::of(seal(key, network, action, nonce, vault, expires)?)
    }

    /// An action without an end; refused when it places orders.
    pub fn lasting(
        key: &Key,
        network: Network,
        action: Action,
        nonce: u64,
        vault: Option<Address>,
    ) -> Result<Self, ReadyError> {
        if action.places_orders() {
            return Err(ReadyError::NeedsExpiry(action.kind()));
        }
        Self::of(seal(key, network, action, nonce, vault, None)?)
    }

    /// One that was signed before, as it was journalled for instance.
    pub fn of(envelope: Envelope) -> Result<Self, ReadyError> {
        if envelope.action.places_orders() && envelope.expires_after.is_none() {
            return Err(ReadyError::NeedsExpiry(envelope.action.kind()));
        }
        let body =
            serde_json::to_vec(&envelope).map_err(|error| ReadyError::Write(error.to_string()))?;
        Ok(Self { envelope, body })
    }

    /// What is sent, as a structure.
    pub fn envelope(&self) -> &Envelope {
        &self.envelope
    }

    /// What is sent, as bytes.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// Weight of the request in the budget of an IP address.
    pub fn weight(&self) -> u32 {
        1 + (self.envelope.action.items() / 40) as u32
    }

    /// Whether it can make a position larger: it places an order that is not reduce-only. Everything else must get through
    /// even when we are asked to be silent.
    pub fn may_add_risk(&self) -> bool {
        match &self.envelope.action {
            Action::Order { orders, .. } => orders.iter().any(|order| !order.r),
            Action::Modify { order, .. } => !order.r,
            Action::BatchModify { modifies, .. } => modifies.iter().any(|m| !m.order.r),
            Action::TwapOrder { twap } => !twap.r,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::action::Cancel;
    use crate::wire::{OrderWire, Side, Tif};
    use rust_decimal::Decimal;

    fn key() -> Key {
        Key::from_bytes(&[7; 32]).unwrap()
    }

    fn order(reduce_only: bool) -> Action {
        let buy = OrderWire::limit(0, Side::Buy, Decimal::from(100), Decimal::ONE, Tif::Ioc);
        Action::orders(vec![OrderWire {
            r: reduce_only,
            ..buy
        }])
    }

    #[test]
    fn what_places_orders_has_an_end() {
        let refused = Ready::lasting(&key(), Network::Local, order(false), 1, None).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "`order` places orders, so it needs a time after which it is void"
        );
        let ready = Ready::placing(&key(), Network::Local, order(false), 1, None, 5_000).unwrap();
        assert_eq!(ready.envelope().expires_after, Some(5_000));
        let read: Envelope = serde_json::from_slice(ready.body()).unwrap();
        assert_eq!(&read, ready.envelope());
        assert_eq!(Ready::of(read.clone()).unwrap(), ready);
        let endless = Envelope {
            expires_after: None,
            ..read
        };
        assert_eq!(Ready::of(endless), Err(ReadyError::NeedsExpiry("order")));
    }

    #[test]
    fn what_reduces_is_told_from_what_adds() {
        let of = |action| Ready::placing(&key(), Network::Local, action, 1, None, 5).unwrap();
        assert!(of(order(false)).may_add_risk());
        assert!(!of(order(true)).may_add_risk());
        let cancels = of(Action::cancel(vec![Cancel { a: 0, o: 1 }; 80]));
        assert!(!cancels.may_add_risk());
        assert_eq!(cancels.weight(), 3);
    }
}
