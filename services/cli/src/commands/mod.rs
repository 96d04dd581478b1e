//! One module a command.

mod backtest;
mod check;
mod compare;
mod completions;
mod config;
mod data;
mod db;
mod doc;
mod eval;
mod experiments;
mod explain;
mod fetch;
mod fix;
mod fmt;
mod generate;
mod inspect;
mod keys;
mod laboratory;
mod new;
mod parity;
mod plateau;
mod program;
mod run;
mod serve;
mod service;
mod settings;
mod status;
mod stops;
mod store;
mod sweep;
mod test;
mod up;
mod venue;

use crate::args::{Args, BackendArg, Command};
use crate::failure::Failure;
use sbt_driver::Backend;

pub use program::hint;

/// Runs a command; the value is the exit code.
pub fn run(args: &Args) -> Result<u8, Failure> {
    let format = args.format;
    match &args.command {
        Command::New { name, template } => new::run(name, *template),
        Command::Check {
            files,
            prefix,
            recursive,
            data,
        } => check::run(files, *prefix, *recursive, data, format),
        Command::Fmt { check, files } => fmt::run(files, *check),
        Command::Fix {
            dry_run,
            guess,
            edition,
            files,
        } => fix::run(
            files,
            fix::Options {
                guesses: *guess,
                dry_run: *dry_run,
                edition: *edition,
            },
            format,
        ),
        Command::Explain { code } => explain::run(code.as_deref()),
        Command::Doc {
            name,
            search,
            llm,
            gbnf,
        } => {
            let question = match (name, search.as_slice()) {
                _ if *llm => doc::Question::Card,
                _ if *gbnf => doc::Question::Grammar,
                (Some(name), _) => doc::Question::Name(name),
                (None, []) => doc::Question::Index,
                (None, words) => doc::Question::Search(words.join(" ")),
            };
            doc::run(&question, format)
        }
        Command::Test { files, std } => test::run(files, *std, format),
        Command::Inspect {
            file,
            emit,
            backend,
        } => inspect::run(file, *emit, (*backend).into()),
        Command::Eval {
            expr,
            data,
            out,
            backend,
        } => eval::run(expr, data, out.as_deref(), (*backend).into()),
        Command::Generate(args) => generate::run(args, format),
        Command::Up(args) => up::run(args, format),
        Command::Venue(args) => venue::run(args, format),
        Command::Status(args) => status::run(args, format),
        Command::Halt(args) => stops::halt(args, format),
        Command::CloseAll(args) => stops::close_all(args, format),
        Command::Resume(args) => stops::resume(args, format),
        Command::Stops(args) => stops::list(args, format),
        Command::Parity(args) => parity::run(args, format),
        Command::Run(args) => run::run(args),
        Command::Service { action } => service::run(action, format),
        Command::Config { action } => config::run(action, format),
        Command::Completions { shell } => Ok(completions::run(*shell)),
        Command::Backtest {
            file,
            data,
            run,
            out,
        } => backtest::run(file, data, run, out.as_deref(), format),
        Command::Sweep(command) => sweep::run(command, format),
        Command::Walkforward(args) => laboratory::walkforward::run(args, format),
        Command::Validate(args) => laboratory::validate::run(args, format),
        Command::Compare { runs } => compare::run(runs, format),
        Command::Data { action } => data::run(action, format),
        Command::Db { action } => db::run(action, format),
        Command::Keys { action } => keys::run(action, format),
    }
}

impl From<BackendArg> for Backend {
    fn from(b: BackendArg) -> Self {
        match b {
            BackendArg::Cranelift => Self::Cranelift,
            BackendArg::Llvm => Self::Llvm,
            BackendArg::Interpreter => Self::Interpreter,
        }
    }
}
