//! The language server of .sbt programs.
fn main() {}
