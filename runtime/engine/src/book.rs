//! The state of one symbol: what is held, what rests at the exchange, what is due at the next open.

use crate::grid::{Grid, OrderGrid};
use crate::lot::{Lot, liquidation_price};
use crate::orders::{Plan, Trigger, lane};
use crate::settings::RunSettings;
use serde::{Deserialize, Serialize};
use sixbtc_abi::{ExitScope, Phase, Side};
use sixbtc_market::{Bars, Funding, SymbolSpec};

/// A symbol of a run.
#[derive(Debug, Clone, Copy)]
pub struct SymbolSetup<'a> {
    /// Trading rules.
    pub spec: &'a SymbolSpec,
    /// Rows fed before the first row on whose close a decision is allowed.
    pub warmup: usize,
    /// Funding payments; without a series funding is zero.
    pub funding: Option<&'a Funding>,
    /// Finer bars of the same symbol, to tell what happened first within a bar.
    pub finer: Option<&'a Bars>,
}

/// An entry on its way, with the outputs of its decision bar that it depends on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Order {
    pub entry: u16,
    pub signal: Vec<f64>,
    pub position: Vec<f64>,
}

/// An entry that rests at the exchange.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Resting {
    pub order: Order,
    pub price: f64,
    pub limit: bool,
    /// End of the bar on whose close it was decided, ms.
    pub decided: i64,
    /// Last row on which it is alive.
    pub until: usize,
}

#[derive(Debug)]
pub(crate) struct Book<'a> {
    pub setup: SymbolSetup<'a>,
    /// Values of the last position phase.
    pub position: Vec<f64>,
    pub tick: Grid,
    /// Where orders may stand.
    pub orders: OrderGrid,
    pub lot: Grid,
    /// Rows fed so far; during a bar, the row of that bar.
    pub row: usize,
    /// The last close.
    pub close: f64,
    /// End of the last bar, ms.
    pub end: i64,
    pub lots: Vec<Lot>,
    pub entries_due: Vec<Order>,
    pub resting: Vec<Resting>,
    /// Row on which the last position was left.
    pub left: Option<usize>,
    /// Start of the period that [`Book::period_entries`] counts, ms.
    pub period: i64,
    pub period_entries: usize,
    /// Index of the next funding payment.
    pub next_funding: usize,

    // What follows is derived from the lots by `refresh`.
    /// Signed; −∞ when there is none.
    pub liquidation: f64,
    /// Highest stop or liquidation price of any lot, signed; −∞ without.
    pub adverse: f64,
    /// Lowest target of any lot, signed; +∞ without.
    pub favourable: f64,
    /// Favourable extreme at which a close changes a level.
    pub moves: f64,
    /// Σ size × entry price.
    pub cost: f64,
    /// First row on which the decision sees a time exit coming.
    pub time_exit: usize,
    /// Signal flags that matter while these lots are held.
    pub wake: u64,
    /// Signal flags of entries that are refused, and only counted, while these lots are held.
    pub refused: u64,
}

impl<'a> Book<'a> {
    pub fn new(setup: SymbolSetup<'a>, settings: &RunSettings, position_values: usize) -> Self {
        let rounds = settings.round_prices;
        let tick = if rounds {
            Grid::new(setup.spec.tick)
        } else {
            Grid::NONE
        };
        Self {
            setup,
            position: vec![0.0; position_values],
            tick,
            orders: OrderGrid::new(tick, setup.spec.order_prices.filter(|_| rounds)),
            lot: if settings.round_to_lot {
                Grid::new(setup.spec.lot)
            } else {
                Grid::NONE
            },
            row: 0,
            close: f64::NAN,
            end: i64::MIN,
            lots: Vec::new(),
            entries_due: Vec::new(),
            resting: Vec::new(),
            left: None,
            period: i64::MIN,
            period_entries: 0,
            next_funding: 0,
            liquidation: f64::NEG_INFINITY,
            adverse: f64::NEG_INFINITY,
            favourable: f64::INFINITY,
            moves: f64::INFINITY,
            cost: 0.0,
            time_exit: usize::MAX,
            wake: 0,
            refused: 0,
        }
    }

