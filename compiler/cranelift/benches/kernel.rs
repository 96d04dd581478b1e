//! Speed of compiled kernels.
fn main() {}
