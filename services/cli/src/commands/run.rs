//! `sixbtc run SERVICE`

use super::serve::{Loading, construct, serve};
use crate::args::{ConsoleArg, RunServiceArgs};
use crate::failure::Failure;
use sixbtc_core::daemon::ServiceName;
use sixbtc_core::telemetry::Console;

/// Runs one service until it is stopped; the value is its exit code.
pub fn run(args: &RunServiceArgs) -> Result<u8, Failure> {
    if args.service == ServiceName::Executor {
        // the one that signs
        super::keys::close()?;
    }
    let loading = Loading::of(&args.settings)?;
    let service = construct(args.service, &loading.loaded)?;
    let console = match args.console {
        ConsoleArg::Off => Console::Off,
        ConsoleArg::Text => Console::Text,
        ConsoleArg::Json => Console::Json,
    };
    serve(vec![service], loading, console)
}
