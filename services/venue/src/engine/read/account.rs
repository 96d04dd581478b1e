//! Answers about accounts.

use super::span;
use crate::engine::account::{Account, Class, CurvePoint, Leverage};
use crate::engine::exchange::Exchange;
use crate::engine::history::Delta;
use crate::engine::ident::{Asset, DAY, Millis};
use crate::engine::margin::Summary;
use crate::engine::position::{Position, initial_margin};
use rust_decimal::Decimal;
use sixbtc_exchange::wire::Address;
use sixbtc_exchange::wire::info::{
    self, ActiveAssetData, AssetPosition, Balance, ClearinghouseState, CumFunding, ExtraAgent,
    LedgerUpdate, MarginSummary, PeriodHistory, Portfolio, SpotState, SubAccount, UserFunding,
    UserRateLimit, UserRole, WebData2,
};

impl Exchange {
    /// The perpetual side of an account; empty for nobody (an agent's address is nobody: the classic mistake).
    pub fn clearinghouse_state(&self, user: Address) -> ClearinghouseState {
        let empty = Account::new(Class::User);
        let account = self.accounts.get(&user).unwrap_or(&empty);
        let cross = self.cross(account);
        ClearinghouseState {
            margin_summary: margin_summary(&self.summary(account)),
            cross_margin_summary: margin_summary(&cross),
            cross_maintenance_margin_used: cross.maintenance,
            withdrawable: self.withdrawable(account),
            asset_positions: account
                .positions
                .iter()
                .map(|(asset, position)| AssetPosition {
                    kind: "oneWay".to_owned(),
                    position: self.position_row(account, *asset, position),
                })
                .collect(),
            time: self.now,
        }
    }

    fn position_row(&self, account: &Account, asset: Asset, position: &Position) -> info::Position {
        let market = self.market_of(asset);
        let mark = market.mark_px;
        let leverage = self.leverage_of(account, asset);
        let unrealized = position.unrealized(mark);
        let at_entry =
            position.entry_px * position.szi.abs() / Decimal::from(leverage.value.max(1));
        let margin = position.isolated_equity(mark);
        let all_time = account
            .funding_all_time
            .get(&asset)
            .copied()
            .unwrap_or_default();
        info::Position {
            coin: market.instrument.name.clone(),
            szi: position.szi,
            leverage: leverage_row(leverage, position.isolated),
            entry_px: Some(position.entry_px.round_dp(8)),
            position_value: position.notional(mark),
            unrealized_pnl: unrealized.round_dp(6),
            return_on_equity: unrealized
                .checked_div(at_entry)
                .unwrap_or_default()
                .round_dp(10),
            liquidation_px: self
                .liquidation_price(account, asset)
                .map(|px| px.round_dp(10)),
            margin_used: margin
                .unwrap_or_else(|| initial_margin(mark, position.szi.abs(), leverage.value)),
            max_leverage: market.instrument.max_leverage,
            cum_funding: CumFunding {
                all_time,
                since_open: position.funding.since_open,
                since_change: position.funding.since_change,
            },
        }
    }

    /// The spot side of an account: USDC, if any.
    pub fn spot_state(&self, user: Address) -> SpotState {
        let total = self
            .accounts
            .get(&user)
            .map_or(Decimal::ZERO, |account| account.spot_usdc);
        let balance = Balance {
            coin: "USDC".to_owned(),
            token: 0,
            total,
            hold: Decimal::ZERO,
            entry_ntl: Decimal::ZERO,
        };
        SpotState {
            balances: if total.is_zero() {
                Vec::new()
            } else {
                vec![balance]
            },
        }
    }

    /// Payments of funding in a span of time, ascending.
    pub fn user_funding(
        &self,
        user: Address,
        start: Millis,
        end: Option<Millis>,
    ) -> Vec<UserFunding> {
        let rows = self.accounts.get(&user).map(|account| &account.funding);
        span(rows.into_iter().flatten(), |row| row.time, start, end)
            .take(super::RATES)
            .map(|row| self.funding_row(row))
            .collect()
    }

    /// Money that moved in a span of time, ascending.
    pub fn user_ledger(
        &self,
        user: Address,
        start: Millis,
        end: Option<Millis>,
    ) -> Vec<LedgerUpdate> {
        let rows = self.accounts.get(&user).map(|account| &account.ledger);
        span(rows.into_iter().flatten(), |row| row.time, start, end)
            .take(super::ROWS)
            .map(|row| self.ledger_row(row))
            .collect()
    }

    /// The budget of requests of an address.
    pub fn user_rate_limit(&self, user: Address) -> UserRateLimit {
        let account = self.accounts.get(&user);
        UserRateLimit {
            cum_vlm: account.map_or(Decimal::ZERO, |account| account.volumes.total),
            n_requests_used: account.map_or(0, |account| account.requests.used),
            n_requests_cap: self.request_cap(user),
            n_requests_surplus: account.map_or(0, |account| account.requests.bought),
        }
    }

    /// Value and profit over eight spans of time, a point an hour and one for now.
    pub fn portfolio(&self, user: Address) -> Portfolio {
        let spans = [
            ("day", DAY),
            ("week", 7 * DAY),
            ("month", 30 * DAY),
            ("allTime", Millis::MAX),
        ];
        let mut all = Vec::with_capacity(8);
        for prefix in ["", "perp"] {
            for (name, length) in spans {
                let name = if prefix.is_empty() {
                    name.to_owned()
                } else {
                    format!("perp{}{}", name[..1].to_uppercase(), &name[1..])
                };
                all.push((name, self.period(user, length)));
            }
        }
        all
    }

