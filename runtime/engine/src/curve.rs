//! The equity curve, one sample a base bar, stored as runs: while nothing is held equity is one number.

/// One sample of the curve, taken at the close of a base bar.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EquityPoint {
    /// Open time of the bar, ms.
    pub time: i64,
    /// Realised equity plus unrealised profit at the bar's close.
    pub equity: f64,
    /// Realised equity: capital and the profit of closed parts, after all costs paid so far.
    pub cash: f64,
    /// Gross notional of what is held, at the close.
    pub exposure: f64,
    /// Fall from the highest equity so far (the capital included), a fraction of it, 0 or more.
    pub drawdown: f64,
}

/// What a run of samples holds.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Basis {
    /// Nothing: equity is the cash.
    Flat,
    /// Positions of one symbol and side: `exposure = sign × (equity − cash) + cost`.
    OneSided {
        /// `+1` long, `−1` short.
        sign: f64,
        /// Σ size × entry price.
        cost: f64,
    },
    /// Several symbols: exposure is stored.
    Portfolio,
}

/// Samples in a row with the same cash and the same holdings.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Run {
    rows: usize,
    cash: f64,
    basis: Basis,
}

/// Samples in a row, for code that walks the curve fast.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Span<'a> {
    /// So many samples of one equity, nothing held.
    Flat(usize, f64),
    /// Samples while something was held.
    Held(&'a [f64]),
}

/// The equity curve of a run.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EquityCurve {
    capital: f64,
    rows: usize,
    runs: Vec<Run>,
    held: Vec<f64>,
    exposure: Vec<f64>,
}

impl EquityCurve {
    /// Without samples.
    pub fn new(capital: f64) -> Self {
        Self {
            capital,
            ..Self::default()
        }
    }

    /// Makes room for so many samples.
    pub(crate) fn reserve(&mut self, rows: usize) {
        self.held.reserve(rows);
        self.runs.reserve(rows / 16);
    }

    /// Equity before the first sample.
    pub fn capital(&self) -> f64 {
        self.capital
    }

    /// Number of samples.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Samples on which something was held.
    pub fn held(&self) -> usize {
        self.held.len()
    }

    /// The last equity; the capital before the first sample.
    pub fn last(&self) -> f64 {
        match self.runs.last() {
            None => self.capital,
            Some(run) if run.basis == Basis::Flat => run.cash,
            Some(_) => self.held.last().copied().unwrap_or(self.capital),
        }
    }

    /// Appends samples with nothing held.
    #[inline]
    pub(crate) fn push_flat(&mut self, rows: usize, cash: f64) {
        if rows > 0 {
            self.extend(rows, cash, Basis::Flat);
        }
    }

    /// Appends the samples of another curve, which began with the equity that this one ends with. Equities are kept as they
    /// are: a curve that began with another equity makes a jump.
    pub fn append(&mut self, other: &Self) {
        self.rows += other.rows;
        self.runs.extend_from_slice(&other.runs);
        self.held.extend_from_slice(&other.held);
        self.exposure.extend_from_slice(&other.exposure);
    }

    /// Announces samples of one symbol and side and gives the place to append their equities to.
    #[inline]
    pub(crate) fn push_held(
        &mut self,
        rows: usize,
        cash: f64,
        sign: f64,
        cost: f64,
    ) -> &mut Vec<f64> {
        if rows > 0 {
            self.extend(rows, cash, Basis::OneSided { sign, cost });
        }
        &mut self.held
    }

    /// Appends a sample of an account that holds several symbols.
    pub(crate) fn push_portfolio(&mut self, cash: f64, equity: f64, exposure: f64) {
        self.extend(1, cash, Basis::Portfolio);
        self.held.push(equity);
        self.exposure.push(exposure);
    }

    /// Appends samples of an account that holds several symbols.
    pub(crate) fn push_portfolios(&mut self, cash: f64, equity: &[f64], exposure: &[f64]) {
        if !equity.is_empty() {
            self.extend(equity.len(), cash, Basis::Portfolio);
            self.held.extend_from_slice(equity);
            self.exposure.extend_from_slice(exposure);
        }
    }

    /// Replaces the last sample by one with nothing held: positions were closed at the last close.
    pub(crate) fn settle(&mut self, cash: f64) {
        let Some(run) = self.runs.last_mut() else {
            return;
        };
        match run.basis {
            Basis::Flat => {}
            Basis::OneSided { .. } => {
                self.held.pop();
            }
            Basis::Portfolio => {
                self.held.pop();
                self.exposure.pop();
            }
        }
        run.rows -= 1;
        if run.rows == 0 {
            self.runs.pop();
        }
        self.rows -= 1;
        self.push_flat(1, cash);
    }

