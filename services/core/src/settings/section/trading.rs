//! Capital, rotation, risk, the venue.

use super::{NetworkName, ReplayCheck, VenueName, section};
use std::path::PathBuf;

section! {
    /// Which live strategies there are.
    Rotator {
        /// Time between rounds.
        check_interval_minutes: u32 = 15, in 1..=1440, unit "min", reload true;
        /// Most live strategies.
        max_live_strategies: u32 = 8, in 0..=100, unit "strategies", reload true;
        /// Size of the pool before anything goes live.
        min_pool_size: u32 = 30, in 0..=100_000, unit "strategies", reload true;
        /// Diversity.
        selection: Selection = Selection::default();
    }
}

section! {
    /// Diversity of the live strategies. Given up in rounds when places stay empty: direction, then timeframe, then type.
    Selection {
        /// Most of one type.
        max_per_type: u32 = 3, in 1..=100, unit "strategies", reload true;
        /// Most of one timeframe.
        max_per_timeframe: u32 = 3, in 1..=100, unit "strategies", reload true;
        /// Most of one direction.
        max_per_direction: u32 = 5, in 1..=100, unit "strategies", reload true;
    }
}

section! {
    /// Watching live strategies.
    Monitor {
        /// Time between checks for retirement.
        check_interval_minutes: u32 = 15, in 1..=1440, unit "min", reload true;
        /// When a strategy is retired.
        retirement: Retirement = Retirement::default();
        /// When a live score exists.
        live_scoring: LiveScoring = LiveScoring::default();
        /// When a person is told that live trades are not those of the simulation.
        parity: ParityLimits = ParityLimits::default();
    }
}

section! {
    /// When a person is told that live trades are not those of the simulation.
    ParityLimits {
        /// Days of trades that are compared.
        days: u32 = 7, in 1..=365, unit "days", reload true;
        /// Least trades before anything is said.
        min_trades: u32 = 10, in 1..=100_000, unit "trades", reload true;
        /// Largest mean slippage of a fill; the tests assume `hyperliquid.slippage`.
        max_slippage_bps: f64 = 10.0, in 0.0..=1000.0, unit "bps", reload true;
        /// Largest share of trades without a twin, and of twins without a trade.
        max_unpaired: f64 = 0.2, in 0.0..=1.0, unit "share", reload true;
        /// Largest shortfall of the result against the twins', measured by what the twins won and lost.
        max_shortfall: f64 = 0.4, in 0.0..=1.0, unit "share", reload true;
    }
}

section! {
    /// When a live strategy is retired.
    Retirement {
        /// Least live score.
        min_score: f64 = 35.0, in 0.0..=100.0, unit "score", reload true;
        /// Largest relative loss of score against the backtest.
        max_score_degradation: f64 = 0.4, in 0.0..=1.0, unit "share", reload true;
        /// Deepest drawdown of the strategy's capital.
        max_drawdown: f64 = 0.25, in 0.0..=1.0, unit "share", reload true;
        /// Trades before anything is judged.
        min_trades: u32 = 10, in 1..=100_000, unit "trades", reload true;
        /// Losses in a row that retire.
        max_consecutive_losses: u32 = 10, in 1..=1000, unit "trades", reload true;
        /// Largest relative shortfall of trades a day against the backtest.
        max_trades_degradation: f64 = 0.5, in 0.0..=1.0, unit "share", reload true;
    }
}

section! {
    /// When a live score exists.
    LiveScoring {
        /// Least trades.
        min_trades_for_frequency: u32 = 10, in 1..=100_000, unit "trades", reload true;
        /// Least days.
        min_days_for_frequency: f64 = 7.0, in 0.0..=3650.0, unit "days", reload true;
    }
}

section! {
    /// The loop of the monitor.
    Monitoring {
        /// Time between readings of positions and fills.
        check_interval_seconds: u64 = 15, in 1..=3600, unit "s", reload true;
    }
}

section! {
    /// The loop of the executor.
    Executor {
        /// Time between rounds.
        check_interval_seconds: u64 = 15, in 1..=3600, unit "s", reload true;
        /// What follows when a live bar was decided otherwise than its replay over the exchange's own candles.
        replay_check: ReplayCheck = ReplayCheck::Alert;
    }
}

section! {
    /// Money and coins.
    Trading {
        /// Where strategies trade.
        venue: VenueName = VenueName::Simulated;
        /// Capital over all subaccounts.
        total_capital: f64 = 500.0, in 0.0..=1e12, unit "USD";
        /// Least volume in 24 hours of a coin that is traded.
        min_volume_24h: f64 = 1_000_000.0, in 0.0..=1e15, unit "USD", reload true;
        /// Most coins of a strategy.
        top_coins_limit: u32 = 30, in 1..=5000, unit "coins", reload true;
    }
}

