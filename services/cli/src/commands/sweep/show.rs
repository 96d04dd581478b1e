//! The answer: for people a table of the best points and a line, for programs JSON.

use super::market::Market;
use super::prepare::Prepared;
use crate::args::{Format, SweepArgs};
use crate::commands::backtest::number;
use crate::commands::laboratory::table;
use crate::output;
use serde_json::{Map, Value, json};
use sixbtc_engine::{MetricKind, Metrics};
use sixbtc_sweep::{Estimate, Objective, Outcome, Ranked, Search, count_text};
use std::fmt::Write as _;
use std::time::Duration;

/// Figures that people want beside the objective.
const SHOWN: [&str; 6] = [
    "sharpe",
    "total_return",
    "max_drawdown",
    "trades",
    "win_rate",
    "profit_factor",
];

/// Everything there is to tell.
pub struct Answer<'a> {
    /// What was asked.
    pub args: &'a SweepArgs,
    /// The strategy over its market.
    pub ready: &'a Prepared,
    /// How points were chosen.
    pub search: &'a Search,
    /// What was sought.
    pub objectives: &'a [Objective],
    /// Figures of each point.
    pub figures: &'a [String],
    /// What simulated them, over the whole data.
    pub market: &'a Market<'a>,
    /// What was found.
    pub outcome: &'a Outcome,
}

