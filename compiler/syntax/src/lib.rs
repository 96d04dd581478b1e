//! `sbt-syntax`.
