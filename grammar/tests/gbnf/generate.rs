//! From the parser's grammar to one that a sampler can follow token by token.
//!
//! A choice of pest is ordered, one of GBNF is not; pest skips space between tokens and looks ahead, GBNF does neither. So
//! space is written out: where two tokens would run together it must stand, elsewhere it may. That is all that the
//! predicates "not followed by a letter" of the keywords say. Lines may end where `sbt.pest` says `onl`.

use crate::names::name_rule;
use pest_meta::ast::{Expr, Rule, RuleType};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

const PARSER: &str = include_str!("../../sbt.pest");
const MODELS: &str = include_str!("../../models.pest");

/// A letter, digit or `_` stands at this end.
const LETTER: u8 = 1;
/// Another character.
const OTHER: u8 = 2;
/// Space that may hold a line end.
const LAYOUT: u8 = 4;

/// Rules written by hand: what pest says with predicates over characters.
const LEXICAL: &[(&str, &str, u8, u8)] = &[
    ("string", r#""\"" [^"\n\r]* "\"""#, OTHER, OTHER),
    ("name", "[a-zA-Z_] more", LETTER, LETTER),
];

/// The space between tokens.
const SPACE: &str = r#"
# space: `sp` may be there, `gap` must; `ws` and `wgap` may hold line ends, `nl` holds one at least
sp ::= [ \t]*
gap ::= [ \t]+
ws ::= sp | nl
wgap ::= gap | nl
nl ::= ([ \t]+ note?)? "\n" ([ \t]* note? "\n")* [ \t]*
note ::= "//" [^\n\r]*

# the rest of a name
more ::= [a-zA-Z0-9_]*
some ::= [a-zA-Z0-9_] more
"#;

/// What a text may begin and end with.
#[derive(Clone, Copy, Default, PartialEq)]
struct Facts {
    empty: bool,
    first: u8,
    last: u8,
}

/// A right-hand side.
#[derive(Clone, PartialEq, Debug)]
enum Out {
    Text(String),
    Class(String),
    Rule(String),
    Seq(Vec<Out>),
    Choice(Vec<Out>),
    Times(Box<Out>, String),
}

/// The grammar as GBNF.
pub fn gbnf() -> String {
    let grammar = Grammar::read();
    let mut out = String::from(
        "# Grammar of .sbt, edition 1, for samplers of language models (GBNF of llama.cpp).\n\
         # Generated from sbt.pest and models.pest; do not edit.\n\
         # UPDATE_GBNF=1 cargo test -p sbt-grammar --test gbnf writes it anew.\n\n\
         root ::= file\n",
    );
    let mut queue = vec!["file".to_string()];
    let mut seen = BTreeSet::new();
    while let Some(name) = queue.pop() {
        if !seen.insert(name.clone()) {
            continue;
        }
        let (body, used) = grammar.rule(&name);
        let _ = writeln!(out, "{} ::= {body}", written(&name));
        queue.extend(used.into_iter().rev());
    }
    out.push_str(SPACE);
    out
}

/// GBNF names have no `_`.
fn written(name: &str) -> String {
    name.trim_end_matches('_').replace('_', "-")
}

struct Grammar {
    rules: BTreeMap<String, Rule>,
    facts: BTreeMap<String, Facts>,
}

impl Grammar {
    fn read() -> Self {
        // rules for models take the place of the parser's
        let replaced: Vec<&str> = MODELS
            .lines()
            .filter(|l| l.starts_with(|c: char| c.is_ascii_lowercase()))
            .filter_map(|l| l.split_whitespace().next())
            .collect();
        let kept: Vec<&str> = PARSER
            .lines()
            .filter(|l| {
                let name = l.split_whitespace().next().unwrap_or("");
                !(l.contains(" = ") && replaced.contains(&name))
            })
            .collect();
        let text = format!("{}\n{MODELS}", kept.join("\n"));
        let pairs = pest_meta::parser::parse(pest_meta::parser::Rule::grammar_rules, &text)
            .unwrap_or_else(|e| panic!("{e}"));
        let rules = pest_meta::parser::consume_rules(pairs).unwrap_or_else(|e| panic!("{e:?}"));
        let rules: BTreeMap<String, Rule> =
            rules.into_iter().map(|r| (r.name.clone(), r)).collect();
        let mut grammar = Self {
            rules,
            facts: BTreeMap::new(),
        };
        loop {
            let next: BTreeMap<String, Facts> = grammar
                .rules
                .iter()
                .map(|(name, r)| (name.clone(), grammar.facts_of(&r.expr)))
                .collect();
            if next == grammar.facts {
                return grammar;
            }
            grammar.facts = next;
        }
    }

    /// The words that cannot be names.
    fn reserved(&self) -> Vec<String> {
        fn words(e: &Expr, out: &mut Vec<String>) {
            match e {
                Expr::Str(s) => out.push(s.clone()),
                Expr::Choice(a, b) | Expr::Seq(a, b) => {
                    words(a, out);
                    words(b, out);
                }
                _ => {}
            }
        }
        let mut out = Vec::new();
        words(&self.rules["reserved"].expr, &mut out);
        out
    }

    fn facts_of(&self, e: &Expr) -> Facts {
        let of = |first, last| Facts {
            empty: false,
            first,
            last,
        };
        let side = |c: Option<char>| {
            if c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_') {
                LETTER
            } else {
                OTHER
            }
        };
        match e {
            Expr::Str(s) => of(side(s.chars().next()), side(s.chars().next_back())),
            Expr::Range(a, b) => of(side(a.chars().next()), side(b.chars().next())),
            Expr::Ident(name) => match name.as_str() {
                "onl" | "nl" | "NEWLINE" | "stray_doc" => of(LAYOUT, LAYOUT),
                "ASCII_DIGIT" | "ASCII_ALPHA" | "ASCII_ALPHANUMERIC" | "ident" => {
                    of(LETTER, LETTER)
                }
                "ANY" => of(LETTER | OTHER, LETTER | OTHER),
                "SOI" | "EOI" => Facts {
                    empty: true,
                    ..Facts::default()
                },
                _ => match LEXICAL.iter().find(|l| l.0 == name) {
                    Some(l) => of(l.2, l.3),
                    None => self.facts.get(name).copied().unwrap_or_default(),
                },
            },
            Expr::Seq(a, b) => {
                let (a, b) = (self.facts_of(a), self.facts_of(b));
                Facts {
                    empty: a.empty && b.empty,
                    first: a.first | if a.empty { b.first } else { 0 },
                    last: b.last | if b.empty { a.last } else { 0 },
                }
            }
            Expr::Choice(a, b) => {
                let (a, b) = (self.facts_of(a), self.facts_of(b));
                Facts {
                    empty: a.empty || b.empty,
                    first: a.first | b.first,
                    last: a.last | b.last,
                }
            }
            Expr::Opt(e) | Expr::Rep(e) | Expr::RepMinMax(e, 0, _) => Facts {
                empty: true,
                ..self.facts_of(e)
            },
            Expr::RepOnce(e) | Expr::RepMinMax(e, ..) => self.facts_of(e),
            Expr::PosPred(_) | Expr::NegPred(_) => Facts {
                empty: true,
                ..Facts::default()
            },
            other => panic!("no rule of the grammar is written with {other:?}"),
        }
    }

    /// A right-hand side as text, and the rules that it names.
    fn rule(&self, name: &str) -> (String, Vec<String>) {
        if name == "ident" {
            return (name_rule(&self.reserved()), Vec::new());
        }
        if let Some(l) = LEXICAL.iter().find(|l| l.0 == name) {
            return (l.1.to_string(), Vec::new());
        }
        let rule = &self.rules[name];
        // nothing comes after a file
        let around = if name == "file" {
            OTHER
        } else {
            LETTER | OTHER
        };
        let out = if atomic(rule) {
            self.tight(&rule.expr)
        } else {
            self.spaced(&rule.expr, None, around)
        };
        let out = simple(out);
        let mut used = Vec::new();
        names(&out, &mut used);
        (show(&out, false), used)
    }

    /// The text or class that stands for a rule that is no more than that.
    fn inlined(&self, name: &str) -> Option<Out> {
        if LEXICAL.iter().any(|l| l.0 == name) || name == "ident" {
            return None;
        }
        match name {
            "ASCII_DIGIT" => return Some(Out::Class("0-9".into())),
            "ASCII_ALPHA" => return Some(Out::Class("a-zA-Z".into())),
            "ASCII_ALPHANUMERIC" => return Some(Out::Class("a-zA-Z0-9".into())),
            _ => {}
        }
        let expr = &self.rules.get(name)?.expr;
        if !leaf(expr) {
            return None;
        }
        match simple(self.tight(expr)) {
            out @ (Out::Text(_) | Out::Class(_)) => Some(out),
            _ => None,
        }
    }

    /// Without space between the parts.
    fn tight(&self, e: &Expr) -> Out {
        match e {
            Expr::Str(s) => Out::Text(s.clone()),
            Expr::Range(a, b) => Out::Class(format!("{a}-{b}")),
            Expr::Ident(name) => match name.as_str() {
                "onl" | "nl" | "SOI" | "EOI" | "NEWLINE" | "ANY" | "stray_doc" => {
                    Out::Seq(Vec::new())
                }
                _ => self
                    .inlined(name)
                    .unwrap_or_else(|| Out::Rule(name.clone())),
            },
            Expr::Seq(a, b) => Out::Seq(vec![self.tight(a), self.tight(b)]),
            Expr::Choice(a, b) => Out::Choice(vec![self.tight(a), self.tight(b)]),
            Expr::Opt(e) => Out::Times(Box::new(self.tight(e)), "?".into()),
            Expr::Rep(e) => Out::Times(Box::new(self.tight(e)), "*".into()),
            Expr::RepOnce(e) => Out::Times(Box::new(self.tight(e)), "+".into()),
            Expr::RepMinMax(e, a, b) => Out::Times(Box::new(self.tight(e)), format!("{{{a},{b}}}")),
            Expr::PosPred(_) | Expr::NegPred(_) => Out::Seq(Vec::new()),
            other => panic!("no rule of the grammar is written with {other:?}"),
        }
    }

    /// With the space that must or may stand between the parts, and before the first if something is to the `left`.
    fn spaced(&self, e: &Expr, left: Option<u8>, right: u8) -> Out {
        match e {
            Expr::Seq(..) => self.sequence(&flat(e), left, right),
            Expr::Choice(a, b) => Out::Choice(vec![
                self.spaced(a, left, right),
                self.spaced(b, left, right),
            ]),
            Expr::Opt(e) => Out::Times(Box::new(self.spaced(e, left, right)), "?".into()),
            Expr::Rep(e) => {
                let facts = self.facts_of(e);
                let before = match left {
                    None if facts.last == LAYOUT => None,
                    None => panic!("a repetition begins a rule: {e:?}"),
                    Some(l) => Some(l | facts.last),
                };
                let body = self.spaced(e, before, right | facts.first);
                Out::Times(Box::new(body), "*".into())
            }
            Expr::RepOnce(e) if **e == Expr::Ident("NEWLINE".into()) => Out::Rule("nl".into()),
            Expr::RepOnce(e) => {
                let facts = self.facts_of(e);
                let again = self.spaced(e, Some(facts.last), right | facts.first);
                Out::Seq(vec![
                    self.spaced(e, left, right | facts.first),
                    Out::Times(Box::new(again), "*".into()),
                ])
            }
            Expr::PosPred(_) | Expr::NegPred(_) => Out::Seq(Vec::new()),
            Expr::Ident(name) if name == "nl" => Out::Rule("nl".into()),
            Expr::Ident(name) if name == "onl" => match left {
                Some(LAYOUT) => Out::Seq(Vec::new()),
                _ if left.unwrap_or(LETTER) & right & LETTER != 0 => Out::Rule("wgap".into()),
                _ => Out::Rule("ws".into()),
            },
            _ => {
                let first = self.facts_of(e).first;
                let mut parts = Vec::new();
                if let Some(l) = left
                    && l & (LETTER | OTHER) != 0
                    && first & (LETTER | OTHER) != 0
                {
                    let needed = l & first & LETTER != 0;
                    parts.push(Out::Rule(if needed { "gap" } else { "sp" }.into()));
                }
                parts.push(self.tight(e));
                Out::Seq(parts)
            }
        }
    }

    fn sequence(&self, items: &[Expr], mut left: Option<u8>, right: u8) -> Out {
        let items = one_layout(items);
        let mut out = Vec::new();
        for (at, item) in items.iter().enumerate() {
            let mut after = 0;
            let mut open = true;
            for next in &items[at + 1..] {
                let f = self.facts_of(next);
                // beyond a line end stands what it separates from
                after |= f.first & (LETTER | OTHER);
                if !f.empty && f.first != LAYOUT {
                    open = false;
                    break;
                }
            }
            if open {
                after |= right;
            }
            out.push(self.spaced(item, left, after));
            let f = self.facts_of(item);
            left = match (f.empty, left) {
                (true, None) if f.last == LAYOUT || f.last == 0 => None,
                (true, None) => panic!("a rule begins with what may be missing: {item:?}"),
                (true, Some(l)) => Some(l | f.last),
                (false, _) => Some(f.last),
            };
        }
        Out::Seq(out)
    }
}

