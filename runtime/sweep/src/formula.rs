//! Arithmetic over named numbers, as users type it.
//!
//! Ready-made evaluators were tried and do not fit: names of figures begin with names of functions (`max_drawdown`), a missing
//! figure must make the result missing (`min(NaN, 3)` is no 3), and the numbers must be the same bits on every machine.

/// Deepest nesting of parentheses and signs.
const DEPTH: usize = 64;

/// Functions by name, with the number of their arguments.
const FUNCTIONS: [(&str, usize, Function); 7] = [
    ("min", 2, Function::Min),
    ("max", 2, Function::Max),
    ("pow", 2, Function::Pow),
    ("abs", 1, Function::Abs),
    ("sqrt", 1, Function::Sqrt),
    ("log", 1, Function::Log),
    ("exp", 1, Function::Exp),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Function {
    Min,
    Max,
    Pow,
    Abs,
    Sqrt,
    Log,
    Exp,
}

/// A step of the evaluation: operands lie on a stack.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Step {
    Number(f64),
    Name(usize),
    Negate,
    Add,
    Subtract,
    Multiply,
    Divide,
    Call(Function),
}

/// A formula, ready to be evaluated many times.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Formula {
    steps: Vec<Step>,
    names: Vec<String>,
}

impl Formula {
    /// Reads a formula; the error says what is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut reader = Reader {
            text,
            at: 0,
            depth: 0,
            out: Self {
                steps: Vec::new(),
                names: Vec::new(),
            },
        };
        if reader.peek().is_none() {
            return Err("it is empty; write a figure such as `sharpe`".into());
        }
        reader.sum()?;
        match reader.peek() {
            None => Ok(reader.out),
            Some(')') => Err("a `)` has no `(` before it".into()),
            Some(',') => Err("a `,` stands between the arguments of a function only".into()),
            Some(c) if c.is_ascii_alphanumeric() || c == '_' || c == '(' => Err(format!(
                "an operator is missing before `{}`",
                text.get(reader.at..).unwrap_or_default().trim()
            )),
            Some(c) => Err(strange(c)),
        }
    }

    /// The names in it, each once, in order of appearance.
    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// Its value where `named` gives those of the names. NaN as soon as an operand is.
    pub(crate) fn value(&self, named: impl Fn(usize) -> f64) -> f64 {
        let mut stack: Vec<f64> = Vec::with_capacity(8);
        // a formula that was read never lacks an operand
        let pop = |stack: &mut Vec<f64>| stack.pop().unwrap_or(f64::NAN);
        for step in &self.steps {
            let v = match step {
                Step::Number(v) => *v,
                Step::Name(i) => named(*i),
                Step::Negate => -pop(&mut stack),
                Step::Call(Function::Abs) => pop(&mut stack).abs(),
                Step::Call(Function::Sqrt) => pop(&mut stack).sqrt(),
                Step::Call(Function::Log) => libm::log(pop(&mut stack)),
                Step::Call(Function::Exp) => libm::exp(pop(&mut stack)),
                two => {
                    let b = pop(&mut stack);
                    let a = pop(&mut stack);
                    match two {
                        Step::Add => a + b,
                        Step::Subtract => a - b,
                        Step::Multiply => a * b,
                        Step::Divide => a / b,
                        _ if a.is_nan() || b.is_nan() => f64::NAN,
                        Step::Call(Function::Min) => a.min(b),
                        Step::Call(Function::Max) => a.max(b),
                        _ => libm::pow(a, b),
                    }
                }
            };
            stack.push(v);
        }
        pop(&mut stack)
    }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
    out: Formula,
}

