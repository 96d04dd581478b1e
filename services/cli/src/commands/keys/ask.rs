//! Secrets that a person types, or a program pipes: one line of standard input, shown nowhere.

use crate::failure::Failure;
use crate::output;
use std::io::{self, IsTerminal, Read};
use zeroize::Zeroizing;

/// Longest secret.
const MOST: usize = 4096;

/// One line of standard input, without its end. On a terminal it is asked for by name, and what is typed does not appear.
pub fn hidden(what: &str) -> Result<Zeroizing<String>, Failure> {
    let typed = io::stdin().is_terminal();
    let line = if typed {
        output::note(&format!("{what} (nothing appears while you type):"));
        let raw = Raw::begin()?;
        let line = line(true);
        drop(raw);
        line
    } else {
        line(false)
    };
    let bytes = line.map_err(|e| {
        let why = format!("the {what} could not be read: {e}");
        match e.kind() {
            io::ErrorKind::Interrupted | io::ErrorKind::InvalidData => Failure::input(why),
            _ => Failure::outside(why),
        }
    })?;
    let text = std::str::from_utf8(&bytes)
        .map_err(|_| Failure::input(format!("the {what} is not UTF-8 text")))?;
    Ok(Zeroizing::new(text.to_owned()))
}

/// A terminal that shows nothing, until dropped.
struct Raw;

impl Raw {
    fn begin() -> Result<Self, Failure> {
        crossterm::terminal::enable_raw_mode()
            .map_err(|e| Failure::outside(format!("the terminal cannot be silenced: {e}")))?;
        Ok(Self)
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        let _ = crossterm::terminal::disable_raw_mode();
    }
}

/// Byte by byte, past the buffer of standard input, which nobody would wipe.
fn line(typed: bool) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut input = unbuffered()?;
    let mut bytes = Zeroizing::new(Vec::with_capacity(MOST));
    let mut byte = Zeroizing::new([0; 1]);
    while input.read(&mut byte[..])? == 1 {
        match byte[0] {
            b'\n' => break,
            // a terminal in this state ends lines so, and hands over its control characters
            b'\r' | 4 if typed => break,
            3 if typed => return Err(io::Error::new(io::ErrorKind::Interrupted, "given up")),
            8 | 127 if typed => {
                // a character, not a byte
                while bytes.pop().is_some_and(|b| b & 0xc0 == 0x80) {}
            }
            b if bytes.len() < MOST => bytes.push(b),
            _ => return Err(io::Error::new(io::ErrorKind::InvalidData, "it is too long")),
        }
    }
    if bytes.last() == Some(&b'\r') {
        bytes.pop();
    }
    Ok(bytes)
}

#[cfg(unix)]
fn unbuffered() -> io::Result<std::fs::File> {
    use std::os::fd::AsFd;
    Ok(io::stdin().as_fd().try_clone_to_owned()?.into())
}

#[cfg(not(unix))]
fn unbuffered() -> io::Result<io::StdinLock<'static>> {
    Ok(io::stdin().lock())
}
