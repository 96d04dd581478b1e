//! The source `pattern`: a strategy for each target of a pattern that is worth one.

use super::Chosen;
use crate::body::{Body, Risk};
use crate::draw::Draw;
use crate::recipe::{Recipe, Space};
use crate::source::{Ask, Draft, Source, SourceError};
use serde::{Deserialize, Serialize};
use sixbtc_abi::Side as Taken;
use sixbtc_core::model::{Side, SourceName, StrategyType};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Leverage of a program before the sweep chooses one.
const LEVERAGE: f64 = 3.0;

/// The source. Whoever finds patterns puts the list into it.
///
/// A target of a pattern makes one program and no other, so that each is drawn once; when all are drawn the source is used up
/// until there is another list.
pub struct Patterns {
    list: Mutex<List>,
    ratio: f64,
}

/// The patterns, and which of them were drawn.
#[derive(Default)]
struct List {
    all: Vec<Chosen>,
    drawn: Vec<bool>,
}

/// What a recipe keeps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Parts {
    id: String,
    tier: u32,
    formula: String,
    sentence: String,
    helpers: Vec<String>,
    magnitude: f64,
    hold: u32,
    stop: f64,
    edge: f64,
    coins: Vec<String>,
}

impl Patterns {
    /// Without patterns yet; a stop is `ratio` times as far as the target.
    pub fn new(ratio: f64) -> Self {
        Self {
            list: Mutex::default(),
            ratio,
        }
    }

