//! From what changed to frames: events at once, states when their time has come (facts §7).

use super::session::Outgoing;
use super::topic::{Pace, Topic};
use super::{Host, SessionId, Source};
use crate::engine::{
    Asset, BACKSTOP, Effect, Exchange, FundingRow, HistoryRow, LedgerRow, Millis, Print,
};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use sixbtc_exchange::wire::ws::{
    AllMidsFrame, Bbo, CanceledOrder, ClearinghouseFrame, CtxFrame, Frame, FundingPaid,
    HistoricalOrdersFrame, LedgerFrame, Liquidation, Notification, OpenOrdersFrame, OrderUpdate,
    Subscription, UserEvent, UserFillsFrame, UserFundingsFrame, UserState, WebData3,
};
use sixbtc_exchange::wire::{Address, Oid, info};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Rows of a snapshot of money that moved.
const ROWS: usize = 500;
/// Levels of a book asked for as `fast`.
const FAST_LEVELS: usize = 5;

/// What happened to one account.
#[derive(Default)]
struct News {
    orders: Vec<HistoryRow>,
    fills: Vec<info::Fill>,
    fundings: Vec<FundingRow>,
    ledger: Vec<LedgerRow>,
    canceled: Vec<(Asset, Oid)>,
    liquidations: Vec<Liquidation>,
}

/// What happened.
#[derive(Default)]
struct Batch {
    coins: BTreeSet<String>,
    users: BTreeSet<Address>,
    news: BTreeMap<Address, News>,
    trades: BTreeMap<String, Vec<Print>>,
}

impl Batch {
    fn of(exchange: &Exchange, effects: Vec<Effect>) -> Self {
        let mut batch = Self::default();
        for effect in effects {
            let user = match &effect {
                Effect::Order { user, .. }
                | Effect::Fill { user, .. }
                | Effect::Funding { user, .. }
                | Effect::Ledger { user, .. }
                | Effect::NonUserCancel { user, .. }
                | Effect::Liquidated { user, .. }
                | Effect::Account(user) => Some(*user),
                Effect::Trade(_) | Effect::Book(_) | Effect::Prices(_) => None,
            };
            batch.users.extend(user);
            let news = user.map(|user| batch.news.entry(user).or_default());
            match (effect, news) {
                (Effect::Order { row, .. }, Some(news)) => news.orders.push(row),
                (Effect::Fill { fill, .. }, Some(news)) => {
                    news.fills.push(exchange.fill_row(&fill));
                }
                (Effect::Funding { row, .. }, Some(news)) => news.fundings.push(row),
                (Effect::Ledger { row, .. }, Some(news)) => news.ledger.push(row),
                (Effect::NonUserCancel { asset, oid, .. }, Some(news)) => {
                    news.canceled.push((asset, oid));
                }
                (
                    Effect::Liquidated {
                        user,
                        lid,
                        notional,
                        value,
                    },
                    Some(news),
                ) => news.liquidations.push(Liquidation {
                    lid,
                    liquidator: BACKSTOP.to_string(),
                    liquidated_user: user,
                    liquidated_ntl_pos: notional,
                    liquidated_account_value: value,
                }),
                (Effect::Trade(print), _) => {
                    let coin = exchange.coin(print.asset);
                    batch.coins.insert(coin.clone());
                    batch.trades.entry(coin).or_default().push(print);
                }
                (Effect::Book(asset) | Effect::Prices(asset), _) => {
                    batch.coins.insert(exchange.coin(asset));
                }
                _ => {}
            }
        }
        batch
    }
}

impl Host {
    /// Sends what happened, and notes which states may have changed.
    pub(super) fn tell(&mut self, effects: Vec<Effect>) {
        if self.topics.is_empty() || effects.is_empty() {
            return;
        }
        let batch = Batch::of(&self.exchange, effects);
        let mut sent = Vec::new();
        for topic in self.topics.values_mut() {
            if topic.concerns(&batch.coins, &batch.users) {
                topic.dirty = true;
            }
            for frame in events(&self.exchange, &topic.subscription, &batch) {
                sent.push((topic.sessions.clone(), outgoing(&frame)));
            }
        }
        for (sessions, frame) in sent {
            self.send_all(&sessions, &frame);
        }
    }

