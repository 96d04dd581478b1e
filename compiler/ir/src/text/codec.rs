//! Tokens, and how simple values, records and variants are written and read.

use super::number::{hex, parse_number};
use crate::module::{FrameId, ValueId};

/// Why a text is no module.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct ParseError {
    /// Line, from 1.
    pub line: usize,
    /// What is wrong.
    pub reason: String,
}

/// A text cut into tokens: strings (with their opening quote, unescaped), punctuation, words.
pub(super) struct Tokens {
    /// Each with its line.
    all: Vec<(usize, String)>,
    at: usize,
    last_line: usize,
}

const PUNCTUATION: &str = "(){}[],=:";

impl Tokens {
    pub fn new(text: &str) -> Result<Self, ParseError> {
        let mut tokens = Vec::new();
        let mut line = 1;
        let mut rest = text.chars().peekable();
        while let Some(c) = rest.next() {
            match c {
                '\n' => line += 1,
                ';' => while rest.next_if(|c| *c != '\n').is_some() {},
                '"' => {
                    let mut string = String::from('"');
                    loop {
                        match rest.next() {
                            Some('"') => break,
                            Some('\\') => match rest.next() {
                                Some('n') => string.push('\n'),
                                Some('r') => string.push('\r'),
                                Some(c) => string.push(c),
                                None => {}
                            },
                            Some('\n') | None => {
                                return Err(ParseError {
                                    line,
                                    reason: "a string does not end".into(),
                                });
                            }
                            Some(c) => string.push(c),
                        }
                    }
                    tokens.push((line, string));
                }
                c if PUNCTUATION.contains(c) => tokens.push((line, c.to_string())),
                c if c.is_whitespace() => {}
                c => {
                    let mut word = String::from(c);
                    let goes_on = |c: &char| {
                        !c.is_whitespace() && !PUNCTUATION.contains(*c) && *c != '"' && *c != ';'
                    };
                    while let Some(c) = rest.next_if(goes_on) {
                        word.push(c);
                    }
                    tokens.push((line, word));
                }
            }
        }
        Ok(Self {
            all: tokens,
            at: 0,
            last_line: line,
        })
    }

    /// The next token.
    pub fn peek(&self) -> Option<&str> {
        self.all.get(self.at).map(|t| t.1.as_str())
    }

    /// Takes the next token.
    pub fn word(&mut self) -> Result<String, ParseError> {
        match self.all.get(self.at) {
            Some((_, word)) => {
                self.at += 1;
                Ok(word.clone())
            }
            None => Err(ParseError {
                line: self.last_line,
                reason: "the text ends too early".into(),
            }),
        }
    }

    /// Takes a certain token.
    pub fn expect(&mut self, wanted: &str) -> Result<(), ParseError> {
        let word = self.word()?;
        if word == wanted {
            Ok(())
        } else {
            Err(self.error(format!("`{word}` where `{wanted}` should be")))
        }
    }

    /// Takes the token if it comes next.
    pub fn accept(&mut self, wanted: &str) -> bool {
        let there = self.peek() == Some(wanted);
        self.at += usize::from(there);
        there
    }

    /// An error at the token taken last.
    pub fn error(&self, reason: String) -> ParseError {
        let line = self
            .all
            .get(self.at.saturating_sub(1))
            .map_or(self.last_line, |t| t.0);
        ParseError { line, reason }
    }
}

/// Something with a text form.
pub(super) trait Text: Sized {
    fn write(&self, out: &mut String);
    fn read(t: &mut Tokens) -> Result<Self, ParseError>;
}

impl Text for f64 {
    fn write(&self, out: &mut String) {
        out.push_str(&hex(*self));
    }
    fn read(t: &mut Tokens) -> Result<Self, ParseError> {
        let word = t.word()?;
        parse_number(&word).ok_or_else(|| t.error(format!("`{word}` is not a number")))
    }
}

impl Text for String {
    fn write(&self, out: &mut String) {
        out.push('"');
        for c in self.chars() {
            match c {
                '"' | '\\' => out.extend(['\\', c]),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                c => out.push(c),
            }
        }
        out.push('"');
    }
    fn read(t: &mut Tokens) -> Result<Self, ParseError> {
        let word = t.word()?;
        let string = word.strip_prefix('"').map(str::to_owned);
        string.ok_or_else(|| t.error(format!("`{word}` is not a string")))
    }
}

impl Text for ValueId {
    fn write(&self, out: &mut String) {
        out.push('%');
        out.push_str(&self.0.to_string());
    }
    fn read(t: &mut Tokens) -> Result<Self, ParseError> {
        let word = t.word()?;
        let id = word
            .strip_prefix('%')
            .and_then(|digits| digits.parse().ok());
        id.map(Self)
            .ok_or_else(|| t.error(format!("`{word}` is not a node")))
    }
}

