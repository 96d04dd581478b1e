//! Room for positions: entries that rest may all fill before anything can be done about it, so that no more of them stand than
//! there may be positions.

use super::Desk;
use super::place::Todo;
use crate::order::{Kind, Life, Order, Role};
use sixbtc_engine::live::{Means, Purpose, Wanted};
use std::collections::BTreeSet;

impl Desk<'_> {
    /// Symbols in which there is a position, or an order that may make one.
    fn engaged(&self) -> BTreeSet<usize> {
        let held = |s: &usize| {
            !self.state.positions[*s].is_zero()
                || self.venue[*s].is_some_and(|v| !v.is_zero())
                || self.live.lots(*s).next().is_some()
        };
        let mut engaged: BTreeSet<usize> = (0..self.prices.len()).filter(held).collect();
        let entries = self.state.orders.values();
        let entries = entries.filter(|o| matches!(o.plan.role, Role::Enter { .. }) && !o.over());
        engaged.extend(entries.map(|o| o.plan.symbol));
        engaged
    }

    /// Whether another entry of a symbol may have filled without its lot being in the books: its answer or its fills are still to
    /// come. The lot decides whether there is room for the next entry, and how large that is, so the next one waits.
    pub(super) fn is_undecided(&self, s: usize, role: Role) -> bool {
        let enters = |o: &&Order| {
            let entry = matches!(o.plan.role, Role::Enter { .. });
            entry && o.plan.symbol == s && o.plan.role != role
        };
        let untouched = |o: &Order| {
            let rests = !matches!(o.plan.kind, Kind::Now { .. });
            let unfilled = o.filled.is_zero() && o.said.is_none_or(|said| said.is_zero());
            rests && o.alive() && unfilled
        };
        let mut entries = self.state.orders.values().filter(enters);
        entries.any(|o| !o.over() && !untouched(o))
    }

    /// In so many symbols positions, and orders that may make one, may stand.
    pub(super) fn most(&self) -> usize {
        if self.setup.settings.beyond_room {
            usize::MAX
        } else {
            self.setup.run.max_positions as usize
        }
    }

    /// Takes back entries that rest when those at market need their room. Gives the symbols that have a place.
    pub(super) fn room(&self, wanted: &[Wanted], todo: &mut Todo) -> BTreeSet<usize> {
        let most = self.most();
        let mut engaged = self.engaged();
        let first = |w: &&Wanted| {
            let enters = matches!(w.purpose, Purpose::Enter { .. });
            enters && w.means == Means::Market && self.may_enter(w.symbol)
        };
        let needed: Vec<usize> = wanted.iter().filter(first).map(|w| w.symbol).collect();
        let mut missing = { needed.iter() }.filter(|s| !engaged.contains(s)).count();
        missing = (engaged.len() + missing).saturating_sub(most);
        let rests = |s: usize| {
            let mut all = self.state.orders.values().filter(|o| o.plan.symbol == s);
            self.state.positions[s].is_zero()
                && all.all(|o| {
                    let rests = !matches!(o.plan.kind, Kind::Now { .. });
                    let stands = matches!(o.life, Life::Open | Life::Waiting);
                    o.over() || (rests && stands && o.filled.is_zero())
                })
        };
        for s in engaged.clone().into_iter().rev() {
            if missing > 0 && !needed.contains(&s) && rests(s) {
                missing -= 1;
                let enters = |o: &&Order| {
                    o.plan.symbol == s && o.alive() && matches!(o.plan.role, Role::Enter { .. })
                };
                let entries = self.state.orders.values().filter(enters);
                todo.replace.extend(entries.map(|o| o.plan.cloid));
            }
        }
        if engaged.len() < most {
            let mut free = most - engaged.len();
            for s in needed {
                if free > 0 && engaged.insert(s) {
                    free -= 1;
                }
            }
        }
        engaged
    }
}
