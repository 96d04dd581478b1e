//! `sbt-driver`.
