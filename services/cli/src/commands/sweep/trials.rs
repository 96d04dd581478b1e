//! A sweep's points as trials: whatever is later judged on the same data was chosen among them too.

use super::prepare::Prepared;
use crate::args::SweepArgs;
use crate::commands::laboratory;
use crate::failure::Failure;
use sixbtc_judgement::pipeline::ledger::TrialRecord;
use sixbtc_sweep::read_results;
use std::path::Path;

/// The figure that trials are weighed by.
pub const SHARPE: &str = "sharpe";

/// Enters the points of a finished result into the ledger; a remark when they could not be.
pub fn enter(args: &SweepArgs, ready: &Prepared, points: &Path) -> Result<Option<String>, Failure> {
    let Some(books) = laboratory::books(&args.ledger, &args.data) else {
        return Ok(None);
    };
    let record = record(args, ready, points)?;
    // the points are there and stay: a ledger that cannot be written is told of, and no more
    Ok(books
        .enter(&[record])
        .err()
        .map(|e| format!("these points are not counted as trials: {e}")))
}

fn record(args: &SweepArgs, ready: &Prepared, points: &Path) -> Result<TrialRecord, Failure> {
    let file = read_results(points).map_err(super::failure)?;
    let column = file.figures().iter().position(|f| f == SHARPE);
    let root_of_year = ready.clock.bars_per_year().sqrt();
    let mut hasher = blake3::Hasher::new();
    let mut piece = |bytes: &[u8]| {
        hasher.update(&(bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    };
    piece(b"sixbtc-sweep-trials-1");
    piece(ready.hash.as_bytes());
    piece(sbt_driver::VERSION.as_bytes());
    for hash in &ready.hashes {
        piece(hash.as_bytes());
    }
    piece(args.shard.as_deref().unwrap_or_default().as_bytes());
    let mut sharpes = Vec::new();
    for chunk in file {
        let chunk = chunk.map_err(super::failure)?;
        for number in &chunk.numbers {
            piece(&number.to_le_bytes());
        }
        for values in &chunk.params {
            for value in values {
                piece(&value.to_bits().to_le_bytes());
            }
        }
        if let Some(values) = column.and_then(|c| chunk.figures.get(c)) {
            for value in values {
                piece(&value.to_bits().to_le_bytes());
                sharpes.push(value / root_of_year);
            }
        }
    }
    let symbols: Vec<&str> = ready.bars.iter().map(|b| b.symbol.as_str()).collect();
    Ok(TrialRecord::of(
        hasher.finalize().to_hex().to_string(),
        ready.name.clone(),
        ready.hash.clone(),
        symbols.join("+"),
        sharpes,
    ))
}