impl Answer<'_> {
    /// Nanoseconds a bar and point that was evaluated now; NaN when none was.
    pub fn pace(&self) -> f64 {
        let work = self.outcome.evaluated as f64 * self.market.bars() as f64;
        if work > 0.0 {
            self.outcome.elapsed.as_nanos() as f64 / work
        } else {
            f64::NAN
        }
    }

    /// How points were chosen, in words.
    pub fn searched(&self) -> String {
        if self.ready.space.is_list() {
            "list".into()
        } else {
            self.search.describe()
        }
    }

    /// A point as people read it: the parameters that vary.
    pub fn point(&self, ranked: &Ranked) -> String {
        let axes = self.ready.space.axes();
        let shown: Vec<String> = self
            .ready
            .varied()
            .into_iter()
            .map(|i| format!("{} {}", axes[i].name, axes[i].show(ranked.point[i])))
            .collect();
        if shown.is_empty() {
            "the defaults".into()
        } else {
            shown.join(", ")
        }
    }

    fn kind(figure: &str) -> MetricKind {
        let all = Metrics::NONE.list();
        all.iter()
            .find(|m| m.name == figure)
            .map_or(MetricKind::Ratio, |m| m.kind)
    }

    fn worth(objective: &Objective, worth: f64) -> String {
        match objective.figures() {
            [one] if one == objective.text() => number(worth, Self::kind(one)),
            _ => number(worth, MetricKind::Ratio),
        }
    }

    fn rows(&self, ranked: &[Ranked]) -> (Vec<String>, Vec<Vec<String>>) {
        let axes = self.ready.space.axes();
        let varied = self.ready.varied();
        let beside: Vec<(usize, &String)> = self
            .figures
            .iter()
            .enumerate()
            .filter(|(_, f)| {
                SHOWN.contains(&f.as_str()) && !self.objectives.iter().any(|o| o.text() == *f)
            })
            .collect();
        let mut head = vec!["point".to_owned()];
        head.extend(varied.iter().map(|i| axes[*i].name.clone()));
        head.extend(self.objectives.iter().map(|o| o.text().replace('_', " ")));
        head.extend(beside.iter().map(|(_, f)| f.replace('_', " ")));
        let row = |r: &Ranked| {
            let mut row = vec![r.number.to_string()];
            row.extend(varied.iter().map(|i| axes[*i].show(r.point[*i])));
            row.extend(
                self.objectives
                    .iter()
                    .zip(&r.worth)
                    .map(|(o, w)| Self::worth(o, *w)),
            );
            row.extend(
                beside
                    .iter()
                    .map(|(i, f)| number(r.figures[*i], Self::kind(f))),
            );
            row
        };
        (head, ranked.iter().map(row).collect())
    }

    /// Prints the best points, what a reader must know, and one line that sums it up.
    pub fn show(&self) {
        let o = self.outcome;
        let title = &self.ready.title;
        let name = &self.ready.name;
        output::out(&output::bold(&if title.is_empty() {
            name.clone()
        } else {
            format!("{name} – {title}")
        }));
        let symbols: Vec<&str> = self.ready.bars.iter().map(|b| b.symbol.as_str()).collect();
        output::out(&format!(
            "{} on {}, {} bars; search: {}",
            symbols.join(", "),
            self.ready.clock,
            count_text(self.market.bars() as u128),
            self.searched()
        ));
        let print = |ranked: &[Ranked]| {
            let (head, rows) = self.rows(ranked);
            let head: Vec<&str> = head.iter().map(String::as_str).collect();
            output::out(&table(&head, rows, 0));
        };
        print(&o.best);
        if !o.front.is_empty() {
            output::out(&format!(
                "\nPareto front, {}: no other point is better in one objective and as good in all",
                match o.front.len() {
                    1 => "1 point".to_owned(),
                    n => format!("{n} points"),
                }
            ));
            print(&o.front[..o.front.len().min(self.args.top.max(10))]);
        }
        for line in self.remarks() {
            output::out(&line);
        }
        if let (Some(out), true) = (&self.args.out, o.finished) {
            output::out(&format!("results: {}", out.display()));
        }
        if let (Some(report), true) = (&self.args.report, o.finished) {
            output::out(&format!("report: {}", report.display()));
        }
        output::out(&self.summary());
    }

    /// What a reader must know before believing the figures.
    pub fn remarks(&self) -> Vec<String> {
        let o = self.outcome;
        let mut lines: Vec<String> = self
            .ready
            .remarks
            .iter()
            .map(|r| format!("warning: {r}"))
            .collect();
        for (objective, missing) in self.objectives.iter().zip(&o.missing) {
            let n = count_text(u128::from(*missing));
            if *missing == o.points && o.points > 0 {
                lines.push(format!(
                    "warning: `{}` exists for none of the {n} points; the strategy may never trade (see `trades`), or the data be too short",
                    objective.text()
                ));
            } else if *missing > 0 {
                lines.push(format!(
                    "{n} points have no `{}` and rank last",
                    objective.text()
                ));
            }
        }
        if !o.finished {
            lines.push(match &self.args.out {
                Some(out) => format!(
                    "stopped; what is finished is kept in {}.parts, the same command goes on from there",
                    out.display()
                ),
                None => "stopped; the points above are the best of those evaluated (with --out a sweep can be continued)".into(),
            });
        }
        lines
    }

    fn summary(&self) -> String {
        let o = self.outcome;
        let n = |n: u64| count_text(u128::from(n));
        // writing into a string cannot fail
        let mut text = format!("{} points", n(o.points));
        if o.pruned > 0 {
            let _ = write!(text, " ({} excluded by require)", n(o.pruned));
        }
        if o.was_there {
            text.push_str(", all evaluated before");
        } else {
            if o.resumed > 0 {
                let _ = write!(text, ", {} of them evaluated before", n(o.resumed));
            }
            let _ = write!(text, " in {}", seconds(o.elapsed));
            if self.pace().is_finite() {
                let _ = write!(text, ", {:.1} ns a bar and point", self.pace());
            }
        }
        if let (Some(best), Some(objective)) = (o.best.first(), self.objectives.first())
            && !best.worth[0].is_nan()
        {
            let _ = write!(
                text,
                "; best {}: {} with {}",
                objective.text(),
                Self::worth(objective, best.worth[0]),
                self.point(best)
            );
        }
        text
    }

    /// The answer for programs.
    pub fn json(&self) -> Value {
        let o = self.outcome;
        let axes = self.ready.space.axes();
        let ranked = |r: &Ranked| {
            let params: Map<String, Value> = axes
                .iter()
                .zip(&r.point)
                .map(|(a, v)| (a.name.clone(), json!(v)))
                .collect();
            let objectives: Map<String, Value> = self
                .objectives
                .iter()
                .zip(&r.worth)
                .map(|(o, w)| (o.text().to_owned(), json!(w)))
                .collect();
            let metrics: Map<String, Value> = self
                .figures
                .iter()
                .zip(&r.figures)
                .map(|(f, v)| (f.clone(), json!(v)))
                .collect();
            json!({ "point": r.number, "params": params, "objectives": objectives, "metrics": metrics })
        };
        let missing: Map<String, Value> = self
            .objectives
            .iter()
            .zip(&o.missing)
            .map(|(o, n)| (o.text().to_owned(), json!(n)))
            .collect();
        json!({
            "schema": 1,
            "strategy": self.ready.name,
            "source": self.ready.hash,
            "compiler": sbt_driver::VERSION,
            "space": count_text(o.space),
            "search": self.searched(),
            "points": o.points,
            "pruned": o.pruned,
            "evaluated": o.evaluated,
            "resumed": o.resumed,
            "finished": o.finished,
            "bars": self.market.bars(),
            "symbols": self.market.symbols(),
            "path": self.market.path(),
            "elapsed_ms": o.elapsed.as_secs_f64() * 1e3,
            "ns_per_bar_point": self.pace(),
            "missing": missing,
            "best": o.best.iter().map(ranked).collect::<Vec<_>>(),
            "pareto": o.front.iter().map(ranked).collect::<Vec<_>>(),
            "out": self.args.out,
            "report": self.args.report,
            "warnings": self.remarks(),
        })
    }
}

