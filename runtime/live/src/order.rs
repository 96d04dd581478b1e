//! One order's life, from the plan to the last of its fills.
//!
//! What an exchange says arrives late, twice, in any order or not at all. So an order only ever learns: what ended stays
//! ended unless it is proved otherwise, fills are counted by their own numbers, and an order is settled only when it has
//! ended *and* everything that is said to have filled has been seen.

use crate::ident::Cloid;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// What an order is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Role {
    /// Opens a lot.
    Enter {
        /// Index into the plan's entries.
        entry: u16,
        /// End of the bar on whose close it was decided, ms.
        decided: i64,
    },
    /// Protects what an entry has filled so far, before there is a lot.
    Guard {
        /// The entry.
        of: Cloid,
    },
    /// Stop of a lot.
    Protect {
        /// Which.
        lot: u32,
    },
    /// Target of a lot, or of a part.
    Take {
        /// Which.
        lot: u32,
    },
    /// Closes a lot now.
    Leave {
        /// Which.
        lot: u32,
    },
    /// Closes what belongs to no lot, when everything is to be closed.
    Clear,
}

impl Role {
    /// The lot it makes smaller.
    pub fn lot(self) -> Option<u32> {
        match self {
            Self::Protect { lot } | Self::Take { lot } | Self::Leave { lot } => Some(lot),
            Self::Enter { .. } | Self::Guard { .. } | Self::Clear => None,
        }
    }

    /// Whether it is a stop.
    pub(crate) fn protects(self) -> bool {
        matches!(self, Self::Guard { .. } | Self::Protect { .. })
    }

    /// What for, in a word.
    pub(crate) fn kind(self) -> &'static str {
        match self {
            Self::Enter { .. } => "entry",
            Self::Guard { .. } | Self::Protect { .. } => "stop",
            Self::Take { .. } => "target",
            Self::Leave { .. } => "exit",
            Self::Clear => "closing all",
        }
    }

    /// Its part of the order's name.
    pub(crate) fn key(self) -> String {
        match self {
            Self::Enter { entry, decided } => format!("enter/{entry}/{decided}"),
            Self::Guard { of } => format!("guard/{of}"),
            Self::Protect { lot } => format!("protect/{lot}"),
            Self::Take { lot } => format!("take/{lot}"),
            Self::Leave { lot } => format!("leave/{lot}"),
            Self::Clear => "clear".to_owned(),
        }
    }
}

/// How an order reaches the market.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// Fills at once what it can within a limit, and is gone.
    Now {
        /// Worst price.
        #[serde(with = "crate::exact")]
        limit: Decimal,
    },
    /// Rests at a price.
    Rest {
        /// The price.
        #[serde(with = "crate::exact")]
        limit: Decimal,
    },
    /// Waits for a price, then as [`Kind::Now`].
    Stop {
        /// The price it waits for.
        #[serde(with = "crate::exact")]
        trigger: Decimal,
        /// Worst price after that.
        #[serde(with = "crate::exact")]
        limit: Decimal,
    },
}

impl Kind {
    /// The price that makes it the order it is: what it waits for, else its limit.
    pub fn price(self) -> Decimal {
        match self {
            Self::Now { limit } | Self::Rest { limit } => limit,
            Self::Stop { trigger, .. } => trigger,
        }
    }
}

/// Why a lot was closed, as far as the exchange or a person had a say in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Why {
    /// A stop.
    Stop,
    /// A trailing stop.
    Trail,
    /// A target.
    Target,
    /// An exit of the plan.
    Signal,
    /// After so many bars.
    Time,
    /// At the end of a session.
    Session,
    /// For an entry to the other side.
    Reverse,
    /// A portfolio holds less of it.
    Rebalance,
    /// The exchange took it: the margin ran out, or it was set against another account.
    Liquidation,
    /// Somebody else closed it.
    External,
    /// An emergency stop or the operator closed it.
    Forced,
}

