//! `sixbtc doc`

use crate::args::Format;
use crate::failure::Failure;
use crate::output;
use sbt_driver::docs::{self, Entry, Kind, WarmUp};
use sbt_grammar::GBNF as GRAMMAR;
use serde::Serialize;
use std::fmt::Write;

/// Columns of the text.
const WIDTH: usize = 96;
/// Results of a search.
const FOUND: usize = 20;

/// What was asked for.
pub enum Question<'q> {
    /// Everything, by family.
    Index,
    /// One name.
    Name(&'q str),
    /// Words.
    Search(String),
    /// The one-page card.
    Card,
    /// The grammar for samplers.
    Grammar,
}

/// Answers; exit code 1 when nothing has that name or nothing was found.
pub fn run(question: &Question<'_>, format: Format) -> Result<u8, Failure> {
    match question {
        Question::Index => index(format),
        Question::Name(name) => return Ok(named(name, format)),
        Question::Search(words) => return Ok(search(words, format)),
        Question::Card | Question::Grammar if format == Format::Json => {
            return Err(Failure::input("this is text: leave out `--format json`"));
        }
        Question::Card => output::out(&docs::card()),
        Question::Grammar => output::out(GRAMMAR),
    }
    Ok(0)
}

/// An entry in a list.
#[derive(Serialize)]
struct Brief {
    name: &'static str,
    kind: Kind,
    signature: &'static str,
    summary: &'static str,
    #[serde(rename = "use")]
    needs_use: Option<&'static str>,
}

impl Brief {
    fn of(e: &'static Entry) -> Self {
        Self {
            name: &e.name,
            kind: e.kind,
            signature: &e.signature,
            summary: &e.summary,
            needs_use: e.needs_use.as_deref(),
        }
    }
}

#[derive(Serialize)]
struct Family {
    name: &'static str,
    entries: Vec<Brief>,
}

fn families() -> Vec<(&'static str, Vec<&'static Entry>)> {
    let mut out: Vec<(&str, Vec<&Entry>)> = Vec::new();
    for e in docs::entries() {
        match out.iter_mut().find(|f| f.0 == e.family) {
            Some(f) => f.1.push(e),
            None => out.push((&e.family, vec![e])),
        }
    }
    out
}

fn index(format: Format) {
    if format == Format::Json {
        #[derive(Serialize)]
        struct Answer {
            schema: u32,
            families: Vec<Family>,
        }
        let families = families()
            .into_iter()
            .map(|(name, all)| Family {
                name,
                entries: all.into_iter().map(Brief::of).collect(),
            })
            .collect();
        output::json(&Answer {
            schema: 1,
            families,
        });
        return;
    }
    let mut out = String::new();
    for (name, all) in families() {
        let needs = all.first().and_then(|e| e.needs_use.as_deref());
        let _ = write!(out, "{}", output::bold(name));
        if let Some(module) = needs {
            let _ = write!(out, "   (needs `use {module}`)");
        }
        let names: Vec<&str> = all.iter().map(|e| e.name.as_str()).collect();
        let _ = writeln!(out, "\n{}", wrap(&names.join("  "), 2));
    }
    out.push_str("`sixbtc doc NAME` says more, `sixbtc doc --search WORDS` finds names.");
    output::out(&out);
}

fn search(words: &str, format: Format) -> u8 {
    let found = docs::search(words, FOUND);
    let code = u8::from(found.is_empty());
    if format == Format::Json {
        #[derive(Serialize)]
        struct Answer<'w> {
            schema: u32,
            query: &'w str,
            entries: Vec<Brief>,
        }
        output::json(&Answer {
            schema: 1,
            query: words,
            entries: found.into_iter().map(Brief::of).collect(),
        });
        return code;
    }
    if found.is_empty() {
        output::error(&format!("nothing is known about `{words}`"));
        return code;
    }
    let width = found.iter().map(|e| e.name.len()).max().unwrap_or(0);
    let lines: Vec<String> = found
        .iter()
        .map(|e| {
            let name = format!("{:width$}", e.name);
            format!("{}  {}", output::bold(&name), e.summary)
        })
        .collect();
    output::out(&lines.join("\n"));
    code
}

