//! Checks what was generated before time is spent on it.