/// An order as it was decided. Everything that is sent of it stands here, written before it is sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Its name.
    pub cloid: Cloid,
    /// How many-th order of the desk it is, from 0.
    pub serial: u64,
    /// Index into the desk's symbols.
    pub symbol: usize,
    /// What for.
    pub role: Role,
    /// Whether it buys.
    pub buys: bool,
    /// Units, a multiple of the lot.
    #[serde(with = "crate::exact")]
    pub size: Decimal,
    /// The engine's own number of units, which a whole fill gives back to it.
    pub asked: f64,
    /// How.
    pub kind: Kind,
    /// The engine's price, before rounding: what a fill is compared with.
    pub due: f64,
    /// Whether it may only make a position smaller.
    pub reduces: bool,
    /// Of one that rests: whether it may only rest (an exchange that has just been restarted takes nothing else).
    #[serde(default)]
    pub post_only: bool,
    /// What its fill is called, when it closes.
    pub why: Option<Why>,
    /// Of an entry: where its stop is to stand.
    pub stop: Option<f64>,
    /// When it was decided, ms.
    pub planned: i64,
    /// From when on the exchange refuses to take it, ms.
    pub expires: i64,
}

/// How an order ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Done {
    /// It surely never reached the exchange.
    NotSent,
    /// The exchange did not take it.
    Refused(String),
    /// All of it filled.
    Filled,
    /// Cancelled, by whomever; a part may have filled before.
    Ended(String),
}

/// Where an order stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Life {
    /// Written down. Whether it was sent is not known from here.
    Planned,
    /// The exchange has it, but it is not at work before another one fills.
    Waiting,
    /// At work.
    Open,
    /// Over.
    Done(Done),
}

/// What the exchange said of an order, or the way to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Told {
    /// It surely never reached the exchange.
    NotSent,
    /// It was refused.
    Refused(String),
    /// It waits for another one.
    Waiting,
    /// It is at work, or was triggered.
    Open,
    /// So much of it filled, at once; all of it without a number.
    #[serde(with = "crate::exact::option")]
    Filled(Option<Decimal>),
    /// It was cancelled; so much had filled, if that was said.
    Ended {
        /// As the exchange calls it.
        why: String,
        /// Units.
        #[serde(with = "crate::exact::option")]
        filled: Option<Decimal>,
    },
}

/// A fill, as the exchange tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fill {
    /// Its number: the same number is the same fill.
    pub tid: u64,
    /// The exchange's number of the order.
    pub oid: u64,
    /// Our name of the order.
    pub cloid: Option<Cloid>,
    /// Index into the desk's symbols.
    pub symbol: usize,
    /// Whether it bought.
    pub buys: bool,
    /// Units, above 0.
    #[serde(with = "crate::exact")]
    pub size: Decimal,
    /// Price.
    #[serde(with = "crate::exact")]
    pub price: Decimal,
    /// Fee in quote currency; below 0 when it was given.
    #[serde(with = "crate::exact")]
    pub fee: Decimal,
    /// When, ms.
    pub time: i64,
    /// Whether the exchange took the position from us.
    pub liquidates: bool,
}

/// An order and what is known of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
// each says something of its own that may hold beside the others
#[allow(clippy::struct_excessive_bools)]
pub struct Order {
    /// As decided.
    pub plan: Plan,
    /// Where it stands.
    pub life: Life,
    /// The exchange's number.
    pub oid: Option<u64>,
    /// Units filled, by fills seen.
    #[serde(with = "crate::exact")]
    pub filled: Decimal,
    /// Σ price × units of them.
    #[serde(with = "crate::exact")]
    pub paid: Decimal,
    /// Σ fees of them.
    #[serde(with = "crate::exact")]
    pub fee: Decimal,
    /// Time of the last of them, ms.
    pub last_fill: i64,
    /// Units that are said to have filled, once it is over and that is known.
    #[serde(with = "crate::exact::option")]
    pub said: Option<Decimal>,
    /// Units that have been handed to the engine.
    #[serde(with = "crate::exact")]
    pub booked: Decimal,
    /// Σ price × units of those.
    #[serde(with = "crate::exact")]
    pub booked_paid: Decimal,
    /// Σ fees of those.
    #[serde(with = "crate::exact")]
    pub booked_fee: Decimal,
    /// Whether it was sent together with the entry it protects, at the levels of the price that was expected.
    pub first: bool,
    /// Whether its cancellation was asked for.
    pub cancelled: bool,
    /// Whether it was cancelled to be placed anew.
    pub replaced: bool,
    /// Of an entry: whether it came to nothing and that has been dealt with.
    pub dropped: bool,
    /// Time of the latest news by the exchange's clock, ms.
    pub stamp: i64,
    /// When it last changed by our clock, ms.
    pub changed: i64,
}