    /// Side of the position as a sign, 0 when flat.
    pub fn sign(&self) -> f64 {
        self.lots.first().map_or(0.0, |lot| lot.sign)
    }

    /// Unrealised profit at the last close. Lots are added in the order of their entry, from 0.
    #[inline]
    pub fn unrealised(&self) -> f64 {
        let mut sum = 0.0;
        for lot in &self.lots {
            sum += lot.profit(self.close);
        }
        sum
    }

    /// Drops a lot that was closed. The newest, which it mostly is, goes without being moved.
    #[inline]
    pub fn discard(&mut self, i: usize) {
        if i + 1 == self.lots.len() {
            self.lots.truncate(i);
        } else {
            self.lots.remove(i);
        }
    }

    /// Margin bound by the position.
    pub fn margin(&self) -> f64 {
        self.lots.iter().map(|lot| lot.margin).sum()
    }

    /// Brings the derived fields up to date after lots or levels have changed. `lead`: 1 when decisions fill at the next
    /// open, 0 when at the same close.
    pub fn refresh(&mut self, plan: &Plan, liquidates: bool, lead: usize) {
        self.liquidation = f64::NEG_INFINITY;
        self.adverse = f64::NEG_INFINITY;
        self.favourable = f64::INFINITY;
        self.moves = f64::INFINITY;
        self.cost = 0.0;
        self.time_exit = usize::MAX;
        self.wake = 0;
        self.refused = 0;
        let Some(first) = self.lots.first() else {
            return;
        };
        let (sign, mut size, mut margin) = (first.sign, 0.0, 0.0);
        for lot in &self.lots {
            size += lot.size;
            margin += lot.margin;
            self.cost += lot.size * lot.price;
            self.adverse = self.adverse.max(lot.floor());
            self.favourable = self.favourable.min(lot.next_target().level);
            self.moves = self.moves.min(lot.next_move());
            self.time_exit = self.time_exit.min(lot.time_exit.saturating_sub(lead));
        }
        if liquidates {
            let price = liquidation_price(
                sign,
                self.cost / size,
                size,
                margin,
                self.setup.spec.max_leverage,
            );
            if price > 0.0 {
                self.liquidation = sign * price;
                self.adverse = self.adverse.max(self.liquidation);
            }
        }
        self.set_masks(plan, sign);
    }

    fn set_masks(&mut self, plan: &Plan, sign: f64) {
        let (same, other) = if sign > 0.0 {
            (Side::Long, Side::Short)
        } else {
            (Side::Short, Side::Long)
        };
        self.wake = plan.entry_bits[lane(other)];
        let full = plan.fixed_pyramid.is_some_and(|n| self.lots.len() >= n);
        if full {
            self.refused = plan.countable[lane(same)];
        }
        self.wake |= plan.entry_bits[lane(same)] & !self.refused;
        for exit in &plan.exits {
            if let Trigger::When(cond, _) = exit.trigger
                && cond.phase == Phase::Signal
                && self.lots.iter().any(|lot| in_scope(exit.scope, lot))
            {
                self.wake |= 1 << cond.bit;
            }
        }
        // A bit that wakes is handled, and counted, on the bar it wakes.
        self.refused &= !self.wake;
    }

    /// Whether nothing is due, resting or to be re-evaluated, so that bars may be skipped while no price or flag says else.
    #[inline]
    pub fn idle(&self, plan: &Plan) -> bool {
        !plan.position_phase
            && self.entries_due.is_empty()
            && self.resting.is_empty()
            && (self.lots.is_empty()
                || !plan.exits_at_price
                    && self.moves > f64::NEG_INFINITY
                    && self.lots.iter().all(|lot| lot.due.is_none()))
    }
}

/// Whether an exit concerns a lot.
pub(crate) fn in_scope(scope: ExitScope, lot: &Lot) -> bool {
    match scope {
        ExitScope::All => true,
        ExitScope::Side(Side::Long) => lot.sign > 0.0,
        ExitScope::Side(Side::Short) => lot.sign < 0.0,
        ExitScope::Entry(entry) => lot.entry == entry,
    }
}