    fn period(&self, user: Address, length: Millis) -> PeriodHistory {
        let Some(account) = self.accounts.get(&user) else {
            return PeriodHistory::default();
        };
        let since = self.now.saturating_sub(length);
        let now = self.curve_point(account, self.now);
        let points: Vec<CurvePoint> = account
            .curve
            .iter()
            .copied()
            .filter(|p| p.time >= since)
            .chain([now])
            .collect();
        let before = account.curve.iter().rfind(|p| p.time < since).copied();
        let (pnl, volume) = before.map_or((Decimal::ZERO, Decimal::ZERO), |p| (p.pnl, p.volume));
        PeriodHistory {
            account_value_history: points
                .iter()
                .map(|p| (p.time, p.value.round_dp(6).into()))
                .collect(),
            pnl_history: points
                .iter()
                .map(|p| (p.time, (p.pnl - pnl).round_dp(6).into()))
                .collect(),
            vlm: now.volume - volume,
        }
    }

    /// Sub-accounts of a master; `None` without any.
    pub fn sub_accounts(&self, user: Address) -> Option<Vec<SubAccount>> {
        let subs = self.subs_of(user);
        let row = |sub: &Address| SubAccount {
            name: self
                .accounts
                .get(sub)
                .and_then(|sub| sub.name.clone())
                .unwrap_or_default(),
            sub_account_user: *sub,
            master: user,
            clearinghouse_state: self.clearinghouse_state(*sub),
            spot_state: self.spot_state(*sub),
        };
        (!subs.is_empty()).then(|| subs.iter().map(row).collect())
    }

    /// Named agents of an account that live.
    pub fn extra_agents(&self, user: Address) -> Vec<ExtraAgent> {
        self.agents_of(user)
            .filter_map(|(address, agent)| {
                Some(ExtraAgent {
                    name: agent.name.clone()?,
                    address: *address,
                    valid_until: agent.valid_until,
                })
            })
            .collect()
    }

    /// What an address is.
    pub fn user_role(&self, user: Address) -> UserRole {
        match (
            self.accounts.get(&user).map(|account| account.class),
            self.agent(user),
        ) {
            (Some(Class::Sub { master }), _) => UserRole::SubAccount { master },
            (Some(Class::User), _) => UserRole::User,
            (Some(Class::House | Class::Backstop), _) => UserRole::Vault,
            (None, Some(agent)) => UserRole::Agent { user: agent.master },
            (None, None) => UserRole::Missing,
        }
    }

    /// What an account can trade in a market; `None` for an unknown coin.
    pub fn active_asset_data(&self, user: Address, coin: &str) -> Option<ActiveAssetData> {
        let asset = self.asset(coin)?;
        let mark = self.mark(asset);
        let empty = Account::new(Class::User);
        let account = self.accounts.get(&user).unwrap_or(&empty);
        let leverage = self.leverage_of(account, asset);
        let free = self.free_margin(account).max(Decimal::ZERO);
        let szi = account.szi(asset);
        let decimals = self.market_of(asset).instrument.sz_decimals;
        // What closes a position needs no margin, and sets free what the position binds.
        let size = |against: Decimal| {
            let opening = free * Decimal::from(leverage.value) / mark;
            (opening + against.max(Decimal::ZERO) * Decimal::TWO).trunc_with_scale(decimals)
        };
        let isolated = account
            .positions
            .get(&asset)
            .and_then(|position| position.isolated);
        Some(ActiveAssetData {
            user,
            coin: coin.to_owned(),
            leverage: leverage_row(leverage, isolated),
            max_trade_szs: [size(-szi), size(szi)],
            available_to_trade: [free, free],
            mark_px: mark,
        })
    }

    /// Everything the old front end shows of an account.
    pub fn web_data2(&self, user: Address) -> WebData2 {
        let ledger = self
            .accounts
            .get(&user)
            .into_iter()
            .flat_map(|account| &account.ledger);
        let cum_ledger = ledger
            .map(|row| match &row.delta {
                Delta::Deposit { usdc } => *usdc,
                Delta::Withdraw { usdc, fee, .. } => -(*usdc + *fee),
                _ => Decimal::ZERO,
            })
            .sum();
        let unnamed = self.agents_of(user).find(|(_, agent)| agent.name.is_none());
        WebData2 {
            clearinghouse_state: self.clearinghouse_state(user),
            leading_vaults: Vec::new(),
            total_vault_equity: Decimal::ZERO,
            open_orders: self.frontend_orders(user),
            agent_address: unnamed.map(|(address, _)| *address),
            agent_valid_until: unnamed.map(|(_, agent)| agent.valid_until),
            cum_ledger,
            meta: self.meta(),
            asset_ctxs: self.asset_ctxs(),
            server_time: self.now,
            is_vault: false,
            user,
            twap_states: self.twap_states(user),
            spot_state: self.spot_state(user),
            spot_asset_ctxs: Vec::new(),
        }
    }
}

fn margin_summary(sum: &Summary) -> MarginSummary {
    MarginSummary {
        account_value: sum.value,
        total_ntl_pos: sum.notional,
        total_raw_usd: sum.raw_usd,
        total_margin_used: sum.used,
    }
}

fn leverage_row(leverage: Leverage, isolated: Option<Decimal>) -> info::Leverage {
    if leverage.is_cross && isolated.is_none() {
        info::Leverage::Cross {
            value: leverage.value,
        }
    } else {
        info::Leverage::Isolated {
            value: leverage.value,
            raw_usd: isolated,
        }
    }
}
