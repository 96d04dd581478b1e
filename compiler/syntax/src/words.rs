//! What the parts of the grammar are called when speaking to a trader, how each statement is written, and the nearest
//! word to a misspelled one.

use sbt_grammar::Rule;

/// What was expected, in words; `None` for what needs no mention beside something else.
pub(crate) fn name_of(rule: Rule) -> Option<String> {
    Some(match rule {
        Rule::expr
        | Rule::arith
        | Rule::postfix
        | Rule::name_ref
        | Rule::literal
        | Rule::if_
        | Rule::neg
        | Rule::not
        | Rule::kw_not
        | Rule::paren
        | Rule::call
        | Rule::on_expr
        | Rule::fold
        | Rule::fold_op
        | Rule::arg
        | Rule::number
        | Rule::size_amount
        | Rule::size_equity => "a value".to_owned(),
        Rule::ident | Rule::names | Rule::path => "a name".to_owned(),
        Rule::symbol => "a symbol such as `BTC`".to_owned(),
        Rule::type_ | Rule::rets => "a type such as `price`".to_owned(),
        Rule::string => "a text in quotes".to_owned(),
        Rule::timeframe_ref | Rule::timeframe => "a timeframe such as `4h`".to_owned(),
        Rule::side => "`long` or `short`".to_owned(),
        Rule::label => "a label such as `#up`".to_owned(),
        Rule::range => "a range such as `5..60`".to_owned(),
        Rule::set => "a set such as `{1, 2}`".to_owned(),
        Rule::list => "a list such as `[1, 2]`".to_owned(),
        Rule::formals => "`(` and the parameters".to_owned(),
        Rule::formal | Rule::ret => "a parameter such as `n: bars`".to_owned(),
        Rule::or
        | Rule::and
        | Rule::crosses
        | Rule::or_else
        | Rule::le
        | Rule::ge
        | Rule::ne
        | Rule::eq
        | Rule::lt
        | Rule::gt
        | Rule::add
        | Rule::sub
        | Rule::mul
        | Rule::div
        | Rule::rem
        | Rule::kw_and
        | Rule::kw_or
        | Rule::kw_mod
        | Rule::kw_crosses => "an operator".to_owned(),
        Rule::closed | Rule::half_open => "`..`".to_owned(),
        Rule::EOI => "the end of the line".to_owned(),
        Rule::lparen => "`(`".to_owned(),
        Rule::rparen => "`)`".to_owned(),
        Rule::lbracket => "`[`".to_owned(),
        Rule::rbracket => "`]`".to_owned(),
        Rule::lbrace | Rule::universe_set => "`{`".to_owned(),
        Rule::rbrace => "`}`".to_owned(),
        Rule::commasign => "`,`".to_owned(),
        Rule::colon => "`:`".to_owned(),
        Rule::arrow => "`->`".to_owned(),
        Rule::assign => "`=`".to_owned(),
        Rule::limit_ | Rule::limit_leverage => "`leverage`".to_owned(),
        Rule::limit_pyramid => "`pyramid`".to_owned(),
        Rule::limit_cooldown => "`cooldown`".to_owned(),
        Rule::limit_trades => "`trades`".to_owned(),
        Rule::exit_when => "`when`".to_owned(),
        Rule::exit_after | Rule::activation => "`after`".to_owned(),
        Rule::exit_at | Rule::exit_session | Rule::at => "`at`".to_owned(),
        Rule::universe_top => "`top`".to_owned(),
        Rule::size_risk => "`risk`".to_owned(),
        Rule::size_vol => "`target vol`".to_owned(),
        Rule::size => "`size`".to_owned(),
        Rule::settle => "`settle`".to_owned(),
        Rule::init => "`init`".to_owned(),
        Rule::step => "`step`".to_owned(),
        Rule::valid_for => "`for`".to_owned(),
        Rule::closing => "`closing`".to_owned(),
        Rule::every => "`every`".to_owned(),
        Rule::by => "`by`".to_owned(),
        Rule::as_side => "`as`".to_owned(),
        Rule::rebalance => "`rebalance`".to_owned(),
        Rule::weight => "`weight`".to_owned(),
        Rule::session => "`session`".to_owned(),
        Rule::of => "`of`".to_owned(),
        Rule::expected => "`is`".to_owned(),
        Rule::within => "`in`".to_owned(),
        Rule::bound => "`max`".to_owned(),
        Rule::power => "a whole number".to_owned(),
        other => {
            let name = format!("{other:?}");
            return name.strip_prefix("kw_").map(|word| format!("`{word}`"));
        }
    })
}

