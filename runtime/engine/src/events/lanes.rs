//! The money of up to eight runs in the registers of the processor that hold eight numbers.
//!
//! For runs whose sizes follow one rule with fixed numbers, which is nearly all of them; others go through
//! [`super::account`] one number at a time. Sizes, fees and figures come from the same functions.

// all sides of a condition are cheaper than a branch, and a branch is no part of a wide register
#![allow(clippy::needless_bitwise_bool)]

use super::account::{LANES, Liquidation, MARGIN, Purse, Stray, Waiting, liquidated, near};
use super::market::EventMarket;
use super::path::{Ending, PathTrade};
use super::{EventRun, Task};
use crate::account::{Fill, Settled};
use crate::metrics::Metrics;
use crate::orders::{Number, Plan, Seen, Size};
use crate::sizing::{at_risk, of_equity, size_lanes};
use crate::tally::Tally;
use pulp::{Arch, Simd, WithSimd};

/// Eight numbers.
type L = [f64; LANES];

/// The rule by which all entries are sized.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    Risk,
    Equity,
    Notional,
}

/// Runs to be made side by side.
pub(super) struct SideBySide<'s> {
    run: &'s EventRun<'s>,
    market: &'s EventMarket<'s>,
    rule: Rule,
    plans: Vec<&'s Plan>,
    paths: Vec<&'s [PathTrade]>,
    /// All go along one path.
    together: bool,
    /// For each entry of the plan the number of its size, by lane.
    numbers: Vec<L>,
    leverage: L,
    /// What fill prices are multiplied by to come near the liquidation price, by side and lane.
    near: [L; 2],
    /// Whether liquidation is to be watched for.
    watches: [bool; LANES],
}

/// The rule and number of a size, if they are fixed.
fn fixed(size: Size) -> Option<(Rule, f64)> {
    match size {
        Size::Risk(Number::Fixed(x)) => Some((Rule::Risk, x)),
        Size::Equity(Number::Fixed(x)) => Some((Rule::Equity, x)),
        Size::Notional(Number::Fixed(x)) => Some((Rule::Notional, x)),
        _ => None,
    }
}

impl<'s> SideBySide<'s> {
    /// `None` when sizes or leverage change from trade to trade, or follow several rules.
    pub fn of(
        run: &'s EventRun<'s>,
        market: &'s EventMarket<'s>,
        tasks: &'s [Task<'_>],
        paths: &'s [Vec<PathTrade>],
        waiting: &[Waiting],
    ) -> Option<Self> {
        let plans: Vec<&Plan> = waiting
            .iter()
            .map(|w| &tasks[w.task].plans[w.point])
            .collect();
        let first = *plans.first()?;
        let (rule, _) = fixed(first.entries.first()?.size)?;
        let max = market.spec.max_leverage;
        let mut numbers = vec![[0.0; LANES]; first.entries.len()];
        let mut leverage = [1.0; LANES];
        let mut watches = [false; LANES];
        let mut near_by_side = [[0.0; LANES]; 2];
        for (i, (plan, w)) in plans.iter().zip(waiting).enumerate() {
            if matches!(plan.caps.leverage, Some(n) if !matches!(n, Number::Fixed(_))) {
                return None;
            }
            let nothing = Seen {
                signal: &[],
                position: &[],
                bracket: &[],
            };
            let wanted = crate::fills::leverage(plan, run.settings, nothing).min(max);
            if !(wanted.is_finite() && wanted > 0.0) {
                return None;
            }
            leverage[i] = wanted;
            let [long, short] = near(wanted, max);
            near_by_side[0][i] = long;
            near_by_side[1][i] = short;
            watches[i] = run.settings.liquidation && !w.aware;
            for (entry, numbers) in plan.entries.iter().zip(&mut numbers) {
                let (own, number) = fixed(entry.size)?;
                if own != rule {
                    return None;
                }
                numbers[i] = number;
            }
        }
        let together = waiting.iter().all(|w| w.path == waiting[0].path);
        Some(Self {
            run,
            market,
            rule,
            plans,
            paths: waiting.iter().map(|w| paths[w.path].as_slice()).collect(),
            together,
            numbers,
            leverage,
            near: near_by_side,
            watches,
        })
    }

    /// Runs them.
    pub fn run(self) -> Vec<Result<Metrics, Stray>> {
        Arch::new().dispatch(self)
    }
}

/// One trade a lane, its numbers by kind.
#[derive(Clone, Copy)]
struct Row {
    live: [bool; LANES],
    price: L,
    due: L,
    exit: L,
    exit_due: L,
    fee: L,
    fee_most: L,
    sign: L,
    risk: L,
    guard: L,
    near: L,
    number: L,
    bars: L,
    /// Some lane's trade needs a closer look.
    special: bool,
}

