//! The picture for people.

use super::read::Picture;
use crate::output;
use comfy_table::{Attribute, Cell, CellAlignment, Color, Table, presets};
use sixbtc_core::model::{FunnelStep, Status, Strategy};
use sixbtc_market::calendar;
use std::fmt::Write;

/// Age of a heartbeat after which a service counts as gone, ms.
const GONE: i64 = 90_000;

/// How much room and colour there is.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// Whether colours are wanted.
    pub colour: bool,
    /// Columns.
    pub width: usize,
}

impl Look {
    /// Of the terminal, or 100 columns without one.
    pub fn of_terminal() -> Self {
        let width = Table::new().width().map_or(100, usize::from);
        Self {
            colour: output::colour_out(),
            width: width.clamp(60, 140),
        }
    }

    fn paint(self, code: &str, text: &str) -> String {
        if self.colour {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }
}

/// The whole page; ends with a line break.
pub fn page(p: &Picture, look: Look) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "{}", counts(p, look));
    let _ = writeln!(text, "{}", services(p, look));
    if !p.funnel.is_empty() {
        let _ = writeln!(text, "\n{}", funnel(p, look));
    }
    if !p.pool.is_empty() {
        let _ = writeln!(text, "\n{}", look.paint("1", "Best of the pool"));
        let _ = writeln!(text, "{}", pool(&p.pool, look));
    }
    if !p.live.is_empty() {
        let _ = writeln!(text, "\n{}", look.paint("1", "Live, on paper"));
        let _ = writeln!(text, "{}", live(p, look));
    }
    for event in &p.events {
        let e = &event.event;
        let time = calendar::iso(event.at);
        let time = time.get(11..19).unwrap_or(&time);
        let _ = writeln!(
            text,
            "{}",
            look.paint(
                "2",
                &cut(
                    &format!("{time}  {} {} {}", e.stage, e.what, e.name),
                    look.width
                )
            )
        );
    }
    text
}

fn counts(p: &Picture, look: Look) -> String {
    let mut parts = Vec::new();
    for status in Status::ALL {
        let n = p.counts.get(status).copied().unwrap_or(0);
        let colour = match status {
            Status::Live => "1;32",
            Status::Active => "32",
            Status::Failed | Status::Retired => "2",
            _ => "0",
        };
        parts.push(look.paint(
            colour,
            &format!("{} {}", grouped(n), status.as_str().to_lowercase()),
        ));
    }
    let mut line = parts.join(" · ");
    let _ = write!(
        line,
        "   {}",
        look.paint("2", &format!("{} trials", grouped(p.trials)))
    );
    line
}

fn services(p: &Picture, look: Look) -> String {
    if p.services.is_empty() {
        return look.paint("33", "no service has reported yet");
    }
    let mut parts = Vec::new();
    for s in &p.services {
        let age = p.at - s.at;
        let phase = s.state["phase"].as_str().unwrap_or("running");
        let (colour, mark) = if phase == "ended" {
            ("2", "○")
        } else if age > GONE {
            ("31", "✗")
        } else if phase == "running" {
            ("32", "●")
        } else {
            ("33", "◐")
        };
        let name = if age > GONE && phase != "ended" {
            format!("{mark} {} (silent for {} s)", s.service, age / 1000)
        } else {
            format!("{mark} {}", s.service)
        };
        parts.push(look.paint(colour, &name));
    }
    parts.join("  ")
}

/// Stages in the order of the pipeline, each with the gates that refused most.
fn funnel(p: &Picture, look: Look) -> String {
    let mut table = table();
    table.set_header(head(
        &["stage", "asked", "passed", "", "refused most by"],
        look,
    ));
    // in the order of the pipeline, which is that of how many came so far
    let mut stages: Vec<&FunnelStep> = p.funnel.iter().filter(|s| s.stage).collect();
    stages.sort_by_key(|s| std::cmp::Reverse(s.passed + s.refused));
    for stage in stages {
        let asked = stage.passed + stage.refused;
        let share = if asked == 0 {
            0.0
        } else {
            stage.passed as f64 / asked as f64
        };
        let mut gates: Vec<&FunnelStep> = p
            .funnel
            .iter()
            .filter(|g| !g.stage && g.refused > 0 && belongs(&g.gate, &stage.gate))
            .collect();
        gates.sort_by(|a, b| b.refused.cmp(&a.refused).then(a.gate.cmp(&b.gate)));
        let why: Vec<String> = gates
            .iter()
            .take(3)
            .map(|g| {
                let name = g.gate.split_once('.').map_or(g.gate.as_str(), |(_, n)| n);
                format!("{name} {}", grouped(g.refused))
            })
            .collect();
        table.add_row(vec![
            Cell::new(stage.gate.replace('_', "-")),
            right(grouped(asked)),
            right(grouped(stage.passed)),
            right(format!("{:.1} %", share * 100.0)),
            Cell::new(why.join(", ")),
        ]);
    }
    table.to_string()
}