/// How a statement is written, for the rule it was read with.
pub(crate) fn usage(rule: Rule) -> Option<&'static str> {
    Some(match rule {
        Rule::only_use => "use patterns/unger",
        Rule::only_enum => "enum Bias { with_trend, against_trend }",
        Rule::only_strategy_head => usage_of_item("strategy"),
        Rule::only_portfolio_head => usage_of_item("portfolio"),
        Rule::only_indicator_head => usage_of_item("indicator"),
        Rule::only_test_head => usage_of_item("test"),
        Rule::only_func | Rule::only_func_head => "fn double(x: num) -> num = 2 * x",
        Rule::only_clock => "on 15m",
        Rule::only_param => "param len: bars = 14 in 5..30 step 1",
        Rule::only_require => "require fast < slow",
        Rule::only_let => "let mean = sma(close, 20)",
        Rule::only_rec => "rec total = total[1] + volume init 0",
        Rule::only_on_head => "on 4h {",
        Rule::only_enter_head => "enter long when close > mean",
        Rule::only_stop => "stop 1.5%",
        Rule::only_breakeven => "stop to breakeven after 1R",
        Rule::only_target => "target 2R closing 50%",
        Rule::only_trail => "trail 3 * atr(14) after 1R",
        Rule::only_exit => "exit long when close < mean",
        Rule::only_size => "size risk 1%",
        Rule::only_limit => "limit leverage 3",
        Rule::only_plot => "plot fast, slow",
        Rule::only_alert => "alert \"breakout\" when close > top",
        Rule::only_give => "give mean",
        Rule::only_universe => "universe top 40 by volume",
        Rule::only_hold => "hold top 5 by score as long rebalance every 1w",
        Rule::only_given => "given close = [1, 2, 3]",
        Rule::only_forall => "forall random_bars(1000)",
        Rule::only_assert => "assert sma(close, 2) is [_, 1.5, 2.5]",
        _ => return None,
    })
}

/// The head of an item with a block.
pub(crate) fn usage_of_item(word: &str) -> &'static str {
    match word {
        "portfolio" => "portfolio my_portfolio \"Title\" {",
        "indicator" => "indicator range(n: bars) -> price {",
        "test" => "test \"what is tested\" {",
        _ => "strategy my_strategy \"Title\" {",
    }
}

/// The candidate nearest to a word, if it is near enough to be a slip of the finger.
pub(crate) fn nearest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    if word.len() > 40 {
        return None;
    }
    let lower = word.to_lowercase();
    let limit = if word.len() <= 3 { 1 } else { 2 };
    candidates
        .into_iter()
        .map(|candidate| (distance(&lower, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= limit && *distance < candidate.len())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![(0..=b.len()).collect::<Vec<usize>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let cost = usize::from(a[i - 1] != b[j - 1]);
            let mut best = (rows[i - 1][j] + 1)
                .min(row[j - 1] + 1)
                .min(rows[i - 1][j - 1] + cost);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognised_and_strangers_are_not() {
        let words = ["enter", "exit", "limit", "let", "on"];
        assert_eq!(nearest("entre", words), Some("enter"));
        assert_eq!(nearest("Exit", words), Some("exit"));
        assert_eq!(nearest("lmit", words), Some("limit"));
        assert_eq!(nearest("lte", words), Some("let"));
        assert_eq!(nearest("sma", words), None);
        assert_eq!(nearest("x", words), None);
    }
}
