//! Runs each task when it is due, once.