fn belongs(gate: &str, stage: &str) -> bool {
    gate.strip_prefix(stage)
        .is_some_and(|rest| rest.starts_with('.'))
}

fn pool(list: &[Strategy], look: Look) -> String {
    let mut table = table();
    table.set_header(head(
        &["score", "strategy", "side", "tf", "what it does"],
        look,
    ));
    let room = look.width.saturating_sub(50);
    for s in list {
        table.add_row(vec![
            right(
                s.score_backtest
                    .map_or_else(String::new, |x| format!("{x:.1}")),
            ),
            Cell::new(&s.made.name),
            Cell::new(s.made.side.as_str().to_lowercase()),
            Cell::new(&s.made.timeframe),
            Cell::new(cut(&s.made.sentence, room)),
        ]);
    }
    table.to_string()
}

fn live(p: &Picture, look: Look) -> String {
    let mut table = table();
    table.set_header(head(
        &[
            "", "strategy", "side", "tf", "since", "trades", "won", "balance", "result",
        ],
        look,
    ));
    for s in &p.live {
        let Some(t) = &s.trading else { continue };
        let account = p.subaccounts.iter().find(|a| a.strategy == Some(s.made.id));
        let result =
            Cell::new(format!("{:+.2} USD", t.pnl_usd)).set_alignment(CellAlignment::Right);
        let result = match (look.colour, t.pnl_usd) {
            (true, x) if x > 0.0 => result.fg(Color::Green),
            (true, x) if x < 0.0 => result.fg(Color::Red),
            _ => result,
        };
        let since = match p.market {
            // days at the market pass faster than those of the wall, by which the store counts
            Some(_) => format!("{} s ago", (p.at - t.live_since) / 1000),
            None => calendar::iso(t.live_since).chars().take(16).collect(),
        };
        table.add_row(vec![
            right(account.map_or_else(String::new, |a| format!("#{}", a.id))),
            Cell::new(&s.made.name),
            Cell::new(s.made.side.as_str().to_lowercase()),
            Cell::new(&s.made.timeframe),
            Cell::new(since),
            right(t.figures.trades.to_string()),
            right(if t.figures.trades == 0 {
                String::new()
            } else {
                format!("{:.0} %", t.figures.win_rate * 100.0)
            }),
            right(
                account
                    .and_then(|a| a.balance)
                    .map_or_else(String::new, |b| format!("{b:.2}")),
            ),
            result,
        ]);
    }
    table.to_string()
}

fn table() -> Table {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING);
    table
}

fn head(names: &[&str], look: Look) -> Vec<Cell> {
    names
        .iter()
        .map(|n| {
            let cell = Cell::new(n);
            if look.colour {
                cell.add_attribute(Attribute::Dim)
            } else {
                cell
            }
        })
        .collect()
}

fn right(text: String) -> Cell {
    Cell::new(text).set_alignment(CellAlignment::Right)
}

/// A sentence that fits.
fn cut(text: &str, room: usize) -> String {
    match text.char_indices().nth(room.max(8)) {
        Some(_) => {
            let kept: String = text.chars().take(room.max(8) - 1).collect();
            format!("{kept}…")
        }
        None => text.to_owned(),
    }
}

/// Digits in groups of three: `12,345`.
fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, d) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(d);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_sentences_fit() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(cut("Buys when the close rises.", 10), "Buys when…");
        assert!(belongs("in_sample.sharpe", "in_sample"));
        assert!(!belongs("in_sample_b.sharpe", "in_sample"));
    }
}
