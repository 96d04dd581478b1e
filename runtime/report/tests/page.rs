//! The page as a whole: its skeleton, and that nothing a strategy says can act on it.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "support/page.rs"]
mod page;

use page::{data_of, nonce, skeleton};
use sixbtc_report::data::{
    Direction, EquityCurve, Fact, LevelChange, LevelKind, LevelLine, Market, Metric, MetricKind,
    Plot, ReportData, RunIdentity, SkippedOrders, Trade,
};
use sixbtc_report::{render, write_data};

const HOSTILE: &str =
    "</script></title><script>alert(1)</script><img src=x onerror=alert(2)>{{code}}\u{2028}'\"&";

/// Four bars and one trade; every text is `text`.
fn run(text: &str) -> ReportData {
    let hour = 3_600_000;
    let fact = || Fact {
        name: text.into(),
        value: text.into(),
    };
    ReportData {
        title: text.into(),
        strategy: text.into(),
        timeframe_ms: hour,
        currency: "USDC".into(),
        initial_equity: 10_000.0,
        run: RunIdentity {
            hash: text.into(),
            source: text.into(),
            compiler: text.into(),
            data: text.into(),
        },
        params: vec![fact()],
        settings: vec![fact()],
        warnings: vec![text.into()],
        warmup_bars: 1,
        first_tradable: Some(hour),
        assumptions: vec![fact()],
        skipped: vec![SkippedOrders {
            reason: "min_notional".into(),
            count: 2,
        }],
        metrics: vec![
            Metric {
                name: "profit_factor".into(),
                value: Some(f64::INFINITY),
                kind: MetricKind::Ratio,
                about: text.into(),
            },
            Metric {
                name: "total_return".into(),
                value: Some(0.01),
                kind: MetricKind::Fraction,
                about: String::new(),
            },
        ],
        equity: EquityCurve {
            time: vec![0, hour, 2 * hour, 4 * hour],
            equity: vec![10_000.0, 9_990.5, 10_100.0, 10_100.0],
        },
        markets: vec![Market {
            symbol: text.into(),
            tick: 0.5,
            time: vec![0, hour, 2 * hour, 4 * hour],
            open: vec![100.0, 100.5, 101.0, 104.0],
            high: vec![101.0, 102.0, 104.5, 104.0],
            low: vec![99.5, 100.0, 101.0, 103.0],
            close: vec![100.5, 101.0, 104.0, 103.5],
            plots: vec![Plot {
                name: text.into(),
                is_price: true,
                values: vec![None, Some(100.75), Some(101.5), Some(102.25)],
            }],
        }],
        trades: vec![Trade {
            id: 1,
            symbol: text.into(),
            side: Direction::Long,
            tag: text.into(),
            entry_time: hour,
            entry_price: 100.5,
            exit_time: 2 * hour,
            exit_price: 104.0,
            size: 30.0,
            notional: 3_015.0,
            leverage: 1.0,
            fees: 2.76,
            funding: 0.0,
            slippage: 1.5,
            pnl: 100.0,
            pnl_pct: 0.033_167,
            return_r: Some(2.0),
            bars: 1,
            mae_pct: 0.005,
            mfe_pct: 0.04,
            exit_reason: text.into(),
            ambiguous: true,
            levels: vec![LevelLine {
                kind: LevelKind::Stop,
                changes: vec![
                    LevelChange {
                        time: hour,
                        price: Some(98.5),
                    },
                    LevelChange {
                        time: 2 * hour,
                        price: None,
                    },
                ],
            }],
        }],
    }
}

#[test]
fn skeleton_and_data() {
    let page = render(&run("Dip")).unwrap();
    insta::assert_snapshot!(skeleton(&page).replace(&nonce(&page), "[nonce]"));
    assert_eq!(page, render(&run("Dip")).unwrap());
}

#[test]
fn hostile_text_stays_text() {
    let page = render(&run(HOSTILE)).unwrap();
    let bare = skeleton(&page);
    assert!(!bare.contains("<img") && !bare.contains("alert(1)</script>"));
    assert_eq!(bare.matches("<script").count(), 3);
    assert_eq!(bare.matches("</script>").count(), 3);
    assert_eq!(bare.matches("<title>").count(), 1);
    // What reads like a mark of the skeleton is not filled: the code stands there once.
    assert_eq!(page.matches("const D = JSON.parse").count(), 1);
    // The data reads back as it was.
    let data = data_of(&page);
    assert_eq!(data["title"], HOSTILE);
    assert_eq!(data["trades"]["tags"][0], HOSTILE);
}

#[test]
fn nothing_is_loaded() {
    let page = skeleton(&render(&run(HOSTILE)).unwrap());
    assert!(page.contains("default-src 'none'"));
    assert!(!page.contains("src=\"") && !page.contains("<link") && !page.contains("@import"));
}

#[test]
fn nonce_follows_the_data() {
    let one = render(&run("a")).unwrap();
    assert_ne!(nonce(&one), nonce(&render(&run("b")).unwrap()));
    assert_eq!(one.matches(&nonce(&one)).count(), 3);
}

#[test]
fn an_empty_run_is_a_report_too() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("out/report.html");
    write_data(&ReportData::default(), &path).unwrap();
    assert!(
        std::fs::read_to_string(&path)
            .unwrap()
            .ends_with("</html>\n")
    );
}
