//! Parsing, module resolution and checking of a program.

use crate::library::{library, library_module};
use crate::world::World;
use sbt_diagnostics::{Diagnostic, FileId, SourceMap, Span, line_column};
use sbt_hir::{Hir, Library, Module, Sources};
use sbt_syntax::ast::{self, Item};
use std::collections::HashMap;
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
    /// The modules outside of the prelude that the program uses, directly or through others, in the order of first use.
    pub modules: Vec<UsedModule>,
}

/// A module that a program uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsedModule {
    /// As `use` writes it.
    pub path: String,
    /// The name to show for its text: a file, or `std/…` for a part of the library.
    pub name: String,
    /// BLAKE3 of its text.
    pub hash: String,
    /// Whether it is a part of the standard library.
    pub library: bool,
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
const LINTS_OF_THE_WHOLE: [&str; 5] = ["W1101", "W1102", "W1103", "W1201", "W1202"];

/// Parses and checks a program. `timeframes` replaces the defaults of `timeframe` parameters (in ms).
pub fn check<S: BuildHasher>(
    world: &dyn World,
    name: &str,
    text: &str,
    timeframes: &HashMap<String, i64, S>,
) -> Checked {
    let (main, diagnostics) = sbt_syntax::parse(text, FileId(0));
    check_parsed(world, name, text, &main, diagnostics, timeframes)
}

/// Checks a program whose text was parsed already, as file 0; `diagnostics` are the parser's. For callers that need the
/// tree themselves.
pub fn check_parsed<S: BuildHasher>(
    world: &dyn World,
    name: &str,
    text: &str,
    main: &ast::File,
    mut diagnostics: Vec<Diagnostic>,
    timeframes: &HashMap<String, i64, S>,
) -> Checked {
    let mut sources = SourceMap::default();
    sources.add(name, text);
    let mut resolver = Resolver {
        world,
        sources,
        found: Vec::new(),
        seen: HashMap::new(),
        stack: Vec::new(),
        diagnostics: Vec::new(),
    };
    let uses = resolver.uses(main);
    let Resolver {
        sources,
        found,
        diagnostics: mut of_modules,
        ..
    } = resolver;
    diagnostics.append(&mut of_modules);
    let modules: Vec<UsedModule> = found.iter().map(|m| m.used.clone()).collect();
    let hash = hash(text, &modules);
    let src = Sources {
        main,
        uses,
        modules: found.iter().map(Found::module).collect(),
        library: library(),
        timeframes: timeframes.iter().map(|(k, v)| (k.clone(), *v)).collect(),
        text,
    };
    let (hir, mut of_checker) = sbt_hir::check(&src);
    if diagnostics.iter().any(Diagnostic::is_error) {
        // what seems to be missing may be what could not be read
        of_checker.retain(|d| !MISSING.contains(&d.code.0));
    }
    diagnostics.append(&mut of_checker);
    if diagnostics.iter().any(Diagnostic::is_error) {
        // what an error left out looks unused, or never true
        diagnostics.retain(|d| d.is_error() || !LINTS_OF_THE_WHOLE.contains(&d.code.0));
    }
    let diagnostics = sbt_diagnostics::sort_and_dedup(diagnostics);
    Checked {
        sources,
        hir,
        diagnostics,
        hash,
        modules,
    }
}

/// Identity of a program: the library's hash, its own text, and path and text of each module of the user's.
fn hash(text: &str, modules: &[UsedModule]) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(sbt_std::content_hash().as_bytes());
    let mut add = |part: &str| {
        // lengths first: text must not be able to pass for the path of a module
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    };
    add(text);
    for m in modules {
        add(&m.path);
        add(&m.hash);
    }
    hasher.finalize().to_hex().to_string()
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
        uses: Vec::new(),
        modules: Vec::new(),
        library: library(),
        timeframes: HashMap::new(),
        text,
    };
    let (out, diagnostics) = sbt_hir::check_expr(&src, &expr, period_ms);
    (out, sbt_diagnostics::sort_and_dedup(diagnostics), sources)
}

/// A module that was found: one of the user's, parsed whole, or a part of the library.
struct Found {
    used: UsedModule,
    file: Option<ast::File>,
    shelf: Option<&'static crate::Shelf>,
    uses: Vec<usize>,
}

impl Found {
    fn module(&self) -> Module<'_> {
        let items: &dyn Library = match (&self.file, self.shelf) {
            (Some(file), _) => file,
            (None, Some(shelf)) => shelf,
            (None, None) => &sbt_hir::NoLibrary,
        };
        Module {
            path: self.used.path.clone(),
            items,
            uses: self.uses.clone(),
        }
    }
}

