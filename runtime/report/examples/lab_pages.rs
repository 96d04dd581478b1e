//! The laboratory's three pages to look at, from made-up results.
//!
//! ```sh
//! cargo run -p sixbtc-report --example lab_pages -- /tmp/pages
//! cargo run -p sixbtc-report --example lab_pages -- /tmp/pages 130 110 20 5   # a sweep of over a million points
//! ```

#[path = "../tests/support/lab.rs"]
mod lab;

use sixbtc_report::lab::{write_sweep, write_validation, write_walk_forward};
use std::error::Error;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let Some(directory) = arguments.next() else {
        return Err("usage: lab_pages DIRECTORY [VALUES VALUES VALUES VALUES]".into());
    };
    let mut sizes = [40, 50, 10, 5];
    for (size, argument) in sizes.iter_mut().zip(arguments) {
        *size = argument.parse()?;
    }
    let directory = Path::new(&directory);
    write_sweep(&lab::sweep_page(sizes), &directory.join("sweep.html"))?;
    write_walk_forward(
        &lab::walk_forward_page(15),
        &directory.join("walk-forward.html"),
    )?;
    write_validation(&lab::validation_page(), &directory.join("validation.html"))?;
    Ok(())
}
