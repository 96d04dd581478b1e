//! One rule of a plan.

use crate::engine::Millis;
use crate::host::Loss;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How nothing comes back, as a plan names it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Silence {
    /// The connection is refused: the client knows that nothing left. An answer cannot be lost like this; it breaks off.
    NotConnected,
    /// Nothing, until the client gives up.
    #[default]
    TimedOut,
    /// The connection breaks.
    Broken,
}

impl Silence {
    pub(super) fn loss(self) -> Loss {
        match self {
            Self::NotConnected => Loss::NotConnected,
            Self::TimedOut => Loss::TimedOut,
            Self::Broken => Loss::Broken,
        }
    }

    pub(super) fn of_answer(self) -> Loss {
        match self {
            Self::NotConnected => Loss::Broken,
            other => other.loss(),
        }
    }
}

/// What goes wrong. All times in milliseconds; a range is drawn from for each message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "snake_case")]
pub enum Fault {
    /// A request never arrives.
    DropRequest {
        /// What the client hears.
        #[serde(default)]
        silence: Silence,
    },
    /// A request arrives later, behind others perhaps.
    DelayRequest {
        /// At least.
        low: Millis,
        /// At most.
        high: Millis,
    },
    /// A request arrives, and once more later.
    DuplicateRequest {
        /// At least.
        low: Millis,
        /// At most.
        high: Millis,
    },
    /// Something in front of the venue answers; the request never arrives.
    Answer {
        /// 429, 500, 502, 504, …
        status: u16,
        /// What it says; the usual words when empty.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        body: String,
        /// Seconds it asks to wait.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after: Option<u64>,
    },
    /// The venue refuses an action with a text and does nothing.
    Refuse {
        /// The text.
        text: String,
    },
    /// A question is answered from a state that was: a fresh order is unknown to it, a fill has not happened. The clock and
    /// candles are as they are.
    StaleRead {
        /// At least.
        low: Millis,
        /// At most.
        high: Millis,
    },
    /// Orders find only a share of what they ask for.
    Thin {
        /// Thousandths of the size.
        thousandths: u32,
    },
    /// The request was carried out, the answer is lost.
    DropAnswer {
        /// What the client hears.
        #[serde(default)]
        silence: Silence,
    },
    /// The answer comes later.
    DelayAnswer {
        /// At least.
        low: Millis,
        /// At most.
        high: Millis,
    },
    /// The request was carried out, and a status from in front of the venue stands in the answer's place.
    Status {
        /// 502, 504, …
        status: u16,
    },
    /// Only the first bytes of the answer arrive.
    TruncateAnswer {
        /// How many.
        bytes: usize,
    },
    /// A frame is lost: with a `channel`, that channel is withheld.
    DropFrame,
    /// All frames but answers to pings are lost: the connection looks alive.
    Mute,
    /// A frame comes later, behind others: reordered.
    DelayFrame {
        /// At least.
        low: Millis,
        /// At most.
        high: Millis,
    },
    /// A frame comes once more, much later perhaps: replayed.
    DuplicateFrame {
        /// At least.
        low: Millis,
        /// At most.
        high: Millis,
    },
    /// Only the first bytes of a frame arrive.
    TruncateFrame {
        /// How many.
        bytes: usize,
    },
    /// Each row of a frame comes as a frame of its own: a fill at a time. With a `delay_answer` of the orders, all of them are
    /// there before the answer is.
    SplitFrame {
        /// So long after the one before.
        #[serde(default, skip_serializing_if = "is_zero")]
        gap: Millis,
    },
    /// A snapshot of fills holds two rows more, of a position that was opened and closed long ago by orders that nobody knows.
    OldFills {
        /// So long ago.
        age: Millis,
    },
    /// Websockets end: once when the rule's time begins, and each time it begins again; with a chance below 1, before a frame.
    Close,
    /// New websockets are refused.
    RefuseOpen {
        /// 429, 503, …
        status: u16,
    },
    /// The venue's clock is wrong.
    Clock {
        /// By so much ahead; negative = behind.
        offset: Millis,
    },
    /// Prices stand still.
    Freeze,
    /// The venue is down, and comes back as it was.
    Down,
}

/// Which messages a rule is about; what is absent does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Which {
    /// `/info`, `/exchange` or `ws`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Kind of the request: `order`, `cancelByCloid`, `orderStatus`, ….
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// Channel of a frame.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// Text that the request or frame holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contains: Option<String>,
}

impl Which {
    /// Whether a request is meant.
    pub fn request(&self, path: &str, body: &[u8]) -> bool {
        let text = || String::from_utf8_lossy(body);
        self.channel.is_none()
            && self.path.as_deref().is_none_or(|wanted| wanted == path)
            && self
                .action
                .as_deref()
                .is_none_or(|wanted| kind(body).as_deref() == Some(wanted))
            && self
                .contains
                .as_deref()
                .is_none_or(|wanted| text().contains(wanted))
    }