/// Characters alone, or with predicates.
fn leaf(e: &Expr) -> bool {
    match e {
        Expr::Str(_) | Expr::Range(..) | Expr::PosPred(_) | Expr::NegPred(_) => true,
        Expr::Ident(name) => name.starts_with("ASCII_"),
        Expr::Choice(a, b) | Expr::Seq(a, b) => leaf(a) && leaf(b),
        _ => false,
    }
}

fn atomic(rule: &Rule) -> bool {
    matches!(rule.ty, RuleType::Atomic | RuleType::CompoundAtomic)
        || matches!(rule.name.as_str(), "decimal" | "digits" | "idc")
}

fn flat(e: &Expr) -> Vec<Expr> {
    match e {
        Expr::Seq(a, b) => {
            let mut out = flat(a);
            out.extend(flat(b));
            out
        }
        Expr::PosPred(_) | Expr::NegPred(_) => Vec::new(),
        other => vec![other.clone()],
    }
}

/// `onl ~ x? ~ onl` as `onl ~ (x ~ onl)?`: the same texts, with one way to read each.
fn one_layout(items: &[Expr]) -> Vec<Expr> {
    let onl = Expr::Ident("onl".into());
    let mut out: Vec<Expr> = Vec::new();
    let mut at = 0;
    while at < items.len() {
        match (&items[at], items.get(at + 1)) {
            (Expr::Opt(x), Some(next)) if *next == onl && out.last() == Some(&onl) => {
                out.push(Expr::Opt(Box::new(Expr::Seq(
                    x.clone(),
                    Box::new(onl.clone()),
                ))));
                at += 2;
            }
            (item, _) => {
                out.push(item.clone());
                at += 1;
            }
        }
    }
    out
}

