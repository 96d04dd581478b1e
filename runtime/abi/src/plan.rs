//! What the outputs of a kernel mean as orders. The engine, the paper venue and the live executor read the same plan.

/// Long or short.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// Gains when the price rises.
    Long,
    /// Gains when the price falls.
    Short,
}

impl Side {
    /// `+1.0` for long, `-1.0` for short.
    pub fn sign(self) -> f64 {
        match self {
            Self::Long => 1.0,
            Self::Short => -1.0,
        }
    }
}

/// Which of the three functions of a kernel yields an output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Evaluated at every bar's close, whatever the position.
    Signal,
    /// Evaluated at every bar's close with the position as it is after the bar's fills.
    Position,
    /// Evaluated once, when an entry fills, with the fill price and the signal outputs of the decision bar.
    Bracket,
}

/// A condition: a bit of the flags of a phase (never [`Phase::Bracket`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Cond {
    /// Signal or position.
    pub phase: Phase,
    /// The bit, 0..64.
    pub bit: u8,
}

/// A number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value {
    /// Written in the source.
    Const(f64),
    /// Fixed for the run: an index into [`crate::Constants::scalars`].
    Scalar(u16),
    /// An output column of a phase.
    Out(Phase, u16),
}

/// A price level of a protective order, seen from the actual entry fill.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Level {
    /// Fraction of the entry price (`0.015` is 1.5 %), away from the entry against (stop) or with (target) the position.
    Percent(Value),
    /// An absolute price.
    Price(Value),
    /// A multiple of the initial risk `|entry − first stop|`.
    Risk(Value),
}

/// How far the price must travel, or stay behind.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Distance {
    /// Fraction of the price it is measured from.
    Percent(Value),
    /// In price units.
    Price(Value),
    /// A multiple of the initial risk.
    Risk(Value),
}

/// How an entry order reaches the market.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum EntryOrder {
    /// At the next bar's open.
    Market,
    /// Rests at a limit price for `bars` bars.
    Limit {
        /// The limit price, fixed at the decision.
        price: Value,
        /// Bars it stays alive, at least 1.
        bars: Value,
    },
    /// Rests as a stop (breakout) order for `bars` bars.
    Stop {
        /// The trigger price, fixed at the decision.
        price: Value,
        /// Bars it stays alive, at least 1.
        bars: Value,
    },
}

/// A target; several may each close a part.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TargetLeg {
    /// Where.
    pub level: Level,
    /// Fraction of the *original* size to close; the whole remainder when absent.
    pub closing: Option<Value>,
}

/// A trailing stop. It follows the best confirmed close-of-bar extreme since entry at `distance` and only ever tightens.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrailLeg {
    /// Evaluated at every confirmed bar.
    pub distance: Distance,
    /// Favourable travel from the entry after which the trail starts; at once when absent.
    pub after: Option<Distance>,
}

/// Why a position (or a part) was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ExitReason {
    /// An `exit when` condition.
    Signal,
    /// A stop, moved to breakeven or not.
    Stop,
    /// A trailing stop.
    Trail,
    /// A target.
    Target,
    /// `exit after N bars`.
    Time,
    /// `exit at session end`.
    Session,
    /// The margin ran out.
    Liquidation,
    /// An entry to the other side.
    Reverse,
    /// The data ended.
    EndOfData,
    /// A portfolio holds less of it from now on, or nothing.
    Rebalance,
}

impl ExitReason {
    /// The name in reports and `trades.csv`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Signal => "signal",
            Self::Stop => "stop",
            Self::Trail => "trail",
            Self::Target => "target",
            Self::Time => "time",
            Self::Session => "session",
            Self::Liquidation => "liquidation",
            Self::Reverse => "reverse",
            Self::EndOfData => "end_of_data",
            Self::Rebalance => "rebalance",
        }
    }
}

/// What makes an exit due.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ExitTrigger {
    /// Condition at a bar's close: fills at the next open. `reason` is `Signal` or `Session`.
    When {
        /// The condition.
        cond: Cond,
        /// What the report calls it.
        reason: ExitReason,
    },
    /// At the open of the bar that many bars after the entry bar.
    After(Value),
    /// A price re-evaluated at each close that rests for the next bar: a limit on the favourable side of the close,
    /// a stop on the other.
    At(Value),
}

/// Whose positions an exit closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitScope {
    /// Any.
    All,
    /// Only this side.
    Side(Side),
    /// Only what this entry (index into [`OrderPlan::entries`]) opened.
    Entry(u16),
}

/// An exit of the strategy as a whole.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ExitPlan {
    /// Whose.
    pub scope: ExitScope,
    /// When.
    pub trigger: ExitTrigger,
}

/// The legs an entry owns.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Bracket {
    /// Initial stops; the tightest holds.
    pub stops: Vec<Level>,
    /// Favourable travel after which the stop moves to the entry price, once.
    pub breakeven: Option<Distance>,
    /// Targets in source order.
    pub targets: Vec<TargetLeg>,
    /// Trailing stop.
    pub trail: Option<TrailLeg>,
    /// Exits that concern only this entry's position.
    pub exits: Vec<ExitTrigger>,
}

