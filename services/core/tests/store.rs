//! The store on both databases.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::float_cmp)]

#[path = "store/claims.rs"]
mod claims;
#[path = "store/faults.rs"]
mod faults;
#[path = "store/guards.rs"]
mod guards;
#[path = "store/life.rs"]
mod life;
#[path = "store/plans.rs"]
mod plans;
#[path = "store/rows.rs"]
mod rows;