impl Order {
    /// An order that has been written down.
    pub fn new(plan: Plan) -> Self {
        Self {
            life: Life::Planned,
            oid: None,
            filled: Decimal::ZERO,
            paid: Decimal::ZERO,
            fee: Decimal::ZERO,
            last_fill: 0,
            said: None,
            booked: Decimal::ZERO,
            booked_paid: Decimal::ZERO,
            booked_fee: Decimal::ZERO,
            first: matches!(plan.role, Role::Guard { .. }),
            cancelled: false,
            replaced: false,
            dropped: false,
            stamp: 0,
            changed: plan.planned,
            plan,
        }
    }

    /// Units not filled yet.
    pub fn left(&self) -> Decimal {
        (self.plan.size - self.filled).max(Decimal::ZERO)
    }

    /// Whether it may still fill.
    pub fn alive(&self) -> bool {
        !matches!(self.life, Life::Done(_))
    }

    /// Whether it is over and every fill it is said to have had has been seen.
    pub fn settled(&self) -> bool {
        !self.alive() && self.said.is_some_and(|said| self.filled >= said)
    }

    /// Whether it is over and only a look at all fills can say how much of it filled: what may only make a position smaller is
    /// cut to the position when it fills, and called filled all the same.
    pub fn uncounted(&self) -> bool {
        self.plan.reduces && !self.alive() && self.said.is_none()
    }

    /// All fills up to now have been seen: what it has is what it got.
    pub(crate) fn count(&mut self) {
        if self.uncounted() {
            self.said = Some(self.filled);
        }
    }

    /// Whether nothing is left to be done about it.
    pub fn over(&self) -> bool {
        let entry = matches!(self.plan.role, Role::Enter { .. });
        self.settled()
            && self.booked == self.filled
            && (self.dropped || !entry || !self.filled.is_zero())
    }

    /// Average price of its fills.
    pub fn average(&self) -> Option<Decimal> {
        self.paid.checked_div(self.filled)
    }

    /// Whether [`Order::tell`] would change anything.
    pub fn is_news(&self, told: &Told, stamp: i64, proof: bool) -> bool {
        let mut after = self.clone();
        after.tell(told, stamp, proof, self.changed);
        // a time alone is no news
        (after.life, after.said) != (self.life.clone(), self.said)
    }

