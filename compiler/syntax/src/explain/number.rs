//! Numbers in forms that other languages or other countries write.

use super::Failure;
use crate::codes;
use sbt_diagnostics::Diagnostic;
use sbt_grammar::Token;

impl Failure<'_> {
    /// Digits that run into letters.
    pub(super) fn bad_number(&self, at: usize) -> Diagnostic {
        let text = self.str(at).to_owned();
        let span = self.span(at);
        let split = text
            .find(|c: char| c.is_ascii_alphabetic() || c == '_')
            .unwrap_or(text.len());
        let (digits, unit) = text.split_at(split);
        if unit.trim_matches('_').is_empty() {
            let diagnostic = Diagnostic::error(
                codes::NUMBER_FORM,
                span,
                format!("`{text}` is not a number"),
            )
            .here("`_` stands between digits only");
            return self.repaired(diagnostic, span, digits, "drop the underscore");
        }
        if unit.starts_with('_') || unit.starts_with(['e', 'E']) {
            return Diagnostic::error(
                codes::NUMBER_FORM,
                span,
                format!("`{text}` is not a number"),
            )
            .here("can't be read as a number")
            .help("numbers are written `1_000`, `0.5`, `1e-9`");
        }
        match meant(digits, unit) {
            Some(replace) => {
                let diagnostic =
                    Diagnostic::error(codes::UNKNOWN_UNIT, span, format!("`{unit}` is not a unit"))
                        .here(format!("write `{replace}`"));
                self.repaired(diagnostic, span, &replace, &format!("write `{replace}`"))
            }
            None => unknown_unit(Diagnostic::error(
                codes::UNKNOWN_UNIT,
                span,
                format!("`{unit}` is not a unit"),
            )),
        }
    }

    /// `.5`, `5.`, `1,5`, `15 min`, `n bars`.
    pub(super) fn number_slip(&self) -> Option<Diagnostic> {
        let stopped = self.stopped();
        for at in 0..self.tokens.len() {
            let next = self.kind(at + 1);
            match self.tokens[at].token {
                Token::Dot
                    if next == Some(Token::Number)
                        && self.touching(at)
                        && (at == 0 || self.kind(at - 1) != Some(Token::DotDot))
                        && (at == 0 || !self.touching(at - 1) || !self.ends_value(at - 1)) =>
                {
                    let span = self.span(at).to(self.span(at + 1));
                    let replace = format!("0{}", self.slice(span));
                    let diagnostic =
                        Diagnostic::error(codes::NUMBER_FORM, span, "a number begins with a digit")
                            .here(format!("write `{replace}`"));
                    return Some(self.repaired(diagnostic, span, &replace, "write the zero"));
                }
                Token::Number
                    if next == Some(Token::Dot)
                        && self.touching(at)
                        && self.kind(at + 2) != Some(Token::Word) =>
                {
                    let span = self.span(at).to(self.span(at + 1));
                    let replace = self.str(at).to_owned();
                    let diagnostic =
                        Diagnostic::error(codes::NUMBER_FORM, span, "a number ends with a digit")
                            .here(format!("write `{replace}`"));
                    return Some(self.repaired(diagnostic, span, &replace, "drop the point"));
                }
                Token::Number
                    if next == Some(Token::Comma)
                        && self.touching(at)
                        && self.touching(at + 1)
                        && stopped == at + 1
                        && matches!(
                            self.kind(at + 2),
                            Some(Token::Number | Token::Percent | Token::Risk)
                        ) =>
                {
                    let span = self.span(at).to(self.span(at + 2));
                    let replace = self.slice(span).replace(',', ".");
                    let diagnostic = Diagnostic::error(
                        codes::NUMBER_FORM,
                        span,
                        "a decimal point is written `.`, not `,`",
                    )
                    .here(format!("write `{replace}`"));
                    return Some(self.repaired(
                        diagnostic,
                        span,
                        &replace,
                        "write a decimal point",
                    ));
                }
                Token::Number
                    if next == Some(Token::Word) && (stopped == at + 1 || stopped == at) =>
                {
                    let unit = self.str(at + 1);
                    if let Some(replace) = meant(self.str(at), unit) {
                        let span = self.span(at).to(self.span(at + 1));
                        let diagnostic = Diagnostic::error(
                            codes::UNKNOWN_UNIT,
                            span,
                            format!("`{} {unit}` is not a quantity", self.str(at)),
                        )
                        .here(format!("write `{replace}`"));
                        return Some(self.repaired(
                            diagnostic,
                            span,
                            &replace,
                            &format!("write `{replace}`"),
                        ));
                    }
                }
                Token::Word
                    if matches!(self.word(at + 1), "bars" | "bar")
                        && stopped == at + 1
                        && !sbt_grammar::is_reserved(self.str(at)) =>
                {
                    let name = self.str(at).to_owned();
                    let span = self.span(at).to(self.span(at + 1));
                    let diagnostic = Diagnostic::error(
                        codes::BARS_OF_NAME,
                        self.span(at + 1),
                        format!(
                            "`bars` follows a literal number only; `{name}` already counts bars"
                        ),
                    )
                    .here("not needed");
                    return Some(self.repaired(diagnostic, span, &name, "drop `bars`"));
                }
                _ => {}
            }
        }
        None
    }

    fn ends_value(&self, at: usize) -> bool {
        self.kind(at).is_some_and(|t| {
            t.is_literal() || matches!(t, Token::Word | Token::RParen | Token::RBracket)
        })
    }
}