/// What the sweep will cost, in a line.
pub fn estimate(e: &Estimate) -> String {
    let n = |n: u64| count_text(u128::from(n));
    let about = if e.exact { "" } else { "about " };
    let mut text = format!("{about}{} points to evaluate", n(e.points));
    if e.pruned > 0 {
        let _ = write!(text, ", {about}{} excluded by require", n(e.pruned));
    }
    if let Some(time) = e.time.filter(|t| *t > Duration::from_millis(500)) {
        let _ = write!(
            text,
            "; roughly {} by a trial of a few points",
            seconds(time)
        );
    }
    text
}

/// How the sweep would be run.
pub fn explain(
    ready: &Prepared,
    search: &Search,
    plan: &[String],
    market: &Market<'_>,
    format: Format,
) {
    let space = count_text(ready.space.count());
    if format == Format::Json {
        output::json(&json!({
            "schema": 1,
            "strategy": ready.name,
            "space": space,
            "search": search.describe(),
            "bars": market.bars(),
            "symbols": market.symbols(),
            "path": market.path(),
            "plan": plan,
        }));
        return;
    }
    for axis in ready.space.axes() {
        let values: Vec<String> = axis.values.iter().take(12).map(|v| axis.show(*v)).collect();
        let more = if axis.values.len() > 12 { ", …" } else { "" };
        output::out(&format!("{} = {}{more}", axis.name, values.join(", ")));
    }
    output::out(&format!(
        "{space} points before any require; search: {}",
        search.describe()
    ));
    for line in plan {
        output::out(line);
    }
    output::out(&format!(
        "{} bars of {} symbol{} a point",
        count_text(market.bars() as u128),
        market.symbols(),
        if market.symbols() == 1 { "" } else { "s" }
    ));
}

fn seconds(d: Duration) -> String {
    let s = d.as_secs_f64();
    if s < 1.0 {
        format!("{:.0} ms", s * 1e3)
    } else if s < 120.0 {
        format!("{s:.1} s")
    } else if s < 7_200.0 {
        format!("{:.0} min", s / 60.0)
    } else if s < 172_800.0 {
        format!("{:.1} h", s / 3_600.0)
    } else {
        format!("{} days", count_text((s / 86_400.0) as u128))
    }
}
