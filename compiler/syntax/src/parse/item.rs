//! Items: heads, blocks, and what is left of them when one of both is broken.

use super::{Reader, error_expr};
use crate::ast::{Expr, ExprKind, Func, Indicator, Item, Span, Strategy, Test, TestStmt};
use crate::codes;
use crate::cut::Line;
use crate::depth::too_deep;
use crate::explain::{Place, not_an_item};
use crate::lower::Lower;
use pest::Parser;
use sbt_diagnostics::Diagnostic;
use sbt_grammar::{Lexed, Rule, SbtParser, Token};

impl Reader<'_, '_> {
    pub(super) fn item(&mut self, line: &Line, stray: &mut bool) -> Item {
        let span = self.line_span(line);
        let head = &line.tokens;
        let word = self.word(head, 0);
        // What follows a head without its block would be the block.
        let was_stray = std::mem::replace(stray, self.lacks_block(line));
        if self.moved_header
            && line
                .tokens
                .first()
                .is_some_and(|l| l.token == Token::Header)
        {
            return Item::Error(span);
        }
        let doc = self.doc(&line.docs);
        let before = self.diagnostics.len();
        let item = match word {
            "use" => self.piece(Rule::only_use, head, |l, p| Item::Use(l.use_item(p))),
            "enum" => self.piece(Rule::only_enum, head, |l, p| Item::Enum(l.enum_def(p))),
            "fn" => self.func(line, doc),
            "strategy" | "portfolio" => return self.strategy(line, doc, word == "portfolio"),
            "indicator" => return self.indicator(line, doc),
            "test" => return self.test(line),
            _ => {
                // One message for a run of statements that stand outside of everything.
                *stray = true;
                if !was_stray {
                    let found = not_an_item(self.text, self.file, head, span);
                    self.report(found);
                }
                return Item::Error(span);
            }
        };
        if self.diagnostics.len() == before {
            self.no_tail(line, false);
        }
        item.unwrap_or(Item::Error(span))
    }

    pub(super) fn doc(&self, docs: &[Lexed]) -> String {
        let lines: Vec<&str> = docs
            .iter()
            .map(|d| {
                let body = d.text(self.text).trim_start_matches('/');
                body.strip_prefix(' ').unwrap_or(body).trim_end()
            })
            .collect();
        lines.join("\n")
    }

    pub(super) fn func(&mut self, line: &Line, doc: String) -> Option<Item> {
        let parsed = self.piece(Rule::only_func, &line.tokens, Lower::func);
        let parsed = parsed.or_else(|| {
            // A broken body leaves the signature usable.
            let body = line.tokens.iter().position(|l| l.token == Token::Arrow)?;
            let assign = body
                + line.tokens[body..]
                    .iter()
                    .position(|l| l.token == Token::Assign)?;
            let head = &line.tokens[..assign];
            let span = self.tokens_span(&line.tokens);
            let slice = self
                .text
                .get(span.start as usize..head.last()?.end as usize)?;
            if too_deep(self.text, head).is_some() {
                return None;
            }
            let pair = SbtParser::parse(Rule::only_func_head, slice).ok()?.next()?;
            let lower = Lower::new(self.text, self.file, span.start as usize);
            let body = Expr {
                kind: ExprKind::Error,
                span: Span {
                    start: line.tokens[assign].end,
                    ..span
                },
            };
            Some(Func {
                body,
                span,
                ..lower.func(&pair)
            })
        });
        parsed.map(|func| Item::Func(Func { doc, ..func }))
    }

    pub(super) fn wants_block(&mut self, line: &Line, head_ok: bool) {
        if line.block.is_none() && head_ok {
            let end = self.tokens_span(&line.tokens).end;
            let word = self.word(&line.tokens, 0).to_owned();
            self.report([Diagnostic::error(
                codes::UNEXPECTED,
                Span {
                    file: self.file,
                    start: end,
                    end,
                },
                format!("expected `{{` after the head of this {word}"),
            )
            .here("`{` is missing here")
            .help(format!(
                "a {word} is written `{}`",
                crate::words::usage_of_item(&word)
            ))]);
        }
        self.no_tail(line, true);
    }