/// Nested sequences and choices made flat, choices of characters made classes, a common beginning said once.
fn simple(out: Out) -> Out {
    match out {
        Out::Seq(parts) => {
            let mut flat = Vec::new();
            for p in parts {
                match simple(p) {
                    Out::Seq(inner) => flat.extend(inner),
                    other => flat.push(other),
                }
            }
            if flat.len() == 1 {
                flat.remove(0)
            } else {
                Out::Seq(flat)
            }
        }
        Out::Choice(parts) => {
            let mut flat = Vec::new();
            for p in parts {
                match simple(p) {
                    Out::Choice(inner) => flat.extend(inner),
                    other => flat.push(other),
                }
            }
            let class: Option<Vec<String>> = flat.iter().map(one_character).collect();
            match class {
                Some(mut class) => {
                    // a `-` between two characters would make a range
                    class.sort_by_key(|c| c == "-");
                    Out::Class(class.concat())
                }
                None => factored(flat),
            }
        }
        Out::Times(inner, times) => {
            let inner = simple(*inner);
            if inner == Out::Seq(Vec::new()) {
                return inner;
            }
            Out::Times(Box::new(inner), times)
        }
        other => other,
    }
}

/// A choice between single characters, as the inside of a class.
fn one_character(out: &Out) -> Option<String> {
    match out {
        Out::Class(c) => Some(c.clone()),
        Out::Text(t) if t == "\t" => Some("\\t".into()),
        Out::Text(t) if t.chars().count() == 1 && !matches!(t.as_str(), "-" | "]" | "^" | "\\") => {
            Some(t.clone())
        }
        Out::Text(t) if t == "-" => Some("-".into()),
        _ => None,
    }
}

