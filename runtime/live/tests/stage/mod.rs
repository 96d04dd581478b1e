//! A world that follows a script: one thing after the other, each with the process ending wherever it is told to.
#![allow(dead_code)]

use crate::exchange::*;
use crate::support::*;
use crate::world::*;
use rust_decimal::Decimal;
use sixbtc_abi::*;
use sixbtc_engine::FillAt;
use sixbtc_live::desk::*;
use sixbtc_live::money::decimal;
use sixbtc_live::order::*;

pub struct Stage {
    pub world: World<'static>,
    setup: Setup<'static>,
    process: Process<'static>,
    fed: usize,
}

pub fn d(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// Long on [`ENTER`], short on [`SHORT`], out on [`EXIT`], with a stop of 2 % and a target of 5 %, one unit.
pub fn plan() -> OrderPlan {
    with(&Bracket {
        stops: vec![Level::Percent(Value::Const(0.02))],
        targets: vec![target(Level::Percent(Value::Const(0.05)), None)],
        ..Bracket::default()
    })
}

/// Cases whose bars stand at 100 and carry these flags, one list a symbol.
pub fn cases(plan: &OrderPlan, flags: &[&[u64]]) -> Vec<Case> {
    let one = |(i, flags): (usize, &&[u64])| {
        let rows: Vec<Row> = flags.iter().map(|f| flag(at(100.0), *f)).collect();
        case(plan.clone(), &rows)
            .spec(|s| s.symbol = format!("S{i}"))
            .settings(|s| {
                s.fill = FillAt::NextOpen;
                s.round_prices = true;
                s.round_to_lot = true;
                s.max_positions = 5;
            })
    };
    flags.iter().enumerate().map(one).collect()
}

impl Stage {
    /// One symbol with [`plan`].
    pub fn new(flags: &[u64]) -> Self {
        Self::of(&plan(), flags)
    }

    /// One symbol with a plan.
    pub fn of(plan: &OrderPlan, flags: &[u64]) -> Self {
        Self::with(cases(plan, &[flags]), |_| ())
    }

    pub fn with(cases: Vec<Case>, change: impl FnOnce(&mut World<'static>)) -> Self {
        // a test lives as long as its process
        let cases: &'static [Case] = Box::leak(cases.into_boxed_slice());
        let mut world = World::new(cases, 7, Faults::none());
        world.exchange.strict = true;
        world.down = 1_000;
        change(&mut world);
        let parts = Box::leak(Box::new(world.parts()));
        let setup = world.desk_setup(parts);
        let process = world.start(setup);
        Self {
            world,
            setup,
            process,
            fed: 0,
        }
    }

    pub fn desk(&self) -> &Desk<'static> {
        &self.process.desk
    }

    /// Does something, with another process going on when the first one ends in it.
    fn act(
        &mut self,
        mut what: impl FnMut(&mut World<'static>, &mut Process<'static>) -> Result<(), Crash>,
    ) {
        while what(&mut self.world, &mut self.process).is_err() {
            self.restart();
        }
    }

    /// The process ends, and another one begins.
    pub fn restart(&mut self) {
        self.world.lost_with_the_process();
        self.process = self.world.start(self.setup);
    }

    /// Another process begins, with other settings.
    pub fn reopen(&mut self, change: impl FnOnce(&mut DeskSettings)) {
        change(&mut self.setup.settings);
        self.restart();
    }

    /// Something that happens beside the market. Said again when the process ends before it has taken it.
    pub fn tell(&mut self, event: &Event) {
        self.act(|w, p| {
            let commands = p.desk.handle(event.clone(), w.clock()).unwrap();
            w.execute(commands)
        });
    }

    pub fn wait(&mut self, ms: i64) {
        let until = self.world.now + ms;
        while self.world.now < until {
            self.act(World::tick);
        }
    }

    /// The first market trades at a price.
    pub fn price(&mut self, price: f64) {
        self.prices(&[price]);
    }

    pub fn prices(&mut self, prices: &[f64]) {
        self.world.exchange.now = self.world.now;
        for (s, price) in prices.iter().enumerate() {
            self.world.exchange.trade(s, *price);
        }
        self.world.spread();
        self.wait(500);
    }

    /// The first market trades at a price, and there is only a part of what its resting orders ask for.
    pub fn trade_part(&mut self, part: &str, price: f64) {
        self.exchange(|e| {
            e.depth = d(part);
            e.trade(0, price);
            e.depth = Decimal::ONE;
        });
    }

    /// Something at the exchange while no process runs, which hears nothing of it; then another one begins.
    pub fn while_down(&mut self, ms: i64, what: impl FnOnce(&mut Exchange)) {
        self.world.now += ms;
        self.world.exchange.now = self.world.now;
        what(&mut self.world.exchange);
        self.world.exchange.news.clear();
        self.restart();
    }

    /// Something at the exchange that the desk has no part in.
    pub fn exchange(&mut self, what: impl FnOnce(&mut Exchange)) {
        self.world.exchange.now = self.world.now;
        what(&mut self.world.exchange);
        self.world.spread();
        self.wait(500);
    }

    /// The next bar closes.
    pub fn close(&mut self) {
        self.fed += 1;
        let due = self.fed;
        self.catch_up(due);
    }

    fn catch_up(&mut self, due: usize) {
        while self.world.rows < due {
            let row = self.world.rows;
            self.world.now = self.world.now.max((row as i64 + 1) * HOUR);
            // nothing happened meanwhile
            self.world.naked.fill(self.world.now);
            if self.world.feed(&mut self.process, row).is_err() {
                self.restart();
            }
        }
    }

    /// The next bar closes, and all markets go on at 100 for a while.
    pub fn bar(&mut self, ms: i64) {
        self.close();
        self.at_100();
        self.wait(ms);
    }

    /// The first bar, at 100.
    pub fn begin(&mut self, ms: i64) {
        self.at_100();
        self.bar(ms);
    }

    fn at_100(&mut self) {
        let all = vec![100.0; self.world.exchange.positions.len()];
        self.prices(&all);
    }

    /// One long lot of a unit at 100 with its stop and target, all confirmed.
    pub fn long(&mut self) {
        self.begin(3_000);
    }

    pub fn position(&self, s: usize) -> Decimal {
        self.world.exchange.positions[s]
    }

    pub fn lots(&self, s: usize) -> usize {
        self.desk().live().lots(s).count()
    }

    /// Open orders at the exchange: role by kind, size and price.
    pub fn open(&self) -> Vec<(&'static str, Decimal, Decimal)> {
        let mut all: Vec<_> = { self.world.exchange.open_orders() }
            .map(|o| {
                (
                    kind(o.plan.role),
                    o.plan.size - o.filled,
                    o.plan.kind.price(),
                )
            })
            .collect();
        all.sort_unstable();
        all
    }

    /// How many orders of a kind were ever sent.
    pub fn sent(&self, what: &str) -> usize {
        let orders = |b: &Batch| match &b.work {
            Work::Orders { orders, .. } => orders.iter().filter(|o| kind(o.role) == what).count(),
            _ => 0,
        };
        self.world.sends.iter().map(|(_, b)| orders(b)).sum()
    }

    pub fn alerted(&self, text: &str) -> bool {
        self.world.alerts.iter().any(|a| a.what.contains(text))
    }

    #[track_caller]
    pub fn assert_alerted(&self, severity: Severity, text: &str) {
        let hit = |a: &Alert| a.severity == severity && a.what.contains(text);
        assert!(
            self.world.alerts.iter().any(hit),
            "{:#?}",
            self.world.alerts
        );
    }

    /// Trades: entry, exit, units, bar of the exit.
    pub fn trades(&self) -> Vec<(f64, f64, f64)> {
        let all = self.world.trades();
        all.iter()
            .map(|t| (t.entry_price, t.exit_price, t.size))
            .collect()
    }

    pub fn reasons(&self) -> Vec<ExitReason> {
        self.world.trades().iter().map(|t| t.exit_reason).collect()
    }

    /// All is well for a while, and then everything that must hold does.
    pub fn end(&mut self) {
        self.world.faults = Faults::none();
        self.world.rule = None;
        self.world.exchange.refuse = None;
        self.wait(300_000);
        self.world.finish(&self.process);
        self.world.check();
    }

    /// The same, but for the markets that are in quarantine.
    pub fn end_in_quarantine(&mut self) {
        self.world.faults = Faults::none();
        self.world.rule = None;
        self.wait(300_000);
        assert!(!self.desk().state().quarantine.is_empty());
        self.world.check();
    }
}

pub fn kind(role: Role) -> &'static str {
    match role {
        Role::Enter { .. } => "enter",
        Role::Guard { .. } => "guard",
        Role::Protect { .. } => "protect",
        Role::Take { .. } => "take",
        Role::Leave { .. } => "leave",
        Role::Clear => "clear",
    }
}

pub fn price(x: f64) -> Decimal {
    decimal(x).unwrap()
}
