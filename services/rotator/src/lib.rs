//! Chooses which strategies of the pool trade.
