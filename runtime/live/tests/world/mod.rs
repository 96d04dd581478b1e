//! A desk, its disk, its network and its clock.
#![allow(dead_code)]

use crate::exchange::*;
use crate::support::random::Dice;
use crate::support::twin::setup;
use crate::support::*;
use rust_decimal::Decimal;
use sixbtc_abi::*;
use sixbtc_engine::{SymbolSetup, Trade};
use sixbtc_live::desk::*;
use sixbtc_live::ident::Cloid;
use sixbtc_live::journal;
use sixbtc_live::money::{Rules, Tick, decimal, float};
use sixbtc_live::order::*;
use sixbtc_market::Timeframe;
use std::collections::BTreeMap;

/// Chances in percent.
#[derive(Debug, Clone, Copy)]
pub struct Faults {
    /// A request is lost on its way.
    pub lost: u64,
    /// Its answer is.
    pub deaf: u64,
    /// It surely never left.
    pub unsent: u64,
    /// It arrives late, perhaps after it has expired, perhaps twice.
    pub late: u64,
    /// Something the exchange says of its own accord is lost, or said again.
    pub dropped: u64,
    pub doubled: u64,
    /// Words take a while, each another one.
    pub slow: bool,
    /// The process ends before the next command, in a thousand.
    pub crash: u64,
    /// Not all of an order at market finds another side.
    pub thin: u64,
}

impl Faults {
    pub fn none() -> Self {
        Self {
            lost: 0,
            deaf: 0,
            unsent: 0,
            late: 0,
            dropped: 0,
            doubled: 0,
            slow: false,
            crash: 0,
            thin: 0,
        }
    }
    pub fn network() -> Self {
        Self {
            lost: 6,
            deaf: 6,
            unsent: 6,
            late: 6,
            dropped: 15,
            doubled: 15,
            slow: true,
            crash: 0,
            thin: 30,
        }
    }
    pub fn crashes() -> Self {
        Self {
            crash: 25,
            ..Self::none()
        }
    }
    pub fn all() -> Self {
        Self {
            crash: 15,
            ..Self::network()
        }
    }
}

/// What becomes of a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Fate {
    /// It arrives, and the answer is heard.
    Heard,
    /// It arrives, and the answer is not heard.
    Deaf,
    /// It is lost, and nobody can tell.
    Lost,
    /// It never left.
    Unsent(&'static str),
    /// It arrives and is executed; this is heard instead of the answer.
    Said(Answer),
    /// It is not executed, and this is heard.
    Instead(Answer),
    /// It arrives twice.
    Twice,
}

pub type Rule = Box<dyn FnMut(&Batch, i64) -> Fate>;

enum Mail {
    To(Event),
    Request(Batch, bool),
}

#[derive(Clone)]
struct Disk {
    journal: Vec<u8>,
    /// With how many rows had been fed when it was taken.
    snapshot: Option<(Vec<u8>, usize)>,
}

pub struct World<'c> {
    cases: &'c [Case],
    constants: Constants,
    setups: Vec<SymbolSetup<'c>>,
    pub rules: Vec<Rules>,
    pub faults: Faults,
    dice: Dice,
    pub now: i64,
    /// What becomes of requests, when it is not drawn.
    pub rule: Option<Rule>,
    /// How long a process that ended stays down at most, ms.
    pub down: u64,
    pub sends: Vec<(i64, Batch)>,
    pub exchange: Exchange,
    disk: Disk,
    pub rows: usize,
    mail: Vec<(i64, u64, Mail)>,
    sent: u64,
    /// Closed trades by number and part.
    pub noted: BTreeMap<(u64, u32), Closed>,
    pub commands: u64,
    pub crash_at: Option<u64>,
    pub settings: DeskSettings,
    pub naked: Vec<i64>,
    pub alerts: Vec<Alert>,
    pub halted: Option<i64>,
    pub crashes: u32,
    /// How far the desk's clock is ahead of the exchange's, ms.
    pub skew: i64,
    /// What the desk was told, in order.
    pub heard: Vec<Event>,
    /// Funding and transfers, quote currency.
    pub moved: f64,
    instant: bool,
    /// Questions about single orders get no answer that the desk would understand.
    pub mute: bool,
    /// How many were asked.
    pub questions: u64,
}

