//! Files of every accepted shape open to the same bars.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use proptest::prelude::*;
use sixbtc_market::export::{Packing, write_csv, write_parquet};
use sixbtc_market::import::{ImportOptions, open, open_all, read_csv};
use sixbtc_market::{Bar, Bars, MarketError, SynthOptions, Timeframe, synth};
use std::fs;
use std::io::Write;
use std::path::Path;

/// Four quarter hours from 2024-02-29T23:30Z on, the third one missing.
fn wanted() -> Bars {
    let mut bars = Bars::new("BTC", Timeframe::M15);
    let start = 1_709_249_400_000;
    for (quarter, open, high, low, close, volume) in [
        (0, 61_000.5, 61_200.0, 60_900.25, 61_100.0, 12.5),
        (1, 61_100.0, 61_150.0, 61_000.0, 61_001.0, 0.0),
        (3, 61_010.0, 61_500.0, 61_005.0, 61_499.99, 7.125),
        (4, 61_499.99, 61_600.0, 61_400.0, 61_450.0, 3.0),
    ] {
        bars.push(Bar {
            time: start + quarter * 900_000,
            open,
            high,
            low,
            close,
            volume,
        });
    }
    bars
}

fn rows(line: impl Fn(&Bar, usize) -> String) -> String {
    let bars = wanted();
    (0..bars.len())
        .map(|row| line(&bars.get(row).unwrap(), row) + "\n")
        .collect()
}

fn shown(text: &str) -> Result<Bars, MarketError> {
    read_csv("BTC-15m.csv", text.as_bytes(), &ImportOptions::default()).map(|found| found.bars)
}

const ISO: [&str; 4] = [
    "2024-02-29T23:30:00Z",
    "2024-02-29T23:45:00Z",
    "2024-03-01T00:15:00Z",
    "2024-03-01T00:30:00Z",
];

