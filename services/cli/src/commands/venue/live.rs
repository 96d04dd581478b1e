//! A venue that mirrors a real market, a minute late.

use super::super::fetch::exchange;
use super::super::store::waited;
use super::{failure, player, settings, stop_on_signal, tell};
use crate::args::{ExchangeArg, Format, VenueArgs};
use crate::failure::Failure;
use sixbtc_market::Timeframe;
use sixbtc_venue::engine::Millis;
use sixbtc_venue::host::Source;
use sixbtc_venue::market::mirror::{Mirror, Mirrored, closed, follow};
use sixbtc_venue::market::{CoinSeries, Player, PlayerSettings};
use sixbtc_venue::server::{Clock, SourceOf, serve};
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// The bars that are played.
const BARS: Timeframe = Timeframe::M1;
/// What is read of the past at the start: candles are served from it.
const PAST: Millis = 2 * 86_400_000;
/// How often closed bars are asked for.
const EVERY: Duration = Duration::from_secs(5);

/// Serves until Ctrl-C, or as long as it was told to.
pub fn run(args: &VenueArgs, market: ExchangeArg, format: Format) -> Result<u8, Failure> {
    let exchange = exchange(market, args.live_url.as_deref())?;
    let stop = CancellationToken::new();
    waited(async {
        stop_on_signal(stop.clone(), args.seconds);
        let outside = |e: sixbtc_exchange::ExchangeError| Failure::outside(e.to_string());
        let now = exchange.time(&stop).await.map_err(outside)?;
        let (mut series, mut coins) = (Vec::new(), Vec::new());
        for wish in &args.coins {
            let market = wish.symbol.clone();
            let mut what = Mirrored {
                market: market.unwrap_or_else(|| exchange.market_of(&wish.coin)),
                coin: wish.coin.clone(),
                next: BARS.floor(now - PAST),
            };
            let bars = closed(&*exchange, &what, BARS, &stop)
                .await
                .map_err(outside)?;
            let Some(last) = bars.time.last() else {
                return Err(Failure::outside(format!(
                    "{} has no minutes of `{}` in the last two days",
                    exchange.name(),
                    what.market
                )));
            };
            what.next = last + BARS.ms();
            series.push(CoinSeries::new(&wish.coin, Arc::new(bars)));
            coins.push(what);
        }
        let player = PlayerSettings {
            shift: BARS.ms(),
            ..player(args, Some(now))
        };
        // the last bar that closed gives the first quotes, also when the market has been quiet since
        let first = coins.iter().map(|c| c.next).min().unwrap_or(now);
        let names: Vec<String> = coins.iter().map(|c| c.coin.clone()).collect();
        let (to, arriving) = channel();
        let chosen = player.clone();
        let source: SourceOf = Box::new(move |began| {
            let player = PlayerSettings {
                start: Some(first.min(began - BARS.ms())),
                ..chosen
            };
            let player = Player::new(series, player).map_err(|e| e.to_string())?;
            Ok(Box::new(Mirror::new(player, arriving)) as Box<dyn Source>)
        });
        let settings = settings(args, &player, Clock::wall(), source)?;
        let ended = stop.clone();
        let running = serve(settings, stop.clone()).await.map_err(failure)?;
        tokio::spawn(async move { follow(&*exchange, coins, BARS, to, EVERY, ended).await });
        tell(args, format, &names, &running.url());
        running.ended().await.map_err(failure)
    })?;
    Ok(0)
}