impl Text for FrameId {
    fn write(&self, out: &mut String) {
        out.push('@');
        out.push_str(&self.0.to_string());
    }
    fn read(t: &mut Tokens) -> Result<Self, ParseError> {
        let word = t.word()?;
        let id = word
            .strip_prefix('@')
            .and_then(|digits| digits.parse().ok());
        id.map(Self)
            .ok_or_else(|| t.error(format!("`{word}` is not a frame")))
    }
}

impl<T: Text> Text for Option<T> {
    fn write(&self, out: &mut String) {
        match self {
            Some(value) => value.write(out),
            None => out.push_str("none"),
        }
    }
    fn read(t: &mut Tokens) -> Result<Self, ParseError> {
        if t.accept("none") {
            Ok(None)
        } else {
            T::read(t).map(Some)
        }
    }
}

impl<T: Text> Text for Vec<T> {
    fn write(&self, out: &mut String) {
        out.push('[');
        for (at, value) in self.iter().enumerate() {
            if at > 0 {
                out.push_str(", ");
            }
            value.write(out);
        }
        out.push(']');
    }
    fn read(t: &mut Tokens) -> Result<Self, ParseError> {
        t.expect("[")?;
        let mut values = Vec::new();
        while !t.accept("]") {
            if !values.is_empty() {
                t.expect(",")?;
            }
            values.push(T::read(t)?);
        }
        Ok(values)
    }
}

impl<A: Text, B: Text> Text for (A, B) {
    fn write(&self, out: &mut String) {
        out.push('(');
        self.0.write(out);
        out.push_str(", ");
        self.1.write(out);
        out.push(')');
    }
    fn read(t: &mut Tokens) -> Result<Self, ParseError> {
        t.expect("(")?;
        let first = A::read(t)?;
        t.expect(",")?;
        let second = B::read(t)?;
        t.expect(")")?;
        Ok((first, second))
    }
}

/// Whole numbers.
macro_rules! whole {
    ($($kind:ty),*) => { $(
        impl Text for $kind {
            fn write(&self, out: &mut String) {
                out.push_str(&self.to_string());
            }
            fn read(t: &mut Tokens) -> Result<Self, ParseError> {
                let word = t.word()?;
                word.parse().map_err(|_| t.error(format!("`{word}` is not a whole number in range")))
            }
        }
    )* };
}
whole!(u8, u16, u32, i64);

/// Records: `{field value …}` in the order given.
macro_rules! record {
    ($kind:ident { $($field:ident),* }) => {
        impl Text for $kind {
            fn write(&self, out: &mut String) {
                out.push('{');
                let mut gap = "";
                $(
                    out.push_str(gap);
                    out.push_str(stringify!($field));
                    out.push(' ');
                    self.$field.write(out);
                    gap = " ";
                )*
                let _ = gap;
                out.push('}');
            }
            fn read(t: &mut Tokens) -> Result<Self, ParseError> {
                t.expect("{")?;
                $(
                    t.expect(stringify!($field))?;
                    let $field = Text::read(t)?;
                )*
                t.expect("}")?;
                Ok(Self { $($field),* })
            }
        }
    };
}

/// Variants: `name`, `name(value)` or `name{field value …}`.
macro_rules! variants {
    ($kind:ident { $($variant:ident $(($only:ident))? $({ $($field:ident),* })? = $name:literal),* $(,)? }) => {
        impl Text for $kind {
            fn write(&self, out: &mut String) {
                match self {
                    $(
                        $kind::$variant $(($only))? $({ $($field),* })? => {
                            out.push_str($name);
                            $(
                                out.push('(');
                                $only.write(out);
                                out.push(')');
                            )?
                            $(
                                out.push('{');
                                let mut gap = "";
                                $(
                                    out.push_str(gap);
                                    out.push_str(stringify!($field));
                                    out.push(' ');
                                    $field.write(out);
                                    gap = " ";
                                )*
                                let _ = gap;
                                out.push('}');
                            )?
                        }
                    )*
                }
            }
            fn read(t: &mut Tokens) -> Result<Self, ParseError> {
                let word = t.word()?;
                match word.as_str() {
                    $(
                        $name => {
                            $(
                                t.expect("(")?;
                                let $only = Text::read(t)?;
                                t.expect(")")?;
                            )?
                            $(
                                t.expect("{")?;
                                $(
                                    t.expect(stringify!($field))?;
                                    let $field = Text::read(t)?;
                                )*
                                t.expect("}")?;
                            )?
                            Ok($kind::$variant $(($only))? $({ $($field),* })?)
                        }
                    )*
                    _ => Err(t.error(format!("`{word}` is no {}", stringify!($kind)))),
                }
            }
        }
    };
}

pub(super) use {record, variants};