    /// Takes what was said. `stamp` is the exchange's time of it; `proof` says that it is the answer to a question that was
    /// asked after the last change, so that it holds against what ended.
    pub fn tell(&mut self, told: &Told, stamp: i64, proof: bool, now: i64) {
        let size = self.plan.size;
        let more = |filled: Option<Decimal>, said: Option<Decimal>| match (filled, said) {
            (Some(a), Some(b)) => Some(a.max(b)),
            (a, b) => a.or(b),
        };
        let before = self.life.clone();
        match (&before, told) {
            (Life::Done(Done::Filled), Told::Filled(Some(part))) if self.uncounted() => {
                self.said = Some(*part);
            }
            (Life::Done(Done::Filled), _) => {}
            // how much it was cut to stands in the answer, if that was heard
            (Life::Done(Done::Ended(_)), Told::Filled(None))
                if self.plan.reduces && self.said.is_some_and(|s| !s.is_zero()) => {}
            (_, Told::Filled(None)) if self.plan.reduces => {
                self.life = Life::Done(Done::Filled);
                self.said = (self.filled >= size).then_some(size);
            }
            (_, Told::Filled(None)) => {
                self.life = Life::Done(Done::Filled);
                self.said = Some(size);
            }
            (_, Told::Filled(Some(part))) if *part >= size => {
                self.life = Life::Done(Done::Filled);
                self.said = Some(size);
            }
            (Life::Done(_), Told::Filled(part)) => self.said = more(*part, self.said),
            (_, Told::Filled(part)) => match self.plan.kind {
                // the rest of it is gone
                Kind::Now { .. } => {
                    self.life = Life::Done(Done::Ended("partly filled".to_owned()));
                    self.said = *part;
                }
                Kind::Rest { .. } | Kind::Stop { .. } => self.life = Life::Open,
            },
            (Life::Done(Done::Ended(_)), Told::Ended { filled, .. }) if self.plan.reduces => {
                self.said = self.said.or(self.least(*filled));
            }
            (Life::Done(Done::Ended(_)), Told::Ended { filled, .. }) => {
                self.said = more(*filled, self.said);
            }
            (_, Told::Ended { why, filled }) if self.alive() || proof => {
                self.life = Life::Done(Done::Ended(why.clone()));
                self.said = if self.plan.reduces {
                    self.least(*filled)
                } else {
                    filled.map(|f| f.max(self.filled))
                };
            }
            (Life::Done(_), Told::Open) if proof => {
                self.life = Life::Open;
                self.said = None;
            }
            (Life::Done(_), _) => {}
            (_, Told::NotSent) => self.none(Done::NotSent),
            (_, Told::Refused(text)) => self.none(Done::Refused(text.clone())),
            (Life::Planned, Told::Waiting) => self.life = Life::Waiting,
            (Life::Planned | Life::Waiting, Told::Open) => self.life = Life::Open,
            (Life::Open, Told::Waiting) if proof => self.life = Life::Waiting,
            (_, Told::Open | Told::Waiting | Told::Ended { .. }) => {}
        }
        self.stamp = self.stamp.max(stamp);
        if self.life != before {
            self.changed = now;
        }
    }

    /// Of one that was cut: more is said to have filled than did, never less.
    fn least(&self, said: Option<Decimal>) -> Option<Decimal> {
        said.filter(|said| *said <= self.filled)
            .map(|_| self.filled)
    }

    fn none(&mut self, done: Done) {
        self.life = Life::Done(done);
        self.said = Some(self.filled);
    }