    /// Sends states whose time has come.
    pub(super) fn flush(&mut self, now: Millis) {
        if self.topics.is_empty() {
            return;
        }
        let settings = self.settings;
        let mut sent: Vec<(BTreeSet<SessionId>, Vec<Outgoing>)> = Vec::new();
        for topic in self.topics.values_mut() {
            let every = if topic.is_fast() {
                settings.fast_every_ms
            } else {
                settings.state_every_ms
            };
            let age = now.saturating_sub(topic.sent);
            let again = topic.pace() == Pace::Market && age >= settings.repeat_every_ms;
            if topic.pace() == Pace::Events || !(again || (topic.dirty && age >= every)) {
                continue;
            }
            topic.dirty = false;
            topic.sent = now;
            let frames = if matches!(topic.subscription, Subscription::Candle { .. }) {
                candles(topic, self.source.as_deref(), self.played, again)
            } else {
                state(&self.exchange, &topic.subscription)
                    .filter(|(_, core)| again || topic.last.as_ref() != Some(core))
                    .map(|(frame, core)| {
                        topic.last = Some(core);
                        outgoing(&frame)
                    })
                    .into_iter()
                    .collect()
            };
            if !frames.is_empty() {
                sent.push((topic.sessions.clone(), frames));
            }
        }
        for (sessions, frames) in sent {
            for frame in frames {
                self.send_all(&sessions, &frame);
            }
        }
    }

    /// Sends what a new subscriber sees first, where the real exchange sends something.
    pub(super) fn snapshot(&mut self, now: Millis, name: &str, session: SessionId) {
        let Some(topic) = self.topics.get_mut(name) else {
            return;
        };
        let frame = match &topic.subscription {
            Subscription::Candle { coin, interval } => {
                let at = self.played.min(now);
                let newest = self
                    .source
                    .as_ref()
                    .and_then(|source| source.candles(coin, interval, at, at, at)?.pop());
                if topic.candle.is_none() {
                    topic.candle.clone_from(&newest);
                }
                newest.map(Frame::Candle)
            }
            other => match state(&self.exchange, other) {
                Some((frame, core)) => {
                    // Who came before has seen it, or will be sent it because it is dirty.
                    if topic.sessions.len() == 1 {
                        topic.sent = now;
                        topic.last = Some(core);
                    }
                    Some(frame)
                }
                None => history(&self.exchange, other),
            },
        };
        if let Some(frame) = frame {
            self.send(session, &frame);
        }
    }

    fn send_all(&mut self, sessions: &BTreeSet<SessionId>, frame: &Outgoing) {
        for session in sessions {
            self.put(*session, frame.clone());
        }
    }
}

fn outgoing(frame: &Frame) -> Outgoing {
    Outgoing {
        channel: Cow::Owned(frame.channel().to_owned()),
        // A frame is a tree of texts and numbers: it always has a JSON form.
        text: serde_json::to_string(frame).unwrap_or_default().into(),
    }
}

/// Candles that changed since the last: those that closed meanwhile with their last numbers, then the running one.
fn candles(
    topic: &mut Topic,
    source: Option<&dyn Source>,
    played: Millis,
    again: bool,
) -> Vec<Outgoing> {
    let (Some(source), Subscription::Candle { coin, interval }) = (source, &topic.subscription)
    else {
        return Vec::new();
    };
    let from = topic.candle.as_ref().map_or(played, |last| last.t);
    let list = source
        .candles(coin, interval, from, played, played)
        .unwrap_or_default();
    let newest = list.last().cloned();
    let frames = list
        .into_iter()
        .filter(|candle| {
            topic.candle.as_ref() != Some(candle) || (again && newest.as_ref() == Some(candle))
        })
        .map(|candle| outgoing(&Frame::Candle(candle)))
        .collect();
    if newest.is_some() {
        topic.candle = newest;
    }
    frames
}