    #[inline]
    fn extend(&mut self, rows: usize, cash: f64, basis: Basis) {
        self.rows += rows;
        match self.runs.last_mut() {
            Some(run) if run.cash.to_bits() == cash.to_bits() && run.basis == basis => {
                run.rows += rows;
            }
            _ => self.runs.push(Run { rows, cash, basis }),
        }
    }

    /// The curve as spans, in order.
    pub fn spans(&self) -> impl Iterator<Item = Span<'_>> {
        let mut at = 0;
        self.runs.iter().map(move |run| {
            if run.basis == Basis::Flat {
                Span::Flat(run.rows, run.cash)
            } else {
                let span = Span::Held(&self.held[at..at + run.rows]);
                at += run.rows;
                span
            }
        })
    }

    /// The equity of every sample.
    pub fn equity(&self) -> Vec<f64> {
        let mut out = Vec::with_capacity(self.rows);
        for span in self.spans() {
            match span {
                Span::Flat(rows, equity) => out.resize(out.len() + rows, equity),
                Span::Held(values) => out.extend_from_slice(values),
            }
        }
        out
    }

    /// Every sample. `time` are the open times of the bars sampled, as many as [`EquityCurve::len`].
    pub fn points<'a>(&'a self, time: &'a [i64]) -> impl Iterator<Item = EquityPoint> + 'a {
        let (mut held, mut stored, mut row) = (0, 0, 0);
        let mut peak = self.capital;
        self.runs
            .iter()
            .flat_map(|run| std::iter::repeat_n(run, run.rows))
            .map_while(move |run| {
                let (equity, exposure) = match run.basis {
                    Basis::Flat => (run.cash, 0.0),
                    Basis::OneSided { sign, cost } => {
                        let equity = *self.held.get(held)?;
                        held += 1;
                        (equity, sign * (equity - run.cash) + cost)
                    }
                    Basis::Portfolio => {
                        let equity = *self.held.get(held)?;
                        let exposure = *self.exposure.get(stored)?;
                        held += 1;
                        stored += 1;
                        (equity, exposure)
                    }
                };
                let time = *time.get(row)?;
                row += 1;
                if equity > peak {
                    peak = equity;
                }
                let drawdown = if peak > 0.0 {
                    (peak - equity) / peak
                } else {
                    0.0
                };
                Some(EquityPoint {
                    time,
                    equity,
                    cash: run.cash,
                    exposure,
                    drawdown,
                })
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_one_equity_are_one_run() {
        let mut curve = EquityCurve::new(100.0);
        curve.push_flat(3, 100.0);
        curve.push_flat(2, 100.0);
        curve.push_held(2, 99.0, 1.0, 50.0).extend([110.0, 80.0]);
        curve.push_flat(1, 90.0);
        assert_eq!(curve.runs.len(), 3);
        assert_eq!((curve.len(), curve.held(), curve.last()), (8, 2, 90.0));
        assert_eq!(
            curve.equity(),
            vec![100.0, 100.0, 100.0, 100.0, 100.0, 110.0, 80.0, 90.0]
        );
        let time: Vec<i64> = (0..8).collect();
        let points: Vec<_> = curve.points(&time).collect();
        assert_eq!(points.len(), 8);
        assert_eq!(
            (points[5].exposure, points[6].exposure, points[7].exposure),
            (61.0, 31.0, 0.0)
        );
        assert_eq!(
            (points[5].drawdown, points[6].drawdown),
            (0.0, 30.0 / 110.0)
        );
        assert_eq!(points[6].cash, 99.0);
    }

    #[test]
    fn curves_are_stitched() {
        let mut all = EquityCurve::new(100.0);
        all.push_held(2, 100.0, 1.0, 50.0).extend([110.0, 120.0]);
        let mut next = EquityCurve::new(120.0);
        next.push_flat(2, 120.0);
        next.push_portfolio(120.0, 130.0, 60.0);
        all.append(&next);
        assert_eq!((all.len(), all.held(), all.capital()), (5, 3, 100.0));
        assert_eq!(all.equity(), vec![110.0, 120.0, 120.0, 120.0, 130.0]);
        let points: Vec<_> = all.points(&[0, 1, 2, 3, 4]).collect();
        assert_eq!((points[4].exposure, points[4].cash), (60.0, 120.0));
    }

    #[test]
    fn settling_replaces_the_last_sample() {
        let mut curve = EquityCurve::new(100.0);
        curve.push_flat(1, 100.0);
        curve.push_held(1, 100.0, -1.0, 50.0).push(104.0);
        curve.settle(103.0);
        assert_eq!(curve.equity(), vec![100.0, 103.0]);
        assert_eq!(curve.held(), 0);
        let mut many = EquityCurve::new(100.0);
        many.push_portfolio(100.0, 101.0, 70.0);
        assert_eq!(many.points(&[5]).collect::<Vec<_>>()[0].exposure, 70.0);
        many.settle(99.0);
        assert_eq!(many.equity(), vec![99.0]);
        EquityCurve::new(1.0).settle(2.0);
    }
}