    /// Takes a fill that has not been seen before. Units beyond its size: they are nobody's.
    pub fn fill(&mut self, fill: &Fill, now: i64) -> Decimal {
        self.filled += fill.size;
        self.paid += fill.size * fill.price;
        self.fee += fill.fee;
        self.last_fill = self.last_fill.max(fill.time);
        self.oid = Some(fill.oid);
        self.changed = now;
        if self.filled >= self.plan.size {
            self.life = Life::Done(Done::Filled);
            self.said = Some(self.plan.size);
        } else if matches!(self.life, Life::Planned | Life::Waiting) {
            // what fills is at work; an order that fills at once waits for the answer, which says what became of the rest
            if !matches!(self.plan.kind, Kind::Now { .. }) {
                self.life = Life::Open;
            }
        }
        (self.filled - self.plan.size).max(Decimal::ZERO)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ident::cloid;
    use proptest::prelude::*;

    fn order(kind: Kind) -> Order {
        reducing(kind, false)
    }

    fn reducing(kind: Kind, reduces: bool) -> Order {
        Order::new(Plan {
            cloid: cloid("s", "x", 0),
            serial: 0,
            symbol: 0,
            role: Role::Protect { lot: 1 },
            buys: true,
            size: Decimal::TEN,
            asked: 10.0,
            kind,
            due: 100.0,
            reduces,
            post_only: false,
            why: None,
            stop: None,
            planned: 0,
            expires: 5_000,
        })
    }

    fn now() -> Order {
        order(Kind::Now {
            limit: Decimal::ONE_HUNDRED,
        })
    }

    fn rests() -> Order {
        order(Kind::Rest {
            limit: Decimal::ONE_HUNDRED,
        })
    }

    fn part(tid: u64, size: i64) -> Fill {
        Fill {
            tid,
            oid: 7,
            cloid: None,
            symbol: 0,
            buys: true,
            size: size.into(),
            price: Decimal::ONE_HUNDRED,
            fee: Decimal::ONE,
            time: 9,
            liquidates: false,
        }
    }

    fn ended(filled: Option<i64>) -> Told {
        Told::Ended {
            why: "canceled".to_owned(),
            filled: filled.map(Decimal::from),
        }
    }

    #[test]
    fn filled_is_not_done() {
        let mut o = rests();
        o.tell(&Told::Filled(Some(3.into())), 1, false, 1);
        assert_eq!((o.life.clone(), o.settled()), (Life::Open, false));
        o.fill(&part(1, 3), 2);
        assert!(o.alive());
        o.tell(&ended(Some(3)), 3, false, 3);
        assert!(o.settled());
    }

    #[test]
    fn an_order_that_fills_at_once_is_settled_when_its_fills_are_seen() {
        let mut o = now();
        o.tell(&Told::Filled(Some(4.into())), 1, false, 1);
        assert!(!o.alive() && !o.settled());
        o.fill(&part(1, 3), 2);
        assert!(!o.settled());
        o.fill(&part(2, 1), 2);
        assert!(o.settled());
        assert_eq!(o.average(), Some(Decimal::ONE_HUNDRED));
    }

    #[test]
    fn a_fill_may_come_before_the_answer() {
        let mut o = now();
        o.fill(&part(1, 4), 1);
        assert!(o.alive());
        o.tell(&Told::Filled(Some(4.into())), 1, false, 1);
        assert!(o.settled());
        let mut o = rests();
        o.fill(&part(1, 4), 1);
        assert_eq!(o.life, Life::Open);
        assert_eq!(o.left(), 6.into());
    }

    #[test]
    fn what_ended_stays_ended_unless_it_is_proved() {
        let mut o = rests();
        o.tell(&Told::Refused("no".to_owned()), 1, false, 1);
        o.tell(&Told::Open, 2, false, 2);
        assert!(o.settled());
        o.tell(&Told::Open, 3, true, 3);
        assert_eq!((o.life.clone(), o.said), (Life::Open, None));
        o.tell(&Told::Filled(None), 4, false, 4);
        assert!(!o.settled() && !o.alive());
        o.tell(&Told::Open, 5, true, 5);
        assert!(!o.alive(), "what filled never opens again");
    }

    #[test]
    fn a_cancel_that_does_not_say_how_much_filled_settles_nothing() {
        let mut o = rests();
        o.tell(&ended(None), 1, false, 1);
        assert!(!o.alive() && !o.settled());
        o.tell(&ended(Some(2)), 2, false, 2);
        assert!(!o.settled());
        o.fill(&part(1, 2), 3);
        assert!(o.settled());
    }

    #[test]
    fn said_to_have_failed_and_filled_after_all() {
        let mut o = now();
        o.tell(&Told::NotSent, 1, false, 1);
        assert!(o.settled());
        o.tell(&Told::Filled(None), 2, false, 2);
        assert!(!o.settled(), "its fills are to be looked for");
        assert_eq!(o.fill(&part(1, 10), 3), Decimal::ZERO);
        assert_eq!(o.fill(&part(2, 1), 3), Decimal::ONE, "one too many");
    }

    #[test]
    fn what_was_cut_to_the_position_is_settled_by_a_count() {
        let stop = Kind::Stop {
            trigger: 90.into(),
            limit: 80.into(),
        };
        let mut o = reducing(stop, true);
        o.tell(&Told::Open, 1, false, 1);
        o.tell(&Told::Filled(None), 2, false, 2);
        o.fill(&part(1, 5), 3);
        assert!(o.uncounted() && !o.settled() && !o.alive());
        o.count();
        assert!(o.settled());
        // an answer says how much; what is said later without a number says no more
        let mut o = reducing(now().plan.kind, true);
        o.tell(&Told::Filled(Some(5.into())), 1, false, 1);
        o.tell(&Told::Filled(None), 2, false, 2);
        o.fill(&part(1, 5), 3);
        assert!(o.settled());
        // and the other way round
        let mut o = reducing(now().plan.kind, true);
        o.tell(&Told::Filled(None), 1, false, 1);
        o.tell(&Told::Filled(Some(5.into())), 2, false, 2);
        o.fill(&part(1, 5), 3);
        assert!(o.settled());
        // 10 asked for and 8 left: cut to 5 of which 1 filled, it is said to have filled 2
        let mut o = reducing(stop, true);
        o.tell(&Told::Open, 1, false, 1);
        o.fill(&part(1, 1), 2);
        o.tell(&ended(Some(2)), 3, false, 3);
        assert!(o.uncounted());
        o.count();
        assert!(o.settled());
        let mut o = reducing(stop, true);
        o.tell(&ended(Some(0)), 3, false, 3);
        assert!(o.settled(), "nothing is nothing");
    }

    #[test]
    fn a_waiting_child_comes_to_life() {
        let mut o = order(Kind::Stop {
            trigger: 90.into(),
            limit: 80.into(),
        });
        o.tell(&Told::Waiting, 1, false, 1);
        assert_eq!(o.life, Life::Waiting);
        o.tell(&Told::Open, 2, false, 2);
        o.tell(&Told::Waiting, 1, false, 3);
        assert_eq!(o.life, Life::Open);
    }

    fn told() -> impl Strategy<Value = Told> {
        prop_oneof![
            Just(Told::Waiting),
            Just(Told::Open),
            Just(Told::Filled(None)),
            (1i64..10).prop_map(|n| Told::Filled(Some(n.into()))),
            Just(ended(None)),
            (0i64..10).prop_map(|n| ended(Some(n))),
            Just(Told::Refused("no".to_owned())),
            Just(Told::NotSent),
        ]
    }

    enum News {
        Told(Told),
        Fill(Fill),
    }

    proptest! {
        #[test]
        fn the_same_news_twice_is_news_once(news in proptest::collection::vec(told(), 0..12), at_once: bool) {
            let mut o = if at_once { now() } else { rests() };
            for (i, told) in news.iter().enumerate() {
                o.tell(told, i as i64, false, 1);
                let once = o.clone();
                prop_assert!(!o.is_news(told, i as i64, false));
                o.tell(told, i as i64, false, 1);
                prop_assert_eq!(&once, &o);
            }
        }

        #[test]
        fn what_is_over_is_not_reopened_by_shuffled_frames(news in proptest::collection::vec(told(), 0..12)) {
            let mut o = rests();
            let mut over = false;
            for told in &news {
                o.tell(told, 0, false, 1);
                prop_assert!(!(over && o.alive()));
                over = !o.alive();
                if o.settled() {
                    prop_assert!(o.said.is_some_and(|s| s <= o.filled));
                }
            }
        }

        /// What really happened to an order, said in any order and more than once, ends in the same.
        #[test]
        fn a_true_story_in_any_order_ends_the_same(
            fills in proptest::collection::vec(1i64..4, 0..4),
            shuffle in Just((0..24usize).collect::<Vec<_>>()).prop_shuffle(),
        ) {
            let total: i64 = fills.iter().sum();
            prop_assume!(total <= 10);
            let mut story = vec![News::Told(Told::Open), News::Told(Told::Open)];
            for (i, size) in fills.iter().enumerate() {
                story.push(News::Fill(part(i as u64, *size)));
            }
            let last = if total == 10 { Told::Filled(None) } else { ended(Some(total)) };
            story.push(News::Told(last.clone()));
            story.push(News::Told(last));
            let mut o = rests();
            for i in shuffle.into_iter().filter(|i| *i < story.len()) {
                match &story[i] {
                    News::Told(told) => o.tell(told, i as i64, false, 1),
                    News::Fill(fill) => { o.fill(fill, 1); }
                }
            }
            prop_assert!(o.settled());
            prop_assert_eq!(o.filled, Decimal::from(total));
        }
    }
}