fn named(name: &str, format: Format) -> u8 {
    let mut found: Vec<&Entry> = docs::named(name).collect();
    if found.is_empty() {
        found = docs::named(&name.to_lowercase()).collect();
    }
    let nearest = if found.is_empty() {
        docs::nearest(name)
    } else {
        Vec::new()
    };
    let code = u8::from(found.is_empty());
    if format == Format::Json {
        #[derive(Serialize)]
        struct Full {
            #[serde(flatten)]
            entry: &'static Entry,
            warm_up: Option<WarmUp>,
        }
        #[derive(Serialize)]
        struct Answer {
            schema: u32,
            entries: Vec<Full>,
            nearest: Vec<&'static str>,
        }
        output::json(&Answer {
            schema: 1,
            entries: found
                .into_iter()
                .map(|entry| Full {
                    entry,
                    warm_up: docs::warm_up(entry),
                })
                .collect(),
            nearest,
        });
        return code;
    }
    if found.is_empty() {
        output::error(&unknown(name, &nearest));
        return code;
    }
    let pages: Vec<String> = found.iter().map(|e| page(e)).collect();
    output::out(&pages.join("\n"));
    code
}

fn unknown(name: &str, nearest: &[&str]) -> String {
    let quoted: Vec<String> = nearest.iter().map(|n| format!("`{n}`")).collect();
    match quoted.as_slice() {
        [] => format!("nothing is called `{name}`; `sixbtc doc` lists every name"),
        [one] => format!("nothing is called `{name}`; did you mean {one}?"),
        [head @ .., last] => format!(
            "nothing is called `{name}`; did you mean {} or {last}?",
            head.join(", ")
        ),
    }
}

/// An entry for a terminal.
fn page(e: &Entry) -> String {
    let mut out = format!("{}\n", output::bold(&e.signature));
    let kind = e.kind.word();
    let _ = writeln!(out, "{kind}, {}\n", e.family);
    let prose = e.text.split("\n\n").next().unwrap_or("");
    let _ = writeln!(out, "{}", wrap(prose, 2));
    let mut rows: Vec<(&str, String)> = Vec::new();
    for (label, value) in [
        ("Formula", &e.formula),
        ("Source", &e.source),
        ("Units", &e.units),
    ] {
        if let Some(v) = value {
            rows.push((label, v.clone()));
        }
    }
    if let Some(w) = docs::warm_up(e) {
        let settled = if w.settled > w.lookback {
            format!(", settled on bar {}", w.settled + 1)
        } else {
            String::new()
        };
        let text = format!("exists on bar {}{settled}", w.lookback + 1);
        let defaults = e.parameters.iter().any(|p| p.default.is_some());
        rows.push((
            "Warm-up",
            text + if defaults { ", with the defaults" } else { "" },
        ));
    }
    if let Some(module) = &e.needs_use {
        rows.push(("Needs", format!("`use {module}` at the top of the file")));
    }
    if let Some(book) = e.page {
        rows.push(("Book", format!("docs/{book}")));
    }
    for (label, value) in rows {
        let text = wrap(&value, 12);
        let _ = writeln!(out, "  {label:<10}{}", text.trim());
    }
    if !e.definition.is_empty() {
        let place = match (&e.file, e.line) {
            (Some(f), Some(l)) => format!("{f}:{l}"),
            _ => String::new(),
        };
        let _ = writeln!(out, "\n{}", output::bold(&format!("Definition ({place})")));
        let code = e.definition.lines().filter(|l| !l.starts_with("///"));
        for line in code {
            let _ = writeln!(out, "  {line}");
        }
    }
    if !e.tests.is_empty() {
        let _ = writeln!(out, "\n{}", output::bold("Tests"));
        for line in e.tests.iter().take(3).flat_map(|t| t.lines()) {
            let _ = writeln!(out, "  {line}");
        }
        if e.tests.len() > 3 {
            let _ = writeln!(out, "  … and {} more", e.tests.len() - 3);
        }
    }
    out
}

/// Breaks a text at spaces; every line begins with `indent` spaces.
fn wrap(text: &str, indent: usize) -> String {
    let margin = " ".repeat(indent);
    let mut out = String::new();
    let mut column = 0;
    for word in text.split(' ') {
        let length = word.chars().count();
        if column > 0 && indent + column + 1 + length > WIDTH {
            out.truncate(out.trim_end().len());
            out.push('\n');
            column = 0;
        }
        if column == 0 {
            out.push_str(&margin);
        } else {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
    }
    out.push('\n');
    out
}
