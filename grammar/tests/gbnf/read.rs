//! Reads GBNF as llama.cpp does: the subset that our file is written in.

use std::collections::BTreeMap;

/// A right-hand side.
#[derive(Debug, Clone)]
pub enum Node {
    /// Characters in a row.
    Text(Vec<char>),
    /// One character of these ranges, or of all others.
    Class(bool, Vec<(char, char)>),
    /// A rule by number.
    Rule(usize),
    /// One after the other.
    Seq(Vec<Node>),
    /// One of these.
    Choice(Vec<Node>),
    /// At least and at most so many times.
    Times(Box<Node>, u32, Option<u32>),
}

/// A grammar; rule 0 is `root`.
#[derive(Debug)]
pub struct Grammar {
    /// Names.
    pub names: Vec<String>,
    /// Right-hand sides.
    pub rules: Vec<Node>,
}

/// Reads a grammar; panics, with the place, at what is not GBNF.
pub fn read(text: &str) -> Grammar {
    let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
    let mut names = vec!["root".to_string()];
    numbers.insert("root".into(), 0);
    let mut rules: Vec<Option<Node>> = vec![None];
    for line in text.lines() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (name, body) = line.split_once(" ::= ").unwrap_or_else(|| panic!("{line}"));
        let mut reader = Reader {
            text: body.chars().collect(),
            at: 0,
            numbers: &mut numbers,
            names: &mut names,
        };
        let number = reader.number(name);
        let node = reader.choice();
        assert!(reader.at == reader.text.len(), "{line}: at {}", reader.at);
        rules.resize(names.len().max(rules.len()), None);
        assert!(rules[number].is_none(), "{name} stands twice");
        rules[number] = Some(node);
    }
    rules.resize(names.len(), None);
    let rules = rules
        .into_iter()
        .zip(&names)
        .map(|(r, n)| r.unwrap_or_else(|| panic!("there is no rule {n}")))
        .collect();
    Grammar { names, rules }
}

struct Reader<'r> {
    text: Vec<char>,
    at: usize,
    numbers: &'r mut BTreeMap<String, usize>,
    names: &'r mut Vec<String>,
}

impl Reader<'_> {
    fn number(&mut self, name: &str) -> usize {
        assert!(
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'),
            "`{name}` is no name of GBNF"
        );
        if let Some(n) = self.numbers.get(name) {
            return *n;
        }
        self.names.push(name.to_string());
        self.numbers.insert(name.to_string(), self.names.len() - 1);
        self.names.len() - 1
    }

    fn peek(&self) -> Option<char> {
        self.text.get(self.at).copied()
    }

    fn space(&mut self) {
        while self.peek() == Some(' ') {
            self.at += 1;
        }
    }

    fn choice(&mut self) -> Node {
        let mut all = vec![self.sequence()];
        while self.peek() == Some('|') {
            self.at += 1;
            all.push(self.sequence());
        }
        if all.len() == 1 {
            all.remove(0)
        } else {
            Node::Choice(all)
        }
    }

    fn sequence(&mut self) -> Node {
        let mut all = Vec::new();
        loop {
            self.space();
            let one = match self.peek() {
                None | Some('|' | ')') => break,
                Some('"') => self.quoted(),
                Some('[') => self.class(),
                Some('(') => {
                    self.at += 1;
                    let inner = self.choice();
                    assert_eq!(self.peek(), Some(')'));
                    self.at += 1;
                    inner
                }
                Some(_) => {
                    let from = self.at;
                    while self
                        .peek()
                        .is_some_and(|c| c.is_ascii_alphanumeric() || c == '-')
                    {
                        self.at += 1;
                    }
                    let name: String = self.text[from..self.at].iter().collect();
                    Node::Rule(self.number(&name))
                }
            };
            all.push(self.times(one));
        }
        if all.len() == 1 {
            all.remove(0)
        } else {
            Node::Seq(all)
        }
    }

    fn times(&mut self, node: Node) -> Node {
        let (least, most) = match self.peek() {
            Some('*') => (0, None),
            Some('+') => (1, None),
            Some('?') => (0, Some(1)),
            Some('{') => {
                let close = self.text[self.at..].iter().position(|c| *c == '}').unwrap();
                let inner: String = self.text[self.at + 1..self.at + close].iter().collect();
                self.at += close;
                let (a, b) = inner.split_once(',').unwrap();
                (a.parse().unwrap(), Some(b.parse().unwrap()))
            }
            _ => return node,
        };
        self.at += 1;
        Node::Times(Box::new(node), least, most)
    }

    fn character(&mut self) -> char {
        let c = self.text[self.at];
        self.at += 1;
        if c != '\\' {
            return c;
        }
        let c = self.text[self.at];
        self.at += 1;
        match c {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            '\\' | '"' | '[' | ']' => c,
            other => panic!("no escape of GBNF: \\{other}"),
        }
    }

    fn quoted(&mut self) -> Node {
        self.at += 1;
        let mut out = Vec::new();
        while self.peek() != Some('"') {
            out.push(self.character());
        }
        self.at += 1;
        Node::Text(out)
    }

    fn class(&mut self) -> Node {
        self.at += 1;
        let negated = self.peek() == Some('^');
        if negated {
            self.at += 1;
        }
        let mut out = Vec::new();
        while self.peek() != Some(']') {
            let from = self.character();
            let ranged = self.peek() == Some('-') && self.text.get(self.at + 1) != Some(&']');
            let to = if ranged {
                self.at += 1;
                self.character()
            } else {
                from
            };
            out.push((from, to));
        }
        self.at += 1;
        Node::Class(negated, out)
    }
}

/// Whether a class holds a character.
pub fn holds(negated: bool, ranges: &[(char, char)], c: char) -> bool {
    ranges.iter().any(|(a, b)| (*a..=*b).contains(&c)) != negated
}