/// `gap a | gap b | sp c` as `gap (a | b) | sp c`.
fn factored(choices: Vec<Out>) -> Out {
    let mut groups: Vec<(Option<Out>, Vec<Out>)> = Vec::new();
    for c in choices {
        let (head, rest) = match c {
            Out::Seq(mut parts)
                if parts.len() > 1
                    && matches!(&parts[0], Out::Rule(r) if matches!(r.as_str(), "gap" | "sp" | "ws" | "wgap" | "nl")) =>
            {
                let head = parts.remove(0);
                (Some(head), simple(Out::Seq(parts)))
            }
            other => (None, other),
        };
        match groups.iter_mut().find(|g| g.0 == head && head.is_some()) {
            Some(g) => g.1.push(rest),
            None => groups.push((head, vec![rest])),
        }
    }
    let mut out: Vec<Out> = groups
        .into_iter()
        .map(|(head, rest)| {
            let rest = if rest.len() == 1 {
                rest.into_iter().next().unwrap()
            } else {
                factored(rest)
            };
            match (head, rest) {
                (None, rest) => rest,
                (Some(h), Out::Seq(inner)) => Out::Seq([vec![h], inner].concat()),
                (Some(h), rest) => Out::Seq(vec![h, rest]),
            }
        })
        .collect();
    if out.len() == 1 {
        out.remove(0)
    } else {
        Out::Choice(out)
    }
}

