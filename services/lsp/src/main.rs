//! The language server of `.sbt` programs, over standard input and output.

mod answers;
mod cache;
mod capabilities;
mod commands;
mod data;
mod documents;
mod lines;
mod names;
mod pages;
mod paths;
mod preview;
mod protocol;
mod runs;
mod server;

use capabilities::Client;
use lsp_server::Connection;
use server::Server;
use std::io::Write;

const HELP: &str = "sixbtc-lsp – language server of .sbt programs

Speaks the Language Server Protocol over standard input and output; editors start it.

  --stdio      what it does anyway
  --version    prints the version
  --help       prints this
";

fn main() {
    std::process::exit(run());
}

fn run() -> i32 {
    for argument in std::env::args().skip(1) {
        let text = match argument.as_str() {
            "--stdio" => continue,
            "--version" | "-V" => format!("sixbtc-lsp {}\n", env!("CARGO_PKG_VERSION")),
            "--help" | "-h" => HELP.to_owned(),
            // editors pass things of their own, such as `--clientProcessId=1`
            other if other.starts_with("--clientProcessId") => continue,
            other => {
                let _ = writeln!(std::io::stderr(), "unknown argument `{other}`\n\n{HELP}");
                return 2;
            }
        };
        let _ = std::io::stdout().write_all(text.as_bytes());
        return 0;
    }
    let (connection, threads) = Connection::stdio();
    let Ok((id, params)) = connection.initialize_start() else {
        return 1;
    };
    let code = match Server::new(connection, Client::of(&params)) {
        Ok(mut server) => {
            server.initialize(id);
            server.serve()
        }
        Err(e) => {
            let _ = writeln!(std::io::stderr(), "sixbtc-lsp could not start: {e}");
            return 3;
        }
    };
    // the connection is dropped: the writer has sent what there was
    let _ = threads.join();
    code
}
