//! Answers to `/info` and `/exchange`, with the statuses and bodies of facts §1.

use super::Host;
use super::signed::{self, Rejected};
use crate::engine::Millis;
use serde_json::Value;
use sixbtc_exchange::client::HttpAnswer;
use sixbtc_exchange::wire::exchange::Response;
use sixbtc_exchange::wire::info::{CandleSpan, ExchangeStatus};
use sixbtc_exchange::wire::{Envelope, InfoRequest, Ordered};
use std::net::IpAddr;
use std::time::Duration;

/// What a malformed body is told.
pub(super) const UNREADABLE: &str = "Failed to deserialize the JSON body into the target type";
/// What is told when a minute's weight is used up.
pub(super) const TOO_MANY: &str = "Too many requests";
/// Intervals of candles.
pub(super) const INTERVALS: [&str; 14] = [
    "1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "8h", "12h", "1d", "3d", "1w", "1M",
];
/// Candles that one answer holds.
const CANDLES: usize = 5000;

fn text(status: u16, body: &str) -> HttpAnswer {
    HttpAnswer {
        status,
        content_type: Some("text/plain; charset=utf-8".to_owned()),
        retry_after: None,
        body: body.as_bytes().to_vec(),
    }
}

fn too_many(wait: Millis) -> HttpAnswer {
    let seconds = u64::try_from(wait.div_euclid(1000) + 1).unwrap_or(60);
    HttpAnswer {
        retry_after: Some(Duration::from_secs(seconds)),
        ..text(429, TOO_MANY)
    }
}

/// Why a question has no answer.
pub(super) enum NoAnswer {
    /// It is none.
    Unreadable,
    /// The address has asked too much; how long to wait, ms.
    TooMany(Millis),
    /// The real exchange fails at it.
    Fails,
}

impl Host {
    /// Answers a request that arrived now. Never panics, whatever the bytes.
    pub fn post(&mut self, now: Millis, ip: IpAddr, path: &str, body: &[u8]) -> HttpAnswer {
        self.post_behind(now, ip, path, body, None)
    }

    /// The same; questions about the state are answered as they would have been so many milliseconds ago, as far as that is
    /// remembered. The clock and candles are not behind.
    pub fn post_behind(
        &mut self,
        now: Millis,
        ip: IpAddr,
        path: &str,
        body: &[u8],
        behind: Option<Millis>,
    ) -> HttpAnswer {
        if body.len() > self.settings.body {
            return text(413, "length limit exceeded");
        }
        match path {
            "/info" => self.post_info(now, ip, body, behind),
            "/exchange" => self.post_exchange(now, ip, body),
            _ => text(404, "not found"),
        }
    }

    fn post_info(
        &mut self,
        now: Millis,
        ip: IpAddr,
        body: &[u8],
        behind: Option<Millis>,
    ) -> HttpAnswer {
        let Ok(request) = serde_json::from_slice::<InfoRequest>(body) else {
            return self.unreadable(ip);
        };
        match self.answer(now, ip, &request, behind) {
            Ok(answer) => HttpAnswer::json(200, answer.to_string()),
            Err(NoAnswer::Unreadable) => text(422, UNREADABLE),
            Err(NoAnswer::TooMany(wait)) => too_many(wait),
            Err(NoAnswer::Fails) => HttpAnswer::json(500, "null"),
        }
    }

    fn post_exchange(&mut self, now: Millis, ip: IpAddr, body: &[u8]) -> HttpAnswer {
        let Ok(envelope) = serde_json::from_slice::<Envelope<Ordered>>(body) else {
            return self.unreadable(ip);
        };
        match self.act(now, ip, &envelope) {
            Ok(response) => {
                // An answer is a tree of texts and numbers: it always has a JSON form.
                HttpAnswer::json(200, serde_json::to_vec(&response).unwrap_or_default())
            }
            Err(NoAnswer::TooMany(wait)) => too_many(wait),
            Err(NoAnswer::Unreadable | NoAnswer::Fails) => text(422, UNREADABLE),
        }
    }