#[test]
fn delimited_text_of_many_writers() {
    let plain = |b: &Bar, time: String| {
        format!(
            "{time},{},{},{},{},{}",
            b.open, b.high, b.low, b.close, b.volume
        )
    };
    let shapes = [
        ("our own", "time,open,high,low,close,volume\n".to_owned() + &rows(|b, i| plain(b, ISO[i].into()))),
        ("no header, ISO", rows(|b, i| plain(b, ISO[i].into()))),
        ("no header, ms", rows(|b, _| plain(b, b.time.to_string()))),
        ("seconds", "timestamp,open,high,low,close,volume\n".to_owned() + &rows(|b, _| plain(b, (b.time / 1000).to_string()))),
        ("microseconds", "ts,o,h,l,c,v\n".to_owned() + &rows(|b, _| plain(b, format!("{}000", b.time)))),
        ("nanoseconds", "Timestamp,Open,High,Low,Close,Volume\n".to_owned() + &rows(|b, _| plain(b, format!("{}000000", b.time)))),
        ("float seconds", "unix,open,high,low,close,volume\n".to_owned() + &rows(|b, _| plain(b, format!("{}.0", b.time / 1000)))),
        ("offset", "time,open,high,low,close,volume\n".to_owned() + &rows(|b, i| plain(b, ISO[i].replace('Z', "+00:00")))),
        ("space", "date,open,high,low,close,volume\n".to_owned() + &rows(|b, i| plain(b, ISO[i].replace('T', " ").replace('Z', "")))),
        ("CRLF and no last newline", ("time,open,high,low,close,volume\n".to_owned() + &rows(|b, i| plain(b, ISO[i].into()))).replace('\n', "\r\n").trim_end().to_owned()),
        ("BOM, blank lines, comments", format!("\u{feff}# exported\n\ntime,open,high,low,close,volume\n\n{}\n\n", rows(|b, i| "# bar\n".to_owned() + &plain(b, ISO[i].into())))),
        (
            "title line, newest names, other order",
            "https://www.example.org\nunix,date,symbol,open,high,low,close,Volume BTC,Volume USD\n".to_owned()
                + &rows(|b, i| format!("{},{},BTC/USD,{},{},{},{},{},1", b.time / 1000, ISO[i], b.open, b.high, b.low, b.close, b.volume)),
        ),
        (
            "semicolons and decimal commas",
            "Date;Open;High;Low;Close;Volume\n".to_owned() + &rows(|b, i| plain(b, ISO[i].into()).replace(',', ";").replace('.', ",")),
        ),
        ("tabs", "time,open,high,low,close,volume\n".replace(',', "\t") + &rows(|b, i| plain(b, ISO[i].into()).replace(',', "\t"))),
        ("quoted", "\"time\",\"open\",\"high\",\"low\",\"close\",\"volume\"\n".to_owned() + &rows(|b, i| format!("\"{}\"", plain(b, ISO[i].into()).replace(',', "\",\"")))),
        ("quoted delimiter", "note,time,open,high,low,close,volume\n".to_owned() + &rows(|b, i| "\"a, b\",".to_owned() + &plain(b, ISO[i].into()))),
        ("exponents, signs, spaces", "time, open, high, low, close, volume\n".to_owned() + &rows(|b, i| format!("{}, +{:e}, {:e} ,{}, {},{:e}", ISO[i], b.open, b.high, b.low, b.close, b.volume))),
        ("pandas index", ",open,high,low,close,volume\n".replacen(',', "__index_level_0__,", 1) + &rows(|b, i| plain(b, ISO[i].into()))),
        (
            "open, close, high, low without a header",
            rows(|b, _| format!("{},{},{},{},{},{}", b.time, b.open, b.close, b.high, b.low, b.volume)),
        ),
        (
            "open, low, high, close without a header",
            rows(|b, _| format!("{},{},{},{},{},{}", b.time, b.open, b.low, b.high, b.close, b.volume)),
        ),
        (
            "Binance without a header",
            rows(|b, _| plain(b, b.time.to_string()) + &format!(",{},1,2,3,4,0", b.time + 899_999)),
        ),
        (
            "Binance with a header",
            "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore\n".to_owned()
                + &rows(|b, _| plain(b, b.time.to_string()) + &format!(",{},1,2,3,4,0", b.time + 899_999)),
        ),
        (
            "Binance in microseconds",
            rows(|b, _| plain(b, format!("{}000", b.time)) + &format!(",{}999,1,2,3,4,0", b.time + 899_999)),
        ),
        (
            "close time first",
            "close_time,open_time,open,high,low,close,volume\n".to_owned() + &rows(|b, i| format!("{},", b.time + 900_000) + &plain(b, ISO[i].into())),
        ),
        (
            "MetaTrader",
            "<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>\n".to_owned()
                + &rows(|b, i| format!("{}\t{}\t{}\t{}\t{}\t{}\t1\t{}\t0", ISO[i][..10].replace('-', "."), &ISO[i][11..19], b.open, b.high, b.low, b.close, b.volume)),
        ),
        (
            "date and time apart, no header",
            rows(|b, i| format!("{},{},{},{},{},{},{}", ISO[i][..10].replace('-', "."), &ISO[i][11..16], b.open, b.high, b.low, b.close, b.volume)),
        ),
        ("trailing delimiter", "time,open,high,low,close,volume,\n".to_owned() + &rows(|b, i| plain(b, ISO[i].into()) + ",")),
        ("two files end to end", {
            let text = "time,open,high,low,close,volume\n".to_owned() + &rows(|b, i| plain(b, ISO[i].into()));
            text.replacen("2024-03-01T00:15", "time,open,high,low,close,volume\n2024-03-01T00:15", 1)
        }),
    ];
    for (name, text) in shapes {
        let found = shown(&text).unwrap_or_else(|error| panic!("{name}: {error}\n{text}"));
        assert_eq!(found, wanted(), "{name}");
    }
}

#[test]
fn days_without_a_time_and_lone_bars() {
    let text = "Date,Open,High,Low,Close,Volume\n2024-01-01,1,2,1,2,5\n2024-01-02,2,3,2,3,5\n";
    let found = read_csv("eth.csv", text.as_bytes(), &ImportOptions::default()).unwrap();
    assert_eq!(
        (found.bars.symbol.as_str(), found.bars.timeframe),
        ("ETH", Timeframe::D1)
    );
    let lone = "time,open,high,low,close,volume\n2024-01-01,1,2,1,2,5\n";
    let found = read_csv("ETH-4h.csv", lone.as_bytes(), &ImportOptions::default()).unwrap();
    assert_eq!(found.bars.timeframe, Timeframe::H4);
    let options = ImportOptions {
        symbol: Some("X".into()),
        timeframe: Some(Timeframe::H1),
        repair: false,
    };
    let found = read_csv("ETH-4h.csv", lone.as_bytes(), &options).unwrap();
    assert_eq!(
        (found.bars.symbol.as_str(), found.bars.timeframe),
        ("X", Timeframe::H1)
    );
}

