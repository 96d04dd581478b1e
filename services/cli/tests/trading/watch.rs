//! What goes on at the venue and in the journals while others are killed.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used)]

use rust_decimal::Decimal;
use sixbtc_exchange::client::Rest;
use sixbtc_exchange::wire::Address;
use sixbtc_exchange::wire::info::{HistoricalOrder, OrderType};
use sixbtc_live::desk::{Entry, Record};
use sixbtc_live::journal;
use sixbtc_live::order::Role;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// How often the venue is asked.
const EVERY: Duration = Duration::from_millis(120);

/// An order at the venue.
#[derive(Debug, Clone)]
pub struct Order {
    pub user: Address,
    pub cloid: Option<String>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Cover {
    /// Wall time for which a position stood without a stop, since it last had one.
    naked: Duration,
    longest: Duration,
    largest: Decimal,
}

/// All that was seen.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// By the venue's number.
    pub orders: BTreeMap<u64, Order>,
    /// What was planned, by name: what for, in the journal of which strategy.
    pub planned: BTreeMap<String, (String, Role)>,
    cover: BTreeMap<Address, Cover>,
    journals: BTreeMap<PathBuf, Journal>,
    pub samples: u64,
}

/// A journal as far as it was read; kept open, so that one that is begun anew takes nothing away unread.
#[derive(Debug, Clone)]
struct Journal {
    file: Arc<File>,
    inode: u64,
    name: String,
}

impl Seen {
    /// Entries that were planned: name, and which decision of whom.
    pub fn entries(&self) -> impl Iterator<Item = (&String, (String, u16, i64))> {
        self.planned.iter().filter_map(|(cloid, (of, role))| {
            let Role::Enter { entry, decided } = role else {
                return None;
            };
            Some((cloid, (of.clone(), *entry, *decided)))
        })
    }

    /// The longest time without a stop, ms of the wall.
    pub fn naked(&self, user: Address) -> i64 {
        let cover = self.cover.get(&user).copied().unwrap_or_default();
        cover.longest.as_millis() as i64
    }

    pub fn largest(&self, user: Address) -> Decimal {
        self.cover.get(&user).map_or(Decimal::ZERO, |c| c.largest)
    }

    pub fn orders_of(&mut self, user: Address, rows: &[HistoricalOrder]) {
        for row in rows {
            let order = Order {
                user,
                cloid: row.order.cloid.map(|c| c.to_string()),
            };
            self.orders.insert(row.order.oid, order);
        }
    }

    /// Takes what a look at an account showed; `since` the look before that went well.
    fn covered(&mut self, user: Address, held: Decimal, stops: Decimal, since: Duration) {
        let cover = self.cover.entry(user).or_default();
        cover.largest = cover.largest.max(held.abs());
        if held.abs() <= stops {
            cover.naked = Duration::ZERO;
        } else {
            cover.naked += since;
            cover.longest = cover.longest.max(cover.naked);
        }
    }

    /// Reads what has come to all journals below a directory.
    pub fn look_at_journals(&mut self, below: &Path) {
        for path in journals(below) {
            let Ok(meta) = std::fs::metadata(&path) else {
                continue;
            };
            let known = self.journals.get(&path).cloned();
            if let Some(old) = known.as_ref().filter(|k| k.inode != meta.ino()) {
                // the old one to its end, then the new one
                self.read(&path, old.clone());
            }
            let journal = match known.filter(|k| k.inode == meta.ino()) {
                Some(known) => known,
                None => {
                    let Ok(file) = File::open(&path) else {
                        continue;
                    };
                    let name = path.parent().unwrap().file_name().unwrap();
                    Journal {
                        inode: file.metadata().unwrap().ino(),
                        file: Arc::new(file),
                        name: name.to_string_lossy().into_owned(),
                    }
                }
            };
            self.read(&path, journal);
        }
    }

    fn read(&mut self, path: &Path, journal: Journal) {
        let mut file = &*journal.file;
        let header = journal::header(&journal.name);
        // from its beginning each time: an end that was cut off is followed by other records
        let from = header.len() as u64;
        let mut bytes = header;
        file.seek(SeekFrom::Start(from)).unwrap();
        file.read_to_end(&mut bytes).unwrap();
        // an end that is being written is read the next time
        if let Ok(read) = journal::read::<Entry>(&bytes, &journal.name) {
            for entry in read.records {
                if let Record::Planned { plans, .. } = entry.record {
                    for plan in plans {
                        let what = (journal.name.clone(), plan.role);
                        self.planned.insert(plan.cloid.to_string(), what);
                    }
                }
            }
        }
        self.journals.insert(path.to_owned(), journal);
    }
}

/// All journals below a directory.
pub fn journals(below: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let Ok(entries) = std::fs::read_dir(below) else {
        return found;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(journals(&path));
        } else if path.file_name().is_some_and(|n| n == "journal") {
            found.push(path);
        }
    }
    found
}

/// Units held, and units that stops would close.
pub async fn cover(rest: &Rest, user: Address) -> Option<(Decimal, Decimal)> {
    let state = rest.clearinghouse_state(user).await.ok()?;
    let open = rest.frontend_open_orders(user).await.ok()?;
    let held = state.asset_positions.iter().map(|p| p.position.szi).sum();
    let stops = open
        .iter()
        .filter(|o| o.is_trigger && o.reduce_only && matches!(o.order_type, OrderType::StopMarket));
    Some((held, stops.map(|o| o.sz).sum()))
}

/// Looks, until it is stopped.
pub async fn watch(rest: Arc<Rest>, users: Vec<Address>, below: PathBuf, seen: Arc<Mutex<Seen>>) {
    let mut last = BTreeMap::new();
    for round in 0u64.. {
        for user in &users {
            match cover(&rest, *user).await {
                Some((held, stops)) => {
                    let now = Instant::now();
                    let since = last.insert(*user, now).map_or(Duration::ZERO, |l| now - l);
                    let mut seen = seen.lock().unwrap();
                    seen.covered(*user, held, stops, since);
                    seen.samples += 1;
                }
                // a venue that is not there does nothing
                None => {
                    last.remove(user);
                }
            }
            if round % 20 == 0
                && let Ok(rows) = rest.historical_orders(*user).await
            {
                seen.lock().unwrap().orders_of(*user, &rows);
            }
        }
        seen.lock().unwrap().look_at_journals(&below);
        tokio::time::sleep(EVERY).await;
    }
}
