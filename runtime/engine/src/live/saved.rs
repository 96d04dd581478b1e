//! What a strategy at the market has to remember when its process ends.

use super::{Late, Live};
use crate::book::{Book, Order, Resting};
use crate::lot::Lot;
use serde::{Deserialize, Serialize};

/// The version of the shape below.
const VERSION: u16 = 2;

/// Lots, waiting entries, cash and counts of a [`Live`]; with the states of its kernel it goes on as if nothing had been.
///
/// Levels that do not stand are infinite: encode it by something that has infinities (`MessagePack` has, JSON has not).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Saved {
    version: u16,
    cash: f64,
    next_lot: u32,
    last: Option<i64>,
    books: Vec<SavedBook>,
    late: Vec<Late>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct SavedBook {
    position: Vec<f64>,
    row: usize,
    close: f64,
    end: i64,
    lots: Vec<Lot>,
    entries_due: Vec<Order>,
    resting: Vec<Resting>,
    left: Option<usize>,
    period: i64,
    period_entries: usize,
}

/// Why a saved state is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SavedError {
    /// Written by another version of this program.
    #[error("the state has version {found}, this program knows {VERSION}")]
    Version {
        /// What it says.
        found: u16,
    },
    /// Of another strategy or other symbols.
    #[error("the state is of another strategy: {what}")]
    Other {
        /// What does not fit.
        what: &'static str,
    },
}

impl Live<'_> {
    /// What has to be remembered.
    pub fn save(&self) -> Saved {
        let book = |b: &Book<'_>| SavedBook {
            position: b.position.clone(),
            row: b.row,
            close: b.close,
            end: b.end,
            lots: b.lots.clone(),
            entries_due: b.entries_due.clone(),
            resting: b.resting.clone(),
            left: b.left,
            period: b.period,
            period_entries: b.period_entries,
        };
        Saved {
            version: VERSION,
            cash: self.engine.account.cash,
            next_lot: self.engine.account.next_lot,
            last: self.last,
            books: self.engine.books.iter().map(book).collect(),
            late: self.late.clone(),
        }
    }

    /// Goes on from a saved state.
    pub fn restore(&mut self, saved: &Saved) -> Result<(), SavedError> {
        if saved.version != VERSION {
            return Err(SavedError::Version {
                found: saved.version,
            });
        }
        let engine = &mut self.engine;
        let other = |what| Err(SavedError::Other { what });
        let symbols = engine.books.len();
        if saved.books.len() != symbols {
            return other("it has another number of symbols");
        }
        let plan = &engine.plan;
        let known = |entry: u16| usize::from(entry) < plan.entries.len();
        for book in &saved.books {
            if book.position.len() != plan.position_values {
                return other("it has other values of its positions");
            }
            let orders = book
                .entries_due
                .iter()
                .chain(book.resting.iter().map(|r| &r.order));
            let fits = |o: &Order| {
                known(o.entry)
                    && (o.signal.is_empty() || o.signal.len() == plan.values)
                    && o.position.len() == plan.position_values
            };
            if !(book.lots.iter().all(|lot| known(lot.entry)) && { orders }.all(fits)) {
                return other("it has other entries");
            }
        }
        if !saved
            .late
            .iter()
            .all(|l| l.symbol < symbols && known(l.order.entry))
        {
            return other("it has other entries");
        }
        engine.account.cash = saved.cash;
        engine.account.next_lot = saved.next_lot;
        self.last = saved.last;
        self.late.clone_from(&saved.late);
        for (book, from) in engine.books.iter_mut().zip(&saved.books) {
            book.position.clone_from(&from.position);
            book.row = from.row;
            book.close = from.close;
            book.end = from.end;
            book.lots.clone_from(&from.lots);
            book.entries_due.clone_from(&from.entries_due);
            book.resting.clone_from(&from.resting);
            book.left = from.left;
            book.period = from.period;
            book.period_entries = from.period_entries;
            book.refresh(&engine.plan, engine.settings.liquidation, engine.lead);
        }
        Ok(())
    }
}