#[test]
fn days_of_another_zone_are_counted_as_off_the_grid() {
    let text = "time,open,high,low,close,volume\n2024-01-01T05:00Z,1,2,1,2,5\n2024-01-02T05:00Z,2,3,2,3,5\n";
    let found = read_csv("X.csv", text.as_bytes(), &ImportOptions::default()).unwrap();
    assert_eq!((found.off_grid, found.bars.timeframe), (2, Timeframe::D1));
}

#[test]
fn sparse_bars_keep_the_timeframe_of_the_name() {
    use std::fmt::Write;
    let mut text = "time,open,high,low,close,volume\n".to_owned();
    for minute in [0, 2, 4, 5, 7, 9] {
        writeln!(text, "2024-01-01T00:0{minute}Z,1,2,1,2,5").unwrap();
    }
    let found = read_csv("X-1m.csv", text.as_bytes(), &ImportOptions::default()).unwrap();
    assert_eq!((found.bars.timeframe, found.gaps.len()), (Timeframe::M1, 4));
}

#[test]
fn repair_sorts_and_keeps_the_last() {
    let text = "time,open,high,low,close,volume\n2024-01-01T02:00Z,1,2,1,2,5\n2024-01-01T01:00Z,1,2,1,2,5\n\
                2024-01-01T00:00Z,1,2,1,2,5\n2024-01-01T01:00Z,1,2,1,2,6\n";
    let options = ImportOptions {
        repair: true,
        ..ImportOptions::default()
    };
    let found = read_csv("X.csv", text.as_bytes(), &options).unwrap();
    assert_eq!(
        (
            found.repairs.moved,
            found.repairs.duplicates,
            found.repairs.conflicting
        ),
        (3, 1, 1)
    );
    assert_eq!(found.bars.volume, [5.0, 6.0, 5.0]);
}

