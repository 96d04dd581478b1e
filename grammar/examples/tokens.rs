//! Prints the tokens of files as the crate's own lexer and parser see them, one JSON array a file: the oracle of the
//! editors' highlighters. A keyword is told from a name by the parser; `keyword` is null where a file is no program.
#![allow(clippy::print_stdout)]

use sbt_grammar::{Token, classify, highlight, is_reserved, lex};
use serde::Serialize;

#[derive(Serialize)]
struct Shown {
    token: String,
    class: String,
    keyword: Option<bool>,
    foreign: bool,
    line: usize,
    column: usize,
    text: String,
}

#[derive(Serialize)]
struct File {
    path: String,
    tokens: Vec<Shown>,
}

fn tokens(text: &str) -> Vec<Shown> {
    let keywords = highlight::keywords(text);
    let (mut line, mut line_start) = (0, 0);
    let mut shown = Vec::new();
    for lexed in lex(text) {
        if lexed.token == Token::Newline {
            (line, line_start) = (line + 1, lexed.end as usize);
            continue;
        }
        let (start, word) = (lexed.start as usize, lexed.text(text));
        let is_keyword = keywords.as_ref().map(|k| {
            let at = k.binary_search(&(start, lexed.end as usize));
            at.is_ok() || is_reserved(word)
        });
        shown.push(Shown {
            token: format!("{:?}", lexed.token),
            class: format!("{:?}", classify(word)),
            keyword: is_keyword.filter(|_| lexed.token == Token::Word),
            foreign: lexed.token.is_foreign(),
            line,
            // editors count UTF-16 units
            column: text[line_start..start].encode_utf16().count(),
            text: word.to_owned(),
        });
    }
    shown
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut files = Vec::new();
    for path in std::env::args().skip(1) {
        let text = std::fs::read_to_string(&path)?;
        files.push(File {
            tokens: tokens(&text),
            path,
        });
    }
    println!("{}", serde_json::to_string(&files)?);
    Ok(())
}
