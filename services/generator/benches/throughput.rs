//! How many programs a minute are drawn, written down, checked, compiled and run on the fixed data.

use sixbtc_core::model::SourceName;
use sixbtc_generator::service::by_name;
use sixbtc_generator::{Ask, Round, Screen, Seen};
use sixbtc_market::Timeframe;
use std::sync::Mutex;

fn main() {
    divan::main();
}

/// A turn of 32 drafts, on one thread.
#[divan::bench(args = [SourceName::PandasTa, SourceName::PatternGen, SourceName::Unger], sample_count = 20)]
fn turn(bencher: divan::Bencher<'_, '_>, source: SourceName) {
    let Ok(Some(source)) = by_name(source) else {
        return;
    };
    let seen = Mutex::new(Seen::default());
    let mut turn = 0;
    bencher
        .counter(divan::counter::ItemsCount::new(32u32))
        .bench_local(|| {
            turn += 1;
            let sides = source.sides();
            Round {
                ask: Ask {
                    timeframe: Timeframe::M15,
                    side: sides[turn % sides.len()],
                    regime: None,
                    parents: &[],
                },
                screen: Screen::over(120.0, Timeframe::M15.ms(), 120.0).on_coins(30),
                seed: 1,
                turn: turn as u64,
                drafts: 32,
            }
            .run(source.as_ref(), &seen, || false)
        });
}