/// The state that a subscription follows, and the part of it that is compared; none when it follows events.
fn state(exchange: &Exchange, subscription: &Subscription) -> Option<(Frame, Arc<str>)> {
    use Subscription as S;
    let frame = match subscription {
        S::AllMids { .. } => Frame::AllMids(AllMidsFrame {
            mids: exchange.all_mids(),
            dex: None,
        }),
        S::L2Book {
            coin,
            n_sig_figs,
            mantissa,
            fast,
        } => {
            let mut book = exchange.l2_book(coin, *n_sig_figs, *mantissa)?;
            if *fast == Some(true) {
                book.levels
                    .iter_mut()
                    .for_each(|levels| levels.truncate(FAST_LEVELS));
            }
            Frame::L2Book(book)
        }
        S::Bbo { coin } => {
            let bbo = exchange.bbo(exchange.asset(coin)?);
            // The time alone is no change.
            let core = serde_json::to_string(&bbo).unwrap_or_default().into();
            let frame = Frame::Bbo(Bbo {
                coin: coin.clone(),
                time: exchange.now(),
                bbo,
            });
            return Some((frame, core));
        }
        S::ActiveAssetCtx { coin } => Frame::ActiveAssetCtx(CtxFrame {
            coin: coin.clone(),
            ctx: exchange.asset_ctx(exchange.asset(coin)?)?,
        }),
        S::ActiveAssetData { user, coin } => {
            Frame::ActiveAssetData(exchange.active_asset_data(*user, coin)?)
        }
        S::ClearinghouseState { user, .. } => Frame::ClearinghouseState(ClearinghouseFrame {
            dex: String::new(),
            user: *user,
            clearinghouse_state: exchange.clearinghouse_state(*user),
        }),
        S::OpenOrders { user, .. } => Frame::OpenOrders(OpenOrdersFrame {
            dex: String::new(),
            user: *user,
            orders: exchange.frontend_orders(*user),
        }),
        S::WebData2 { user } => Frame::WebData2(Box::new(exchange.web_data2(*user))),
        S::WebData3 { user } => Frame::WebData3(web_data3(exchange, *user)),
        _ => return None,
    };
    let core = serde_json::to_string(&frame).unwrap_or_default().into();
    Some((frame, core))
}

fn web_data3(exchange: &Exchange, user: Address) -> WebData3 {
    let data = exchange.web_data2(user);
    WebData3 {
        user_state: UserState {
            agent_address: data.agent_address,
            agent_valid_until: data.agent_valid_until,
            cum_ledger: data.cum_ledger,
            server_time: data.server_time,
            is_vault: data.is_vault,
            user,
            abstraction: Value::from("default"),
        },
        perp_dex_states: vec![json!({ "totalVaultEquity": "0.0", "leadingVaults": [] })],
    }
}

/// The snapshot of a list, which is marked as one; none for streams without.
fn history(exchange: &Exchange, subscription: &Subscription) -> Option<Frame> {
    use Subscription as S;
    Some(match subscription {
        S::Trades { coin } => Frame::Trades(exchange.recent_trades(coin)?),
        S::UserFills {
            user,
            aggregate_by_time,
        } => {
            let fills = exchange.user_fills(*user, *aggregate_by_time == Some(true));
            Frame::UserFills(UserFillsFrame::snapshot(*user, fills))
        }
        S::UserFundings { user } => {
            let rows = exchange.account(*user).map(|account| &account.funding);
            let rows = newest(rows.into_iter().flatten(), |row| paid(exchange, row));
            Frame::UserFundings(UserFundingsFrame::snapshot(*user, rows))
        }
        S::UserNonFundingLedgerUpdates { user } => {
            let rows = exchange.account(*user).map(|account| &account.ledger);
            let rows = newest(rows.into_iter().flatten(), |row| exchange.ledger_row(row));
            Frame::UserNonFundingLedgerUpdates(LedgerFrame::snapshot(*user, rows))
        }
        S::UserHistoricalOrders { user } => {
            let rows = exchange.historical_orders(*user);
            Frame::UserHistoricalOrders(HistoricalOrdersFrame::snapshot(*user, rows))
        }
        _ => return None,
    })
}

/// The newest rows, oldest first.
fn newest<'a, T: 'a, U>(
    rows: impl DoubleEndedIterator<Item = &'a T>,
    row: impl Fn(&T) -> U,
) -> Vec<U> {
    let mut rows: Vec<U> = rows.rev().take(ROWS).map(row).collect();
    rows.reverse();
    rows
}

fn paid(exchange: &Exchange, row: &FundingRow) -> FundingPaid {
    FundingPaid {
        time: row.time,
        coin: exchange.coin(row.asset),
        usdc: row.usdc,
        szi: row.szi,
        funding_rate: row.rate,
        n_samples: None,
    }
}

