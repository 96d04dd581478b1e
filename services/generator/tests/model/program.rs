//! Programs as a model might write them, of calls that the library's own pages describe.

use sbt_driver::docs::{Entry, entry};
use sixbtc_core::model::Side;
use sixbtc_generator::Draw;
use sixbtc_generator::ai::{GROUPS, Task};
use std::collections::BTreeSet;
use std::fmt::Write;

/// What a program is put together of.
#[derive(Default)]
struct Parts {
    uses: BTreeSet<String>,
    params: Vec<String>,
    /// Combinations of the parameters so far.
    points: usize,
    lets: Vec<String>,
}

impl Parts {
    /// A parameter, or its default where there are combinations enough.
    fn param(&mut self, name: &str, ty: &str, values: &[String]) -> String {
        if self.points * values.len() > 200 {
            return values[0].clone();
        }
        self.points *= values.len();
        let name = format!("{name}{}", self.params.len() + 1);
        self.params.push(format!(
            "param {name}: {ty} = {} in {{{}}}",
            values[0],
            values.join(", ")
        ));
        name
    }
}

/// A program that does what is asked for.
pub fn program(task: &Task, draw: &mut Draw) -> String {
    let mut parts = Parts {
        points: 1,
        ..Parts::default()
    };
    let names: Vec<String> = match &task.combination {
        Some(c) => c.main.iter().chain(&c.filters).cloned().collect(),
        None => {
            let all: Vec<&str> = GROUPS.iter().flat_map(|g| g.indicators).copied().collect();
            (0..=draw.below(3))
                .filter_map(|_| draw.pick(&all).map(|n| (*n).to_owned()))
                .collect()
        }
    };
    let title = format!("Looks at {} and trades what follows.", names.join(", "));
    let (long, short) = match task.side {
        Side::Long => (true, false),
        Side::Short => (false, true),
        Side::Both => (true, true),
    };
    let mut conditions: Vec<(&str, String)> = Vec::new();
    let values: Vec<(String, String)> = names
        .iter()
        .map(|name| value(name, &mut parts, draw))
        .collect();
    for side in [(long, "long"), (short, "short")] {
        if side.0 {
            let all: Vec<String> = values
                .iter()
                .enumerate()
                .map(|(at, (value, ty))| {
                    // the first decides; more of its kind would never meet
                    if at == 0 {
                        condition(value, ty, &mut parts, draw)
                    } else {
                        state(value, ty, draw)
                    }
                })
                .collect();
            let joined = if all.len() == 2 && draw.chance(0.3) {
                all.join(" or ")
            } else {
                all.join(" and ")
            };
            conditions.push((side.1, joined));
        }
    }
    let stop = parts.param("sl", "percent", &percents(draw, 1.0, 4.0));
    let target = parts.param("tp", "percent", &percents(draw, 2.0, 9.0));
    let hold = parts.param("hold", "bars", &lengths(draw, 20));
    let mut text = String::from("#sbt 1\n\n");
    for module in &parts.uses {
        let _ = writeln!(text, "use {module}");
    }
    let _ = writeln!(
        text,
        "\nstrategy idea_{} \"{title}\" {{\n  on {}\n",
        draw.below(1000),
        task.timeframe
    );
    for line in parts.params.iter().chain(&parts.lets) {
        let _ = writeln!(text, "  {line}");
    }
    for (side, when) in &conditions {
        let _ = writeln!(
            text,
            "\n  enter {side} when {when} {{\n    stop {stop}\n    target {target}\n    exit after {hold}\n  }}"
        );
    }
    let _ = writeln!(text, "\n  size risk 2%\n  limit leverage 3\n}}");
    text
}

/// Three to five lengths around one.
fn lengths(draw: &mut Draw, around: usize) -> Vec<String> {
    let first = around.max(2) + draw.below(around.max(2));
    (0..3 + draw.below(3))
        .map(|i| (first + i * (1 + first / 4)).to_string())
        .collect()
}

fn percents(draw: &mut Draw, low: f64, high: f64) -> Vec<String> {
    let first = draw.between(low, high);
    (0..3 + draw.below(2))
        .map(|i| format!("{:.1}%", first + i as f64))
        .collect()
}

