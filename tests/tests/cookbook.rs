//! The cookbook tells the truth: its programs are sound, and its figures and pictures are those of the sample data.
//!
//! `UPDATE_PAGES=1 cargo test -p sixbtc-tests --test cookbook` writes figures, pictures and the golden file anew.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod blocks;
#[path = "cookbook/chart.rs"]
mod chart;
#[path = "cookbook/recipes.rs"]
mod recipes;

use blocks::{files_of, is_laid_out, repository, updating};
use chart::Chart;
use recipes::{ALL, BTC, RECIPES, Recipe, bars, run};
use sbt_driver::{Backend, compile};
use sixbtc_backtest::BacktestResult;
use sixbtc_engine::{ExitReason, RunSettings, Trade};
use sixbtc_market::{Bars, calendar};
use std::fmt::Write;

/// All recipes, each with its run by native code.
fn runs() -> impl Iterator<Item = (&'static Recipe, BacktestResult)> {
    RECIPES
        .iter()
        .map(|r| (r, r.run(&r.compiled(Backend::Cranelift))))
}

#[test]
fn every_file_is_a_recipe_and_every_recipe_has_its_files() {
    let programs: Vec<String> = files_of(&repository("docs/cookbook"), "sbt")
        .iter()
        .map(|p| p.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    let mut names: Vec<&str> = RECIPES.iter().map(|r| r.name).collect();
    names.sort_unstable();
    assert_eq!(programs, names);
    assert!(names.len() >= 30, "only {} recipes", names.len());
    for r in RECIPES {
        assert!(r.file("md").is_file(), "{} has no page", r.name);
    }
}

#[test]
fn every_program_is_laid_out_and_without_a_message() {
    for r in RECIPES {
        let checked = r.checked();
        let shown = sbt_diagnostics::plain(&checked.diagnostics, &checked.sources);
        assert!(checked.diagnostics.is_empty(), "{}: {shown}", r.name);
        assert_eq!(checked.hir.strategies.len(), 1, "{}", r.name);
        assert_eq!(checked.hir.strategies[0].name, r.name);
        assert!(is_laid_out(&r.program()), "{} is not laid out", r.name);
    }
}

#[test]
fn tests_in_the_programs_hold() {
    let mut held = 0;
    for r in RECIPES {
        for backend in [Backend::Interpreter, Backend::Cranelift] {
            for outcome in sbt_driver::run_tests(&r.checked().hir.tests, backend).unwrap() {
                assert!(outcome.failure.is_none(), "{}: {outcome:?}", r.name);
                held += 1;
            }
        }
    }
    assert!(held > 0);
}

/// What must be equal in two runs, to the bit.
fn bits(t: &Trade) -> [u64; 12] {
    [
        u64::from(t.lot),
        u64::from(t.symbol) << 32 | u64::from(t.entry),
        t.entry_time as u64,
        t.exit_time as u64,
        t.entry_price.to_bits(),
        t.exit_price.to_bits(),
        t.size.to_bits(),
        t.fees.to_bits(),
        t.slippage.to_bits(),
        t.pnl.to_bits(),
        t.exit_reason as u64,
        u64::from(t.ambiguous),
    ]
}

#[test]
fn both_backends_make_the_same_trades() {
    for (r, native) in runs() {
        let oracle = r.run(&r.compiled(Backend::Interpreter));
        assert!(
            native
                .trades
                .iter()
                .map(bits)
                .eq(oracle.trades.iter().map(bits)),
            "{}: the backends trade differently",
            r.name
        );
        let curve = |x: &BacktestResult| -> Vec<u64> {
            x.curve.equity().iter().map(|e| e.to_bits()).collect()
        };
        assert!(curve(&native) == curve(&oracle), "{}: equity", r.name);
        assert_eq!(native.skipped, oracle.skipped, "{}", r.name);
    }
}

#[test]
fn no_trade_depends_on_bars_after_it() {
    for r in RECIPES {
        let compiled = r.compiled(Backend::Cranelift);
        let whole = r.run(&compiled);
        let time = &bars(r.data)[0].time;
        for tenths in [3, 5, 8] {
            // an odd row: in the middle of hours and days
            let cut = time[(time.len() * tenths / 10) | 1];
            let part = r.run_until(&compiled, cut);
            let known = |t: &&Trade| t.exit_reason != ExitReason::EndOfData;
            let seen: Vec<_> = part.trades.iter().filter(known).map(bits).collect();
            let same: Vec<_> = whole.trades.iter().take(seen.len()).map(bits).collect();
            assert!(seen == same, "{}: cut at {cut}", r.name);
            let clock = part.timeframe.ms();
            let missed = whole
                .trades
                .iter()
                .skip(seen.len())
                .find(|t| t.exit_time + clock <= cut);
            assert!(missed.is_none(), "{}: {missed:?} is missing", r.name);
        }
    }
}

#[test]
fn money_adds_up() {
    for (r, run) in runs() {
        let capital = run.run.settings.capital;
        let earned: f64 = run.trades.iter().map(|t| t.pnl).sum();
        let last = run.curve.last();
        let wrong = (capital + earned - last).abs() / capital;
        assert!(
            wrong < 1e-9,
            "{}: {capital} + {earned} is not {last}",
            r.name
        );
        assert!(!run.trades.is_empty(), "{} never trades", r.name);
        assert!(
            run.counters.fees > 0.0 && run.counters.slippage > 0.0,
            "{}: no costs",
            r.name
        );
        for t in &run.trades {
            assert!(
                t.exit_time >= t.entry_time && t.size > 0.0,
                "{}: {t:?}",
                r.name
            );
        }
    }
}

#[test]
fn the_tutorial_prints_what_comes_out() {
    let page = std::fs::read_to_string(repository("docs/guide/tutorial.md")).unwrap();
    let mut runs = 0;
    for block in blocks::blocks(&page) {
        if block.language != "sbt" || block.attribute("fails").is_some() {
            continue;
        }
        let checked = blocks::check(&block.text, &blocks::Files::default());
        let compiled = compile(&checked.hir.strategies[0], Backend::Cranelift).unwrap();
        let result = run(
            &compiled,
            bars(BTC),
            bars(BTC),
            &[],
            &RunSettings::default(),
        );
        let total = format!(
            " total return {:>14}",
            format!("{:.2} %", 100.0 * result.metrics.total_return)
        );
        let trades = format!("trades {:>23}\n", result.trades.len());
        let line = page.lines().find(|l| l.starts_with(&total));
        assert!(
            line.is_some_and(|l| format!("{l}\n").ends_with(&trades)),
            "line {}: `{total}     {trades}`",
            block.line
        );
        runs += 1;
    }
    assert_eq!(runs, 2);
}

/// One line a recipe: what must not change unnoticed.
fn golden() -> String {
    let mut out = String::from("name,trades,final_equity_bits,trades_hash,final_equity\n");
    for (r, run) in runs() {
        // FNV-1a over the trades; the run's own hash names the library's text too, and changes with every comment in it
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        for byte in run.trades.iter().flat_map(bits).flat_map(u64::to_le_bytes) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        let last = run.curve.last();
        let (trades, bits) = (run.trades.len(), last.to_bits());
        let _ = writeln!(out, "{},{trades},{bits:016x},{hash:016x},{last:.2}", r.name);
    }
    out
}

fn percent(v: f64) -> String {
    // no "-0.0"
    format!("{:.1} %", (v * 1000.0).round() / 10.0 + 0.0)
}

fn ratio(v: f64) -> String {
    if v.is_finite() {
        format!("{:.2}", (v * 100.0).round() / 100.0 + 0.0)
    } else {
        "–".into()
    }
}

/// The capital in the coins themselves, in equal parts, bar by bar; without costs.
fn held(data: &[Bars], run: &BacktestResult) -> Vec<f64> {
    let time = run.time(data);
    let capital = run.run.settings.capital;
    let mut out = vec![0.0; time.len()];
    for symbol in 0..data.len() {
        let bars = run.bars(data, symbol).unwrap();
        let mut row = 0;
        for (value, t) in out.iter_mut().zip(time.iter()) {
            while row + 1 < bars.len() && bars.time[row + 1] <= *t {
                row += 1;
            }
            *value += capital / data.len() as f64 * bars.close[row] / bars.close[0];
        }
    }
    out
}

fn command(r: &Recipe) -> String {
    format!(
        "sixbtc backtest docs/cookbook/{}.sbt --data {}",
        r.name, r.data
    )
}

/// The part of a page between two marks, replaced.
fn replaced(page: &str, mark: &str, text: &str) -> String {
    let (begin, end) = (
        format!("<!-- {mark} -->\n"),
        format!("<!-- end of {mark} -->"),
    );
    let (before, rest) = page
        .split_once(&begin)
        .unwrap_or_else(|| panic!("no `{begin}` in {page}"));
    let (_, after) = rest.split_once(&end).expect("the mark is never closed");
    format!("{before}{begin}{text}{end}{after}")
}

/// A line of the table of figures.
fn row(out: &mut String, what: &str, run: &BacktestResult, coins: Option<f64>) {
    let m = &run.metrics;
    let _ = writeln!(
        out,
        "| {what} | {} | {} | {} | {} | {} | {} | {} | {} |",
        run.trades.len(),
        percent(m.total_return),
        ratio(m.sharpe),
        percent(m.max_drawdown),
        percent(m.win_rate),
        ratio(m.profit_factor),
        percent(m.exposure),
        coins.map_or_else(String::new, percent),
    );
}

fn figures(r: &Recipe, result: &BacktestResult) -> String {
    let capital = result.run.settings.capital;
    let kept = |data: &[Bars], x: &BacktestResult| held(data, x).last().unwrap() / capital - 1.0;
    let own = bars(r.data);
    let names: Vec<&str> = own.iter().map(|b| b.symbol.as_str()).collect();
    let name = names.join(", ");
    let mut out = format!("![Equity of {0}](img/{0}.svg)\n\n", r.name);
    out.push_str("| on | trades | return | Sharpe | max drawdown | win rate | profit factor | exposure | coins held |\n");
    out.push_str("| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n");
    row(
        &mut out,
        &format!("**{name}**"),
        result,
        Some(kept(own, result)),
    );
    let compiled = r.compiled(Backend::Cranelift);
    let free = RunSettings {
        taker_fee: 0.0,
        maker_fee: 0.0,
        slippage: 0.0,
        ..RunSettings::default()
    };
    let without = run(&compiled, own, own, &[], &free);
    row(&mut out, "the same without costs", &without, None);
    if result.counters.ambiguous > 0 && result.timeframe.ms() > own[0].timeframe.ms() {
        let decided = run(&compiled, own, own, own, &RunSettings::default());
        row(&mut out, "decided by half hours", &decided, None);
    }
    for other in bars(ALL).chunks(1) {
        if own.len() == 1 && other[0].symbol != own[0].symbol {
            let there = run(&compiled, other, other, &[], &RunSettings::default());
            row(
                &mut out,
                &other[0].symbol,
                &there,
                Some(kept(other, &there)),
            );
        }
    }
    let _ = writeln!(
        out,
        "\n```sh\n{}\n```\n\nWith `--out report` the same command also writes `report/report.html`, with every trade on the chart.",
        command(r)
    );
    out
}

fn table(all: &[(&Recipe, BacktestResult)]) -> String {
    let mut out = String::from(
        "| strategy | family | clock | shows | trades | return | Sharpe | max DD |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    for (r, run) in all {
        let m = &run.metrics;
        let _ = writeln!(
            out,
            "| [{0}]({0}.md) | {1} | {2} | {3} | {4} | {5} | {6} | {7} |",
            r.name,
            r.family,
            run.timeframe,
            r.shows,
            run.trades.len(),
            percent(m.total_return),
            ratio(m.sharpe),
            percent(m.max_drawdown),
        );
    }
    out
}

#[test]
fn figures_and_pictures_are_current() {
    let all: Vec<(&Recipe, BacktestResult)> = runs().collect();
    let mut wanted = vec![(repository("tests/data/cookbook.csv"), golden())];
    for (r, run) in &all {
        let page = std::fs::read_to_string(r.file("md")).unwrap();
        let program = format!("```sbt\n{}```\n", r.program());
        let page = replaced(&page, "program", &program);
        wanted.push((r.file("md"), replaced(&page, "figures", &figures(r, run))));
        let data = bars(r.data);
        let time = run.time(data);
        let day = |t: Option<&i64>| calendar::iso(*t.unwrap())[..10].to_string();
        let equity: Vec<f64> = run.curve.equity();
        let picture = Chart {
            title: r.name,
            days: (&day(time.first()), &day(time.last())),
            equity: &equity,
            held: &held(data, run),
        }
        .svg();
        assert!(picture.len() <= 15_000, "{}: {}", r.name, picture.len());
        let place = repository(&format!("docs/cookbook/img/{}.svg", r.name));
        wanted.push((place, picture));
    }
    let index = repository("docs/cookbook/README.md");
    let page = std::fs::read_to_string(&index).unwrap();
    wanted.push((index, replaced(&page, "table", &table(&all))));
    for (path, text) in wanted {
        if updating() {
            std::fs::write(&path, text).unwrap();
        } else {
            let have = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(have == text, "{}: run with UPDATE_PAGES=1", path.display());
        }
    }
}
