//! Every bad file is refused with one message that names the file, the line and the remedy.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use sixbtc_market::export::{Packing, write_parquet};
use sixbtc_market::import::{ImportOptions, open};
use sixbtc_market::{Bars, SynthOptions, Timeframe, open_all, open_funding, synth};
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;

const HEADER: &str = "time,open,high,low,close,volume\n";
const FIRST: &str = "2024-01-01T00:00:00Z,10,12,9,11,5\n";
const SECOND: &str = "2024-01-01T01:00:00Z,11,13,10,12,6\n";
const THIRD: &str = "2024-01-01T02:00:00Z,12,14,11,13,7\n";

/// Rows with one of them replaced; it is line 4 of the file.
fn with(third: &str) -> Vec<u8> {
    format!("{HEADER}{FIRST}{SECOND}{third}\n2024-01-01T03:00:00Z,13,15,12,14,8\n").into_bytes()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

fn zip_of(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    archive
        .start_file(name, zip::write::SimpleFileOptions::default())
        .unwrap();
    archive.write_all(bytes).unwrap();
    archive.finish().unwrap().into_inner()
}

fn parquet_of(bars: &Bars) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_parquet(bars, "test", Packing::Fast, &mut bytes).unwrap();
    bytes
}

fn utf16(text: &str) -> Vec<u8> {
    [0xFF, 0xFE]
        .into_iter()
        .chain(text.encode_utf16().flat_map(u16::to_le_bytes))
        .collect()
}

fn message(dir: &Path, name: &str, bytes: &[u8], options: &ImportOptions) -> String {
    let path = dir.join(name);
    fs::write(&path, bytes).unwrap();
    let found = open(&path, options);
    fs::remove_file(&path).unwrap();
    match found {
        Ok(found) => format!("ACCEPTED: {} bars", found.bars.len()),
        Err(error) => error
            .to_string()
            .replace(&format!("{}/", dir.display()), ""),
    }
}

