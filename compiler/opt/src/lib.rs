//! `sbt-opt`.
