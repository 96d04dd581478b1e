//! EIP-712: structures as hashes. Only the few fixed ones that the exchange uses.

use super::{Hash, SignError, keccak};
use crate::wire::{Address, Ordered, digits};

const DOMAIN: &str =
    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)";
/// Chain that L1 actions are signed for, whatever the network.
const L1_CHAIN: u64 = 1337;

/// A number as EIP-712 holds it: 32 bytes, the highest first.
fn word(number: u64) -> Hash {
    let mut word = [0; 32];
    word[24..].copy_from_slice(&number.to_be_bytes());
    word
}

fn address_word(address: Address) -> Hash {
    let mut word = [0; 32];
    word[12..].copy_from_slice(address.as_bytes());
    word
}

fn text_word(text: &str) -> Hash {
    keccak(&[text.as_bytes()])
}

fn domain(name: &str, chain: u64) -> Hash {
    keccak(&[
        &text_word(DOMAIN),
        &text_word(name),
        &text_word("1"),
        &word(chain),
        &address_word(Address::ZERO),
    ])
}

fn digest(domain: &Hash, structure: &Hash) -> Hash {
    keccak(&[b"\x19\x01", domain, structure])
}

pub(super) fn agent_digest(source: &str, connection_id: &Hash) -> Hash {
    let structure = keccak(&[
        &text_word("Agent(string source,bytes32 connectionId)"),
        &text_word(source),
        connection_id,
    ]);
    digest(&domain("Exchange", L1_CHAIN), &structure)
}

/// How a member is signed.
#[derive(Clone, Copy)]
enum Field {
    Text,
    /// Text that may be missing, which is signed as an empty one.
    TextOrNone,
    Address,
    Uint64,
    Bool,
}

impl Field {
    fn solidity(self) -> &'static str {
        match self {
            Self::Text | Self::TextOrNone => "string",
            Self::Address => "address",
            Self::Uint64 => "uint64",
            Self::Bool => "bool",
        }
    }

    fn encode(self, action: &Ordered, member: &'static str) -> Result<Hash, SignError> {
        let value = action.get(member);
        let wrong = |want| SignError::Member { member, want };
        match self {
            Self::Text => Ok(text_word(
                value.and_then(Ordered::as_str).ok_or(wrong("a text"))?,
            )),
            Self::TextOrNone => match value {
                None | Some(Ordered::Null) => Ok(text_word("")),
                Some(value) => Ok(text_word(value.as_str().ok_or(wrong("a text"))?)),
            },
            Self::Address => {
                let text = value.and_then(Ordered::as_str).ok_or(wrong("an address"))?;
                Ok(address_word(text.parse()?))
            }
            Self::Uint64 => Ok(word(
                value
                    .and_then(Ordered::as_u64)
                    .ok_or(wrong("a whole number"))?,
            )),
            Self::Bool => match value {
                Some(Ordered::Bool(value)) => Ok(word(u64::from(*value))),
                _ => Err(wrong("true or false")),
            },
        }
    }
}

type Fields = &'static [(&'static str, Field)];

const CHAIN: (&str, Field) = ("hyperliquidChain", Field::Text);
const NONCE: (&str, Field) = ("nonce", Field::Uint64);
const USD_SEND: Fields = &[
    CHAIN,
    ("destination", Field::Text),
    ("amount", Field::Text),
    ("time", Field::Uint64),
];

/// Name of the structure and its members in signing order.
fn structure(kind: &str) -> Option<(&'static str, Fields)> {
    Some(match kind {
        "usdSend" => ("UsdSend", USD_SEND),
        "withdraw3" => ("Withdraw", USD_SEND),
        "spotSend" => (
            "SpotSend",
            &[
                CHAIN,
                ("destination", Field::Text),
                ("token", Field::Text),
                ("amount", Field::Text),
                ("time", Field::Uint64),
            ],
        ),
        "usdClassTransfer" => (
            "UsdClassTransfer",
            &[
                CHAIN,
                ("amount", Field::Text),
                ("toPerp", Field::Bool),
                NONCE,
            ],
        ),
        "sendAsset" => (
            "SendAsset",
            &[
                CHAIN,
                ("destination", Field::Text),
                ("sourceDex", Field::Text),
                ("destinationDex", Field::Text),
                ("token", Field::Text),
                ("amount", Field::Text),
                ("fromSubAccount", Field::Text),
                NONCE,
            ],
        ),
        "approveAgent" => (
            "ApproveAgent",
            &[
                CHAIN,
                ("agentAddress", Field::Address),
                ("agentName", Field::TextOrNone),
                NONCE,
            ],
        ),
        "approveBuilderFee" => (
            "ApproveBuilderFee",
            &[
                CHAIN,
                ("maxFeeRate", Field::Text),
                ("builder", Field::Address),
                NONCE,
            ],
        ),
        "userDexAbstraction" => (
            "UserDexAbstraction",
            &[
                CHAIN,
                ("user", Field::Address),
                ("enabled", Field::Bool),
                NONCE,
            ],
        ),
        "userSetAbstraction" => (
            "UserSetAbstraction",
            &[
                CHAIN,
                ("user", Field::Address),
                ("abstraction", Field::Text),
                NONCE,
            ],
        ),
        _ => return None,
    })
}

/// Whether an action of that type is signed field by field.
pub fn is_user_signed(kind: &str) -> bool {
    structure(kind).is_some()
}

/// What of a user-signed action is signed. The texts are taken as they stand: an address in another spelling is another text.
pub(super) fn user_digest(action: &Ordered) -> Result<Hash, SignError> {
    let text = |member, want| {
        let value = action.get(member).and_then(Ordered::as_str);
        value.ok_or(SignError::Member { member, want })
    };
    let kind = text("type", "a text")?;
    let (name, fields) =
        structure(kind).ok_or_else(|| SignError::NotUserSigned(kind.chars().take(40).collect()))?;
    let want = "the number of a chain, as 0x66eee";
    let chain = u64::from_str_radix(digits(text("signatureChainId", want)?), 16).map_err(|_| {
        SignError::Member {
            member: "signatureChainId",
            want,
        }
    })?;

    let members: Vec<String> = fields
        .iter()
        .map(|(member, field)| format!("{} {member}", field.solidity()))
        .collect();
    let signature = format!("HyperliquidTransaction:{name}({})", members.join(","));
    let mut encoded = text_word(&signature).to_vec();
    for (member, field) in fields {
        encoded.extend_from_slice(&field.encode(action, member)?);
    }
    let structure = keccak(&[&encoded]);
    Ok(digest(
        &domain("HyperliquidSignTransaction", chain),
        &structure,
    ))
}
