//! What goes to the terminal: the only place that prints.

use std::io::{IsTerminal, Write};

/// Prints to stdout; a closed pipe is no error.
pub fn out(text: &str) {
    let mut o = std::io::stdout().lock();
    let _ = o.write_all(text.as_bytes());
    if !text.ends_with('\n') {
        let _ = o.write_all(b"\n");
    }
    let _ = o.flush();
}

/// Prints to stderr.
pub fn note(text: &str) {
    let mut e = std::io::stderr().lock();
    let _ = e.write_all(text.as_bytes());
    if !text.ends_with('\n') {
        let _ = e.write_all(b"\n");
    }
}

/// Prints an error message.
pub fn error(text: &str) {
    if colour_err() {
        note(&format!("\u{1b}[1;31merror\u{1b}[0m: {text}"));
    } else {
        note(&format!("error: {text}"));
    }
}

/// Whether stdout takes colour.
pub fn colour_out() -> bool {
    std::io::stdout().is_terminal() && wanted()
}

/// Whether stderr takes colour.
pub fn colour_err() -> bool {
    std::io::stderr().is_terminal() && wanted()
}

fn wanted() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty())
        && std::env::var("TERM").map_or(true, |t| t != "dumb")
}

/// Bold on a terminal.
pub fn bold(text: &str) -> String {
    if colour_out() {
        format!("\u{1b}[1m{text}\u{1b}[0m")
    } else {
        text.to_string()
    }
}

/// Prints a value as JSON, alone on stdout.
pub fn json(value: &impl serde::Serialize) {
    match serde_json::to_string_pretty(value) {
        Ok(text) => out(&text),
        Err(e) => error(&format!("the answer cannot be written as JSON: {e}")),
    }
}