const STEP: i64 = 500;

impl<'c> World<'c> {
    pub fn new(cases: &'c [Case], seed: u64, faults: Faults) -> Self {
        let ticks: Vec<f64> = cases.iter().map(|c| c.spec.tick).collect();
        let run = &cases[0].settings;
        let exchange = Exchange::new(&ticks, run.slippage, run.taker_fee, run.maker_fee);
        let rules = Rules {
            tick: Tick::Step(Decimal::new(1, 1)),
            lot: Decimal::new(1, 3),
            min_notional: Decimal::TEN,
            max_leverage: 50,
        };
        let mut settings = DeskSettings::default();
        settings.caps.orders_a_minute = 100_000;
        settings.caps.open = 100_000;
        settings.caps.notional_a_day = Decimal::new(1_000_000_000, 0);
        Self {
            cases,
            constants: Constants {
                scalars: cases[0].scalars.clone(),
                ..Constants::default()
            },
            setups: cases.iter().map(setup).collect(),
            rules: vec![rules; cases.len()],
            faults,
            dice: Dice(seed ^ 0x5eed),
            now: 0,
            rule: None,
            down: 20_000,
            sends: Vec::new(),
            exchange,
            disk: Disk {
                journal: journal::header("s"),
                snapshot: None,
            },
            rows: 0,
            mail: Vec::new(),
            sent: 0,
            noted: BTreeMap::new(),
            commands: 0,
            crash_at: None,
            settings,
            naked: vec![0; cases.len()],
            alerts: Vec::new(),
            halted: None,
            crashes: 0,
            skew: 0,
            heard: Vec::new(),
            moved: 0.0,
            instant: false,
            mute: false,
            questions: 0,
        }
    }

    pub fn trades(&self) -> Vec<Trade> {
        self.noted.values().map(|c| c.trade).collect()
    }
}

/// The process: gone when it ends.
pub struct Process<'a> {
    pub desk: Desk<'a>,
    pub states: Vec<State>,
}

/// The process ended.
pub struct Crash;