/// A text large enough that lines lie across the reader's buffers.
fn long() -> (Bars, Vec<u8>) {
    let options = SynthOptions {
        bars: 40_000,
        timeframe: Timeframe::M1,
        gap_chance: 0.001,
        ..SynthOptions::default()
    };
    let bars = synth(&options).unwrap();
    let mut text = Vec::new();
    write_csv(&bars, &mut text).unwrap();
    assert!(text.len() > 2 << 20);
    (bars, text)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

fn zip_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in files {
        archive
            .start_file(*name, zip::write::SimpleFileOptions::default())
            .unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

#[test]
fn containers() {
    let (bars, text) = long();
    let dir = tempfile::tempdir().unwrap();
    let middle = text[..text.len() / 2]
        .iter()
        .rposition(|&b| b == b'\n')
        .unwrap()
        + 1;
    let header = b"time,open,high,low,close,volume\n";
    let second = [header.as_slice(), &text[middle..]].concat();
    for (name, bytes) in [
        ("SYNTH-1m.csv", text.clone()),
        ("SYNTH-1m.csv.gz", gzip(&text)),
        (
            "SYNTH-1m-members.csv.gz",
            [gzip(&text[..middle]), gzip(&text[middle..])].concat(),
        ),
        (
            "SYNTH-1m.zip",
            zip_of(&[("SYNTH-1m.csv", &text), ("SYNTH-1m.csv.CHECKSUM", b"00 x")]),
        ),
        (
            "SYNTH-1m-parts.zip",
            zip_of(&[
                ("b/2.csv", &second),
                ("a/1.csv", &text[..middle]),
                ("__MACOSX/1.csv", b"x"),
            ]),
        ),
        // A wrong extension does not matter.
        ("SYNTH-1m.txt", gzip(&text)),
    ] {
        let path = dir.path().join(name);
        fs::write(&path, bytes).unwrap();
        let found = open(&path, &ImportOptions::default())
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(found.bars.hash(), bars.hash(), "{name}");
    }
}

#[test]
fn a_directory_joins_the_months_of_a_symbol() {
    let (bars, _) = long();
    let dir = tempfile::tempdir().unwrap();
    let put = |name: &str, bars: &Bars| {
        let mut bytes = Vec::new();
        write_csv(bars, &mut bytes).unwrap();
        fs::write(dir.path().join(name), bytes).unwrap();
    };
    put("SYNTH-1m-2020-02.csv", &bars.slice(20_000..40_000));
    put("SYNTH-1m-2020-01.csv", &bars.slice(0..20_000));
    put("ETH-1m.csv", &bars.slice(0..100));
    fs::write(dir.path().join("README.md"), "no data").unwrap();
    fs::write(dir.path().join(".hidden.csv"), "no data").unwrap();
    let all = open_all(dir.path(), &ImportOptions::default()).unwrap();
    assert_eq!(
        all.iter()
            .map(|found| found.bars.symbol.as_str())
            .collect::<Vec<_>>(),
        ["ETH", "SYNTH"]
    );
    assert_eq!(all[1].bars, bars);
    assert_eq!(all[1].files.len(), 2);
    assert_eq!(all[1].gaps, sixbtc_market::gaps(&bars));
    put("SYNTH-1m-again.csv", &bars.slice(19_999..20_010));
    assert!(matches!(
        open_all(dir.path(), &ImportOptions::default()),
        Err(MarketError::Overlap { .. })
    ));
}

#[test]
fn one_error_of_a_part_names_the_part() {
    let bytes = zip_of(&[
        (
            "1.csv",
            b"time,open,high,low,close,volume\n2024-01-01T00:00Z,1,1,1,1,1\n",
        ),
        (
            "2.csv",
            b"time,open,high,low,close,volume\n\n2024-01-01T01:00Z,1,1,1,-1,1\n",
        ),
    ]);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("X.zip");
    fs::write(&path, bytes).unwrap();
    let message = open(&path, &ImportOptions::default())
        .unwrap_err()
        .to_string();
    assert!(message.contains("`2.csv` line 3: close is -1"), "{message}");
}

/// Parquet as other writers make it: optional columns, other types, dictionary and compression.
mod parquet_of_others {
    use super::*;
    use parquet::basic::Compression;
    use parquet::data_type::{
        ByteArray, ByteArrayType, DoubleType, FloatType, Int32Type, Int64Type,
    };
    use parquet::file::properties::WriterProperties;
    use parquet::file::writer::SerializedFileWriter;
    use parquet::schema::parser::parse_message_type;
    use std::sync::Arc;

    enum Values {
        Long(Vec<i64>),
        Int(Vec<i32>),
        Double(Vec<f64>),
        Float(Vec<f32>),
        Text(Vec<String>),
    }

    fn write(
        schema: &str,
        columns: &[Values],
        levels: Option<&[i16]>,
        compression: Compression,
    ) -> Vec<u8> {
        let properties = WriterProperties::builder()
            .set_compression(compression)
            .build();
        let schema = Arc::new(parse_message_type(schema).unwrap());
        let mut bytes = Vec::new();
        let mut file = SerializedFileWriter::new(&mut bytes, schema, Arc::new(properties)).unwrap();
        let mut group = file.next_row_group().unwrap();
        for values in columns {
            let mut column = group.next_column().unwrap().unwrap();
            match values {
                Values::Long(v) => column
                    .typed::<Int64Type>()
                    .write_batch(v, levels, None)
                    .map(drop)
                    .unwrap(),
                Values::Int(v) => column
                    .typed::<Int32Type>()
                    .write_batch(v, levels, None)
                    .map(drop)
                    .unwrap(),
                Values::Double(v) => column
                    .typed::<DoubleType>()
                    .write_batch(v, levels, None)
                    .map(drop)
                    .unwrap(),
                Values::Float(v) => column
                    .typed::<FloatType>()
                    .write_batch(v, levels, None)
                    .map(drop)
                    .unwrap(),
                Values::Text(v) => {
                    let v: Vec<ByteArray> = v
                        .iter()
                        .map(|text| ByteArray::from(text.as_str()))
                        .collect();
                    column
                        .typed::<ByteArrayType>()
                        .write_batch(&v, levels, None)
                        .map(drop)
                        .unwrap();
                }
            }
            column.close().unwrap();
        }
        group.close().unwrap();
        file.close().unwrap();
        bytes
    }

    fn schema(time: &str, price: &str, repetition: &str) -> String {
        format!(
            "message schema {{ {repetition} {price} close; {repetition} {time}; {repetition} {price} open; \
             {repetition} {price} high; {repetition} {price} low; {repetition} double volume; }}"
        )
    }

    fn read(bytes: &[u8]) -> Result<Bars, MarketError> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("BTC-15m.parquet");
        fs::write(&path, bytes).unwrap();
        open(&path, &ImportOptions::default()).map(|found| found.bars)
    }

    fn doubles(b: &Bars) -> [Values; 5] {
        [&b.close, &b.open, &b.high, &b.low, &b.volume].map(|column| Values::Double(column.clone()))
    }

    fn with_time(time: Values, [close, rest @ ..]: [Values; 5]) -> Vec<Values> {
        [close, time].into_iter().chain(rest).collect()
    }

    #[test]
    fn every_type_of_time() {
        let b = wanted();
        let times = [
            (
                "int64 time (TIMESTAMP(MILLIS,true))",
                Values::Long(b.time.clone()),
            ),
            (
                "int64 time (TIMESTAMP(MICROS,false))",
                Values::Long(b.time.iter().map(|t| t * 1_000).collect()),
            ),
            (
                "int64 time (TIMESTAMP(NANOS,true))",
                Values::Long(b.time.iter().map(|t| t * 1_000_000).collect()),
            ),
            (
                "int64 time (TIMESTAMP_MICROS)",
                Values::Long(b.time.iter().map(|t| t * 1_000).collect()),
            ),
            ("int64 open_time", Values::Long(b.time.clone())),
            (
                "int64 time",
                Values::Long(b.time.iter().map(|t| t / 1_000).collect()),
            ),
            (
                "int32 time",
                Values::Int(b.time.iter().map(|t| (t / 1_000) as i32).collect()),
            ),
            (
                "double time",
                Values::Double(b.time.iter().map(|t| *t as f64 / 1e3).collect()),
            ),
            (
                "binary time (UTF8)",
                Values::Text(ISO.iter().map(|&text| text.to_owned()).collect()),
            ),
            (
                "binary time (STRING)",
                Values::Text(b.time.iter().map(ToString::to_string).collect()),
            ),
        ];
        for (name, time) in times {
            for repetition in ["required", "optional"] {
                let levels = (repetition == "optional").then_some([1i16; 4]);
                let text = schema(name, "double", repetition);
                let time = match &time {
                    Values::Long(v) => Values::Long(v.clone()),
                    Values::Int(v) => Values::Int(v.clone()),
                    Values::Double(v) => Values::Double(v.clone()),
                    Values::Float(v) => Values::Float(v.clone()),
                    Values::Text(v) => Values::Text(v.clone()),
                };
                let columns = with_time(time, doubles(&b));
                for compression in [
                    Compression::UNCOMPRESSED,
                    Compression::SNAPPY,
                    Compression::LZ4_RAW,
                    Compression::ZSTD(parquet::basic::ZstdLevel::default()),
                    Compression::GZIP(parquet::basic::GzipLevel::default()),
                ] {
                    let bytes = write(
                        &text,
                        &columns,
                        levels.as_ref().map(<[i16; 4]>::as_slice),
                        compression,
                    );
                    assert_eq!(
                        read(&bytes).unwrap_or_else(|error| panic!("{text} {error}")),
                        b,
                        "{name} {repetition}"
                    );
                }
            }
        }
    }

    #[test]
    fn narrow_and_decimal_prices() {
        let b = wanted();
        let time = || Values::Long(b.time.clone());
        let [_, _, _, _, volume] = doubles(&b);
        let floats = [&b.close, &b.open, &b.high, &b.low]
            .map(|c| Values::Float(c.iter().map(|&p| p as f32).collect()));
        let [c, o, h, l] = floats;
        let bytes = write(
            &schema("int64 time", "float", "required"),
            &[c, time(), o, h, l, volume],
            None,
            Compression::SNAPPY,
        );
        assert_eq!(read(&bytes).unwrap(), b);
        let [_, _, _, _, volume] = doubles(&b);
        let cents = [&b.close, &b.open, &b.high, &b.low]
            .map(|c| Values::Long(c.iter().map(|p| (p * 100.0).round() as i64).collect()));
        let [c, o, h, l] = cents;
        let text = "message schema { required int64 close (DECIMAL(18,2)); required int64 time; required int64 open (DECIMAL(18,2)); \
                    required int64 high (DECIMAL(18,2)); required int64 low (DECIMAL(18,2)); required double volume; }";
        let bytes = write(
            text,
            &[c, time(), o, h, l, volume],
            None,
            Compression::SNAPPY,
        );
        assert_eq!(read(&bytes).unwrap(), b);
    }

    #[test]
    fn a_missing_value_is_named() {
        let b = wanted();
        let levels = [1i16, 1, 0, 1];
        let some = |column: &Vec<f64>| Values::Double(vec![column[0], column[1], column[3]]);
        let columns = [
            some(&b.close),
            Values::Long(vec![b.time[0], b.time[1], b.time[3]]),
            some(&b.open),
            some(&b.high),
            some(&b.low),
            some(&b.volume),
        ];
        let bytes = write(
            &schema("int64 time", "double", "optional"),
            &columns,
            Some(&levels),
            Compression::SNAPPY,
        );
        let message = read(&bytes).unwrap_err().to_string();
        assert!(
            message.contains("row 3") && message.contains("(empty)"),
            "{message}"
        );
    }
}

fn any_bars() -> impl Strategy<Value = Bars> {
    let bar = (
        1i64..5,
        1e-8f64..1e8,
        0.0f64..1e9,
        prop::array::uniform4(0.0f64..1.0),
    );
    prop::collection::vec(bar, 1..60).prop_map(|rows| {
        let mut bars = Bars::new("X", Timeframe::M1);
        let mut time = 1_600_000_020_000;
        for (skip, price, volume, [a, b, c, d]) in rows {
            time += skip * 60_000;
            let mut prices = [
                price * (1.0 + a),
                price * (1.0 + b),
                price * (1.0 + c),
                price * (1.0 + d),
            ];
            prices.sort_by(f64::total_cmp);
            let [low, open, close, high] = prices;
            bars.push(Bar {
                time,
                open,
                high,
                low,
                close,
                volume,
            });
        }
        bars
    })
}

fn through(bars: &Bars, dir: &Path, name: &str, write: impl Fn(&Bars, &mut Vec<u8>)) -> Bars {
    let mut bytes = Vec::new();
    write(bars, &mut bytes);
    let path = dir.join(name);
    fs::write(&path, bytes).unwrap();
    open(&path, &ImportOptions::default()).unwrap().bars
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn csv_and_parquet_round_trip_to_the_same_bits(bars in any_bars()) {
        // Bars that are all two minutes apart are two-minute bars to a reader of CSV.
        prop_assume!(bars.time.windows(2).any(|pair| pair[1] - pair[0] == 60_000));
        let dir = tempfile::tempdir().unwrap();
        let csv = |bars: &Bars, out: &mut Vec<u8>| write_csv(bars, out).unwrap();
        let one = through(&bars, dir.path(), "X-1m.csv", csv);
        prop_assert_eq!(one.hash(), bars.hash());
        for packing in [Packing::Fast, Packing::Small] {
            let two = through(&one, dir.path(), "other.parquet", |bars, out| write_parquet(bars, "test", packing, out).unwrap());
            prop_assert_eq!(two.hash(), bars.hash());
            let three = through(&two, dir.path(), "X-1m.csv", csv);
            prop_assert_eq!(three.hash(), bars.hash());
        }
    }

    #[test]
    fn broken_parquet_is_an_error_and_not_a_crash(bars in any_bars(), at in any::<prop::sample::Index>(), bit in 0u8..8, cut in any::<bool>()) {
        let mut bytes = Vec::new();
        write_parquet(&bars, "test", if bit < 4 { Packing::Fast } else { Packing::Small }, &mut bytes).unwrap();
        let at = at.index(bytes.len());
        if cut { bytes.truncate(at) } else { bytes[at] ^= 1 << bit }
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.parquet");
        fs::write(&path, bytes).unwrap();
        let _ = open(&path, &ImportOptions::default());
    }

    #[test]
    fn broken_archives_are_errors_and_not_crashes(at in any::<prop::sample::Index>(), bit in 0u8..8, cut in any::<bool>(), zipped in any::<bool>()) {
        let text = b"time,open,high,low,close,volume\n2024-01-01T00:00Z,1,1,1,1,1\n2024-01-01T01:00Z,1,1,1,1,1\n";
        let mut bytes = if zipped { zip_of(&[("x.csv", text)]) } else { gzip(text) };
        let at = at.index(bytes.len());
        if cut { bytes.truncate(at) } else { bytes[at] ^= 1 << bit }
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("X-1h.csv");
        fs::write(&path, bytes).unwrap();
        let _ = open(&path, &ImportOptions::default());
    }
}