    pub(super) fn strategy(&mut self, line: &Line, doc: String, portfolio: bool) -> Item {
        let span = self.line_span(line);
        let rule = if portfolio {
            Rule::only_portfolio_head
        } else {
            Rule::only_strategy_head
        };
        let head = self.piece(rule, &line.tokens, Lower::title_head);
        self.wants_block(line, head.is_some());
        let place = if portfolio {
            Place::Portfolio
        } else {
            Place::Strategy
        };
        let mut body = Vec::new();
        for inner in line.block.iter().flat_map(|b| &b.lines) {
            self.statement(inner, place, &mut body);
        }
        match head {
            Some((name, title)) => {
                let strategy = Strategy {
                    name,
                    title,
                    doc,
                    body,
                    span,
                };
                if portfolio {
                    Item::Portfolio(strategy)
                } else {
                    Item::Strategy(strategy)
                }
            }
            None => Item::Error(span),
        }
    }

    pub(super) fn indicator(&mut self, line: &Line, doc: String) -> Item {
        let span = self.line_span(line);
        let head = self.piece(Rule::only_indicator_head, &line.tokens, Lower::signature);
        self.wants_block(line, head.is_some());
        let mut body = Vec::new();
        let mut give: Option<(Vec<Expr>, Span)> = None;
        for inner in line.block.iter().flat_map(|b| &b.lines) {
            let at = self.line_span(inner);
            if self.word(&inner.tokens, 0) == "give" {
                let exprs = self.piece(Rule::only_give, &inner.tokens, Lower::give);
                self.no_tail(inner, false);
                if let Some((_, first)) = &give {
                    self.report([Diagnostic::error(
                        codes::MISSING_GIVE,
                        at,
                        "an indicator gives its values once",
                    )
                    .here("a second `give`")
                    .label(*first, "the first one")
                    .help("several values are given in one line: `give a, b`")]);
                } else {
                    give = Some((exprs.unwrap_or_else(|| vec![error_expr(at)]), at));
                }
                continue;
            }
            if let Some((_, first)) = &give {
                self.report([Diagnostic::error(
                    codes::MISSING_GIVE,
                    at,
                    "`give` is the last line of an indicator",
                )
                .here("stands after `give`")
                .label(*first, "`give` is here")]);
            }
            self.decl(inner, Place::Indicator, &mut body);
        }
        if give.is_none()
            && let Some(block) = &line.block
        {
            let close = block.close.map_or(
                Span {
                    start: span.end,
                    ..span
                },
                |c| self.span(c),
            );
            if head.is_some() {
                self.report([Diagnostic::error(
                    codes::MISSING_GIVE,
                    close,
                    "this indicator gives no value",
                )
                .here("`give` is missing before this")
                .label(self.tokens_span(&line.tokens), "this indicator")
                .help("end it with `give` and the value, such as `give e`")]);
            }
        }
        match head {
            Some(signature) => Item::Indicator(Indicator {
                name: signature.name,
                doc,
                formals: signature.formals,
                rets: signature.rets,
                body,
                give: give.map_or_else(|| vec![error_expr(span)], |(exprs, _)| exprs),
                span,
            }),
            None => Item::Error(span),
        }
    }

    pub(super) fn test(&mut self, line: &Line) -> Item {
        let span = self.line_span(line);
        let name = self.piece(Rule::only_test_head, &line.tokens, |_, pair| {
            Lower::test_name(pair)
        });
        self.wants_block(line, name.is_some());
        let mut body = Vec::new();
        for inner in line.block.iter().flat_map(|b| &b.lines) {
            let rule = match self.word(&inner.tokens, 0) {
                "given" => Rule::only_given,
                "forall" => Rule::only_forall,
                "assert" => Rule::only_assert,
                _ => {
                    let mut decls = Vec::new();
                    self.decl(inner, Place::Test, &mut decls);
                    let at = self.line_span(inner);
                    if decls.is_empty() {
                        body.push(TestStmt::Error(at));
                    }
                    body.extend(decls.into_iter().map(TestStmt::Decl));
                    continue;
                }
            };
            let at = self.line_span(inner);
            let parsed = self.known_piece(rule, &inner.tokens, Lower::test_statement);
            self.no_tail(inner, false);
            body.push(parsed.flatten().unwrap_or(TestStmt::Error(at)));
        }
        match name {
            Some(name) => Item::Test(Test { name, body, span }),
            None => Item::Error(span),
        }
    }
}