    /// What is no request costs what the cheapest does.
    fn unreadable(&mut self, ip: IpAddr) -> HttpAnswer {
        match self.charge(ip, 1) {
            Ok(()) => text(422, UNREADABLE),
            Err(wait) => too_many(wait),
        }
    }

    /// Answers a question, for its weight.
    pub(super) fn answer(
        &mut self,
        now: Millis,
        ip: IpAddr,
        request: &InfoRequest,
        behind: Option<Millis>,
    ) -> Result<Value, NoAnswer> {
        self.charge(ip, request.weight())
            .map_err(NoAnswer::TooMany)?;
        let answer = match request {
            InfoRequest::CandleSnapshot { req } => self.candle_snapshot(now, req)?,
            // The engine's time is that of its last input; clients set their clocks by this.
            InfoRequest::ExchangeStatus => {
                let status = ExchangeStatus {
                    special_statuses: Value::Null,
                    time: self.time(now),
                };
                serde_json::to_value(status).unwrap_or_default()
            }
            other => {
                let exchange = match (behind, &mut self.past) {
                    (Some(ms), Some(past)) => past.until(now.saturating_sub(ms)),
                    _ => &self.exchange,
                };
                exchange.info(other).unwrap_or_default()
            }
        };
        if let (Some(rows), Value::Array(list)) = (request.rows_per_weight(), &answer) {
            let weight = u32::try_from(list.len()).unwrap_or(u32::MAX) / rows;
            let real = self.real();
            self.budgets.owe(&self.settings.limits, real, ip, weight);
        }
        Ok(answer)
    }

    fn candle_snapshot(&self, now: Millis, span: &CandleSpan) -> Result<Value, NoAnswer> {
        if !INTERVALS.contains(&span.interval.as_str()) {
            return Err(NoAnswer::Unreadable);
        }
        let Some(source) = &self.source else {
            return match self.exchange.asset(&span.coin) {
                Some(_) => Ok(Value::Array(Vec::new())),
                None => Err(NoAnswer::Fails),
            };
        };
        let now = self.played.min(now);
        let end = span.end_time.unwrap_or(now).min(now);
        let candles = source
            .candles(&span.coin, &span.interval, span.start_time, end, now)
            .ok_or(NoAnswer::Fails)?;
        let newest = candles.len().saturating_sub(CANDLES);
        Ok(serde_json::to_value(&candles[newest..]).unwrap_or_default())
    }

    /// Does what an envelope asks, if its signature is good, for its weight.
    pub(super) fn act(
        &mut self,
        now: Millis,
        ip: IpAddr,
        envelope: &Envelope<Ordered>,
    ) -> Result<Response, NoAnswer> {
        let action = signed::action_of(envelope);
        let items = action
            .as_ref()
            .map_or(0, sixbtc_exchange::wire::Action::items);
        let weight = 1 + u32::try_from(items / 40).unwrap_or(u32::MAX / 2);
        self.charge(ip, weight).map_err(NoAnswer::TooMany)?;
        let input = action.and_then(|action| signed::open(envelope, action, self.settings.network));
        match input {
            Ok(input) => {
                self.step_to(now);
                match self.input(now, input) {
                    Ok(Some(response)) => Ok(response),
                    // A request has an answer, and no error of an operator's input.
                    Ok(None) | Err(_) => Err(NoAnswer::Fails),
                }
            }
            Err(Rejected::Unreadable) => Err(NoAnswer::Unreadable),
            Err(Rejected::Refused(refusal)) => Ok(Response::refused(refusal)),
        }
    }

    /// Takes weight off the budget of an address; how long to wait when it has not that much, ms.
    fn charge(&mut self, ip: IpAddr, weight: u32) -> Result<(), Millis> {
        let real = self.real();
        self.budgets
            .request(&self.settings.limits, real, ip, weight)
    }
}
