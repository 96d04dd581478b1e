//! Whether a grammar derives a text: Earley's algorithm, character by character.

use crate::read::{Grammar, Node, holds};
use std::collections::{HashMap, HashSet};

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Symbol {
    Class(u32),
    Rule(u32),
}

/// An alternative of a rule, with what it may begin with.
struct Alternative {
    symbols: Vec<Symbol>,
    empty: bool,
    first: First,
}

/// Characters that a text may begin with: ASCII one by one, the others together.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
struct First(u128, bool);

impl First {
    fn has(self, c: Option<char>) -> bool {
        match c {
            Some(c) if c.is_ascii() => self.0 >> u32::from(c) & 1 == 1,
            Some(_) => self.1,
            None => false,
        }
    }
}

/// A recogniser.
pub struct Recogniser {
    classes: Vec<(bool, Vec<(char, char)>)>,
    rules: Vec<Vec<Alternative>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Item {
    rule: u32,
    alternative: u32,
    dot: u32,
    from: u32,
}

impl Recogniser {
    /// For a grammar.
    pub fn new(grammar: &Grammar) -> Self {
        let mut out = Self {
            classes: Vec::new(),
            rules: (0..grammar.rules.len()).map(|_| Vec::new()).collect(),
        };
        for (number, node) in grammar.rules.iter().enumerate() {
            out.fill(number, node);
        }
        out.facts();
        out
    }

    fn fill(&mut self, rule: usize, node: &Node) {
        let all = match node {
            Node::Choice(all) => all.as_slice(),
            one => std::slice::from_ref(one),
        };
        for n in all {
            let mut symbols = Vec::new();
            self.symbols(n, &mut symbols);
            self.rules[rule].push(Alternative {
                symbols,
                empty: false,
                first: First::default(),
            });
        }
    }

    fn fresh(&mut self) -> usize {
        self.rules.push(Vec::new());
        self.rules.len() - 1
    }

    fn class(&mut self, negated: bool, ranges: &[(char, char)]) -> Symbol {
        let wanted = (negated, ranges.to_vec());
        let at = self.classes.iter().position(|c| *c == wanted);
        let at = at.unwrap_or_else(|| {
            self.classes.push(wanted);
            self.classes.len() - 1
        });
        Symbol::Class(at as u32)
    }

    fn symbols(&mut self, node: &Node, out: &mut Vec<Symbol>) {
        match node {
            Node::Text(t) => {
                for c in t {
                    let symbol = self.class(false, &[(*c, *c)]);
                    out.push(symbol);
                }
            }
            Node::Class(negated, ranges) => {
                let symbol = self.class(*negated, ranges);
                out.push(symbol);
            }
            Node::Rule(r) => out.push(Symbol::Rule(*r as u32)),
            Node::Seq(all) => {
                for n in all {
                    self.symbols(n, out);
                }
            }
            Node::Choice(_) => {
                let rule = self.fresh();
                self.fill(rule, node);
                out.push(Symbol::Rule(rule as u32));
            }
            Node::Times(inner, least, most) => {
                let one = self.fresh();
                self.fill(one, inner);
                let one = Symbol::Rule(one as u32);
                out.extend((0..*least).map(|_| one));
                let more = match most {
                    // left recursion keeps the work of a long repetition small
                    None => vec![vec![], vec![1]],
                    Some(most) => (0..=most - least).map(|n| vec![0; n as usize]).collect(),
                };
                let rule = self.fresh();
                for shape in more {
                    let symbols = if shape == [1] {
                        vec![Symbol::Rule(rule as u32), one]
                    } else {
                        vec![one; shape.len()]
                    };
                    self.rules[rule].push(Alternative {
                        symbols,
                        empty: false,
                        first: First::default(),
                    });
                }
                out.push(Symbol::Rule(rule as u32));
            }
        }
    }