impl Reader<'_> {
    /// The next character that is no space.
    fn peek(&mut self) -> Option<char> {
        let rest = self.text.get(self.at..)?;
        self.at += rest.len() - rest.trim_start().len();
        rest.trim_start().chars().next()
    }

    fn takes(&mut self, c: char) -> bool {
        let there = self.peek() == Some(c);
        if there {
            self.at += c.len_utf8();
        }
        there
    }

    fn word(&mut self, belongs: impl Fn(char) -> bool) -> &str {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let end = rest.find(|c| !belongs(c)).unwrap_or(rest.len());
        self.at += end;
        rest.get(..end).unwrap_or_default()
    }

    fn sum(&mut self) -> Result<(), String> {
        self.product()?;
        loop {
            let step = match self.peek() {
                Some('+') => Step::Add,
                Some('-') => Step::Subtract,
                _ => return Ok(()),
            };
            self.at += 1;
            self.product()?;
            self.out.steps.push(step);
        }
    }

    fn product(&mut self) -> Result<(), String> {
        self.factor()?;
        loop {
            let step = match self.peek() {
                Some('*') => Step::Multiply,
                Some('/') => Step::Divide,
                _ => return Ok(()),
            };
            self.at += 1;
            self.factor()?;
            self.out.steps.push(step);
        }
    }

    fn factor(&mut self) -> Result<(), String> {
        if self.depth == DEPTH {
            return Err(format!("it is nested deeper than {DEPTH} levels"));
        }
        self.depth += 1;
        self.operand()?;
        self.depth -= 1;
        Ok(())
    }

    fn operand(&mut self) -> Result<(), String> {
        match self.peek() {
            None => Err("it ends where a value should stand".into()),
            Some('-') => {
                self.at += 1;
                self.factor()?;
                self.out.steps.push(Step::Negate);
                Ok(())
            }
            Some('+') => {
                self.at += 1;
                self.factor()
            }
            Some('(') => {
                self.at += 1;
                self.sum()?;
                self.closed()
            }
            Some(c) if c.is_ascii_digit() || c == '.' => self.number(),
            Some(c) if c.is_ascii_alphabetic() || c == '_' => self.named(),
            Some(c) if ")*/,".contains(c) => Err(format!("a value is missing before `{c}`")),
            Some(c) => Err(strange(c)),
        }
    }

    fn closed(&mut self) -> Result<(), String> {
        if self.takes(')') {
            return Ok(());
        }
        match self.peek() {
            Some(',') => Err("a `,` stands between the arguments of a function only".into()),
            Some(c) if !(c.is_ascii_alphanumeric() || "_(.".contains(c)) => Err(strange(c)),
            _ => Err("a `)` is missing".into()),
        }
    }

    fn number(&mut self) -> Result<(), String> {
        let start = self.at;
        self.word(|c| c.is_ascii_digit() || c == '.' || c == '_');
        let rest = self.text.get(self.at..).unwrap_or_default();
        let mut exponent = rest.chars();
        if matches!(exponent.next(), Some('e' | 'E')) {
            let sign = usize::from(matches!(exponent.next(), Some('+' | '-')));
            if rest
                .get(1 + sign..)
                .is_some_and(|r| r.starts_with(|c: char| c.is_ascii_digit()))
            {
                self.at += 1 + sign;
                self.word(|c| c.is_ascii_digit());
            }
        }
        let text = self.text.get(start..self.at).unwrap_or_default();
        let v = text
            .replace('_', "")
            .parse()
            .map_err(|_| format!("`{text}` is no number"))?;
        self.out.steps.push(Step::Number(v));
        Ok(())
    }

    fn named(&mut self) -> Result<(), String> {
        let name = self
            .word(|c| c.is_ascii_alphanumeric() || c == '_')
            .to_owned();
        if self.peek() != Some('(') {
            let known = self.out.names.iter().position(|n| *n == name);
            let index = known.unwrap_or(self.out.names.len());
            if known.is_none() {
                self.out.names.push(name);
            }
            self.out.steps.push(Step::Name(index));
            return Ok(());
        }
        let Some((_, arguments, function)) = FUNCTIONS.iter().find(|f| f.0 == name) else {
            return Err(format!(
                "there is no function `{name}`; there are {}",
                functions()
            ));
        };
        self.at += 1;
        for i in 0..*arguments {
            if i > 0 && !self.takes(',') {
                return Err(format!("`{name}` takes {arguments} values: `{name}(a, b)`"));
            }
            self.sum()?;
        }
        if self.peek() == Some(',') {
            let s = if *arguments == 1 { "" } else { "s" };
            return Err(format!("`{name}` takes {arguments} value{s}"));
        }
        self.closed()?;
        self.out.steps.push(Step::Call(*function));
        Ok(())
    }
}

fn functions() -> String {
    FUNCTIONS.map(|f| f.0).join(", ")
}

fn strange(c: char) -> String {
    format!(
        "`{c}` means nothing here; there are + - * / ( ) and the functions {}",
        functions()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn value(text: &str) -> f64 {
        Formula::parse(text).unwrap().value(|_| 7.0)
    }

    #[test]
    fn arithmetic() {
        for (text, v) in [
            ("1 + 2 * 3", 7.0_f64),
            ("8 - 4 - 2", 2.0),
            ("8 / 4 / 2", 1.0),
            ("-2 * -3", 6.0),
            ("--x", 7.0),
            ("2 * (3 + 4)", 14.0),
            ("min(max(1, 2), min(3, 4))", 2.0),
            ("pow(2, 10)", 1024.0),
            ("1e3 + 1_000 + .5", 2000.5),
            ("1e-1", 0.1),
            ("sqrt(abs(-16))", 4.0),
            ("min + max_x - log", 7.0),
        ] {
            assert_eq!(value(text).to_bits(), v.to_bits(), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, why) in [
            ("", "it is empty; write a figure such as `sharpe`"),
            ("a +", "it ends where a value should stand"),
            ("(a", "a `)` is missing"),
            ("a)", "a `)` has no `(` before it"),
            ("a b", "an operator is missing before `b`"),
            ("a * / b", "a value is missing before `/`"),
            (
                "foo(a)",
                "there is no function `foo`; there are min, max, pow, abs, sqrt, log, exp",
            ),
            ("min(a)", "`min` takes 2 values: `min(a, b)`"),
            ("abs(a, b)", "`abs` takes 1 value"),
            (
                "a, b",
                "a `,` stands between the arguments of a function only",
            ),
            ("1.2.3", "`1.2.3` is no number"),
        ] {
            assert_eq!(Formula::parse(text).unwrap_err(), why, "{text}");
        }
        let deep = "(".repeat(10_000) + "a";
        assert!(Formula::parse(&deep).unwrap_err().contains("nested deeper"));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[-+*/(),. a-c0-9eé^]{0,40}") {
            if let Ok(f) = Formula::parse(&text) {
                f.value(|_| 1.0);
            }
        }
    }
}