// what the dispatched function calls has to become part of it, or it would be compiled for the oldest processor
#[allow(clippy::inline_always)]
impl WithSimd for SideBySide<'_> {
    type Output = Vec<Result<Metrics, Stray>>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Self::Output {
        if self.together {
            self.follow::<true>()
        } else {
            self.follow::<false>()
        }
    }
}

#[allow(clippy::inline_always)]
impl SideBySide<'_> {
    /// `ALL`: every lane has a trade as long as any has. What lanes without a run, or with one that strayed, come to is no
    /// matter then, and nothing need be masked.
    #[inline(always)]
    fn follow<const ALL: bool>(self) -> Vec<Result<Metrics, Stray>> {
        let settings = self.run.settings;
        let least = settings
            .min_notional
            .unwrap_or(self.market.spec.min_notional);
        let runs = self.plans.len();
        let mut alive: [bool; LANES] = std::array::from_fn(|i| i < runs);
        let mut strays = [None; LANES];
        let mut cash = [settings.capital; LANES];
        let (mut fees, mut traded, mut slippage) = ([0.0; LANES], [0.0; LANES], [0.0; LANES]);
        let mut tally = Tally::<LANES>::new(settings.capital);
        let longest = self.paths.iter().map(|p| p.len()).max().unwrap_or(0);
        for at in 0..longest {
            let mut row = self.row::<ALL>(at, alive);
            let distance: L = std::array::from_fn(|i| row.risk[i] / row.price[i]);
            let wanted = match self.rule {
                Rule::Risk => at_risk(cash, row.number, distance),
                Rule::Equity => of_equity(cash, row.number),
                Rule::Notional => row.number,
            };
            let sized = size_lanes(
                row.price,
                cash,
                wanted,
                None,
                self.leverage,
                settings.max_positions,
                self.market.tables.lot,
            );
            let stops = self.rule != Rule::Risk;
            let mut trouble = row.special;
            for i in 0..LANES {
                let good = (cash[i] > 0.0)
                    & (cash[i] < f64::INFINITY)
                    & (stops | (distance[i] > 0.0))
                    & (wanted[i] >= 0.0)
                    & (wanted[i] < f64::INFINITY)
                    & (sized.bound[i] <= cash[i])
                    & (sized.size[i] > 0.0)
                    & (sized.notional[i] >= least);
                let near = row.sign[i] * (row.price[i] * row.near[i]) + MARGIN * row.price[i];
                let spared = !self.watches[i] | (near < row.guard[i]);
                trouble |= row.live[i] & !(good & spared);
            }
            if trouble {
                // a copy: what has an address does not stay in registers
                let mut looked = row;
                self.look(
                    at,
                    least,
                    cash,
                    wanted,
                    distance,
                    &sized,
                    &mut looked,
                    &mut strays,
                );
                row = looked;
                for i in 0..LANES {
                    alive[i] &= strays[i].is_none();
                }
            }
            let mut pnl = [0.0; LANES];
            let mut notional = [1.0; LANES];
            let mut multiple = [f64::NAN; LANES];
            for i in 0..LANES {
                let (size, price, live) = (sized.size[i], row.price[i], ALL | row.live[i]);
                let if_ = |x: f64| if live { x } else { 0.0 };
                let entry_fee = size * price * settings.taker_fee;
                let settled = Settled::at(
                    row.sign[i],
                    price,
                    size,
                    (row.exit[i], row.exit_due[i]),
                    (row.fee[i], row.fee_most[i]),
                );
                let mut left = cash[i] - entry_fee;
                left += settled.gross;
                left -= settled.fee;
                cash[i] = if live { left } else { cash[i] };
                fees[i] += if_(entry_fee);
                fees[i] += if_(settled.fee);
                traded[i] += if_(size * price);
                traded[i] += if_(settled.notional);
                slippage[i] += if_(row.sign[i] * (price - row.due[i]) * size);
                slippage[i] += if_(settled.slippage);
                // a sum of no funding at all
                let funding = 0.0;
                pnl[i] = settled.gross - entry_fee - settled.fee - funding;
                notional[i] = size * price;
                multiple[i] = pnl[i] / (row.risk[i] * size);
            }
            let live = if ALL { [true; LANES] } else { row.live };
            tally.add_lanes(live, pnl, notional, row.bars, multiple);
        }
        let finish = |i: usize| {
            if let Some(why) = strays[i] {
                return Err(why);
            }
            let mut purse = Purse::new(settings.capital);
            purse.cash = cash[i];
            purse.tally = tally.lane(i);
            purse.counters.fees = fees[i];
            purse.counters.traded = traded[i];
            purse.counters.slippage = slippage[i];
            Ok(self.run.money(&purse, self.market.rows()))
        };
        (0..runs).map(finish).collect()
    }

    /// The trades number `at` of all lanes.
    #[inline(always)]
    fn row<const ALL: bool>(&self, at: usize, alive: [bool; LANES]) -> Row {
        let settings = self.run.settings;
        let mut row = Row {
            live: [false; LANES],
            price: [1.0; LANES],
            due: [1.0; LANES],
            exit: [1.0; LANES],
            exit_due: [1.0; LANES],
            fee: [0.0; LANES],
            fee_most: [f64::INFINITY; LANES],
            sign: [1.0; LANES],
            risk: [1.0; LANES],
            guard: [f64::INFINITY; LANES],
            near: [0.0; LANES],
            number: [0.0; LANES],
            bars: [0.0; LANES],
            special: false,
        };
        let fee = |trade: &PathTrade| {
            if trade.ending == Ending::Target {
                settings.maker_fee
            } else {
                settings.taker_fee
            }
        };
        let guard = |trade: &PathTrade| {
            if trade.bare {
                trade.guard.min(self.market.worst(trade.sign))
            } else {
                trade.guard
            }
        };
        let special = |trade: &PathTrade| trade.unsure | (trade.ending == Ending::Liquidation);
        if ALL {
            let Some(trade) = self.paths[0].get(at) else {
                return row;
            };
            row.live = alive;
            row.price = [trade.price; LANES];
            row.due = [trade.due; LANES];
            row.exit = [trade.exit_price; LANES];
            row.exit_due = [trade.exit_due; LANES];
            row.fee = [fee(trade); LANES];
            row.sign = [trade.sign; LANES];
            row.risk = [trade.risk; LANES];
            row.guard = [guard(trade); LANES];
            row.near = self.near[usize::from(trade.sign < 0.0)];
            row.number = self.numbers[usize::from(trade.entry)];
            row.bars = [f64::from(trade.exit_row - trade.row); LANES];
            row.special = special(trade);
            return row;
        }
        for (i, path) in self.paths.iter().enumerate() {
            let Some(trade) = path.get(at).filter(|_| alive[i]) else {
                continue;
            };
            row.live[i] = true;
            row.price[i] = trade.price;
            row.due[i] = trade.due;
            row.exit[i] = trade.exit_price;
            row.exit_due[i] = trade.exit_due;
            row.fee[i] = fee(trade);
            row.sign[i] = trade.sign;
            row.risk[i] = trade.risk;
            row.guard[i] = guard(trade);
            row.near[i] = self.near[usize::from(trade.sign < 0.0)][i];
            row.number[i] = self.numbers[usize::from(trade.entry)][i];
            row.bars[i] = f64::from(trade.exit_row - trade.row);
            row.special |= special(trade);
        }
        row
    }

    /// Looks closer at trades that may have been refused or liquidated.
    #[cold]
    #[inline(never)]
    #[allow(clippy::too_many_arguments)]
    fn look(
        &self,
        at: usize,
        least: f64,
        cash: L,
        wanted: L,
        distance: L,
        sized: &crate::sizing::SizedLanes<LANES>,
        row: &mut Row,
        strays: &mut [Option<Stray>; LANES],
    ) {
        for (i, path) in self.paths.iter().enumerate() {
            let Some(trade) = path.get(at).filter(|_| row.live[i]) else {
                continue;
            };
            let good = cash[i] > 0.0
                && cash[i].is_finite()
                && (self.rule != Rule::Risk || distance[i] > 0.0)
                && wanted[i] >= 0.0
                && wanted[i].is_finite()
                && sized.bound[i] <= cash[i]
                && sized.size[i] > 0.0
                && sized.notional[i] >= least;
            let held = (sized.size[i], sized.margin[i]);
            if !good {
                strays[i] = Some(Stray::Size);
            } else if trade.unsure {
                strays[i] = Some(Stray::Liquidation);
            } else if self.watches[i] {
                let near = row.sign[i] * (row.price[i] * row.near[i]) + MARGIN * row.price[i];
                if near >= row.guard[i] && !Liquidation::spares_exactly(self.market, trade, held) {
                    strays[i] = Some(Stray::Liquidation);
                }
            } else if trade.ending == Ending::Liquidation {
                let mut fill = Fill {
                    price: trade.exit_price,
                    due: trade.exit_due,
                    fee: row.fee[i],
                    fee_most: f64::INFINITY,
                    time: 0,
                    row: 0,
                    at_close: false,
                };
                liquidated(
                    &mut fill,
                    trade,
                    held.0,
                    held.1,
                    self.market.spec.max_leverage,
                );
                row.exit[i] = fill.price;
                row.exit_due[i] = fill.due;
                row.fee_most[i] = fill.fee_most;
            }
            row.live[i] = strays[i].is_none();
        }
    }
}