section! {
    /// Before anything goes live.
    GoLive {
        /// What must hold.
        preflight_checks: PreflightChecks = PreflightChecks::default();
    }
}

section! {
    /// What must hold before anything goes live.
    PreflightChecks {
        /// Subaccounts hold money.
        require_funded: bool = true, reload true;
        /// The pool is filled.
        require_pool: bool = true, reload true;
        /// Stops may be cleared from the dashboard.
        clear_emergency_stops: bool = true, reload true;
    }
}

section! {
    /// What may be lost.
    Risk {
        /// Size of a position.
        fixed_fractional: FixedFractional = FixedFractional::default();
        /// Limits.
        limits: Limits = Limits::default();
        /// When trading stops by itself.
        emergency: Emergency = Emergency::default();
        /// For how long.
        emergency_cooldowns: EmergencyCooldowns = EmergencyCooldowns::default();
        /// Stops that follow the price.
        trailing: Trailing = Trailing::default();
    }
}

impl Risk {
    /// The divisor of a position's margin on so many symbols: no more than there can be positions, so that a strategy on few
    /// symbols does not leave the part of others idle, but never under [`Self::least_positions`].
    pub fn positions(&self, symbols: u32) -> u32 {
        let most = self.limits.max_open_positions_per_subaccount;
        most.min(symbols).max(self.least_positions())
    }

    /// The smallest divisor with which no position binds more than `max_position_size_pct` of the equity.
    pub fn least_positions(&self) -> u32 {
        // a share such as 0.2 is a little more or less than a fifth
        let parts = 1.0 / self.fixed_fractional.max_position_size_pct - 1e-9;
        (parts.ceil() as u32).max(1)
    }
}

section! {
    /// Size of a position by what it may lose.
    FixedFractional {
        /// Share of equity that is lost when the stop is hit.
        risk_per_trade_pct: f64 = 0.02, in 0.0001..=0.5, unit "share", reload true;
        /// Largest notional of a position over its leverage, as a share of equity.
        max_position_size_pct: f64 = 0.2, in 0.001..=1.0, unit "share", reload true;
    }
}

section! {
    /// Limits.
    Limits {
        /// Most open positions of a subaccount, and the divisor of its margin.
        max_open_positions_per_subaccount: u32 = 10, in 1..=1000, unit "positions", reload true;
    }
}

section! {
    /// When trading stops by itself.
    Emergency {
        /// Drawdown of the portfolio from its peak at which everything is closed.
        max_portfolio_drawdown: f64 = 0.2, in 0.001..=1.0, unit "share", reload true;
        /// Loss since midnight UTC at which entries halt.
        max_daily_loss: f64 = 0.1, in 0.001..=1.0, unit "share", reload true;
        /// Drawdown of a subaccount from its peak at which its entries halt.
        max_subaccount_drawdown: f64 = 0.25, in 0.001..=1.0, unit "share", reload true;
        /// Losses in a row at which a strategy's entries halt.
        max_consecutive_losses: u32 = 10, in 1..=1000, unit "trades", reload true;
        /// Age of market data at which entries halt.
        data_stale_seconds: u64 = 120, in 1..=86_400, unit "s", reload true;
        /// After a stop of the portfolio, strategies that lost at least this are rotated out.
        rotation_loss_threshold: f64 = 0.0, in 0.0..=1.0, unit "share", reload true;
    }
}

section! {
    /// How long stops last.
    EmergencyCooldowns {
        /// After the drawdown of the portfolio.
        portfolio_dd_hours: u32 = 48, in 1..=8760, unit "h", reload true;
        /// After a losing streak.
        strategy_hours: u32 = 24, in 1..=8760, unit "h", reload true;
    }
}

section! {
    /// Stops that follow the price.
    Trailing {
        /// Whether they do.
        enabled: bool = true, reload true;
        /// Smallest improvement worth an order.
        min_adjustment_pct: f64 = 0.005, in 0.0..=0.5, unit "share of price", reload true;
        /// Least time between changes of a stop.
        update_cooldown_sec: u64 = 10, in 0..=3600, unit "s", reload true;
        /// Distance from the entry, on the good side, that a moved stop keeps.
        breakeven_buffer_pct: f64 = 0.002, in 0.0..=0.1, unit "share of price", reload true;
    }
}

