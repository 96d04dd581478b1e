//! The laboratory's three pages to look at, from made-up results.
//!
//! ```sh
//! cargo run -p sixbtc-report --example lab_pages -- /tmp/pages
//! ```

#[path = "../tests/support/lab.rs"]
mod lab;

use sixbtc_report::lab::{write_sweep, write_validation, write_walk_forward};
use std::error::Error;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let Some(directory) = std::env::args().nth(1) else {
        return Err("usage: lab_pages DIRECTORY".into());
    };
    let directory = Path::new(&directory);
    write_sweep(
        &lab::sweep_page([40, 50, 10, 5]),
        &directory.join("sweep.html"),
    )?;
    write_walk_forward(
        &lab::walk_forward_page(15),
        &directory.join("walk-forward.html"),
    )?;
    write_validation(&lab::validation_page(), &directory.join("validation.html"))?;
    Ok(())
}
