//! Refuses what would make a recursive reader of the tree run out of stack, before anything recursive sees it.

use sbt_grammar::{Lexed, Token};

/// Deepest nesting of brackets in one statement.
pub const MAX_BRACKETS: u32 = 64;

/// Greatest height of an expression's tree: nested brackets, chained operators and `else if`s add up.
pub const MAX_HEIGHT: u32 = 256;

/// The token at which a statement becomes too deep, if it does.
pub(crate) fn too_deep(text: &str, tokens: &[Lexed]) -> Option<Lexed> {
    let mut frames = vec![Frame::default()];
    // Height of the open frames below the current one: what is above an operand in the tree.
    let mut above = 0;
    for lexed in tokens {
        let frame = frames.last_mut()?;
        match lexed.token {
            Token::LParen | Token::LBracket | Token::LBrace => {
                above += frame.height + 1;
                frames.push(Frame::default());
                if frames.len() > MAX_BRACKETS as usize {
                    return Some(*lexed);
                }
                if above > MAX_HEIGHT {
                    return Some(*lexed);
                }
                continue;
            }
            Token::RParen | Token::RBracket | Token::RBrace => {
                if frames.len() > 1 {
                    let inner = frames.pop().map_or(0, |f| f.tallest.max(f.height)) + 1;
                    if let Some(outer) = frames.last_mut() {
                        above -= outer.height + 1;
                        outer.height = outer.height.max(inner);
                    }
                }
            }
            Token::Comma => frame.restart(0),
            Token::Word => match lexed.text(text) {
                "if" | "on" => {
                    frame.base += 1;
                    frame.height = frame.height.max(frame.base);
                }
                "then" | "else" => {
                    let base = frame.base;
                    frame.restart(base);
                }
                "and" | "or" | "not" | "mod" | "in" | "crosses" => frame.height += 1,
                _ => {}
            },
            token if token.is_literal() => {}
            Token::Colon | Token::Assign | Token::Arrow | Token::DotDot | Token::DotDotLess => {}
            _ => frame.height += 1,
        }
        if let Some(frame) = frames.last()
            && above + frame.height.max(frame.tallest) > MAX_HEIGHT
        {
            return Some(*lexed);
        }
    }
    None
}

#[derive(Default)]
struct Frame {
    /// Upper bound of the height of the expression being read.
    height: u32,
    /// Height that `if`s around it already gave.
    base: u32,
    /// The tallest expression of this bracket so far.
    tallest: u32,
}

impl Frame {
    fn restart(&mut self, base: u32) {
        self.tallest = self.tallest.max(self.height);
        self.base = base;
        self.height = base;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> bool {
        too_deep(text, &sbt_grammar::lex(text)).is_some()
    }

    #[test]
    fn counts_brackets_chains_and_branches() {
        assert!(!refused(&format!("{}1{}", "(".repeat(60), ")".repeat(60))));
        assert!(refused(&format!("{}1{}", "(".repeat(70), ")".repeat(70))));
        assert!(!refused(&format!("1{}", " + 1".repeat(250))));
        assert!(refused(&format!("1{}", " + 1".repeat(260))));
        assert!(!refused(&format!(
            "{} 0",
            "if k == 1 and b then 2 else ".repeat(200)
        )));
        assert!(refused(&format!(
            "{} 0",
            "if k == 1 then 2 else ".repeat(300)
        )));
        assert!(refused(&format!("{}1", "-".repeat(300))));
        assert!(refused(&format!("x{}", ".y".repeat(300))));
    }

    #[test]
    fn lists_are_wide_not_deep() {
        assert!(!refused(&format!("[{}1]", "-1 + 2, ".repeat(10_000))));
    }

    #[test]
    fn chains_inside_brackets_add_up() {
        let nested = format!(
            "{}1{}",
            format!("({}", "1 + ".repeat(50)).repeat(10),
            ")".repeat(10)
        );
        assert!(refused(&nested));
    }
}