struct Resolver<'w> {
    world: &'w dyn World,
    sources: SourceMap,
    found: Vec<Found>,
    /// Where each path stands in `found`; `None` when there is nothing to take from it.
    seen: HashMap<String, Option<usize>>,
    stack: Vec<String>,
    diagnostics: Vec<Diagnostic>,
}

impl Resolver<'_> {
    /// The modules that a file uses itself, each once.
    fn uses(&mut self, file: &ast::File) -> Vec<(usize, Span)> {
        let mut out: Vec<(usize, Span)> = Vec::new();
        for item in &file.items {
            let Item::Use(u) = item else { continue };
            if let Some(at) = self.one(&u.path, u.span)
                && out.iter().all(|(earlier, _)| *earlier != at)
            {
                out.push((at, u.span));
            }
        }
        out
    }

    fn one(&mut self, path: &str, span: Span) -> Option<usize> {
        if let Some(at) = self.stack.iter().position(|p| p == path) {
            let mut chain: Vec<&str> = self.stack[at..].iter().map(String::as_str).collect();
            chain.push(path);
            self.diagnostics.push(
                Diagnostic::error("E0804", span, format!("the module `{path}` uses itself"))
                    .here("closes the circle")
                    .note(format!("the circle is {}", chain.join(" → ")))
                    .help("move what both need into a third module"),
            );
            return None;
        }
        if let Some(known) = self.seen.get(path) {
            return *known;
        }
        let at = self.first(path, span);
        self.seen.insert(path.to_string(), at);
        at
    }

    /// Finds a path that was not met yet.
    fn first(&mut self, path: &str, span: Span) -> Option<usize> {
        if sbt_std::module(path).is_some()
            && let Some((name, _)) = self.world.module(path)
        {
            self.diagnostics.push(
                Diagnostic::error("E0806", span, format!("`{path}` is a part of the library"))
                    .here(format!("`{name}` would never be read"))
                    .help("give the file another name"),
            );
            return None;
        }
        if sbt_std::PRELUDE.contains(&path) {
            return None;
        }
        if let (Some(shelf), Some(m)) = (library_module(path), sbt_std::module(path)) {
            return Some(self.shelf(path, m.text, shelf));
        }
        let Some((name, text)) = self.world.module(path) else {
            self.unknown(path, span);
            return None;
        };
        self.parsed(path, name, &text, span)
    }

    fn shelf(&mut self, path: &str, text: &str, shelf: &'static crate::Shelf) -> usize {
        let nowhere = Span::new(FileId(u32::MAX), 0, 0);
        // a test of this crate checks that the library's own `use`s all lead somewhere
        let uses = shelf
            .uses()
            .iter()
            .filter_map(|u| self.one(u, nowhere))
            .collect();
        self.found.push(Found {
            used: UsedModule {
                path: path.to_string(),
                name: format!("std/{path}.sbt"),
                hash: blake3::hash(text.as_bytes()).to_hex().to_string(),
                library: true,
            },
            file: None,
            shelf: Some(shelf),
            uses,
        });
        self.found.len() - 1
    }

    fn parsed(&mut self, path: &str, name: String, text: &str, span: Span) -> Option<usize> {
        let id = self.sources.add(name.clone(), text);
        let (file, found) = sbt_syntax::parse(text, id);
        if let Some(first) = found.into_iter().find(Diagnostic::is_error) {
            let line = line_column(text, first.span().start as usize).line;
            self.diagnostics.push(
                Diagnostic::error("E0805", span, format!("the module `{path}` has errors"))
                    .here("used here")
                    .note(format!("line {line}: {}", first.message))
                    .help(format!(
                        "run `sixbtc check` on it: `{}`",
                        self.sources.name(id)
                    )),
            );
            return None;
        }
        self.stack.push(path.to_string());
        let uses = self.uses(&file).into_iter().map(|(m, _)| m).collect();
        self.stack.pop();
        self.found.push(Found {
            used: UsedModule {
                path: path.to_string(),
                name,
                hash: blake3::hash(text.as_bytes()).to_hex().to_string(),
                library: false,
            },
            file: Some(file),
            shelf: None,
            uses,
        });
        Some(self.found.len() - 1)
    }

    fn unknown(&mut self, path: &str, span: Span) {
        let mut d = Diagnostic::error("E0802", span, format!("there is no module `{path}`"))
            .here("not found")
            .help(
                "a module is a file next to this one, or a part of the library: `use patterns/unger`",
            );
        if let Some(n) = Self::nearest(path) {
            d = d
                .help(format!("did you mean `{n}`?"))
                .guess(span, n.clone(), format!("use `{n}`"));
        }
        self.diagnostics.push(d);
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