fn names(out: &Out, into: &mut Vec<String>) {
    match out {
        Out::Rule(r) if !matches!(r.as_str(), "sp" | "gap" | "ws" | "wgap" | "nl") => {
            into.push(r.clone());
        }
        Out::Seq(all) | Out::Choice(all) => all.iter().for_each(|o| names(o, into)),
        Out::Times(inner, _) => names(inner, into),
        _ => {}
    }
}

/// As GBNF; `inside` a sequence or repetition a choice needs brackets.
fn show(out: &Out, inside: bool) -> String {
    match out {
        Out::Text(t) => format!("\"{}\"", t.replace('\\', "\\\\").replace('"', "\\\"")),
        Out::Class(c) => format!("[{c}]"),
        Out::Rule(r) => written(r),
        Out::Seq(all) => {
            let parts: Vec<String> = all.iter().map(|o| show(o, true)).collect();
            parts.join(" ")
        }
        Out::Choice(all) => {
            let parts: Vec<String> = all.iter().map(|o| show(o, false)).collect();
            let text = parts.join(" | ");
            if inside { format!("({text})") } else { text }
        }
        Out::Times(inner, times) => match **inner {
            Out::Text(_) | Out::Class(_) | Out::Rule(_) => format!("{}{times}", show(inner, true)),
            _ => format!("({}){times}", show(inner, false)),
        },
    }
}