#[test]
fn messages() {
    let dir = tempfile::tempdir().unwrap();
    let mut out = String::new();
    let good = format!("{HEADER}{FIRST}{SECOND}{THIRD}");
    let long: String = (0..9_000).fold(HEADER.to_owned(), |mut text, i| {
        let _ = writeln!(
            text,
            "{},1,2,1,2,{}",
            1_704_067_200 + i * 60,
            i * 7919 % 1_009
        );
        text
    });
    let bars = synth(&SynthOptions {
        bars: 50,
        ..SynthOptions::default()
    })
    .unwrap();
    let bad_bars = |change: &dyn Fn(&mut Bars)| {
        let mut bars = bars.clone();
        change(&mut bars);
        parquet_of(&bars)
    };
    let cut = |bytes: Vec<u8>, keep: usize| bytes[..keep].to_vec();
    let flipped = |mut bytes: Vec<u8>, at: usize| {
        bytes[at] ^= 0xFF;
        bytes
    };
    let cases: Vec<(&str, &str, Vec<u8>)> = vec![
        ("no bytes", "BTC-1h.csv", vec![]),
        ("header only", "BTC-1h.csv", HEADER.into()),
        ("blank lines", "BTC-1h.csv", b"\n\n \n".to_vec()),
        ("prose", "BTC-1h.csv", b"Dear reader,\nthis is no table.\n".to_vec()),
        ("binary", "BTC-1h.csv", vec![0, 1, 2, 3, 4, 5]),
        ("one endless line", "BTC-1h.csv", vec![b'7'; 2 << 20]),
        ("UTF-16", "BTC-1h.csv", utf16(&good)),
        ("header not UTF-8", "BTC-1h.csv", [b"time,open,high,low,close,volume,\xE9\n", FIRST.as_bytes()].concat()),
        ("field not UTF-8", "BTC-1h.csv", [good.as_bytes(), b"2024-01-01T03:00:00Z,13,15,12,14\xFF,8\n"].concat()),
        ("no close", "BTC-1h.csv", b"time,open,high,low,volume\n2024-01-01,1,1,1,1\n".to_vec()),
        ("no volume", "BTC-1h.csv", b"time,open,high,low,close\n2024-01-01,1,1,1,1\n".to_vec()),
        ("closing times only", "BTC-1h.csv", b"close_time,open,high,low,close,volume\n1,1,1,1,1,1\n".to_vec()),
        ("two columns", "BTC-1h.csv", b"time,close\n2024-01-01,1\n".to_vec()),
        ("five columns, no header", "BTC-1h.csv", b"2024-01-01T00:00Z,1,1,1,1\n".to_vec()),
        ("nine columns, no header", "BTC-1h.csv", b"2024-01-01T00:00Z,1,1,1,1,1,1,1,1\n".to_vec()),
        ("flat prices, no header", "BTC-1h.csv", b"2024-01-01T00:00Z,1,1,1,1,1\n2024-01-01T01:00Z,2,2,2,2,1\n".to_vec()),
        ("a short line", "BTC-1h.csv", with("2024-01-01T02:00:00Z,12,14")),
        ("a long line", "BTC-1h.csv", with("2024-01-01T02:00:00Z,12,14,11,13,7,7")),
        ("the last line cut", "BTC-1h.csv", format!("{HEADER}{FIRST}2024-01-01T01:00:00Z,11,1").into_bytes()),
        ("a word for a price", "BTC-1h.csv", with("2024-01-01T02:00:00Z,12,14,low,13,7")),
        ("an empty price", "BTC-1h.csv", with("2024-01-01T02:00:00Z,12,,11,13,7")),
        ("NaN", "BTC-1h.csv", with("2024-01-01T02:00:00Z,12,14,11,NaN,7")),
        ("infinite", "BTC-1h.csv", with("2024-01-01T02:00:00Z,12,inf,11,13,7")),
        ("zero price", "BTC-1h.csv", with("2024-01-01T02:00:00Z,12,14,0,13,7")),
        ("negative price", "BTC-1h.csv", with("2024-01-01T02:00:00Z,-12,14,11,13,7")),
        ("negative volume", "BTC-1h.csv", with("2024-01-01T02:00:00Z,12,14,11,13,-7")),
        ("high below low", "BTC-1h.csv", with("2024-01-01T02:00:00Z,12,11,14,13,7")),
        ("close above high", "BTC-1h.csv", with("2024-01-01T02:00:00Z,12,14,11,14.5,7")),
        (
            "wrong names",
            "BTC-1h.csv",
            format!("{HEADER}2024-01-01T00:00:00Z,10,11,12,9,5\n2024-01-01T01:00:00Z,11,12,13,10,6\n").into_bytes(),
        ),
        ("an ambiguous date", "BTC-1h.csv", with("03/04/2024 02:00,12,14,11,13,7")),
        ("an impossible date", "BTC-1h.csv", with("2024-02-30T02:00:00Z,12,14,11,13,7")),
        ("disorder", "BTC-1h.csv", with("2023-12-31T23:00:00Z,12,14,11,13,7")),
        ("newest first", "BTC-1h.csv", format!("{HEADER}{THIRD}{SECOND}{FIRST}").into_bytes()),
        ("duplicate", "BTC-1h.csv", with("2024-01-01T01:00:00Z,12,14,11,13,7")),
        ("overlap", "BTC-1h.csv", [with("2024-01-01T01:30:00Z,12,14,11,13,7"), b"2024-01-01T04:00:00Z,1,1,1,1,1\n2024-01-01T05:00:00Z,1,1,1,1,1\n".to_vec()].concat()),
        ("blank lines count", "BTC-1h.csv", with("\n\n2024-01-01T02:00:00Z,12,14,11,x,7")),
        ("two symbols", "all.csv", b"symbol,time,open,high,low,close,volume\nBTC,2024-01-01,1,1,1,1,1\nETH,2024-01-02,1,1,1,1,1\n".to_vec()),
        ("no symbol", "2024-01.csv", good.clone().into_bytes()),
        ("no timeframe", "BTC.csv", format!("{HEADER}{FIRST}").into_bytes()),
        ("odd spacing", "BTC.csv", b"time,open,high,low,close,volume\n1704067200000,1,1,1,1,1\n1704067201500,1,1,1,1,1\n".to_vec()),
        ("the name contradicts", "BTC-15m.csv", good.clone().into_bytes()),
        ("gzip cut", "BTC-1m.csv.gz", cut(gzip(long.as_bytes()), 5_000)),
        ("gzip damaged", "BTC-1m.csv.gz", flipped(gzip(long.as_bytes()), 2_000)),
        ("zip cut", "BTC-1m.zip", cut(zip_of("x.csv", long.as_bytes()), 5_000)),
        ("zip damaged", "BTC-1m.zip", flipped(zip_of("x.csv", long.as_bytes()), 2_000)),
        ("zip without CSV", "BTC-1m.zip", zip_of("x.pdf", b"%PDF")),
        ("Parquet cut", "BTC-1h.parquet", cut(parquet_of(&bars), 700)),
        ("Parquet of a few bytes", "BTC-1h.parquet", b"PAR1".to_vec()),
        ("Parquet with a damaged footer", "BTC-1h.parquet", {
            let bytes = parquet_of(&bars);
            let at = bytes.len() - 7;
            flipped(bytes, at)
        }),
        ("Parquet with NaN", "BTC-1h.parquet", bad_bars(&|bars| bars.low[7] = f64::NAN)),
        ("Parquet out of order", "BTC-1h.parquet", bad_bars(&|bars| bars.time.swap(7, 8))),
        ("Parquet with a duplicate", "BTC-1h.parquet", bad_bars(&|bars| bars.time[9] = bars.time[8])),
        ("Parquet without rows", "BTC-1h.parquet", parquet_of(&bars.slice(0..0))),
    ];
    for (name, file, bytes) in &cases {
        let _ = writeln!(
            out,
            "{name}:\n    {}",
            message(dir.path(), file, bytes, &ImportOptions::default())
        );
    }
    let given = ImportOptions {
        timeframe: Some(Timeframe::H4),
        ..ImportOptions::default()
    };
    let _ = writeln!(
        out,
        "the option contradicts:\n    {}",
        message(dir.path(), "BTC-1h.csv", good.as_bytes(), &given)
    );
    let repair = ImportOptions {
        repair: true,
        ..ImportOptions::default()
    };
    let bad = with("2023-12-31T23:00:00Z,12,14,0,13,7");
    let _ = writeln!(
        out,
        "repair does not mend values:\n    {}",
        message(dir.path(), "BTC-1h.csv", &bad, &repair)
    );
    let shown = |error: sixbtc_market::MarketError| {
        error
            .to_string()
            .replace(&dir.path().display().to_string(), "DIR")
    };
    let missing = open(dir.path().join("none.csv"), &repair).unwrap_err();
    let _ = writeln!(out, "no such file:\n    {}", shown(missing));
    let directory = open(dir.path(), &repair).unwrap_err();
    let _ = writeln!(out, "a directory:\n    {}", shown(directory));
    let nothing = open_all(dir.path(), &repair).unwrap_err();
    let _ = writeln!(out, "an empty directory:\n    {}", shown(nothing));
    let funding = dir.path().join("funding.csv");
    fs::write(&funding, "time,rate\n2024-01-01,0.1\n2024-01-01,0.1\n").unwrap();
    let _ = writeln!(
        out,
        "funding twice:\n    {}",
        shown(open_funding(&funding).unwrap_err())
    );
    assert!(!out.contains("ACCEPTED"), "{out}");
    insta::assert_snapshot!(out);
}

#[cfg(unix)]
#[test]
fn an_unreadable_file_says_so() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("BTC-1h.csv");
    fs::write(&path, HEADER).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    // The superuser may read everything.
    if fs::File::open(&path).is_err() {
        let error = open(&path, &ImportOptions::default())
            .unwrap_err()
            .to_string();
        assert!(error.contains("permission denied"), "{error}");
    }
}
