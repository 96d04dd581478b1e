//! Messages for people: the source with labels, through ariadne.

use crate::place::{line_column, range};
use crate::{Diagnostic, FileId, Severity, SourceMap, Span};
use ariadne::{Cache, Color, Config, IndexType, Label, Report, ReportKind, Source};
use std::collections::HashMap;
use std::fmt::{Debug, Display, Write};
use std::ops::Range;

/// A line longer than this is not drawn: it would fill the screen.
const LONGEST_LINE: usize = 400;

/// Draws each message with its source, labels, notes and helps; with ANSI colours if asked for.
pub fn terminal(diagnostics: &[Diagnostic], sources: &SourceMap, colour: bool) -> String {
    let mut drawn = Drawn {
        sources,
        files: HashMap::new(),
    };
    let mut out = String::new();
    for diagnostic in diagnostics {
        if drawable(diagnostic, sources) {
            draw(diagnostic, &mut drawn, colour, &mut out);
        } else {
            tell(diagnostic, sources, &mut out);
        }
    }
    out
}

/// Sources as ariadne wants them, each cut into lines once.
struct Drawn<'a> {
    sources: &'a SourceMap,
    files: HashMap<FileId, Source<&'a str>>,
}

impl<'a> Cache<FileId> for &mut Drawn<'a> {
    type Storage = &'a str;

    fn fetch(&mut self, id: &FileId) -> Result<&Source<&'a str>, impl Debug> {
        let sources = self.sources;
        Ok::<_, std::convert::Infallible>(
            self.files
                .entry(*id)
                .or_insert_with(|| Source::from(sources.text(*id))),
        )
    }

    fn display<'b>(&self, id: &'b FileId) -> Option<impl Display + 'b> {
        Some(self.sources.name(*id).to_owned())
    }
}

fn drawable(diagnostic: &Diagnostic, sources: &SourceMap) -> bool {
    !diagnostic.labels.is_empty()
        && diagnostic.labels.iter().all(|label| {
            let text = sources.text(label.span.file);
            let Range { start, end } = range(sources, label.span);
            let from = text[..start].rfind('\n').map_or(0, |p| p + 1);
            let to = text[end..].find('\n').map_or(text.len(), |p| end + p);
            text[from..to]
                .split('\n')
                .all(|line| line.len() <= LONGEST_LINE)
        })
}

fn draw(diagnostic: &Diagnostic, drawn: &mut Drawn<'_>, colour: bool, out: &mut String) {
    let sources = drawn.sources;
    let kind = match diagnostic.severity {
        Severity::Error => ReportKind::Error,
        Severity::Warning => ReportKind::Warning,
    };
    let (strong, soft) = match diagnostic.severity {
        Severity::Error => (Color::Red, Color::Blue),
        Severity::Warning => (Color::Yellow, Color::Blue),
    };
    let place = diagnostic.span();
    // Counted in characters: counting bytes, ariadne cuts multi-byte characters apart at the edges of a label.
    let chars = |span: Span| {
        let Range { start, end } = range(sources, span);
        let text = sources.text(span.file);
        let from = text[..start].chars().count();
        from..from + text[start..end].chars().count()
    };
    let mut report = Report::build(kind, (place.file, chars(place)))
        .with_config(
            Config::default()
                .with_index_type(IndexType::Char)
                .with_color(colour),
        )
        .with_code(diagnostic.code.0)
        .with_message(&diagnostic.message);
    for (at, label) in diagnostic.labels.iter().enumerate() {
        // An empty text still draws the marker.
        let drawn = Label::new((label.span.file, chars(label.span)))
            .with_color(if label.primary { strong } else { soft })
            .with_order(at as i32)
            .with_message(&label.text);
        report.add_label(drawn);
    }
    for note in &diagnostic.notes {
        report.add_note(note);
    }
    for help in &diagnostic.help {
        report.add_help(help);
    }
    let mut bytes = Vec::new();
    match report.finish().write(drawn, &mut bytes) {
        Ok(()) => out.push_str(&String::from_utf8_lossy(&bytes)),
        Err(_) => tell(diagnostic, sources, out),
    }
}

/// The message without its source.
fn tell(diagnostic: &Diagnostic, sources: &SourceMap, out: &mut String) {
    out.push_str(&crate::plain(std::slice::from_ref(diagnostic), sources));
    for label in diagnostic.labels.iter().filter(|l| !l.text.is_empty()) {
        let at = line_column(
            sources.text(label.span.file),
            range(sources, label.span).start,
        );
        // Writing to a string can't fail.
        let _ = writeln!(out, "  {}:{}: {}", at.line, at.column, label.text);
    }
    for note in &diagnostic.notes {
        let _ = writeln!(out, "  note: {note}");
    }
    for help in &diagnostic.help {
        let _ = writeln!(out, "  help: {help}");
    }
}
