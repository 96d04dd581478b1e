//! The simulation of points: one program, or one for each combination of timeframes.

use super::prepare::Prepared;
use crate::commands::backtest;
use crate::failure::Failure;
use sixbtc_abi::ParamKind;
use sixbtc_backtest::{Sweep, SweepInput};
use sixbtc_sweep::{Admitted, Evaluate, EvaluateError, Points};

/// Bytes that columns and signals shared by points may take, of all programs together.
const MEMORY: usize = 192 << 20;

/// The strategy over its market.
pub struct Market<'a> {
    figures: &'a [String],
    /// Parameters that choose the program.
    timeframes: Vec<usize>,
    members: Vec<(&'a [f64], Sweep<'a>)>,
}

impl Prepared {
    /// The simulation over the data up to a time.
    pub fn market<'a>(
        &'a self,
        figures: &'a [String],
        to: Option<i64>,
    ) -> Result<Market<'a>, Failure> {
        let timeframes =
            (0..self.params.len()).filter(|i| self.params[*i].kind == ParamKind::Timeframe);
        let members = self.programs.iter().map(|(key, split)| {
            let mut input = SweepInput::new(split, self.run(split, to), figures);
            input.memory = MEMORY / self.programs.len().max(1);
            Ok((
                key.as_slice(),
                Sweep::new(input).map_err(backtest::failure)?,
            ))
        });
        Ok(Market {
            figures,
            timeframes: timeframes.collect(),
            members: members.collect::<Result<_, Failure>>()?,
        })
    }
}

impl Market<'_> {
    /// How points are run, for reports.
    pub fn path(&self) -> String {
        let mut names: Vec<&str> = self.members.iter().map(|m| m.1.path().name()).collect();
        names.sort_unstable();
        names.dedup();
        names.join(", ")
    }

    /// How points are run, for people.
    pub fn plan(&self) -> Vec<String> {
        let mut lines = self.members.first().map_or_else(Vec::new, |m| m.1.plan());
        if self.members.len() > 1 {
            lines.push(format!(
                "{} programs, one for each timeframe, run this way each",
                self.members.len()
            ));
        }
        lines
    }

    /// Bars each point is run over; of several timeframes, their mean.
    pub fn bars(&self) -> usize {
        self.members.iter().map(|m| m.1.bars()).sum::<usize>() / self.members.len().max(1)
    }

    /// Symbols traded.
    pub fn symbols(&self) -> usize {
        self.members.first().map_or(0, |m| m.1.symbols())
    }

    fn member(&self, point: &[f64]) -> Result<&Sweep<'_>, EvaluateError> {
        let chosen = |key: &[f64]| {
            let own = self.timeframes.iter().map(|i| point.get(*i));
            own.zip(key)
                .all(|(v, k)| v.is_some_and(|v| v.to_bits() == k.to_bits()))
        };
        let found = self.members.iter().find(|(key, _)| chosen(key));
        found
            .map(|(_, sweep)| sweep)
            .ok_or_else(|| EvaluateError("a point has a timeframe that was not compiled".into()))
    }
}

impl Evaluate for Market<'_> {
    fn figures(&self) -> &[String] {
        self.figures
    }

    fn admits(&self, point: &[f64]) -> Result<Admitted, EvaluateError> {
        self.member(point)?.admits(point)
    }

    fn evaluate(&self, points: Points<'_>, out: &mut [f64]) -> Result<(), EvaluateError> {
        if let [(_, only)] = self.members.as_slice() {
            return only.evaluate(points, out);
        }
        let each = self.figures.len();
        for (m, (_, sweep)) in self.members.iter().enumerate() {
            let mut rows = Vec::new();
            let mut values = Vec::new();
            for (row, point) in points.iter().enumerate() {
                let own = self.member(point)?;
                if std::ptr::eq(own, &raw const self.members[m].1) {
                    rows.push(row);
                    values.extend_from_slice(point);
                }
            }
            if rows.is_empty() {
                continue;
            }
            let mut figures = vec![f64::NAN; rows.len() * each];
            let some = Points {
                values: &values,
                width: points.width,
            };
            sweep.evaluate(some, &mut figures)?;
            for (row, from) in rows.iter().zip(figures.chunks_exact(each)) {
                if let Some(to) = out.get_mut(row * each..(row + 1) * each) {
                    to.copy_from_slice(from);
                }
            }
        }
        Ok(())
    }

    fn batch(&self) -> usize {
        self.members.iter().map(|m| m.1.batch()).max().unwrap_or(1)
    }
}
