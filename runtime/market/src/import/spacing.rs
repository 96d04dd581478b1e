//! Which timeframe bars have: what is claimed, and what their spacing shows.

use crate::bars::Bars;
use crate::error::MarketError;
use crate::timeframe::Timeframe;
use std::path::Path;

/// Bars that do not open on the grid. A bar one length behind another is on it as that one is: that saves the division.
pub(super) fn off_grid(bars: &Bars) -> usize {
    let length = bars.timeframe.ms();
    let (mut count, mut off) = (0, false);
    let mut due = i64::MIN;
    for &time in &bars.time {
        if time != due {
            off = !bars.timeframe.opens_at(time);
        }
        due = time + length;
        count += usize::from(off);
    }
    count
}

/// The timeframe that spacing and claims agree on.
pub(super) fn settle_timeframe(
    path: &Path,
    bars: &Bars,
    claims: &[(Timeframe, &'static str)],
    from_option: bool,
) -> Result<Timeframe, MarketError> {
    let unknown = || MarketError::UnknownTimeframe {
        path: path.to_owned(),
    };
    let Some(spacing) = spacing(&bars.time) else {
        return claims
            .first()
            .map(|(timeframe, _)| *timeframe)
            .ok_or_else(unknown);
    };
    // Where most bars are missing, the distance seen most may be a multiple of the true one; then the least one counts.
    let agrees = |timeframe: Timeframe| {
        timeframe.ms() == spacing.most
            || (timeframe.ms() == spacing.least && spacing.most % spacing.least == 0)
    };
    if let Some((timeframe, _)) = claims.iter().find(|(timeframe, _)| agrees(*timeframe)) {
        return Ok(*timeframe);
    }
    if let Some(&(claimed, claimed_by)) = claims.first() {
        let shown = Timeframe::from_ms(spacing.most)
            .map_or_else(|| format!("{} ms", spacing.most), |tf| tf.to_string());
        return Err(MarketError::TimeframeContradiction {
            path: path.to_owned(),
            claimed_by,
            claimed,
            spacing: shown,
            from_option,
        });
    }
    Timeframe::from_ms(spacing.most).ok_or_else(unknown)
}

/// Distances of neighbouring opens, ms.
struct Spacing {
    /// The most frequent one; the smaller of two equally frequent ones.
    most: i64,
    /// The least.
    least: i64,
}

fn spacing(time: &[i64]) -> Option<Spacing> {
    let mut counts: Vec<(i64, u64)> = Vec::new();
    for pair in time.windows(2) {
        let apart = pair[1] - pair[0];
        match counts.iter_mut().find(|(seen, _)| *seen == apart) {
            Some((_, count)) => *count += 1,
            None => counts.push((apart, 1)),
        }
        // Data in which every distance is another one have no timeframe; some dozens of kinds of gaps are plenty.
        if counts.len() > 1_024 {
            break;
        }
    }
    let least = counts.iter().map(|(apart, _)| *apart).min()?;
    let most = counts
        .iter()
        .max_by_key(|(apart, count)| (*count, std::cmp::Reverse(*apart)))?
        .0;
    Some(Spacing { most, least })
}
