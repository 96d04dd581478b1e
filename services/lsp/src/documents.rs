//! Open documents, and the files beside them.

use crate::cache;
use crate::lines::{Encoding, Lines};
use crate::paths::{normal, path_of};
use gen_lsp_types::Range;
use sbt_driver::World;
use sbt_ide::{Analysis, Memory};
use serde::Deserialize;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A change of a document.
#[derive(Debug, Deserialize)]
pub struct Change {
    /// What is replaced; absent: everything.
    pub range: Option<Range>,
    /// The new text.
    pub text: String,
}

/// An open document, or a file that a question is about.
pub struct Document {
    /// Its URI as the editor writes it.
    pub uri: String,
    /// Its path, when it has one.
    pub path: Option<PathBuf>,
    /// The version that the editor gave it; absent for a file that is not open.
    pub version: Option<i32>,
    /// Its text.
    pub text: String,
    /// Its lines.
    pub lines: Lines,
    /// Its meaning; absent after a change.
    pub analysis: Option<Arc<Analysis>>,
    /// What the analysis before this one has parsed.
    memory: Memory,
    /// Whether messages of this version were not sent yet.
    pub unsent: bool,
    /// Whether it shows a part of the library.
    pub library: bool,
}

impl Document {
    /// A document with a text.
    pub fn new(uri: &str, version: Option<i32>, text: String) -> Self {
        let path = path_of(uri);
        let library = path
            .as_deref()
            .is_some_and(|p| cache::library_module(p).is_some());
        Self {
            uri: uri.to_owned(),
            path,
            version,
            lines: Lines::of(&text),
            text,
            analysis: None,
            memory: Memory::default(),
            unsent: true,
            library,
        }
    }

    /// Applies a change; a range that does not exist is moved to the nearest that does.
    pub fn change(&mut self, change: Change, encoding: Encoding) {
        match change.range {
            None => self.text = change.text,
            Some(range) => {
                let a = self.lines.offset(&self.text, range.start, encoding);
                let b = self.lines.offset(&self.text, range.end, encoding);
                self.text.replace_range(a.min(b)..a.max(b), &change.text);
            }
        }
        self.lines = Lines::of(&self.text);
        self.analysis = None;
        self.unsent = true;
    }

    /// The range between two offsets.
    pub fn range(&self, start: usize, end: usize, encoding: Encoding) -> Range {
        self.lines.range(&self.text, start, end, encoding)
    }
}

/// All open documents by URI.
#[derive(Default)]
pub struct Documents {
    open: HashMap<String, Document>,
}

impl Documents {
    /// Opens a document, or replaces it.
    pub fn insert(&mut self, document: Document) {
        self.open.insert(document.uri.clone(), document);
    }

    /// Closes a document.
    pub fn remove(&mut self, uri: &str) {
        self.open.remove(uri);
    }

    /// An open document.
    pub fn get(&self, uri: &str) -> Option<&Document> {
        self.open.get(uri)
    }

    /// An open document, to change it.
    pub fn get_mut(&mut self, uri: &str) -> Option<&mut Document> {
        self.open.get_mut(uri)
    }

    /// URIs of open documents, sorted.
    pub fn uris(&self) -> Vec<String> {
        let mut all: Vec<String> = self.open.keys().cloned().collect();
        all.sort();
        all
    }

    /// An open document by its path.
    pub fn at(&self, path: &Path) -> Option<&Document> {
        self.open.values().find(|d| d.path.as_deref() == Some(path))
    }

    /// The meaning of an open document, computed when it is not known.
    pub fn analysis(&mut self, uri: &str) -> Option<Arc<Analysis>> {
        let document = self.open.get(uri)?;
        if let Some(a) = &document.analysis {
            return Some(a.clone());
        }
        let name = document
            .path
            .as_deref()
            .map_or_else(|| uri.to_owned(), |p| p.display().to_string());
        let mut memory = std::mem::take(&mut self.open.get_mut(uri)?.memory);
        let document = self.open.get(uri)?;
        let world = self.world(document.path.as_deref());
        let analysis = Arc::new(Analysis::again(&mut memory, &world, &name, &document.text));
        if let Some(d) = self.open.get_mut(uri) {
            d.analysis = Some(analysis.clone());
            d.memory = memory;
        }
        Some(analysis)
    }

    /// Modules as a file sees them: relative to it, open documents before the disk.
    pub fn world(&self, path: Option<&Path>) -> Beside<'_> {
        Beside {
            dir: path.and_then(Path::parent).map(Path::to_path_buf),
            documents: self,
        }
    }

    /// Forgets what was found out about documents that use other files: one of those has changed.
    pub fn forget_users(&mut self, except: &str) {
        for d in self.open.values_mut() {
            if d.uri == except {
                continue;
            }
            let uses = d.text.lines().any(|l| l.trim_start().starts_with("use "));
            if uses && d.analysis.take().is_some() {
                d.unsent = true;
            }
        }
    }
}

/// The files beside a document.
pub struct Beside<'d> {
    dir: Option<PathBuf>,
    documents: &'d Documents,
}

impl World for Beside<'_> {
    fn module(&self, path: &str) -> Option<(String, String)> {
        let file = normal(&self.dir.as_ref()?.join(format!("{path}.sbt")));
        let name = file.display().to_string();
        if let Some(d) = self.documents.at(&file) {
            return Some((name, d.text.clone()));
        }
        let bytes = std::fs::read(&file).ok()?;
        Some((name, String::from_utf8_lossy(&bytes).into_owned()))
    }
}
