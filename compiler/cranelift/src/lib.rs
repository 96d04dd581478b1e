//! `sbt-cranelift`.