impl<'c> World<'c> {
    pub fn desk_setup<'a>(
        &self,
        parts: &'a (Constants, Vec<SymbolSetup<'c>>, Vec<Rules>),
    ) -> Setup<'a>
    where
        'c: 'a,
    {
        Setup {
            strategy: "s",
            kernel: &self.cases[0].kernel,
            constants: &parts.0,
            run: &self.cases[0].settings,
            timeframe: Timeframe::H1,
            symbols: &parts.1,
            rules: &parts.2,
            settings: self.settings,
        }
    }

    // a setup is a handful of references
    #[allow(clippy::large_types_passed_by_value)]
    fn read<'a>(&mut self, setup: Setup<'a>) -> (Restored<'a>, usize) {
        let read = journal::read::<Entry>(&self.disk.journal, "s").unwrap();
        self.disk.journal.truncate(read.good_len);
        let snapshot = self.disk.snapshot.as_ref();
        let rows = snapshot.map_or(0, |s| s.1);
        let snapshot: Option<Snapshot> = snapshot.map(|s| rmp_serde::from_slice(&s.0).unwrap());
        let mut restored = Desk::restore(setup, snapshot.as_ref(), &read.records).unwrap();
        restored.states.resize(self.cases.len(), State::default());
        (restored, rows)
    }

    // a setup is a handful of references
    #[allow(clippy::large_types_passed_by_value)]
    pub fn start<'a>(&mut self, setup: Setup<'a>) -> Process<'a> {
        let (restored, rows) = self.read(setup);
        self.rows = rows;
        for command in restored.commands {
            self.note(command);
        }
        Process {
            desk: restored.desk,
            states: restored.states,
        }
    }

    fn note(&mut self, command: Command) {
        if let Command::Trade(closed) = command {
            let key = (closed.number, closed.part);
            // a ratio of no risk is no number
            let same = |c: &Closed| format!("{:?} {:?}", Trade { id: 0, ..c.trade }, c.opening);
            if let Some(before) = self.noted.insert(key, (*closed).clone()) {
                assert_eq!(same(&before), same(&closed), "told again, told the same");
                assert_eq!((before.time, before.due), (closed.time, closed.due));
            }
        }
    }

    fn post(&mut self, after: i64, mail: Mail) {
        self.sent += 1;
        let order = if self.faults.slow {
            self.dice.roll()
        } else {
            self.sent
        };
        self.mail.push((self.now + after, order, mail));
    }

    fn delay(&mut self) -> i64 {
        if self.faults.slow {
            self.dice.below(3_000) as i64
        } else {
            0
        }
    }

    pub fn execute(&mut self, commands: Vec<Command>) -> Result<(), Crash> {
        for command in commands {
            let at = self.commands;
            self.commands += 1;
            if self.dice.below(1_000) < self.faults.crash || self.crash_at == Some(at) {
                // what was being written may be there in part
                if let Command::Journal(entry) = &command {
                    let bytes = journal::encode(entry).unwrap();
                    let part = self.dice.below(bytes.len() as u64 + 1) as usize;
                    self.disk.journal.extend(&bytes[..part]);
                }
                return Err(Crash);
            }
            match command {
                Command::Journal(entry) => {
                    self.tell(|| format!("{:?}", entry.record));
                    let bytes = journal::encode(&entry).unwrap();
                    self.disk.journal.extend(bytes);
                }
                Command::Save(snapshot) => {
                    let bytes = rmp_serde::to_vec(&snapshot).unwrap();
                    self.disk.snapshot = Some((bytes, self.rows));
                    if self.dice.chance(50) {
                        self.disk.journal = journal::header("s");
                    }
                }
                Command::Send(batch) => self.request(batch),
                Command::Query(cloid) => {
                    self.questions += 1;
                    if !self.mute && !self.dice.chance(self.faults.deaf) {
                        let event = Event::Status {
                            cloid,
                            asked: self.clock(),
                            found: self.exchange.status(cloid),
                        };
                        let after = self.delay();
                        self.post(after, Mail::To(event));
                    }
                }
                Command::Reconcile { since } => {
                    if !self.dice.chance(self.faults.deaf) {
                        let seen = self.exchange.reconciled(self.clock(), since);
                        let after = self.delay();
                        self.post(after, Mail::To(Event::Reconciled(seen)));
                    }
                }
                Command::Alert(alert) => self.alerts.push(alert),
                trade @ Command::Trade(_) => self.note(trade),
            }
        }
        Ok(())
    }

    pub fn clock(&self) -> i64 {
        self.now + self.skew
    }

    fn request(&mut self, batch: Batch) {
        let last = self.sends.last().map_or(0, |s| s.1.nonce);
        assert!(batch.nonce > last, "numbers of requests rise");
        let f = self.faults;
        let nonce = batch.nonce;
        self.sends.push((self.now, batch.clone()));
        let fate = match &mut self.rule {
            Some(rule) => rule(&batch, self.now),
            None => Fate::Heard,
        };
        let unknown = Answer::Unknown("no answer".to_owned());
        let said = match fate {
            Fate::Heard => None,
            Fate::Unsent(why) => {
                let answer = Answer::NotSent(why.to_owned());
                return self.post(0, Mail::To(Event::Answer { nonce, answer }));
            }
            Fate::Lost => Some(unknown),
            Fate::Deaf => {
                self.arrive(&batch, false);
                Some(unknown)
            }
            Fate::Instead(answer) => Some(answer),
            Fate::Said(answer) => {
                self.arrive(&batch, false);
                Some(answer)
            }
            Fate::Twice => {
                self.arrive(&batch, true);
                self.arrive(&batch, true);
                return;
            }
        };
        if let Some(answer) = said {
            return self.post(2_000, Mail::To(Event::Answer { nonce, answer }));
        }
        let roll = self.dice.below(100);
        let unknown = Event::Answer {
            nonce,
            answer: Answer::Unknown("no answer".to_owned()),
        };
        if roll < f.unsent {
            let answer = Answer::NotSent("no connection".to_owned());
            self.post(0, Mail::To(Event::Answer { nonce, answer }));
        } else if roll < f.unsent + f.lost {
            self.post(2_000, Mail::To(unknown));
        } else if roll < f.unsent + f.lost + f.late {
            self.post(2_000, Mail::To(unknown));
            let after = self.dice.below(12_000) as i64;
            self.post(after, Mail::Request(batch.clone(), false));
            self.post(after + 100, Mail::Request(batch, false));
        } else {
            let heard = !self.dice.chance(f.deaf);
            if !heard {
                self.post(2_000, Mail::To(unknown));
            }
            self.arrive(&batch, heard);
        }
    }

    fn arrive(&mut self, batch: &Batch, heard: bool) {
        self.exchange.now = self.now;
        if self.dice.chance(self.faults.thin) {
            self.exchange.depth = Decimal::new(3, 1);
        }
        if let Some(halted) = self.halted
            && let Work::Orders { orders, .. } = &batch.work
        {
            for plan in orders {
                let enters = matches!(plan.role, Role::Enter { .. });
                assert!(
                    !(enters && plan.planned > halted),
                    "an entry after the halt"
                );
            }
        }
        let answer = self.exchange.take(batch);
        self.exchange.depth = Decimal::ONE;
        self.spread();
        if heard {
            let after = self.delay();
            let nonce = batch.nonce;
            self.post(after, Mail::To(Event::Answer { nonce, answer }));
        }
    }

    /// What the exchange says of its own accord goes on its way.
    pub fn spread(&mut self) {
        for news in std::mem::take(&mut self.exchange.news) {
            let event = match news {
                News::Update(cloid, seen) => Event::Update { cloid, seen },
                News::Fill(fill) => Event::Fill(fill),
            };
            if self.dice.chance(self.faults.dropped) {
                continue;
            }
            if self.dice.chance(self.faults.doubled) {
                let after = self.delay() * 3;
                self.post(after, Mail::To(event.clone()));
            }
            let after = self.delay();
            self.post(after, Mail::To(event));
        }
    }

    /// Delivers all that is due.
    fn deliver(&mut self, process: &mut Process<'_>) -> Result<(), Crash> {
        let mut steps = 0;
        loop {
            let due = self
                .mail
                .iter()
                .enumerate()
                .filter(|(_, m)| m.0 <= self.now);
            let Some(at) = due.min_by_key(|(_, m)| (m.0, m.1)).map(|d| d.0) else {
                return Ok(());
            };
            let (_, _, mail) = self.mail.remove(at);
            match mail {
                Mail::Request(batch, heard) => self.arrive(&batch, heard),
                Mail::To(event) => {
                    steps += 1;
                    if steps > 3_000 {
                        let seen = process.desk.handle(event.clone(), self.clock()).unwrap();
                        let open: Vec<_> = process.desk.orders().filter(|o| !o.over()).collect();
                        panic!("it never rests: {event:#?} {seen:#?} {open:#?}");
                    }
                    self.heard.push(event.clone());
                    let commands = process.desk.handle(event, self.clock()).unwrap();
                    self.execute(commands)?;
                    self.twin(process);
                }
            }
        }
    }

    /// A process that would be started now knows what this one knows.
    fn twin(&mut self, process: &Process<'_>) {
        if !self.dice.chance(2) {
            return;
        }
        let parts = self.parts();
        let setup = self.desk_setup(&parts);
        let (restored, _) = self.read(setup);
        assert_eq!(restored.desk.state(), process.desk.state());
        let held = |d: &Desk<'_>| {
            let lots = |s: usize| d.live().lots(s).collect::<Vec<_>>();
            let all: Vec<_> = (0..self.cases.len()).map(lots).collect();
            (all, d.live().cash().to_bits())
        };
        assert_eq!(held(&restored.desk), held(&process.desk));
    }

    pub fn parts(&self) -> (Constants, Vec<SymbolSetup<'c>>, Vec<Rules>) {
        (
            self.constants.clone(),
            self.cases.iter().map(setup).collect(),
            self.rules.clone(),
        )
    }

    /// What happened, with `DESK_LOG` set: a failing seed explains itself.
    fn tell(&self, what: impl FnOnce() -> String) {
        if std::env::var_os("DESK_LOG").is_some() {
            eprintln!("{:>9} {}", self.now, what());
        }
    }

    pub fn lost_with_the_process(&mut self) {
        self.tell(|| "the process ends".to_owned());
        self.crashes += 1;
        self.crash_at = None;
        self.mail.retain(|m| matches!(m.2, Mail::Request(..)));
        if !self.instant {
            let down = self.dice.below(self.down) as i64;
            self.now += down;
        }
    }

    pub fn tick(&mut self, process: &mut Process<'_>) -> Result<(), Crash> {
        self.now += STEP;
        self.exchange.now = self.now;
        self.deliver(process)?;
        let prices = self.exchange.prices.iter().map(|p| p.and_then(decimal));
        let event = Event::Prices(prices.collect());
        let commands = process.desk.handle(event, self.clock()).unwrap();
        self.execute(commands)?;
        self.deliver(process)?;
        self.watch();
        // a position at the exchange is one
        for s in 0..self.cases.len() {
            let side = |short: bool| process.desk.live().lots(s).any(|l| (l.1 < 0.0) == short);
            assert!(!(side(true) && side(false)), "lots to both sides");
        }
        Ok(())
    }

    fn watch(&mut self) {
        let stops = |w: &Self| {
            let plan = &w.cases[0].kernel.manifest.plan;
            plan.entries.iter().all(|e| {
                e.bracket
                    .stops
                    .iter()
                    .any(|l| matches!(l, Level::Percent(_)))
            })
        };
        if !stops(self) {
            return;
        }
        for s in 0..self.cases.len() {
            let position = self.exchange.positions[s];
            let covered: Decimal = { self.exchange.orders.values() }
                .filter(|o| {
                    o.plan.symbol == s
                        && o.at == At::Open
                        && o.plan.reduces
                        && matches!(o.plan.kind, Kind::Stop { .. })
                })
                .map(|o| o.plan.size - o.filled)
                .sum();
            if covered >= position.abs() {
                self.naked[s] = self.now;
            }
            let naked = self.now - self.naked[s];
            assert!(
                naked <= self.settings.unprotected,
                "{position} units without a stop for {naked} ms at {}",
                self.now
            );
        }
    }

    pub fn feed(&mut self, process: &mut Process<'_>, row: usize) -> Result<(), Crash> {
        let all: Vec<Columns> = self.cases.iter().map(|c| columns(&c.rows)).collect();
        let values: Vec<Vec<Vec<f64>>> = self
            .cases
            .iter()
            .map(|c| {
                let one = |v: &Vec<f64>| v.get(row..=row).unwrap_or_default().to_vec();
                c.values.iter().map(one).collect()
            })
            .collect();
        let blocks: Vec<_> = (0..self.cases.len())
            .filter(|&s| row < self.cases[s].rows.len())
            .map(|s| all[s].block(s, row..row + 1, &values[s]))
            .collect();
        self.rows = row + 1;
        self.tell(|| format!("bar {row} closed"));
        let commands = process
            .desk
            .closed(&mut process.states, &blocks, self.clock())
            .unwrap();
        self.execute(commands)?;
        self.twin(process);
        Ok(())
    }

    fn all_rows(&self) -> usize {
        self.cases.iter().map(|c| c.rows.len()).max().unwrap()
    }

    /// A life with all faults.
    pub fn run(&mut self) {
        self.settings.stop_every = 5_000;
        self.settings.partial_rest = 20_000;
        if self.dice.chance(50) {
            self.settings.stop_entries = StopEntries::Resting;
        }
        self.exchange.strict = true;
        let halt = self
            .dice
            .chance(15)
            .then(|| self.dice.below(14) as i64 * HOUR + 30_000);
        let rows = self.all_rows();
        let parts = self.parts();
        let setup = self.desk_setup(&parts);
        let mut process = self.start(setup);
        let mut path: Vec<(i64, Vec<Option<f64>>)> = Vec::new();
        for row in 0..rows {
            let turn = |a: f64, b: f64, at: f64| a + (b - a) * at;
            let mut points = vec![];
            let bar = |s: usize| self.cases[s].rows.get(row).copied();
            for (i, pick) in [0, 1, 2, 3].into_iter().enumerate() {
                let price = |s: usize| {
                    bar(s).map(|b| {
                        let up = b.3 >= b.0;
                        let path = if up {
                            [b.0, b.2, b.1, b.3]
                        } else {
                            [b.0, b.1, b.2, b.3]
                        };
                        turn(path[pick], path[pick], 1.0)
                    })
                };
                let at = row as i64 * HOUR + [0, 1_000_000, 2_000_000, 3_000_000][i];
                points.push((at, (0..self.cases.len()).map(price).collect()));
            }
            path.extend(points);
        }
        let mut next = 0;
        let mut fed_due = 0;
        while next < path.len() {
            let (at, prices) = path[next].clone();
            self.now = self.now.max(at);
            self.naked.fill(self.now);
            // markets move
            self.exchange.now = self.now;
            for (s, price) in prices.iter().enumerate() {
                if let Some(price) = price {
                    if self.dice.chance(self.faults.thin) {
                        self.exchange.depth = Decimal::new(4, 1);
                    }
                    self.exchange.trade(s, *price);
                    self.exchange.depth = Decimal::ONE;
                } else {
                    self.exchange.prices[s] = None;
                }
            }
            self.spread();
            next += 1;
            let until = self.now + 40_000;
            if next % 4 == 0 {
                fed_due = next / 4;
            }
            while self.now < until {
                let halts = halt.is_some_and(|h| self.now >= h) && self.halted.is_none();
                let step = |w: &mut Self, p: &mut Process<'_>| -> Result<(), Crash> {
                    if halts {
                        let event = Event::Halt("a person says so".to_owned());
                        let commands = p.desk.handle(event, w.now).unwrap();
                        w.execute(commands)?;
                        w.halted = Some(w.now);
                    }
                    w.tick(p)
                };
                if step(self, &mut process).is_err() {
                    self.lost_with_the_process();
                    process = self.start(setup);
                }
            }
            while self.rows < fed_due {
                let closed = (self.rows as i64 + 1) * HOUR;
                self.now = self.now.max(closed);
                let row = self.rows;
                self.naked.fill(self.now);
                if self.feed(&mut process, row).is_err() {
                    self.lost_with_the_process();
                    process = self.start(setup);
                }
            }
        }
        // and then everything is well for a while
        self.faults = Faults::none();
        for _ in 0..600 {
            if self.tick(&mut process).is_err() {
                self.lost_with_the_process();
                process = self.start(setup);
            }
        }
        self.finish(&process);
    }

    pub fn finish(&mut self, process: &Process<'_>) {
        let desk = &process.desk;
        let state = desk.state();
        assert!(
            desk.calm(),
            "floor {} last {} foreign {:?} tids {:?} fills {:?} {:#?}",
            state.floor,
            state.last_fill,
            state.foreign,
            state.tids,
            self.exchange.fills,
            { desk.orders() }.filter(|o| !o.over()).collect::<Vec<_>>()
        );
        assert_eq!(state.quarantine, BTreeMap::new(), "{:#?}", self.alerts);
        // I1, I4
        assert_eq!(state.positions, self.exchange.positions);
        let mut sums = vec![Decimal::ZERO; self.cases.len()];
        for f in &self.exchange.fills {
            sums[f.symbol] += if f.buys { f.size } else { -f.size };
        }
        assert_eq!(sums, self.exchange.positions);
        for (s, position) in self.exchange.positions.iter().enumerate() {
            let lots = desk.live().position(s);
            assert!(
                (lots - float(*position)).abs() < 1e-3 / 2.0 + 1e-9,
                "{lots} {position}"
            );
        }
        // I5: what came in, less what went out and what is held, is what the desk thinks it has
        let spent = |f: &Fill| {
            let value = f.size * f.price;
            f.fee + if f.buys { value } else { -value }
        };
        let spent: Decimal = self.exchange.fills.iter().map(spent).sum();
        let cost: f64 = (0..self.cases.len())
            .flat_map(|s| desk.live().lots(s).collect::<Vec<_>>())
            .map(|(_, units, price)| units * price)
            .sum();
        let off =
            desk.live().cash() - cost + float(spent) - self.cases[0].settings.capital - self.moved;
        // a lot may be off by half of the exchange's smallest unit at each fill
        let most = 0.06 * self.exchange.fills.len() as f64 + 1e-6;
        assert!(off.abs() <= most, "{off} of equity are unaccounted for");
        // no order without an owner, none that is only believed
        for kept in self.exchange.open_orders() {
            let known = state
                .orders
                .get(&kept.plan.cloid)
                .expect("an order without an owner");
            assert!(known.alive(), "{known:?}");
        }
        for order in desk.orders().filter(|o| o.alive()) {
            let kept = &self.exchange.orders[&order.plan.cloid];
            assert!(alive(&kept.at), "{order:?} {kept:?}");
            assert_eq!(kept.filled, order.filled);
        }
    }

    /// What must hold of the whole life.
    pub fn check(&mut self) {
        // one decision is one entry, however many orders were made for it
        let mut entered: BTreeMap<(usize, Role), Vec<&Kept>> = BTreeMap::new();
        for kept in self.exchange.orders.values() {
            if matches!(kept.plan.role, Role::Enter { .. }) && !kept.filled.is_zero() {
                let key = (kept.plan.symbol, kept.plan.role);
                entered.entry(key).or_default().push(kept);
            }
        }
        for (key, orders) in entered {
            assert_eq!(orders.len(), 1, "{key:?} {orders:#?}");
        }
        let fills: std::collections::BTreeSet<u64> =
            self.exchange.fills.iter().map(|f| f.tid).collect();
        assert_eq!(fills.len(), self.exchange.fills.len());
    }

    /// A life in which orders fill as a simulation fills them.
    pub fn run_as_simulated(&mut self) {
        self.settings.stop_better = Decimal::ZERO;
        self.settings.stop_every = 0;
        self.settings.entry_cap = Decimal::new(20, 2);
        self.settings.leave_cap = Decimal::new(90, 2);
        self.settings.price_age = 1_000;
        for rules in &mut self.rules {
            rules.tick = Tick::Step(Decimal::new(1, 12));
        }
        self.instant = true;
        let parts = self.parts();
        let setup = self.desk_setup(&parts);
        let mut process = self.start(setup);
        let p = &mut process;
        for row in 0..self.all_rows() {
            let time = row as i64 * HOUR;
            let bar = |s: usize| self.cases[s].rows.get(row).copied();
            let bars: Vec<_> = (0..self.cases.len()).map(bar).collect();
            self.exchange.prices = bars.iter().map(|b| b.map(|b| b.0)).collect();
            self.settle(p, time);
            for (s, bar) in bars.iter().enumerate() {
                if let Some((open, high, low, ..)) = bar {
                    self.within(p, s, time, (*open, *high, *low));
                }
            }
            self.now = time + HOUR;
            assert!(self.feed(p, row).is_ok());
        }
        assert!(p.desk.state().quarantine.is_empty(), "{:?}", self.alerts);
    }

    /// Prices and answers, until nothing more happens.
    fn settle(&mut self, p: &mut Process<'_>, time: i64) {
        for i in 0.. {
            self.now = self.now.max(time);
            // fills happen at the open, however long it takes to ask for them
            self.exchange.now = time;
            let prices = self.exchange.prices.iter().map(|p| p.and_then(decimal));
            let commands = p
                .desk
                .handle(Event::Prices(prices.collect()), self.now)
                .unwrap();
            let quiet = commands.is_empty() && self.mail.is_empty() && p.desk.ready();
            assert!(self.execute(commands).is_ok());
            assert!(self.deliver(p).is_ok());
            if quiet {
                return;
            }
            assert!(
                i < 200,
                "it never rests: {:#?}",
                p.desk.orders().collect::<Vec<_>>()
            );
        }
    }

    fn within(&mut self, p: &mut Process<'_>, s: usize, time: i64, bar: (f64, f64, f64)) {
        let (open, high, low) = bar;
        let lots: Vec<u32> = p.desk.live().lots(s).map(|l| l.0).collect();
        for lot in &lots {
            while self.touch(
                p,
                (s, time),
                (&lots, Some(*lot)),
                true,
                (open, open),
                Some(open),
            ) {}
            while self.touch(
                p,
                (s, time),
                (&lots, Some(*lot)),
                false,
                (open, open),
                Some(open),
            ) {}
        }
        while self.touch(p, (s, time), (&lots, None), true, (high, low), None) {}
        while self.touch(p, (s, time), (&lots, None), false, (high, low), None) {}
    }

    /// Fills the one order that a simulation would fill now. Whether there was one.
    fn touch(
        &mut self,
        p: &mut Process<'_>,
        (s, time): (usize, i64),
        (lots, only): (&[u32], Option<u32>),
        protects: bool,
        (up, down): (f64, f64),
        due: Option<f64>,
    ) -> bool {
        let mut found: Vec<(usize, f64, Cloid, bool, f64)> = Vec::new();
        for order in p.desk.orders().filter(|o| o.alive() && o.plan.symbol == s) {
            let lot = match order.plan.role {
                Role::Protect { lot } if protects => lot,
                Role::Take { lot } if !protects => lot,
                _ => continue,
            };
            if only.is_some_and(|only| only != lot) {
                continue;
            }
            let sign = if order.plan.buys { -1.0 } else { 1.0 };
            let (best, worst) = if sign > 0.0 { (up, down) } else { (-down, -up) };
            let level = sign * order.plan.due;
            let hit = if protects {
                worst <= level
            } else {
                level <= best
            };
            if hit {
                let at = lots.iter().position(|l| *l == lot).unwrap();
                found.push((at, level, order.plan.cloid, order.plan.buys, order.plan.due));
            }
        }
        let by = |a: &f64, b: &f64| a.partial_cmp(b).unwrap();
        if protects {
            found.sort_by(|a, b| by(&b.1, &a.1).then(a.0.cmp(&b.0)));
        } else {
            found.sort_by(|a, b| a.0.cmp(&b.0).then(by(&a.1, &b.1)));
        }
        let Some(&(_, _, cloid, buys, level)) = found.first() else {
            return false;
        };
        let price = self.exchange.price(s, buys, due.unwrap_or(level), protects);
        self.exchange.now = time;
        let size = self.exchange.orders[&cloid].plan.size;
        self.exchange
            .fill(cloid, size, decimal(price).unwrap(), protects);
        self.spread();
        assert!(self.deliver(p).is_ok());
        // what is decided at a close waits for the next open
        true
    }
}