section! {
    /// The exchange. Private keys are in the file that `keys.file` names.
    Hyperliquid {
        /// Address of the master account, `0x…`; empty: none.
        user_address: String = String::new();
        /// While true, no order is sent.
        dry_run: bool = true;
        /// Which Hyperliquid is meant.
        network: NetworkName = NetworkName::Local;
        /// Needed for `mainnet` beside `dry_run = false`: `trade real money of 0x…`, with the address of the master account.
        mainnet_confirmation: String = String::new();
        /// Base address of its API; empty: the public one of the network.
        api_url: String = String::new();
        /// Subaccounts.
        subaccounts: Subaccounts = Subaccounts::default();
        /// Keys that trade for subaccounts.
        agent_wallet: AgentWallet = AgentWallet::default();
        /// Money of the subaccounts.
        funds: Funds = Funds::default();
        /// Taker fee of one side.
        fee_rate: f64 = 0.00045, in 0.0..=0.05, unit "share of notional";
        /// Adverse shift of the price on each side, in tests.
        slippage: f64 = 0.0005, in 0.0..=0.05, unit "share of price";
        /// Smallest order.
        min_notional: f64 = 10.0, in 0.0..=1_000_000.0, unit "USD";
        /// The websocket.
        websocket: Websocket = Websocket::default();
        /// Closed trades from fills.
        trade_sync: TradeSync = TradeSync::default();
        /// Deposits and withdrawals.
        balance_reconciliation: BalanceReconciliation = BalanceReconciliation::default();
    }
}

section! {
    /// Subaccounts.
    Subaccounts {
        /// How many; the exchange allows 10.
        count: u32 = 8, in 1..=10, unit "subaccounts";
        /// Their names; `{:03d}` stands for the number in three digits.
        naming_pattern: String = "Bot-{:03d}".into();
    }
}

section! {
    /// Keys that trade for subaccounts but cannot withdraw.
    AgentWallet {
        /// Life of a key.
        validity_days: u32 = 180, in 1..=180, unit "days";
        /// Days before its end at which it is renewed.
        renewal_days_before_expiry: u32 = 30, in 1..=179, unit "days", reload true;
    }
}

section! {
    /// The file with private keys. What opens it is the secret `SIXBTC_KEYS_PASSPHRASE`, or stands in a file of its own.
    Keys {
        /// The file with private keys, encrypted with age.
        file: PathBuf = "keys.age".into();
        /// A file with the passphrase, or with an identity of age, that only its owner may read; empty: none.
        passphrase_file: PathBuf = PathBuf::new();
        /// What a guess of the passphrase costs: 18 is 256 MiB and about a second, one more doubles both.
        work_factor: u8 = 18, in 10..=20, unit "log2";
    }
}

section! {
    /// Money of the subaccounts.
    Funds {
        /// Balance under which a subaccount is topped up.
        min_operational_usd: f64 = 150.0, in 0.0..=1e9, unit "USD", reload true;
        /// Balance after a top-up.
        topup_target_usd: f64 = 200.0, in 0.0..=1e9, unit "USD", reload true;
        /// What the master account always keeps.
        master_reserve_usd: f64 = 100.0, in 0.0..=1e9, unit "USD", reload true;
        /// Balance under which nothing is traded.
        min_tradeable_usd: f64 = 15.0, in 0.0..=1e9, unit "USD", reload true;
    }
}

section! {
    /// The websocket.
    Websocket {
        /// Time between pings.
        ping_interval: u64 = 30, in 1..=600, unit "s", reload true;
        /// How long the answer is waited for.
        ping_timeout: u64 = 10, in 1..=600, unit "s", reload true;
        /// Silence after which a stream is taken for dead.
        silence_threshold_sec: u64 = 120, in 1..=3600, unit "s", reload true;
    }
}

section! {
    /// Closed trades from the exchange's fills.
    TradeSync {
        /// Whether they are copied.
        enabled: bool = true, reload true;
        /// Days of fills that are read.
        fills_lookback_days: u32 = 7, in 1..=365, unit "days", reload true;
    }
}

section! {
    /// Deposits and withdrawals.
    BalanceReconciliation {
        /// Whether they are followed.
        enabled: bool = true, reload true;
        /// Days that are replayed at the start.
        catchup_lookback_days: u32 = 7, in 1..=365, unit "days";
    }
}

section! {
    /// Funding in tests.
    Funding {
        /// Whether it is charged.
        enabled: bool = true;
        /// Rate of an hour without one.
        fallback_hourly_rate: f64 = 0.0001, in -0.01..=0.01, unit "share of notional an hour";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_position_binds_more_than_its_share() {
        let mut risk = Risk::default();
        assert_eq!([1, 5, 7, 30].map(|n| risk.positions(n)), [5, 5, 7, 10]);
        for (share, parts) in [(1.0, 1), (0.5, 2), (0.3, 4), (0.1, 10), (0.001, 1_000)] {
            risk.fixed_fractional.max_position_size_pct = share;
            assert_eq!(risk.least_positions(), parts, "{share}");
        }
    }
}
