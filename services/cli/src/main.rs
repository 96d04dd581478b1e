//! The `sixbtc` command line: arguments in, text out. The work is done by the libraries.

mod args;
mod commands;
mod data;
mod failure;
mod files;
mod output;
mod progress;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let args = match args::Args::try_parse() {
        Ok(a) => a,
        Err(e) => {
            // help and version are answers, everything else is wrong use
            let _ = e.print();
            return ExitCode::from(if e.use_stderr() { 2 } else { 0 });
        }
    };
    // a program can be deeply nested: give the compiler room whatever the shell's limit is
    let worker = std::thread::Builder::new()
        .name("main".into())
        .stack_size(64 << 20)
        .spawn(move || commands::run(&args));
    let outcome = match worker.map(std::thread::JoinHandle::join) {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(_)) => Err(failure::Failure::defect("a worker stopped unexpectedly")),
        Err(e) => Err(failure::Failure::outside(format!(
            "no thread could be started: {e}"
        ))),
    };
    match outcome {
        Ok(code) => ExitCode::from(code),
        Err(f) => {
            output::error(&f.to_string());
            ExitCode::from(f.code())
        }
    }
}
