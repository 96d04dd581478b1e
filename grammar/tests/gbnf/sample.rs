//! Programs drawn from the grammar: every choice as likely as the others, until a program is deep or long enough.

use crate::read::{Grammar, Node, holds};

/// From this depth on the shortest way is taken.
const DEEP: usize = 40;
/// From this length on the shortest way is taken.
const LONG: usize = 1500;

/// A generator of random numbers (`SplitMix64`).
pub struct Random(u64);

impl Random {
    /// That of a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % n.max(1) as u64) as usize
    }
}

/// Draws from a grammar.
pub struct Sampler<'g> {
    grammar: &'g Grammar,
    heights: Vec<usize>,
    /// The rule of names, and words that every second name is one of.
    names: Option<(usize, Vec<&'static str>)>,
}

impl<'g> Sampler<'g> {
    /// For a grammar. Where `names` holds words, every second name is one of them.
    pub fn new(grammar: &'g Grammar, names: &[&'static str]) -> Self {
        let ident = grammar.names.iter().position(|n| n == "ident");
        let names = ident
            .filter(|_| !names.is_empty())
            .map(|rule| (rule, names.to_vec()));
        let mut heights = vec![usize::MAX / 2; grammar.rules.len()];
        loop {
            let next: Vec<usize> = grammar
                .rules
                .iter()
                .map(|r| 1 + height(r, &heights))
                .collect();
            let next: Vec<usize> = next.iter().zip(&heights).map(|(a, b)| *a.min(b)).collect();
            if next == heights {
                break;
            }
            heights = next;
        }
        Self {
            grammar,
            heights,
            names,
        }
    }

    /// One text.
    pub fn draw(&self, random: &mut Random) -> String {
        let mut out = String::new();
        self.node(&self.grammar.rules[0], 0, random, &mut out);
        out
    }

    /// Writes one of the given words, every second time that a name is wanted.
    fn word(&self, rule: usize, random: &mut Random, out: &mut String) -> bool {
        match &self.names {
            Some((ident, words)) if *ident == rule && random.below(2) == 0 => {
                out.push_str(words[random.below(words.len())]);
                true
            }
            _ => false,
        }
    }

    fn node(&self, node: &Node, depth: usize, random: &mut Random, out: &mut String) {
        let short = depth > DEEP || out.len() > LONG;
        match node {
            Node::Text(t) => out.extend(t),
            Node::Class(negated, ranges) => out.push(character(*negated, ranges, random)),
            Node::Rule(r) if self.word(*r, random, out) => {}
            Node::Rule(r) => self.node(&self.grammar.rules[*r], depth + 1, random, out),
            Node::Seq(all) => {
                for n in all {
                    self.node(n, depth, random, out);
                }
            }
            Node::Choice(all) => {
                let pick = if short {
                    let of = |n: &Node| height(n, &self.heights);
                    let least = all.iter().map(of).min().unwrap_or(0);
                    all.iter().position(|n| of(n) == least).unwrap_or(0)
                } else {
                    random.below(all.len())
                };
                self.node(&all[pick], depth, random, out);
            }
            Node::Times(inner, least, most) => {
                for _ in 0..*least {
                    self.node(inner, depth, random, out);
                }
                let mut more = most.map_or(u32::MAX, |m| m - least);
                // longer blocks than words
                let stop = if matches!(**inner, Node::Class(..)) {
                    2
                } else {
                    3
                };
                while more > 0 && out.len() <= LONG && !short && random.below(stop) != 0 {
                    self.node(inner, depth, random, out);
                    more -= 1;
                }
            }
        }
    }
}

/// Rules one inside the other on the shortest way through.
fn height(node: &Node, rules: &[usize]) -> usize {
    match node {
        Node::Text(_) | Node::Class(..) | Node::Times(_, 0, _) => 0,
        Node::Rule(r) => rules[*r],
        Node::Seq(all) => all.iter().map(|n| height(n, rules)).max().unwrap_or(0),
        Node::Choice(all) => all.iter().map(|n| height(n, rules)).min().unwrap_or(0),
        Node::Times(inner, ..) => height(inner, rules),
    }
}

fn character(negated: bool, ranges: &[(char, char)], random: &mut Random) -> char {
    if !negated {
        let (a, b) = ranges[random.below(ranges.len())];
        let at = u32::from(a) + random.below((u32::from(b) - u32::from(a) + 1) as usize) as u32;
        return char::from_u32(at).unwrap_or(a);
    }
    loop {
        // what people write, and now and then what they do not
        let c = match random.below(20) {
            0 => ['ä', '€', '\t', '中', '😀'][random.below(5)],
            _ => char::from_u32(0x20 + random.below(0x5f) as u32).unwrap_or(' '),
        };
        if holds(true, ranges, c) {
            return c;
        }
    }
}
