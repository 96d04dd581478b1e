//! The `sixbtc` command line.
fn main() {}
