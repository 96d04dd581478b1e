//! `sixbtc data …`: the candle store.

use crate::args::{DataAction, Format, StoreArgs};
use crate::data::{market, timeframe};
use crate::failure::Failure;
use crate::output;
use comfy_table::{CellAlignment, Table, presets};
use sixbtc_market::store::Entry;
use sixbtc_market::{
    ImportOptions, Store, SynthOptions, Timeframe, calendar, export, open_all, synth,
};
use std::path::{Path, PathBuf};

/// Works on the store.
pub fn run(action: &DataAction, format: Format) -> Result<u8, Failure> {
    match action {
        DataAction::Import {
            files,
            repair,
            which,
        } => import(files, *repair, which),
        DataAction::Fetch {
            symbols,
            tf,
            days,
            source,
            url,
            funding,
            out,
        } => super::fetch::run(
            &super::fetch::Wanted {
                symbols,
                timeframes: tf,
                days: *days,
                source: *source,
                url: url.as_deref(),
                funding: *funding,
                out,
            },
            format,
        ),
        DataAction::List { which } => {
            let list = Store::new(&which.store).list().map_err(market)?;
            let list: Vec<Entry> = list.into_iter().filter(|e| wanted(e, which)).collect();
            show(&list, format, &which.store);
            Ok(0)
        }
        DataAction::Verify { which } => each(which, |store, symbol, tf| {
            let e = store.verify(symbol, tf).map_err(market)?;
            output::out(&format!(
                "{symbol} {tf}: {} bars, {} gaps ({} bars missing), hash holds",
                e.rows,
                e.gaps.len(),
                e.missing()
            ));
            Ok(())
        }),
        DataAction::Repair { which } => each(which, |store, symbol, tf| {
            let r = store.repair(symbol, tf).map_err(market)?;
            output::out(&format!(
                "{symbol} {tf}: {} rows moved, {} duplicates dropped{}{}",
                r.repairs.moved,
                r.repairs.duplicates,
                if r.repairs.conflicting > 0 {
                    format!(
                        " ({} of them differed: the last stayed)",
                        r.repairs.conflicting
                    )
                } else {
                    String::new()
                },
                if r.hash_renewed { ", hash renewed" } else { "" }
            ));
            Ok(())
        }),
        DataAction::Resample { which, to_tf } => {
            let (symbol, tf) = one(which)?;
            let e = Store::new(&which.store)
                .resample(&symbol, tf, timeframe(to_tf)?)
                .map_err(market)?;
            output::out(&format!("{} {}: {} bars", e.symbol, e.timeframe, e.rows));
            Ok(0)
        }
        DataAction::Synth {
            bars,
            seed,
            out,
            which,
        } => make(*bars, *seed, out.as_deref(), which),
        DataAction::Export { which, out } => {
            let (symbol, tf) = one(which)?;
            let found = Store::new(&which.store)
                .load(&symbol, tf, None, None)
                .map_err(market)?;
            export(&found.bars, out, "sixbtc data export").map_err(market)?;
            output::out(&format!(
                "{}: {} bars of {symbol} {tf}",
                out.display(),
                found.bars.len()
            ));
            Ok(0)
        }
    }
}

fn import(files: &[PathBuf], repair: bool, which: &StoreArgs) -> Result<u8, Failure> {
    let options = ImportOptions {
        symbol: which.symbol.clone(),
        timeframe: which.tf.as_deref().map(timeframe).transpose()?,
        repair,
    };
    let store = Store::new(&which.store);
    for file in files {
        for found in open_all(file, &options).map_err(market)? {
            let merged = store
                .merge(&found.bars, &file.display().to_string())
                .map_err(market)?;
            let e = &merged.entry;
            output::out(&format!(
                "{} {}: {} added, {} replaced, {} unchanged; {} bars, {} gaps",
                e.symbol,
                e.timeframe,
                merged.added,
                merged.replaced,
                merged.unchanged,
                e.rows,
                e.gaps.len()
            ));
        }
    }
    Ok(0)
}

fn make(bars: usize, seed: u64, out: Option<&Path>, which: &StoreArgs) -> Result<u8, Failure> {
    let defaults = SynthOptions::default();
    let options = SynthOptions {
        symbol: which.symbol.clone().unwrap_or(defaults.symbol.clone()),
        timeframe: which
            .tf
            .as_deref()
            .map(timeframe)
            .transpose()?
            .unwrap_or(defaults.timeframe),
        bars,
        seed,
        ..defaults
    };
    let made = synth(&options).map_err(market)?;
    match out {
        Some(path) => {
            export(&made, path, &format!("synthetic, seed {seed}")).map_err(market)?;
            output::out(&format!(
                "{}: {} bars of {} {}",
                path.display(),
                made.len(),
                made.symbol,
                made.timeframe
            ));
        }
        None => {
            let e = Store::new(&which.store)
                .put(&made, &format!("synthetic, seed {seed}"))
                .map_err(market)?;
            output::out(&format!(
                "{} {}: {} bars in the store",
                e.symbol, e.timeframe, e.rows
            ));
        }
    }
    Ok(0)
}

fn wanted(e: &Entry, which: &StoreArgs) -> bool {
    which.symbol.as_ref().is_none_or(|s| *s == e.symbol)
        && which.tf.as_ref().is_none_or(|t| *t == e.timeframe)
}

fn one(which: &StoreArgs) -> Result<(String, Timeframe), Failure> {
    match (&which.symbol, &which.tf) {
        (Some(s), Some(t)) => Ok((s.clone(), timeframe(t)?)),
        _ => Err(Failure::input("say which series: `--symbol BTC --tf 30m`")),
    }
}

/// Does something with each wanted series; goes on after a bad one and then answers 1.
fn each(
    which: &StoreArgs,
    mut act: impl FnMut(&Store, &str, Timeframe) -> Result<(), Failure>,
) -> Result<u8, Failure> {
    let store = Store::new(&which.store);
    let list: Vec<Entry> = store
        .list()
        .map_err(market)?
        .into_iter()
        .filter(|e| wanted(e, which))
        .collect();
    if list.is_empty() {
        return Err(Failure::input(format!(
            "the store at `{}` holds no such series",
            which.store.display()
        )));
    }
    let mut bad = 0;
    for e in &list {
        let tf = e.timeframe().map_err(market)?;
        if let Err(f) = act(&store, &e.symbol, tf) {
            output::error(&f.to_string());
            bad = 1;
        }
    }
    Ok(bad)
}

fn show(list: &[Entry], format: Format, root: &Path) {
    if format == Format::Json {
        output::json(&serde_json::json!({ "schema": 1, "series": list }));
        return;
    }
    if list.is_empty() {
        output::out(&format!(
            "the store at `{}` is empty; fill it with `sixbtc data fetch BTC` or `sixbtc data import FILE`",
            root.display()
        ));
        return;
    }
    let mut table = Table::new();
    table.load_preset(presets::NOTHING);
    table.add_row(["symbol", "tf", "bars", "from", "to", "gaps", "missing"]);
    for e in list {
        table.add_row([
            e.symbol.clone(),
            e.timeframe.clone(),
            e.rows.to_string(),
            calendar::iso(e.first),
            calendar::iso(e.last),
            e.gaps.len().to_string(),
            e.missing().to_string(),
        ]);
    }
    for k in [2, 5, 6] {
        if let Some(c) = table.column_mut(k) {
            c.set_cell_alignment(CellAlignment::Right);
        }
    }
    output::out(&table.to_string());
}
