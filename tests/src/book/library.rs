//! A page for each family of the library: signature, comment, warm-up, plot, source.

use super::BookError;
use super::plot;
use sbt_driver::docs::{Entry, entries, example_call, warm_up};
use sixbtc_market::Bars;
use std::fmt::Write;

/// A family's page.
pub struct Page {
    /// Markdown.
    pub text: String,
    /// Definitions on it.
    pub entries: usize,
    /// Plots on it.
    pub plots: usize,
}

/// Modules of the library in the order of their paths, the prelude's first.
pub fn families() -> Vec<String> {
    let (prelude, named): (Vec<_>, Vec<_>) = sbt_std::modules()
        .iter()
        .map(|m| m.path)
        .partition(|path| sbt_std::PRELUDE.contains(path));
    prelude.into_iter().chain(named).map(String::from).collect()
}

fn of_family(family: &str) -> impl Iterator<Item = &'static Entry> {
    entries()
        .iter()
        .filter(move |e| e.family == family && e.kind.is_definition())
}

/// Beginning of the index.
pub fn head() -> String {
    "# The library\n\nIndicators and functions, written in the language itself and inlined like your own. Those of the first \
     families are always there; those of a module with a `/` in its name need `use` first. Each page shows the formula, \
     the source, the warm-up and a plot on four-hour bars of BTC.\n"
        .to_string()
}

/// A family in the index: every name with its first sentence.
pub fn contents(family: &str, file: &str) -> String {
    let mut out = format!("\n## [{family}]({file})\n\n| name | what |\n| --- | --- |\n");
    for e in of_family(family) {
        let _ = writeln!(
            out,
            "| [`{}`]({file}#{}) | {} |",
            cell(&e.short()),
            e.name,
            cell(&e.summary)
        );
    }
    out
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

/// The page of a family. Only what needs no `use` is plotted: an entry of a catalogue is a condition, told best in words.
pub fn page(family: &str, bars: &Bars) -> Result<Page, BookError> {
    let mut page = Page {
        text: format!("# {family}\n"),
        entries: 0,
        plots: 0,
    };
    for e in of_family(family) {
        page.entries += 1;
        let _ = write!(
            page.text,
            "\n## {}\n\n```text\n{}\n```\n\n{}\n",
            e.name, e.signature, e.text
        );
        if let Some(module) = &e.needs_use {
            let _ = write!(page.text, "\nNeeds `use {module}`.\n");
        } else if let Some(call) = example_call(e) {
            let drawn = plot::draw(&call, bars).map_err(|why| BookError::Example {
                call: call.clone(),
                why,
            })?;
            page.plots += 1;
            let _ = write!(
                page.text,
                "\n<figure>\n{drawn}\n<figcaption><code>{}</code></figcaption>\n</figure>\n",
                call.replace('>', "&gt;").replace('<', "&lt;")
            );
        }
        if let Some(w) = warm_up(e) {
            let settles = if w.settled > w.lookback {
                format!(" and has settled at bar {}", w.settled)
            } else {
                String::new()
            };
            let _ = write!(
                page.text,
                "\nWith its defaults it exists from bar {} on{settles}.\n",
                w.lookback
            );
        }
        let _ = write!(
            page.text,
            "\n<details><summary>Source</summary>\n\n```sbt\n{}\n```\n\n</details>\n",
            e.definition.trim_end()
        );
    }
    Ok(page)
}