fn unknown_unit(diagnostic: Diagnostic) -> Diagnostic {
    diagnostic
        .here("not a number, and not a name")
        .note("units are `s m h d w` for time, `bars`, `%`, and `R` for multiples of the risk")
}

/// What digits with a foreign unit mean in ours.
fn meant(digits: &str, unit: &str) -> Option<String> {
    let short = match unit.to_lowercase().as_str() {
        "s" | "sec" | "secs" | "second" | "seconds" => "s",
        // `M` is a month on most charts; guessing minutes would be wrong.
        "m" if unit == "M" => return None,
        "m" | "min" | "mins" | "minute" | "minutes" => "m",
        "h" | "hr" | "hrs" | "hour" | "hours" => "h",
        "d" | "day" | "days" => "d",
        "w" | "wk" | "week" | "weeks" => "w",
        "bar" | "bars" | "candle" | "candles" => {
            return (!digits.contains('.')).then(|| format!("{digits} bars"));
        }
        "r" => return Some(format!("{digits}R")),
        "pct" | "percent" => return Some(format!("{digits}%")),
        "bp" | "bps" => {
            let value: f64 = digits.parse().ok()?;
            return Some(format!("{}%", value / 100.0));
        }
        "x" => return Some(digits.to_owned()),
        "k" if !digits.contains('.') => return Some(format!("{digits}_000")),
        _ => return None,
    };
    if !digits.contains('.') {
        return Some(format!("{}{short}", digits.replace('_', "")));
    }
    // Half an hour is thirty minutes; what does not come out whole has no name.
    let (per, smaller) = match short {
        "w" => (7.0, "d"),
        "d" => (24.0, "h"),
        "h" => (60.0, "m"),
        "m" => (60.0, "s"),
        _ => return None,
    };
    let value = digits.parse::<f64>().ok()? * per;
    (value.fract().abs() < 1e-9 && value < 1e9)
        .then(|| format!("{}{smaller}", value.round() as u64))
}

#[cfg(test)]
mod tests {
    use super::meant;

    #[test]
    fn units_of_other_charts() {
        assert_eq!(meant("15", "min").as_deref(), Some("15m"));
        assert_eq!(meant("1", "H").as_deref(), Some("1h"));
        assert_eq!(meant("1.5", "h").as_deref(), Some("90m"));
        assert_eq!(meant("1", "M"), None);
        assert_eq!(meant("10", "bps").as_deref(), Some("0.1%"));
        assert_eq!(meant("2", "r").as_deref(), Some("2R"));
    }
}
