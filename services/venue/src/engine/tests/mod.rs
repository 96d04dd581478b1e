//! Scenes on a hand-made market, each rule with figures worked out by hand.

mod accounts;
mod arithmetic;
mod errors;
mod hostile;
mod laws;
mod orders;
mod reads;
mod twap;

use super::*;
use rust_decimal::Decimal;
use sixbtc_exchange::wire::exchange::{CancelAnswer, Done, OrderAnswer, Response};
use sixbtc_exchange::wire::{
    Action, Address, Cloid, Grouping, OrderKind, OrderStatus, OrderWire, Side, Tif, Tpsl,
};

pub const T0: Millis = 1_700_006_400_000;
pub const ALICE: Address = Address([0xa1; 20]);
pub const BOB: Address = Address([0xb0; 20]);
pub const CAROL: Address = Address([0xca; 20]);

pub fn d(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// An exchange with BTC (0, three tiers' worth of rules), ETH (1) and X (2, 3x), and what is needed to talk to it.
pub struct Scene {
    pub ex: Exchange,
    pub now: Millis,
    nonce: u64,
    pub effects: Vec<Effect>,
}

impl Scene {
    pub fn new() -> Self {
        Self::with(Settings {
            mark_from_oracle: true,
            ..Settings::default()
        })
    }

    pub fn with(settings: Settings) -> Self {
        let mut ex = Exchange::new(settings, T0);
        ex.list(Instrument::new("BTC", 5, 40), d("50000")).unwrap();
        ex.list(Instrument::new("ETH", 4, 25), d("2000")).unwrap();
        ex.list(Instrument::new("X", 2, 3), d("100")).unwrap();
        let mut scene = Self {
            ex,
            now: T0,
            nonce: 0,
            effects: Vec::new(),
        };
        for user in [ALICE, BOB, CAROL] {
            scene.fund(user, "100000");
        }
        scene
    }

    pub fn fund(&mut self, user: Address, usdc: &str) {
        self.ex.deposit(self.now, user, d(usdc)).unwrap();
    }

    /// Asks as an account, or with an agent's key.
    pub fn ask(&mut self, signer: Address, action: &Action) -> Response {
        self.ask_for(signer, None, action)
    }

    pub fn ask_for(
        &mut self,
        signer: Address,
        vault: Option<Address>,
        action: &Action,
    ) -> Response {
        self.nonce += 1;
        let request = Request {
            signer,
            vault,
            nonce: self.now as u64 + self.nonce,
            expires_after: None,
            action,
        };
        let applied = self.ex.apply(self.now, &request);
        self.effects = applied.effects;
        self.check();
        applied.response
    }

    pub fn orders(
        &mut self,
        user: Address,
        orders: Vec<OrderWire>,
        grouping: Grouping,
    ) -> Vec<OrderAnswer> {
        match self.ask(user, &Action::grouped(orders, grouping)) {
            Response::Ok(Done::Order(done)) => done.statuses,
            other => panic!("{other:?}"),
        }
    }

    pub fn order(&mut self, user: Address, order: OrderWire) -> OrderAnswer {
        self.orders(user, vec![order], Grouping::Na).remove(0)
    }

    pub fn rest(&mut self, user: Address, order: OrderWire) -> u64 {
        match self.order(user, order) {
            OrderAnswer::Resting { oid, .. } => oid,
            other => panic!("{other:?}"),
        }
    }

    pub fn filled(&mut self, user: Address, order: OrderWire) -> (Decimal, Decimal) {
        match self.order(user, order) {
            OrderAnswer::Filled {
                total_sz, avg_px, ..
            } => (total_sz, avg_px),
            other => panic!("{other:?}"),
        }
    }

    pub fn error(&mut self, user: Address, order: OrderWire) -> String {
        match self.order(user, order) {
            OrderAnswer::Error(text) => text,
            other => panic!("{other:?}"),
        }
    }

    pub fn cancel(&mut self, user: Address, asset: Asset, oid: u64) -> CancelAnswer {
        let action = Action::cancel(vec![sixbtc_exchange::wire::action::Cancel {
            a: asset,
            o: oid,
        }]);
        match self.ask(user, &action) {
            Response::Ok(Done::Cancel(done)) => done.statuses[0].clone(),
            other => panic!("{other:?}"),
        }
    }

    pub fn leverage(&mut self, user: Address, asset: Asset, is_cross: bool, leverage: u32) {
        let action = Action::UpdateLeverage {
            asset,
            is_cross,
            leverage,
        };
        assert_eq!(self.ask(user, &action), Response::done());
    }

    /// House quotes `bid`/`ask` with that size on X.
    pub fn quote(&mut self, bid: &str, ask: &str, sz: &str) {
        self.effects = self
            .ex
            .set_liquidity(self.now, "X", &[(d(bid), d(sz))], &[(d(ask), d(sz))])
            .unwrap();
        self.check();
    }

    /// Oracle and mark of X.
    pub fn price(&mut self, px: &str) {
        self.price_of("X", px);
    }

    pub fn price_of(&mut self, coin: &str, px: &str) {
        let feed = Feed::Oracle {
            coin: coin.to_owned(),
            px: d(px),
        };
        self.effects = self.ex.feed(self.now, &[feed]).unwrap();
        self.check();
    }

    pub fn pass(&mut self, ms: Millis) {
        self.now += ms;
        self.effects = self.ex.advance(self.now);
        self.check();
    }

    pub fn szi(&self, user: Address, asset: Asset) -> Decimal {
        self.ex.account(user).unwrap().szi(asset)
    }

    pub fn cash(&self, user: Address) -> Decimal {
        self.ex.account(user).unwrap().cash
    }

    /// Newest state of an order.
    pub fn status(&self, user: Address, oid: u64) -> OrderStatus {
        let account = self.ex.account(user).unwrap();
        account
            .history
            .iter()
            .rfind(|row| row.order.oid == oid)
            .unwrap()
            .status
            .clone()
    }

    /// What must hold whatever happens.
    pub fn check(&self) {
        check_laws(&self.ex);
    }
}

/// Money is conserved, positions net to nothing, books are not crossed, orders are listed where they say.
pub fn check_laws(ex: &Exchange) {
    assert_eq!(ex.imbalance(), Decimal::ZERO, "money");
    for (i, market) in ex.markets().iter().enumerate() {
        let net: Decimal = ex
            .accounts()
            .map(|(_, account)| account.szi(i as Asset))
            .sum();
        assert_eq!(
            net,
            Decimal::ZERO,
            "net position of {}",
            market.instrument.name
        );
        let long: Decimal = ex
            .accounts()
            .map(|(_, account)| account.szi(i as Asset).max(Decimal::ZERO))
            .sum();
        assert_eq!(
            long, market.open_interest,
            "open interest of {}",
            market.instrument.name
        );
        assert!(
            market.book.is_uncrossed(),
            "book of {}",
            market.instrument.name
        );
    }
    for (oid, order) in &ex.orders {
        assert!(
            order.sz > Decimal::ZERO || order.is_whole_position(),
            "{order:?}"
        );
        assert!(order.sz <= order.orig_sz, "{order:?}");
        assert!(
            ex.account(order.user).unwrap().open.contains(oid),
            "{order:?}"
        );
        assert_ne!(order.place, Place::Incoming, "{order:?}");
    }
    let listed: usize = ex.accounts().map(|(_, account)| account.open.len()).sum();
    assert_eq!(listed, ex.orders.len());
    let booked = ex
        .orders
        .values()
        .filter(|order| order.place == Place::Book)
        .count();
    let queued: usize = ex
        .markets()
        .iter()
        .map(|m| m.book.oids(ident::Side::Buy).len() + m.book.oids(ident::Side::Sell).len())
        .sum();
    assert_eq!(booked, queued);
    assert!(ex.work == exchange::Work::default() && ex.effects.is_empty());
}

pub fn limit(asset: Asset, buy: bool, px: &str, sz: &str, tif: Tif) -> OrderWire {
    OrderWire::limit(asset, Side::of(buy), d(px), d(sz), tif)
}

/// On X.
pub fn buy(px: &str, sz: &str) -> OrderWire {
    limit(2, true, px, sz, Tif::Gtc)
}

/// On X.
pub fn sell(px: &str, sz: &str) -> OrderWire {
    limit(2, false, px, sz, Tif::Gtc)
}

pub fn tif(tif: Tif, order: OrderWire) -> OrderWire {
    OrderWire {
        t: OrderKind::Limit { tif },
        ..order
    }
}

pub fn reduce(order: OrderWire) -> OrderWire {
    order.reducing()
}

pub fn named(n: u8, order: OrderWire) -> OrderWire {
    order.named(Cloid([n; 16]))
}

/// A reduce-only market trigger on X with limit `px`.
pub fn trigger(buy: bool, trigger_px: &str, px: &str, sz: &str, tpsl: Tpsl) -> OrderWire {
    let t = OrderKind::Trigger {
        is_market: true,
        trigger_px: d(trigger_px),
        tpsl,
    };
    OrderWire::new(2, Side::of(buy), d(px), d(sz), t).reducing()
}

#[test]
fn the_state_survives_its_text() {
    let mut scene = Scene::new();
    scene.quote("99", "101", "1000");
    scene.rest(ALICE, named(1, buy("98", "10")));
    scene.filled(BOB, tif(Tif::Ioc, buy("101", "5")));
    scene.orders(
        BOB,
        vec![trigger(false, "90", "80", "0", Tpsl::Sl)],
        Grouping::PositionTpsl,
    );
    scene.pass(2 * HOUR);
    let text = serde_json::to_string(&scene.ex).unwrap();
    let back: Exchange = serde_json::from_str(&text).unwrap();
    assert_eq!(back, scene.ex);
    assert_eq!(back.state_hash(), scene.ex.state_hash());
    assert_eq!(scene.ex.state_hash().len(), 64);
    let before = scene.ex.state_hash();
    scene.pass(1);
    assert_ne!(scene.ex.state_hash(), before);
}

#[test]
fn a_log_of_inputs_gives_the_state_again() {
    let request = |signer, nonce, action| Input::Apply {
        signer,
        vault: None,
        nonce: T0 as u64 + nonce,
        expires_after: None,
        action,
    };
    let x = Instrument::new("X", 2, 3);
    let stop = Action::grouped(
        vec![trigger(false, "4.5", "4", "0", Tpsl::Sl)],
        Grouping::PositionTpsl,
    );
    let quotes = |bid: &str, ask: &str| Feed::Liquidity {
        coin: "X".into(),
        bids: vec![(d(bid), d("1000"))],
        asks: vec![(d(ask), d("1000"))],
    };
    let oracle = |px: &str| Feed::Oracle {
        coin: "X".into(),
        px: d(px),
    };
    let mut order = tif(Tif::Ioc, buy("5.1", "10"));
    order.a = 0;
    let mut stop = stop;
    if let Action::Order { orders, .. } = &mut stop {
        orders[0].a = 0;
    }
    let log = [
        (
            T0,
            Input::Settings {
                settings: Box::new(Settings {
                    mark_from_oracle: true,
                    ..Settings::default()
                }),
            },
        ),
        (
            T0,
            Input::List {
                instrument: x.clone(),
                oracle_px: d("5"),
            },
        ),
        (
            T0 + 1,
            Input::Deposit {
                user: ALICE,
                usdc: d("1000"),
            },
        ),
        (
            T0 + 2,
            Input::Feed {
                feeds: vec![quotes("4.9", "5.1")],
            },
        ),
        (T0 + 3, request(ALICE, 1, Action::orders(vec![order]))),
        (T0 + 4, request(ALICE, 2, stop)),
        (T0 + HOUR, Input::Advance),
        (
            T0 + HOUR + 1,
            Input::Feed {
                feeds: vec![oracle("4.4"), quotes("4.3", "4.5")],
            },
        ),
        (
            T0 + HOUR + 2,
            Input::PostOnly {
                until: Some(T0 + 2 * HOUR),
            },
        ),
        (
            T0 + HOUR + 3,
            Input::Instrument {
                instrument: Instrument {
                    max_leverage: 2,
                    ..x
                },
            },
        ),
        (T0 + HOUR + 4, Input::RevokeAgent { agent: BOB }),
        (T0 + HOUR + 5, Input::Delist { coin: "X".into() }),
    ];
    let mut direct = Exchange::new(Settings::default(), T0);
    let mut fills = 0;
    for (time, input) in &log {
        let outcome = direct.replay(*time, input).unwrap();
        fills += outcome
            .effects
            .iter()
            .filter(|effect| matches!(effect, Effect::Fill { .. }))
            .count();
    }
    assert_eq!(fills, 2, "entry and stop");
    let text = serde_json::to_string(&log).unwrap();
    let read: Vec<(Millis, Input)> = serde_json::from_str(&text).unwrap();
    assert_eq!(read, log);
    let mut again = Exchange::new(Settings::default(), T0);
    for (time, input) in &read {
        again.replay(*time, input).unwrap();
    }
    assert_eq!(again.state_hash(), direct.state_hash());
    let before = again.state_hash();
    let crossed = Input::Feed {
        feeds: vec![quotes("5", "4")],
    };
    assert!(again.replay(T0 + 3 * HOUR, &crossed).is_err());
    assert_eq!(
        again.state_hash(),
        before,
        "what is refused changes nothing"
    );
}