    /// What alternatives may begin with, and whether they may be empty.
    fn facts(&mut self) {
        let of_class: Vec<First> = self
            .classes
            .iter()
            .map(|(negated, ranges)| {
                let ascii = (0..128_u32)
                    .filter(|n| char::from_u32(*n).is_some_and(|c| holds(*negated, ranges, c)))
                    .fold(0_u128, |all, n| all | 1 << n);
                First(ascii, *negated)
            })
            .collect();
        loop {
            let rules: Vec<(bool, First)> = self
                .rules
                .iter()
                .map(|r| {
                    let empty = r.iter().any(|a| a.empty);
                    let first = r.iter().fold(First::default(), |f, a| {
                        First(f.0 | a.first.0, f.1 | a.first.1)
                    });
                    (empty, first)
                })
                .collect();
            let mut changed = false;
            for a in self.rules.iter_mut().flatten() {
                let (mut empty, mut first) = (true, First::default());
                for s in &a.symbols {
                    let (e, f) = match s {
                        Symbol::Class(c) => (false, of_class[*c as usize]),
                        Symbol::Rule(r) => rules[*r as usize],
                    };
                    first = First(first.0 | f.0, first.1 | f.1);
                    if !e {
                        empty = false;
                        break;
                    }
                }
                changed |= (empty, first) != (a.empty, a.first);
                (a.empty, a.first) = (empty, first);
            }
            if !changed {
                return;
            }
        }
    }

    /// How far the grammar goes along with a text: all of it, or up to the byte at which nothing fits.
    pub fn derives(&self, text: &str) -> Result<(), usize> {
        let characters: Vec<(usize, char)> = text.char_indices().collect();
        // items that wait for a rule, by the place and the rule
        let mut waiting: Vec<HashMap<u32, Vec<Item>>> = Vec::new();
        let mut now: Vec<Item> = Vec::new();
        self.predict(0, 0, characters.first().map(|c| c.1), &mut now);
        for at in 0..=characters.len() {
            let c = characters.get(at).map(|c| c.1);
            let mut seen: HashSet<Item> = now.iter().copied().collect();
            let mut here: HashMap<u32, Vec<Item>> = HashMap::new();
            let mut next = Vec::new();
            let mut done = false;
            let mut add = |item: Item, now: &mut Vec<Item>| {
                if seen.insert(item) {
                    now.push(item);
                }
            };
            let mut n = 0;
            while n < now.len() {
                let item = now[n];
                n += 1;
                let alternative = &self.rules[item.rule as usize][item.alternative as usize];
                let on = Item {
                    dot: item.dot + 1,
                    ..item
                };
                match alternative.symbols.get(item.dot as usize) {
                    Some(Symbol::Class(class)) => {
                        let (negated, ranges) = &self.classes[*class as usize];
                        if c.is_some_and(|c| holds(*negated, ranges, c)) {
                            next.push(on);
                        }
                    }
                    Some(Symbol::Rule(r)) => {
                        let waits = here.entry(*r).or_default();
                        let new = waits.is_empty();
                        waits.push(item);
                        if new {
                            let mut begun = Vec::new();
                            self.predict(*r, at as u32, c, &mut begun);
                            for b in begun {
                                add(b, &mut now);
                            }
                        }
                        // what may be empty may be over at once
                        if self.rules[*r as usize].iter().any(|a| a.empty) {
                            add(on, &mut now);
                        }
                    }
                    None => {
                        done |= item.rule == 0 && item.from == 0;
                        if item.from as usize == at {
                            continue; // empty: stepped over above
                        }
                        let Some(waits) = waiting[item.from as usize].get(&item.rule) else {
                            continue;
                        };
                        for w in waits {
                            let on = Item {
                                dot: w.dot + 1,
                                ..*w
                            };
                            add(on, &mut now);
                        }
                    }
                }
            }
            if c.is_none() {
                return if done { Ok(()) } else { Err(text.len()) };
            }
            if next.is_empty() {
                return Err(characters[at].0);
            }
            waiting.push(here);
            now = next;
        }
        Err(text.len())
    }

    fn predict(&self, rule: u32, from: u32, c: Option<char>, out: &mut Vec<Item>) {
        for (number, a) in self.rules[rule as usize].iter().enumerate() {
            if a.empty || a.first.has(c) {
                out.push(Item {
                    rule,
                    alternative: number as u32,
                    dot: 0,
                    from,
                });
            }
        }
    }
}

#[test]
fn texts_of_a_small_grammar_are_told_from_others() {
    let grammar = crate::read::read(
        "root ::= sum\nsum ::= term (\"+\" term)*\nterm ::= [0-9]{1,2} | \"(\" sum \")\" | x? \"y\"\nx ::= \"x\"*\n",
    );
    let r = Recogniser::new(&grammar);
    for good in ["1", "12+3", "(1+(2))+45", "y", "xxxy+y"] {
        assert_eq!(r.derives(good), Ok(()), "{good}");
    }
    assert_eq!(r.derives("1+"), Err(2));
    assert_eq!(r.derives("123"), Err(2));
    assert_eq!(r.derives("(1"), Err(2));
    assert_eq!(r.derives("x"), Err(1));
}
