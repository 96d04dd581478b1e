//! What each IP address has used (facts §9).

use super::settings::Limits;
use crate::engine::Millis;
use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;

const MINUTE: Millis = 60_000;

/// What was used within the last minute, to the second.
#[derive(Debug, Default)]
struct Window {
    seconds: VecDeque<(i64, u32)>,
}

impl Window {
    fn sum(&mut self, now: Millis) -> u32 {
        let first = (now - MINUTE).div_euclid(1000);
        while self
            .seconds
            .front()
            .is_some_and(|(second, _)| *second < first)
        {
            self.seconds.pop_front();
        }
        self.seconds.iter().map(|(_, used)| used).sum()
    }

    fn add(&mut self, now: Millis, weight: u32) {
        let second = now.div_euclid(1000);
        match self.seconds.back_mut() {
            // A clock that went back counts for the newest second.
            Some((last, used)) if *last >= second => *used = used.saturating_add(weight),
            _ => self.seconds.push_back((second, weight)),
        }
    }

    /// Takes `weight` if the minute has room for it; else how long until it has, ms.
    fn take(&mut self, now: Millis, weight: u32, most: u32) -> Result<(), Millis> {
        let sum = self.sum(now);
        if sum.saturating_add(weight) <= most {
            self.add(now, weight);
            return Ok(());
        }
        let mut over = sum.saturating_add(weight) - most;
        for (second, used) in &self.seconds {
            over = over.saturating_sub(*used);
            if over == 0 {
                return Err(((second + 1) * 1000 + MINUTE - now).max(1));
            }
        }
        Err(MINUTE)
    }
}

#[derive(Debug, Default)]
struct Address {
    weight: Window,
    opened: Window,
    messages: Window,
}

/// Budgets by address. Times are of whichever clock the caller counts minutes by.
#[derive(Debug, Default)]
pub(super) struct Budgets {
    addresses: BTreeMap<IpAddr, Address>,
}

/// Addresses that are remembered before those without use are forgotten.
const ADDRESSES: usize = 1000;

impl Budgets {
    fn of(&mut self, ip: IpAddr, now: Millis) -> &mut Address {
        if self.addresses.len() > ADDRESSES {
            self.addresses.retain(|_, address| {
                address.weight.sum(now) + address.opened.sum(now) + address.messages.sum(now) > 0
            });
        }
        self.addresses.entry(ip).or_default()
    }

    /// A request; refused with the wait in milliseconds.
    pub fn request(
        &mut self,
        limits: &Limits,
        now: Millis,
        ip: IpAddr,
        weight: u32,
    ) -> Result<(), Millis> {
        if !limits.enforced {
            return Ok(());
        }
        self.of(ip, now).weight.take(now, weight, limits.weight)
    }

    /// Rows of an answer, which are known too late to refuse it.
    pub fn owe(&mut self, limits: &Limits, now: Millis, ip: IpAddr, weight: u32) {
        if limits.enforced && weight > 0 {
            self.of(ip, now).weight.add(now, weight);
        }
    }

    /// A new websocket.
    pub fn open(&mut self, limits: &Limits, now: Millis, ip: IpAddr) -> Result<(), Millis> {
        if !limits.enforced {
            return Ok(());
        }
        self.of(ip, now).opened.take(now, 1, limits.new_connections)
    }

    /// A message over a websocket.
    pub fn message(&mut self, limits: &Limits, now: Millis, ip: IpAddr) -> Result<(), Millis> {
        if !limits.enforced {
            return Ok(());
        }
        self.of(ip, now).messages.take(now, 1, limits.messages)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_minute_sees_more_than_the_limit_and_waits_are_long_enough() {
        let mut window = Window::default();
        let mut taken: Vec<(Millis, u32)> = Vec::new();
        let mut now = 1_700_000_000_123;
        for step in 0..3000_u32 {
            let weight = [2, 20, 60, 21][step as usize % 4];
            match window.take(now, weight, 1200) {
                Ok(()) => taken.push((now, weight)),
                Err(wait) => {
                    assert!(wait > 0 && wait <= MINUTE + 1000, "{wait}");
                    let mut later = Window {
                        seconds: window.seconds.clone(),
                    };
                    assert_eq!(later.take(now + wait, weight, 1200), Ok(()));
                }
            }
            now += 37;
        }
        for (from, _) in &taken {
            let sum: u32 = taken
                .iter()
                .filter(|(t, _)| (*from..*from + MINUTE).contains(t))
                .map(|(_, w)| w)
                .sum();
            assert!(sum <= 1200, "{sum}");
        }
        assert!(taken.len() > 40);
    }

    #[test]
    fn an_address_has_its_own_budget_and_is_forgotten_when_it_rests() {
        let limits = Limits {
            weight: 10,
            ..Limits::default()
        };
        let mut budgets = Budgets::default();
        let ip = |n: u32| IpAddr::from(std::net::Ipv4Addr::from(n));
        assert_eq!(budgets.request(&limits, 0, ip(1), 10), Ok(()));
        assert!(budgets.request(&limits, 0, ip(1), 1).is_err());
        assert_eq!(budgets.request(&limits, 0, ip(2), 10), Ok(()));
        budgets.owe(&limits, 0, ip(2), 30);
        assert!(budgets.request(&limits, 59_000, ip(2), 1).is_err());
        assert_eq!(budgets.request(&limits, 61_000, ip(2), 1), Ok(()));
        assert_eq!(
            budgets.request(&Limits::none(), 61_000, ip(2), 1000),
            Ok(())
        );
        for n in 0..2000 {
            let _ = budgets.request(&limits, 200_000 + i64::from(n) * 1000, ip(n), 1);
        }
        assert!(budgets.addresses.len() <= ADDRESSES + 1);
    }
}
