//! Parsing, module resolution and checking of a program.

use crate::library::library;
use crate::world::World;
use sbt_diagnostics::{Diagnostic, SourceMap, Span};
use sbt_hir::{Hir, Sources};
use sbt_syntax::ast::{self, Item};
use std::collections::{HashMap, HashSet};
use std::hash::BuildHasher;

/// A checked program.
#[derive(Debug, Clone, Default)]
pub struct Checked {
    /// Names and texts; file 0 is the program.
    pub sources: SourceMap,
    /// What was understood.
    pub hir: Hir,
    /// All messages, in source order.
    pub diagnostics: Vec<Diagnostic>,
    /// BLAKE3 over the program, every module it uses and the standard library.
    pub hash: String,
}

impl Checked {
    /// Whether nothing prevents compilation.
    pub fn is_ok(&self) -> bool {
        !self.diagnostics.iter().any(Diagnostic::is_error)
    }
}

/// Errors about something that is not there.
const MISSING: [&str; 2] = ["E0345", "E0610"];
/// Warnings that only a program without errors can be given.
const LINTS_OF_THE_WHOLE: [&str; 4] = ["W1101", "W1102", "W1201", "W1202"];

/// Parses and checks a program. `timeframes` replaces the defaults of `timeframe` parameters (in ms).
pub fn check<S: BuildHasher>(
    world: &dyn World,
    name: &str,
    text: &str,
    timeframes: &HashMap<String, i64, S>,
) -> Checked {
    let mut sources = SourceMap::default();
    let main_id = sources.add(name, text);
    let (main, mut diagnostics) = sbt_syntax::parse(text, main_id);
    let mut resolver = Resolver {
        world,
        sources,
        files: Vec::new(),
        seen: HashSet::new(),
        stack: Vec::new(),
        diagnostics: Vec::new(),
    };
    resolver.uses(&main);
    let Resolver {
        sources,
        files,
        diagnostics: mut of_modules,
        ..
    } = resolver;
    diagnostics.append(&mut of_modules);
    let mut hash = blake3::Hasher::new();
    hash.update(sbt_std::content_hash().as_bytes());
    hash.update(text.as_bytes());
    for (path, file) in &files {
        hash.update(path.as_bytes());
        hash.update(sources.text(file.span.file).as_bytes());
    }
    let src = Sources {
        main: &main,
        modules: files.iter().map(|(p, f)| (p.clone(), f)).collect(),
        library: library(),
        timeframes: timeframes.iter().map(|(k, v)| (k.clone(), *v)).collect(),
        text,
    };
    let (hir, mut found) = sbt_hir::check(&src);
    if diagnostics.iter().any(Diagnostic::is_error) {
        // what seems to be missing may be what could not be read
        found.retain(|d| !MISSING.contains(&d.code.0));
    }
    diagnostics.append(&mut found);
    if diagnostics.iter().any(Diagnostic::is_error) {
        // what an error left out looks unused, or never true
        diagnostics.retain(|d| d.is_error() || !LINTS_OF_THE_WHOLE.contains(&d.code.0));
    }
    let diagnostics = sbt_diagnostics::sort_and_dedup(diagnostics);
    Checked {
        sources,
        hir,
        diagnostics,
        hash: hash.finalize().to_hex().to_string(),
    }
}

/// Parses and checks a lone expression on bars of `period_ms`.
pub fn expression(
    text: &str,
    period_ms: i64,
) -> (Option<sbt_hir::Expression>, Vec<Diagnostic>, SourceMap) {
    let mut sources = SourceMap::default();
    let id = sources.add("expression", text);
    let expr = match sbt_syntax::parse_expr(text, id) {
        Ok(e) => e,
        Err(d) => return (None, d, sources),
    };
    let empty = ast::File {
        edition: Some(sbt_std::EDITION),
        items: Vec::new(),
        span: Span::new(id, 0, text.len()),
    };
    let src = Sources {
        main: &empty,
        modules: Vec::new(),
        library: library(),
        timeframes: HashMap::new(),
        text,
    };
    let (out, diagnostics) = sbt_hir::check_expr(&src, &expr, period_ms);
    (out, sbt_diagnostics::sort_and_dedup(diagnostics), sources)
}

struct Resolver<'w> {
    world: &'w dyn World,
    sources: SourceMap,
    files: Vec<(String, ast::File)>,
    seen: HashSet<String>,
    stack: Vec<String>,
    diagnostics: Vec<Diagnostic>,
}

impl Resolver<'_> {
    fn uses(&mut self, file: &ast::File) {
        for item in &file.items {
            if let Item::Use(u) = item {
                self.one(&u.path, u.span);
            }
        }
    }

    fn one(&mut self, path: &str, span: Span) {
        if let Some(at) = self.stack.iter().position(|p| p == path) {
            let mut chain: Vec<&str> = self.stack[at..].iter().map(String::as_str).collect();
            chain.push(path);
            self.diagnostics.push(
                Diagnostic::error("E0804", span, format!("the module `{path}` uses itself"))
                    .here("closes the circle")
                    .note(format!("the circle is {}", chain.join(" → ")))
                    .help("move what both need into a third module"),
            );
            return;
        }
        if !self.seen.insert(path.to_string()) {
            return;
        }
        if sbt_std::module(path).is_some()
            && let Some((name, _)) = self.world.module(path)
        {
            self.diagnostics.push(
                Diagnostic::error("E0806", span, format!("`{path}` is a part of the library"))
                    .here(format!("`{name}` would never be read"))
                    .help("give the file another name"),
            );
            return;
        }
        if sbt_std::PRELUDE.contains(&path) {
            return;
        }
        let found = match sbt_std::module(path) {
            Some(m) => Some((format!("std/{path}.sbt"), m.text.to_string())),
            None => self.world.module(path),
        };
        let Some((name, text)) = found else {
            let near = Self::nearest(path);
            let mut d = Diagnostic::error("E0802", span, format!("there is no module `{path}`"))
                .here("not found")
                .help("a module is a file next to this one, or a part of the library: `use patterns/unger`");
            if let Some(n) = near {
                d = d.help(format!("did you mean `{n}`?")).fix(
                    span,
                    n.clone(),
                    format!("use `{n}`"),
                );
            }
            self.diagnostics.push(d);
            return;
        };
        let id = self.sources.add(name, text.clone());
        let (file, found) = sbt_syntax::parse(&text, id);
        if let Some(first) = found.into_iter().find(Diagnostic::is_error) {
            let line = line_of(&text, first.span());
            self.diagnostics.push(
                Diagnostic::error("E0805", span, format!("the module `{path}` has errors"))
                    .here("used here")
                    .note(format!("line {line}: {}", first.message))
                    .help(format!(
                        "run `sixbtc check` on it: `{}`",
                        self.sources.name(id)
                    )),
            );
            return;
        }
        self.stack.push(path.to_string());
        self.uses(&file);
        self.stack.pop();
        self.files.push((path.to_string(), file));
    }

    fn nearest(path: &str) -> Option<String> {
        sbt_std::modules()
            .iter()
            .map(|m| (strsim::damerau_levenshtein(m.path, path), m.path))
            .min()
            .filter(|(d, p)| *d <= p.len() / 3)
            .map(|(_, p)| p.to_string())
    }
}

fn line_of(text: &str, span: Span) -> usize {
    text.bytes()
        .take(span.start as usize)
        .filter(|b| *b == b'\n')
        .count()
        + 1
}