    /// Whether a frame is meant.
    pub fn frame(&self, channel: &str, text: &str) -> bool {
        self.path.as_deref().is_none_or(|wanted| wanted == "ws")
            && self.action.is_none()
            && self
                .channel
                .as_deref()
                .is_none_or(|wanted| wanted == channel)
            && self
                .contains
                .as_deref()
                .is_none_or(|wanted| text.contains(wanted))
    }
}

/// The type of an action or question in a body, a post over a websocket included.
fn kind(body: &[u8]) -> Option<String> {
    let value: Value = serde_json::from_slice(body).ok()?;
    let places = [
        "/action/type",
        "/request/payload/action/type",
        "/request/payload/type",
        "/type",
        "/method",
    ];
    let found = places
        .iter()
        .find_map(|place| value.pointer(place)?.as_str());
    found.map(str::to_owned)
}

/// When a rule holds, in milliseconds since the plan began.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct When {
    /// From then on; 0 when absent.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub from: Millis,
    /// Until then, excluded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Millis>,
    /// It begins again and again after so long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<Millis>,
    /// Each time it holds for so long; all of `every` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lasting: Option<Millis>,
}

// serde hands a reference
#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_zero(ms: &Millis) -> bool {
    *ms == 0
}

impl When {
    /// The moment at which it last began to hold, if it holds at `at`; both since the plan began.
    pub fn began(&self, at: Millis) -> Option<Millis> {
        if at < self.from || self.until.is_some_and(|until| at >= until) {
            return None;
        }
        let began = match self.every {
            Some(every) if every > 0 => at - (at - self.from).rem_euclid(every),
            _ => self.from,
        };
        self.lasting
            .is_none_or(|lasting| at < began.saturating_add(lasting))
            .then_some(began)
    }
}

/// What goes wrong, with which messages, when, and how often.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// What.
    #[serde(flatten)]
    pub fault: Fault,
    /// With which messages.
    #[serde(flatten)]
    pub which: Which,
    /// When.
    #[serde(flatten)]
    pub when: When,
    /// How likely for each message, 0 to 1.
    #[serde(default = "always", skip_serializing_if = "is_always")]
    pub chance: f64,
    /// So many messages that it concerns are let through first.
    #[serde(default, skip_serializing_if = "is_none_skipped")]
    pub skip: u64,
    /// So often at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
}

fn always() -> f64 {
    1.0
}

// serde hands a reference
#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_always(chance: &f64) -> bool {
    *chance >= 1.0
}

// serde hands a reference
#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_none_skipped(skip: &u64) -> bool {
    *skip == 0
}

impl Rule {
    /// A rule for everything, always.
    pub fn new(fault: Fault) -> Self {
        Self {
            fault,
            which: Which::default(),
            when: When::default(),
            chance: 1.0,
            skip: 0,
            times: None,
        }
    }

    /// What is wrong with its numbers, if anything is.
    pub fn complaint(&self) -> Option<&'static str> {
        let span = match &self.fault {
            Fault::DelayRequest { low, high }
            | Fault::StaleRead { low, high }
            | Fault::DuplicateRequest { low, high }
            | Fault::DelayAnswer { low, high }
            | Fault::DelayFrame { low, high }
            | Fault::DuplicateFrame { low, high } => Some((*low, *high)),
            _ => None,
        };
        let status = match &self.fault {
            Fault::Answer { status, .. }
            | Fault::Status { status }
            | Fault::RefuseOpen { status } => Some(*status),
            _ => None,
        };
        let after = match &self.fault {
            Fault::SplitFrame { gap } => *gap,
            Fault::OldFills { age } => *age,
            _ => 0,
        };
        if !(0.0..=1.0).contains(&self.chance) {
            Some("a chance lies between 0 and 1")
        } else if span.is_some_and(|(low, high)| low < 0 || high < low) {
            Some("a delay has 0 ≤ low ≤ high")
        } else if status.is_some_and(|status| !(400..=599).contains(&status)) {
            Some("a status of failure lies between 400 and 599")
        } else if matches!(self.fault, Fault::Thin { thousandths } if thousandths > 1000) {
            Some("a share has at most 1000 thousandths")
        } else if after < 0
            || self.when.from < 0
            || self.when.every.is_some_and(|every| every <= 0)
            || self.when.lasting.is_some_and(|lasting| lasting <= 0)
        {
            Some("times are not negative, and what recurs or lasts takes time")
        } else {
            None
        }
    }
}
