//! `sixbtc completions SHELL`

use crate::args::Args;
use crate::output;
use clap::CommandFactory;

/// Prints the completion script of a shell.
pub fn run(shell: clap_complete::Shell) -> u8 {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "sixbtc", &mut text);
    output::out(&String::from_utf8_lossy(&text));
    0
}
