//! The source `pattern`: a strategy for each target of a pattern that is worth one.

use super::Chosen;
use crate::body::{Body, Risk};
use crate::draw::Draw;
use crate::recipe::{Recipe, Space};
use crate::source::{Ask, Draft, Source, SourceError};
use serde::{Deserialize, Serialize};
use sixbtc_abi::Side as Taken;
use sixbtc_core::model::{Side, SourceName, StrategyType};
use std::sync::{Arc, PoisonError, RwLock};

/// Leverage of a program before the sweep chooses one.
const LEVERAGE: f64 = 3.0;

/// The source. Whoever finds patterns puts the list into it.
pub struct Patterns {
    list: RwLock<Arc<Vec<Chosen>>>,
    ratio: f64,
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
            list: RwLock::default(),
            ratio,
        }
    }

    /// Puts a list in place of the one before.
    pub fn set(&self, list: Vec<Chosen>) {
        *self.list.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(list);
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.now().len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn now(&self) -> Arc<Vec<Chosen>> {
        self.list
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
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
        let list = self.now();
        if list.is_empty() {
            return Err(SourceError::Unavailable(
                "no patterns were found yet".into(),
            ));
        }
        let clock = ask.timeframe.to_string();
        let fitting: Vec<&Chosen> = list
            .iter()
            .filter(|c| c.pattern.timeframe == clock && side(c.pattern.direction) == ask.side)
            .collect();
        let weights: Vec<f64> = fitting.iter().map(|c| c.merit.max(1e-6)).collect();
        let Some(at) = draw.weighted(&weights) else {
            return Err(SourceError::NothingSuits(format!(
                "no pattern is for {} on {clock}",
                ask.side
            )));
        };
        let chosen = fitting[at];
        let parts = Parts {
            id: chosen.pattern.id.clone(),
            tier: chosen.tier,
            formula: chosen.pattern.formula.clone(),
            sentence: chosen.pattern.sentence.clone(),
            helpers: chosen.pattern.helpers.clone(),
            magnitude: chosen.target.magnitude,
            hold: chosen.target.hold,
            stop: chosen.target.magnitude * self.ratio,
            edge: chosen.target.edge,
            coins: chosen.coins.clone(),
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
        source.set(vec![Chosen {
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
        }]);
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
        let long = Ask {
            side: Side::Long,
            ..ask
        };
        assert!(matches!(
            source.draw(&long, &mut Draw::new(1, "pattern", 0, 0)),
            Err(SourceError::NothingSuits(_))
        ));
    }
}
