//! The book as it is published: the pages of `docs/` and, made from the library itself, a page for each family with a plot of
//! every indicator.

mod highlight;
mod library;
mod plot;

use std::fmt::Write;
use std::path::{Path, PathBuf};

/// What stands in the way of a book.
#[derive(Debug, thiserror::Error)]
pub enum BookError {
    /// A file could not be read or written.
    #[error("`{path}`: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The sample bars could not be read.
    #[error("the sample bars: {0}")]
    Bars(#[from] sixbtc_market::MarketError),
    /// mdBook could not make the pages.
    #[error("mdBook: {0}")]
    Pages(String),
    /// An example of the library does not run.
    #[error("{call}: {why}")]
    Example {
        /// The expression.
        call: String,
        /// What went wrong.
        why: String,
    },
}

/// How much was made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Made {
    /// Pages written for families of the library.
    pub families: usize,
    /// Definitions on them.
    pub entries: usize,
    /// Plots drawn.
    pub plots: usize,
}

/// Writes the sources of the book to `out`, a directory that is made anew; it must not be called `book`, which is that of the
/// pages beside it.
///
/// # Errors
/// Files that cannot be read or written; a library example that does not run.
pub fn write(repository: &Path, out: &Path) -> Result<Made, BookError> {
    if out.exists() {
        std::fs::remove_dir_all(out).map_err(|e| at(out, e))?;
    }
    copy(&repository.join("docs"), out)?;
    let bars = plot::sample(repository)?;
    let mut made = Made::default();
    let mut chapters = String::new();
    let mut index = library::head();
    for family in library::families() {
        let page = library::page(&family, &bars)?;
        made.families += 1;
        made.entries += page.entries;
        made.plots += page.plots;
        let file = format!("library/{}.md", family.replace('/', "-"));
        let _ = writeln!(chapters, "  - [{family}]({file})");
        index.push_str(&library::contents(&family, &file));
        put(&out.join(&file), &page.text)?;
    }
    put(&out.join("library.md"), &index)?;
    let summary = out.join("SUMMARY.md");
    let text = std::fs::read_to_string(&summary).map_err(|e| at(&summary, e))?;
    let line = "- [The library](library.md)\n";
    put(
        &summary,
        &text.replacen(line, &format!("{line}{chapters}"), 1),
    )?;
    // the book is built where its sources lie
    let config = out.join("book.toml");
    let text = std::fs::read_to_string(&config).map_err(|e| at(&config, e))?;
    let text = text.replace("../target/book", "../book").replace(
        "[output.html]\n",
        "[output.html]\nadditional-js = [\"sbt-highlight.js\"]\n",
    );
    put(&config, &text)?;
    put(&out.join("sbt-highlight.js"), &highlight::script())?;
    Ok(made)
}

/// Turns the sources into pages, in the directory `book` beside them.
///
/// # Errors
/// What mdBook refuses.
pub fn build(sources: &Path) -> Result<(), BookError> {
    mdbook_driver::MDBook::load(sources)
        .and_then(|book| book.build())
        .map_err(|e| BookError::Pages(format!("{e:#}")))
}

fn at(path: &Path, source: std::io::Error) -> BookError {
    BookError::File {
        path: path.to_path_buf(),
        source,
    }
}

fn put(path: &Path, text: &str) -> Result<(), BookError> {
    if let Some(dir) = path.parent() {
        std::fs::create_dir_all(dir).map_err(|e| at(dir, e))?;
    }
    std::fs::write(path, text).map_err(|e| at(path, e))
}

fn copy(from: &Path, to: &Path) -> Result<(), BookError> {
    std::fs::create_dir_all(to).map_err(|e| at(to, e))?;
    for entry in std::fs::read_dir(from).map_err(|e| at(from, e))? {
        let entry = entry.map_err(|e| at(from, e))?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if source.is_dir() {
            copy(&source, &target)?;
        } else {
            std::fs::copy(&source, &target).map_err(|e| at(&source, e))?;
        }
    }
    Ok(())
}