    /// Puts a list in place of the one before; nothing of it is drawn yet. The same list again changes nothing.
    pub fn set(&self, all: Vec<Chosen>) {
        let mut list = self.now();
        if list.all != all {
            let drawn = vec![false; all.len()];
            *list = List { all, drawn };
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.now().all.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn now(&self) -> MutexGuard<'_, List> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes one that fits and was not drawn yet, the likelier the more it is worth.
    fn take(&self, clock: &str, ask: &Ask<'_>, draw: &mut Draw) -> Result<Chosen, SourceError> {
        let mut list = self.now();
        if list.all.is_empty() {
            return Err(SourceError::Unavailable(
                "no patterns were found yet".into(),
            ));
        }
        if list.drawn.iter().all(|drawn| *drawn) {
            return Err(SourceError::UsedUp(format!(
                "a program was drawn for each of the {} targets of patterns",
                list.all.len()
            )));
        }
        let weights: Vec<f64> = list
            .all
            .iter()
            .zip(&list.drawn)
            .map(|(chosen, drawn)| {
                let fits =
                    chosen.pattern.timeframe == clock && side(chosen.pattern.direction) == ask.side;
                if fits && !drawn {
                    chosen.merit.max(1e-6)
                } else {
                    0.0
                }
            })
            .collect();
        let Some(at) = draw.weighted(&weights) else {
            return Err(SourceError::NothingSuits(format!(
                "no pattern that was not drawn yet is for {} on {clock}",
                ask.side
            )));
        };
        list.drawn[at] = true;
        Ok(list.all[at].clone())
    }
}

impl Source for Patterns {
    fn name(&self) -> SourceName {
        SourceName::Pattern
    }

    fn sides(&self) -> &'static [Side] {
        &[Side::Long, Side::Short]
    }

    fn draw(&self, ask: &Ask<'_>, draw: &mut Draw) -> Result<Draft, SourceError> {
        let clock = ask.timeframe.to_string();
        let chosen = self.take(&clock, ask, draw)?;
        let parts = Parts {
            id: chosen.pattern.id,
            tier: chosen.tier,
            formula: chosen.pattern.formula,
            sentence: chosen.pattern.sentence,
            helpers: chosen.pattern.helpers,
            magnitude: chosen.target.magnitude,
            hold: chosen.target.hold,
            stop: chosen.target.magnitude * self.ratio,
            edge: chosen.target.edge,
            coins: chosen.coins,
        };
        self.make(&Recipe {
            source: SourceName::Pattern,
            bred: false,
            timeframe: clock,
            side: ask.side,
            regime: ask.regime,
            space: Space::Touch {
                magnitude: parts.magnitude,
                hold: f64::from(parts.hold),
            },
            // texts and finite numbers: this cannot fail
            parts: serde_json::to_value(&parts).unwrap_or_default(),
            parents: Vec::new(),
            origin: None,
        })
    }

    fn make(&self, recipe: &Recipe) -> Result<Draft, SourceError> {
        let parts: Parts = recipe.parts()?;
        let taken = match recipe.side {
            Side::Long => Taken::Long,
            Side::Short => Taken::Short,
            Side::Both => {
                return Err(SourceError::Recipe("a pattern has one side".into()));
            }
        };
        let risk = Risk {
            stop: parts.stop,
            target: Some(parts.magnitude),
            hold: Some(parts.hold),
            leverage: LEVERAGE,
        };
        let mut body = Body::percentage(&risk, [(taken, parts.formula.clone())]);
        body.items.clone_from(&parts.helpers);
        Ok(Draft {
            kind: kind(&parts.formula),
            sentence: sentence(&parts, taken),
            body,
            recipe: recipe.clone(),
        })
    }
}

fn side(of: Taken) -> Side {
    match of {
        Taken::Long => Side::Long,
        Taken::Short => Side::Short,
    }
}

fn sentence(parts: &Parts, side: Taken) -> String {
    let verb = match side {
        Taken::Long => "Buys",
        Taken::Short => "Sells short",
    };
    let when = if parts.sentence.is_empty() {
        format!("pattern {} holds", parts.id)
    } else {
        parts.sentence.clone()
    };
    format!(
        "{verb} when {when}; leaves at {} % or after {} bars.",
        crate::literal::number((parts.magnitude * 1e4).round() / 100.0),
        parts.hold
    )
}

/// What a formula lives on, by the first of its parts that tells.
pub(crate) fn kind(formula: &str) -> StrategyType {
    let has = |words: &[&str]| words.iter().any(|w| formula.contains(w));
    if has(&["rsi(", "bollinger(", "stoch(", "willr(", "cci("]) {
        StrategyType::Reversal
    } else if has(&["sma(close", "ema(", "adx(", "highest(", "lowest("]) {
        StrategyType::Trend
    } else if has(&["close - close[", "roc(", "mom("]) {
        StrategyType::Momentum
    } else if has(&["atr(", "stdev("]) {
        StrategyType::Volatility
    } else {
        StrategyType::Candle
    }
}

/// Coins that a recipe of this source names; empty: any.
pub fn coins(recipe: &Recipe) -> Vec<String> {
    recipe
        .parts::<Parts>()
        .map_or_else(|_| Vec::new(), |p| p.coins)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::{Pattern, Reach};
    use crate::write::write;
    use sixbtc_market::Timeframe;

    #[test]
    fn a_pattern_becomes_a_program_and_again() {
        let source = Patterns::new(2.0);
        let ask = Ask {
            timeframe: Timeframe::from_ms(900_000).unwrap(),
            side: Side::Short,
            regime: None,
            parents: &[],
        };
        assert!(
            source
                .draw(&ask, &mut Draw::new(1, "pattern", 0, 0))
                .is_err()
        );
        let chosen = Chosen {
            pattern: Pattern {
                id: "p1".into(),
                formula: "rsi(close, 14) > 70 and tired(close)".into(),
                sentence: "RSI is over 70 and tired".into(),
                direction: Taken::Short,
                timeframe: "15m".into(),
                samples: vec![300, 400],
                stability: 0.01,
                targets: Vec::new(),
                coins: Vec::new(),
                helpers: vec!["indicator tired(x: price) -> bool {\n give x < x[1]\n}".into()],
            },
            tier: 1,
            merit: 0.06,
            target: Reach {
                magnitude: 0.025,
                hold: 24,
                edge: 0.06,
            },
            coins: vec!["BTC".into()],
        };
        source.set(vec![chosen.clone()]);
        let long = Ask {
            side: Side::Long,
            ..ask
        };
        assert!(matches!(
            source.draw(&long, &mut Draw::new(1, "pattern", 0, 0)),
            Err(SourceError::NothingSuits(_))
        ));
        let draft = source
            .draw(&ask, &mut Draw::new(1, "pattern", 0, 0))
            .unwrap();
        let program = write(&draft).unwrap();
        assert!(
            program.name.starts_with("PatStrat_REV_"),
            "{}",
            program.name
        );
        for line in [
            "enter short when rsi(close, 14) > 70 and tired(close)",
            "= 2.5% in",
            "= 5% in",
            "hold: bars = 24",
        ] {
            assert!(program.text.contains(line), "{}", program.text);
        }
        assert!(program.text.contains("leaves at 2.5 % or after 24 bars."));
        let again = write(&source.make(&draft.recipe).unwrap()).unwrap();
        assert_eq!(again.text, program.text);
        assert_eq!(coins(&draft.recipe), ["BTC"]);
        // the same list does not begin again, another does
        source.set(vec![chosen.clone()]);
        assert!(matches!(
            source.draw(&ask, &mut Draw::new(1, "pattern", 1, 0)),
            Err(SourceError::UsedUp(_))
        ));
        source.set(vec![Chosen { tier: 2, ..chosen }]);
        assert!(
            source
                .draw(&ask, &mut Draw::new(1, "pattern", 1, 0))
                .is_ok()
        );
    }
}
