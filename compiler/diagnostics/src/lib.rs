//! `sbt-diagnostics`.