/// Frames that a subscriber is sent of what happened.
fn events(exchange: &Exchange, subscription: &Subscription, batch: &Batch) -> Vec<Frame> {
    use Subscription as S;
    if let S::Trades { coin } = subscription {
        let trades = batch.trades.get(coin).into_iter();
        return trades
            .map(|prints| {
                Frame::Trades(
                    prints
                        .iter()
                        .map(|print| exchange.trade_row(print))
                        .collect(),
                )
            })
            .collect();
    }
    let Some((user, news)) = subscription
        .user()
        .and_then(|user| Some((user, batch.news.get(&user)?)))
    else {
        return Vec::new();
    };
    match subscription {
        S::OrderUpdates { .. } => {
            let update = |row: &HistoryRow| OrderUpdate {
                order: exchange.open_row(&row.order),
                status: row.status.clone(),
                status_timestamp: row.time,
            };
            some(
                news.orders.iter().map(update).collect(),
                Frame::OrderUpdates,
            )
        }
        S::UserEvents { .. } => user_events(exchange, news),
        S::UserFills {
            aggregate_by_time, ..
        } => {
            let fills = if *aggregate_by_time == Some(true) {
                joined(&news.fills)
            } else {
                news.fills.clone()
            };
            some(fills, |fills| {
                Frame::UserFills(UserFillsFrame::news(user, fills))
            })
        }
        S::UserFundings { .. } => {
            let rows = news.fundings.iter().map(|row| paid(exchange, row));
            some(rows.collect(), |rows| {
                Frame::UserFundings(UserFundingsFrame::news(user, rows))
            })
        }
        S::UserNonFundingLedgerUpdates { .. } => {
            let rows = news.ledger.iter().map(|row| exchange.ledger_row(row));
            some(rows.collect(), |rows| {
                Frame::UserNonFundingLedgerUpdates(LedgerFrame::news(user, rows))
            })
        }
        S::UserHistoricalOrders { .. } => {
            let rows = news.orders.iter().map(|row| exchange.history_row(row));
            some(rows.collect(), |rows| {
                Frame::UserHistoricalOrders(HistoricalOrdersFrame::news(user, rows))
            })
        }
        S::Notification { .. } => {
            let words = |liquidation: &Liquidation| {
                let notional = liquidation.liquidated_ntl_pos.round_dp(2);
                Frame::Notification(Notification {
                    notification: format!("Liquidated: positions of {notional} USDC"),
                })
            };
            news.liquidations.iter().map(words).collect()
        }
        _ => Vec::new(),
    }
}

/// One frame of a list that is not empty.
fn some<T>(rows: Vec<T>, frame: impl FnOnce(Vec<T>) -> Frame) -> Vec<Frame> {
    if rows.is_empty() {
        Vec::new()
    } else {
        vec![frame(rows)]
    }
}

fn user_events(exchange: &Exchange, news: &News) -> Vec<Frame> {
    let fills = some(news.fills.clone(), |fills| {
        Frame::User(UserEvent::Fills(fills))
    });
    let fundings = news.fundings.iter();
    let fundings = fundings.map(|row| Frame::User(UserEvent::Funding(paid(exchange, row))));
    let liquidations = news.liquidations.iter();
    let liquidations = liquidations.map(|it| Frame::User(UserEvent::Liquidation(it.clone())));
    let canceled = news.canceled.iter().map(|(asset, oid)| CanceledOrder {
        coin: exchange.coin(*asset),
        oid: *oid,
    });
    let canceled = some(canceled.collect(), |canceled| {
        Frame::User(UserEvent::NonUserCancel(canceled))
    });
    fills
        .into_iter()
        .chain(fundings)
        .chain(liquidations)
        .chain(canceled)
        .collect()
}

/// Fills of one taking order at one time as one row.
fn joined(fills: &[info::Fill]) -> Vec<info::Fill> {
    let mut rows: Vec<(info::Fill, Decimal)> = Vec::new();
    for fill in fills {
        match rows.last_mut() {
            Some((row, notional))
                if row.oid == fill.oid && row.time == fill.time && row.crossed && fill.crossed =>
            {
                *notional += fill.px * fill.sz;
                row.sz += fill.sz;
                row.px = notional.checked_div(row.sz).unwrap_or(row.px).round_dp(8);
                row.closed_pnl += fill.closed_pnl;
                row.fee += fill.fee;
                row.builder_fee = row.builder_fee.zip(fill.builder_fee).map(|(a, b)| a + b);
            }
            _ => rows.push((fill.clone(), fill.px * fill.sz)),
        }
    }
    rows.into_iter().map(|(row, _)| row).collect()
}
