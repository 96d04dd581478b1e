//! Runs `filetests/*.sbtir`.
//!
//! A file begins with header comments: `; passes: fold share` names passes to run in that order (or `none`),
//! `; params: 3 0x1p0` binds parameters. Then a module, then sections:
//!
//! * `=== given 0 60000: 1 2; 3 4` – bars of frame 0: time of the first, ms from one to the next, the columns;
//! * `=== values` – what the signal values are, one line each: name and numbers, before and after the passes alike;
//! * `=== expect` – the text of the module after the passes.
//!
//! With `SBT_BLESS=1` in the environment, `values` and `expect` are written anew instead of compared.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use sbt_ir::text::{hex, parse_number};
use sbt_ir::{InterpKernel, Module, verify};
use sixbtc_abi::{Frame, Input, Kernel, Outputs};
use std::fmt::Write;
use std::path::Path;

struct Section {
    title: String,
    body: String,
}

fn sections(text: &str) -> Vec<Section> {
    let mut all = vec![Section {
        title: String::new(),
        body: String::new(),
    }];
    for line in text.lines() {
        if let Some(title) = line.strip_prefix("=== ") {
            all.push(Section {
                title: title.trim().to_owned(),
                body: String::new(),
            });
        } else {
            let last = all.last_mut().unwrap();
            last.body.push_str(line);
            last.body.push('\n');
        }
    }
    all
}

fn header(text: &str, key: &str) -> Vec<String> {
    let prefix = format!("; {key}:");
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(&prefix))
        .unwrap_or("");
    line.split_whitespace().map(str::to_owned).collect()
}

fn numbers(text: &str) -> Vec<f64> {
    text.split_whitespace()
        .map(|word| parse_number(word).unwrap_or_else(|| panic!("{word} is no number")))
        .collect()
}

/// The signal values over the bars of a `given` line.
fn values(module: &Module, given: &str, params: &[f64]) -> String {
    let (clock, columns) = given.split_once(':').expect("given: clock, colon, columns");
    let clock = numbers(clock);
    let columns: Vec<Vec<f64>> = columns.split(';').map(numbers).collect();
    let rows = columns[0].len();
    let time: Vec<i64> = (0..rows)
        .map(|row| clock[0] as i64 + row as i64 * clock[1] as i64)
        .collect();
    let frame = Frame {
        time: &time,
        columns: columns.iter().map(Vec::as_slice).collect(),
        confirmed: &[],
        price_scale: 100.0,
    };
    let input = Input {
        frames: vec![frame],
    };
    let kernel = InterpKernel::new(sbt_opt::schedule(module.clone()).unwrap()).unwrap();
    let constants = kernel.bind(params).unwrap();
    let mut state = kernel.new_state(&constants);
    let mut out = Outputs::new(kernel.manifest(), rows);
    kernel
        .run(&input, &[0], 0..rows, &constants, &mut state, &mut out)
        .unwrap();
    let mut text = String::new();
    for (spec, column) in kernel.manifest().values.iter().zip(&out.values) {
        if !spec.name.starts_with('_') {
            let numbers: Vec<String> = column.iter().map(|x| hex(*x)).collect();
            writeln!(text, "{} {}", spec.name, numbers.join(" ")).unwrap();
        }
    }
    text
}

fn run(path: &Path) {
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let text = std::fs::read_to_string(path).unwrap();
    let bless = std::env::var_os("SBT_BLESS").is_some();
    let mut all = sections(&text);
    let module: Module = all[0]
        .body
        .parse()
        .unwrap_or_else(|e| panic!("{name}: {e}"));
    verify(&module).unwrap_or_else(|e| panic!("{name}: {e}"));
    let params: Vec<f64> = header(&text, "params")
        .iter()
        .map(|word| parse_number(word).unwrap())
        .collect();
    let mut changed = module.clone();
    for pass in header(&text, "passes")
        .iter()
        .filter(|pass| *pass != "none")
    {
        let pass = *sbt_opt::PASSES
            .iter()
            .find(|p| p.0 == pass)
            .unwrap_or_else(|| panic!("{name}: no pass {pass}"));
        changed = sbt_opt::run_pass(pass, &changed);
    }
    let given = all
        .iter()
        .find_map(|s| s.title.strip_prefix("given ").map(str::to_owned));
    for section in &mut all {
        let found = match section.title.as_str() {
            "expect" => changed.to_string(),
            "values" => {
                let given = given.as_deref().expect("values need a given");
                let before = values(&module, given, &params);
                assert_eq!(
                    before,
                    values(&changed, given, &params),
                    "{name}: the passes change values"
                );
                before
            }
            _ => continue,
        };
        if bless {
            section.body = found;
        } else {
            assert_eq!(
                section.body.trim_end(),
                found.trim_end(),
                "{name}: {}",
                section.title
            );
        }
    }
    if bless {
        let mut text = all[0].body.clone();
        for section in &all[1..] {
            write!(text, "=== {}\n{}", section.title, section.body).unwrap();
        }
        std::fs::write(path, text).unwrap();
    }
}

#[test]
fn filetests() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/filetests");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|f| f.unwrap().path())
        .collect();
    files.retain(|f| f.extension().is_some_and(|e| e == "sbtir"));
    files.sort();
    assert!(!files.is_empty());
    for file in &files {
        run(file);
    }
}
