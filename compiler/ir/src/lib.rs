//! `sbt-ir`.