/// How large.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Sizing {
    /// Risk this fraction of equity between the entry and its stop.
    Risk(Value),
    /// Notional as a fraction of equity.
    Equity(Value),
    /// Notional = equity × target / annual volatility.
    TargetVol {
        /// Annual volatility wanted, as a fraction.
        target: Value,
        /// Annual volatility now, as a fraction.
        vol: Value,
    },
    /// A number of units (coins).
    Units(Value),
    /// A notional in the account's currency.
    Notional(Value),
}

/// One `enter` statement.
#[derive(Debug, Clone, PartialEq)]
pub struct EntryPlan {
    /// Long or short.
    pub side: Side,
    /// The `#label`, or a name made from the side.
    pub tag: String,
    /// The condition, already masked by the session if there is one.
    pub when: Cond,
    /// Order type.
    pub order: EntryOrder,
    /// Overrides the strategy's sizing.
    pub size: Option<Sizing>,
    /// Protective legs.
    pub bracket: Bracket,
}

/// Hard limits, which the live executor enforces too.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Limits {
    /// Largest leverage.
    pub leverage: Option<Value>,
    /// Entries at most in one direction (1 without the statement).
    pub pyramid: Option<Value>,
    /// Least favourable travel between pyramid entries, in price units or percent.
    pub pyramid_every: Option<Distance>,
    /// Bars after an exit during which no entry is taken.
    pub cooldown: Option<Value>,
    /// Entries at most in a period: `(count, period in ms)`.
    pub trades: Option<(Value, i64)>,
}

/// Everything the strategy wants to do, by name of kernel output.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OrderPlan {
    /// In source order, which is their priority on one bar.
    pub entries: Vec<EntryPlan>,
    /// Strategy-wide exits.
    pub exits: Vec<ExitPlan>,
    /// Default sizing; 100 % of equity when absent.
    pub size: Option<Sizing>,
    /// Limits.
    pub limits: Limits,
}

impl Value {
    fn each(&mut self, f: &mut dyn FnMut(&mut Value)) {
        f(self);
    }
}

impl Level {
    fn each(&mut self, f: &mut dyn FnMut(&mut Value)) {
        let (Self::Percent(v) | Self::Price(v) | Self::Risk(v)) = self;
        f(v);
    }
}

impl Distance {
    fn each(&mut self, f: &mut dyn FnMut(&mut Value)) {
        let (Self::Percent(v) | Self::Price(v) | Self::Risk(v)) = self;
        f(v);
    }
}

impl ExitTrigger {
    fn each(&mut self, f: &mut dyn FnMut(&mut Value)) {
        match self {
            Self::When { .. } => {}
            Self::After(v) | Self::At(v) => f(v),
        }
    }
}

impl Sizing {
    fn each(&mut self, f: &mut dyn FnMut(&mut Value)) {
        match self {
            Self::Risk(v) | Self::Equity(v) | Self::Units(v) | Self::Notional(v) => f(v),
            Self::TargetVol { target, vol } => {
                f(target);
                f(vol);
            }
        }
    }
}

impl Bracket {
    fn each(&mut self, f: &mut dyn FnMut(&mut Value)) {
        self.stops.iter_mut().for_each(|l| l.each(f));
        self.breakeven.iter_mut().for_each(|d| d.each(f));
        for leg in &mut self.targets {
            leg.level.each(f);
            leg.closing.iter_mut().for_each(|v| v.each(f));
        }
        if let Some(leg) = &mut self.trail {
            leg.distance.each(f);
            leg.after.iter_mut().for_each(|d| d.each(f));
        }
        self.exits.iter_mut().for_each(|t| t.each(f));
    }
}

impl OrderPlan {
    /// Calls `f` for every number the plan reads, to rewrite them.
    pub fn each_value_mut(&mut self, f: &mut dyn FnMut(&mut Value)) {
        for entry in &mut self.entries {
            match &mut entry.order {
                EntryOrder::Market => {}
                EntryOrder::Limit { price, bars } | EntryOrder::Stop { price, bars } => {
                    f(price);
                    f(bars);
                }
            }
            entry.size.iter_mut().for_each(|s| s.each(f));
            entry.bracket.each(f);
        }
        self.exits.iter_mut().for_each(|e| e.trigger.each(f));
        self.size.iter_mut().for_each(|s| s.each(f));
        let limits = &mut self.limits;
        limits.leverage.iter_mut().for_each(|v| v.each(f));
        limits.pyramid.iter_mut().for_each(|v| v.each(f));
        limits.pyramid_every.iter_mut().for_each(|d| d.each(f));
        limits.cooldown.iter_mut().for_each(|v| v.each(f));
        if let Some((count, _)) = &mut limits.trades {
            f(count);
        }
    }
}
