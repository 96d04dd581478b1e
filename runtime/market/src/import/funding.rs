//! Funding rates from CSV files.

use super::stamp;
use super::{Format, format_of, open_file, with_text};
use crate::check::Flaw;
use crate::error::{MarketError, Place};
use crate::symbol::Funding;
use std::path::Path;

const TIMES: [&str; 6] = [
    "time",
    "timestamp",
    "calc_time",
    "fundingtime",
    "funding_time",
    "date",
];
const RATES: [&str; 6] = [
    "rate",
    "fundingrate",
    "funding_rate",
    "last_funding_rate",
    "funding",
    "value",
];

/// Opens a CSV file, plain or gzipped, with a header that names a time (`time`, `timestamp`, `calc_time`, `funding_time`,
/// `fundingTime`, `date`) and a rate (`rate`, `fundingRate`, `funding_rate`, `last_funding_rate`, `funding`): the fraction of
/// the notional paid at that time. Times must rise.
pub fn open_funding(path: impl AsRef<Path>) -> Result<Funding, MarketError> {
    let path = path.as_ref();
    let (mut file, size) = open_file(path)?;
    let gzip = match format_of(path, &mut file)? {
        Format::Text => false,
        Format::Gzip => true,
        Format::Zip | Format::Parquet => {
            return Err(MarketError::Unsupported {
                path: path.to_owned(),
                what: "funding rates are read from CSV only".into(),
                remedy: "supply a CSV file with the columns time and rate",
            });
        }
    };
    let text = with_text(path, file, size, gzip, &mut |_, input, failed| {
        let mut text = Vec::new();
        input.read_to_end(&mut text).map_err(failed)?;
        Ok(text)
    })?;
    let text = String::from_utf8(text).map_err(|_| MarketError::Encoding {
        path: path.to_owned(),
        place: Place::File,
        what: "the text is not valid UTF-8",
    })?;
    parse(path, text.trim_start_matches('\u{feff}'))
}

fn parse(path: &Path, text: &str) -> Result<Funding, MarketError> {
    let mut lines = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty());
    let empty = || MarketError::Empty {
        path: path.to_owned(),
    };
    let (_, header) = lines.next().ok_or_else(empty)?;
    let delimiter = [';', '\t', ',']
        .into_iter()
        .find(|d| header.contains(*d))
        .unwrap_or(',');
    let names: Vec<String> = header
        .split(delimiter)
        .map(|n| n.trim().trim_matches('"').to_lowercase())
        .collect();
    let column = |wanted: &[&str], missing| {
        names
            .iter()
            .position(|name| wanted.contains(&name.as_str()))
            .ok_or_else(|| MarketError::MissingColumn {
                path: path.to_owned(),
                missing,
                found: super::columns::listed(&names),
                remedy: "a funding file has the columns time and rate",
            })
    };
    let (time_column, rate_column) = (column(&TIMES, "time")?, column(&RATES, "rate")?);
    let mut funding = Funding::default();
    for (index, line) in lines {
        let fields: Vec<&str> = line
            .split(delimiter)
            .map(|f| f.trim().trim_matches('"'))
            .collect();
        let place = || Place::Line(index as u64 + 1);
        let (Some(time), Some(rate)) = (fields.get(time_column), fields.get(rate_column)) else {
            let (expected, found) = (names.len(), fields.len());
            return Err(MarketError::Fields {
                path: path.to_owned(),
                place: place(),
                expected,
                found,
            });
        };
        let bad = |column, text: &str, wanted| MarketError::Field {
            path: path.to_owned(),
            place: place(),
            column,
            text: text.to_owned(),
            wanted,
        };
        let at =
            stamp::read_any(time.as_bytes()).ok_or_else(|| bad("time", time, stamp::WANTED))?;
        let share = rate.parse().ok().filter(|r: &f64| r.is_finite());
        let share = share.ok_or_else(|| bad("rate", rate, "a finite number"))?;
        if let Some(&above) = funding.time.last().filter(|&&above| above >= at) {
            let flaw = if above == at {
                Flaw::Duplicate { time: at }
            } else {
                Flaw::Disorder { time: at, above }
            };
            return Err(MarketError::Flaw {
                path: path.to_owned(),
                place: place(),
                flaw,
            });
        }
        funding.time.push(at);
        funding.rate.push(share);
    }
    if funding.is_empty() {
        Err(empty())
    } else {
        Ok(funding)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn funding_files_of_the_world() {
        let path = Path::new("BTC-funding.csv");
        let wanted = Funding {
            time: vec![1_706_745_600_000, 1_706_749_200_000],
            rate: vec![0.000_012_5, -0.000_1],
        };
        for text in [
            "time,rate\n2024-02-01T00:00:00Z,0.0000125\n2024-02-01T01:00:00Z,-1e-4\n",
            "calc_time,funding_interval_hours,last_funding_rate\n1706745600000,8,0.0000125\n1706749200000,8,-0.0001",
            "fundingTime;fundingRate\n1706745600;0.0000125\n\n1706749200;-0.0001\n",
        ] {
            assert_eq!(parse(path, text).unwrap(), wanted, "{text}");
        }
        for text in [
            "",
            "time,rate\n",
            "time,price\n1,2",
            "time,rate\n2024-02-01,x",
            "time,rate\n2024-02-01,inf",
            "time,rate\n2024-02-01",
            "time,rate\n2024-02-01,0\n2024-02-01,0",
        ] {
            assert!(parse(path, text).is_err(), "{text}");
        }
    }
}
