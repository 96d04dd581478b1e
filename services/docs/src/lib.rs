//! Serves the book.