/// A named value of an indicator with its type: one of its results.
fn value(name: &str, parts: &mut Parts, draw: &mut Draw) -> (String, String) {
    let found = entry(name).unwrap_or_else(|| panic!("{name}"));
    if let Some(module) = &found.needs_use {
        parts.uses.insert(module.clone());
    }
    let mut call = call(found, parts, draw);
    let at = draw.below(found.returns.len());
    let result = &found.returns[at];
    if let Some(field) = &result.name {
        call = format!("{call}.{field}");
    }
    if draw.chance(0.5) {
        let name = format!("v{}", parts.lets.len() + 1);
        parts.lets.push(format!("let {name} = {call}"));
        call = name;
    }
    (call, result.ty.clone())
}

/// A call with a series, and lengths of its own now and then.
fn call(found: &Entry, parts: &mut Parts, draw: &mut Draw) -> String {
    let mut args: Vec<String> = Vec::new();
    let mut own = draw.chance(0.7);
    for p in &found.parameters {
        match (&p.default, p.ty.as_str()) {
            (None, _) => {
                let series = ["close", "close", "close", "high", "low", "(high + low) / 2"];
                args.push((*draw.pick(&series).unwrap()).to_owned());
            }
            (Some(default), "bars") if own => {
                let around: usize = default.parse().unwrap_or(14);
                let many = lengths(draw, around);
                let n = if draw.chance(0.5) {
                    parts.param("n", "bars", &many)
                } else {
                    many[0].clone()
                };
                args.push(n);
                // fast before slow: a second length of its own might turn them round
                own = false;
            }
            _ => break,
        }
    }
    format!("{}({})", found.name, args.join(", "))
}

/// Something that holds of a value half of the time.
fn state(value: &str, ty: &str, draw: &mut Draw) -> String {
    let n = 1 + draw.below(40);
    if ty == "bool" {
        return if draw.chance(0.5) {
            value.to_owned()
        } else {
            format!("not {value}")
        };
    }
    match draw.below(4) {
        0 => format!("{value} > {value}[{n}]"),
        1 => format!("{value} < {value}[{n}]"),
        2 => format!("{value} > sma({value}, {})", n + 2),
        _ => format!("{value} < sma({value}, {})", n + 2),
    }
}

/// Something that holds of a value now and then.
fn condition(value: &str, ty: &str, parts: &mut Parts, draw: &mut Draw) -> String {
    let n = 5 + draw.below(60);
    if ty == "bool" {
        return match draw.below(3) {
            0 => value.to_owned(),
            1 => format!("not {value}"),
            _ => format!("{value} and not {value}[1]"),
        };
    }
    let way = draw.below(if ty == "price" { 10 } else { 8 });
    match way {
        0 => format!("{value} > {value}[{}]", 1 + draw.below(10)),
        1 => format!("{value} < {value}[{}]", 1 + draw.below(10)),
        2 => format!("{value} crosses above sma({value}, {n})"),
        3 => format!("{value} crosses below sma({value}, {n})"),
        4 => format!("{value} > highest({value}, {n})[1]"),
        5 => format!("{value} < lowest({value}, {n})[1]"),
        6 | 7 => {
            let levels: Vec<String> = (0..3)
                .map(|i| format!("{:.1}", 0.5 + 0.5 * f64::from(i)))
                .collect();
            let level = parts.param("level", "float", &levels);
            if way == 6 {
                format!("zscore({value}, {n}) > {level}")
            } else {
                format!("zscore({value}, {n}) < -{level}")
            }
        }
        8 => format!("close crosses above {value}"),
        _ => format!("close < {value}"),
    }
}

/// A good answer, with what models say around it.
pub fn wrapped(program: &str, draw: &mut Draw) -> String {
    match draw.below(6) {
        0 => program.to_owned(),
        1 => format!("```\n{program}```"),
        2 => format!(
            "Here is the strategy.\n\n```sbt\n{program}```\n\nIt waits for a move. Good luck!"
        ),
        // laid out anyhow
        3 => format!(
            "```sbt\n{}\n```",
            program.replace("\n  ", "\n\t\t").replace(" = ", "=")
        ),
        4 => format!("```sbt\n{}```", program.replace('\n', "\r\n")),
        _ => format!(
            "```sbt\n// as asked\n{}```",
            program.trim_start_matches("#sbt 1\n")
        ),
    }
}
