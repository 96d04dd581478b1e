//! Fenced blocks of Markdown pages, and programs made of several of them.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used)]

use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// A fenced block.
#[derive(Debug, Clone)]
pub struct Block {
    /// The heading of level 2 above it.
    pub section: String,
    /// First word after the fence.
    pub language: String,
    /// The other words after the fence.
    pub attributes: Vec<String>,
    /// Its text, every line ended.
    pub text: String,
    /// Byte offset of the text in the page.
    pub start: usize,
    /// Line of the fence, from 1.
    pub line: usize,
}

impl Block {
    /// The value of `key=value` after the fence.
    pub fn attribute(&self, key: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find_map(|a| a.strip_prefix(key)?.strip_prefix('='))
    }

    /// Whether a word stands after the fence.
    pub fn has(&self, word: &str) -> bool {
        self.attributes.iter().any(|a| a == word)
    }
}

/// All fenced blocks of a page in order.
pub fn blocks(page: &str) -> Vec<Block> {
    let mut out: Vec<Block> = Vec::new();
    let mut open = false;
    let mut section = String::new();
    let mut offset = 0;
    for (number, line) in page.split_inclusive('\n').enumerate() {
        offset += line.len();
        let text = line.trim_end();
        if let Some(info) = text.strip_prefix("```") {
            if open {
                open = false;
            } else {
                let mut words = info.split_whitespace().map(String::from);
                out.push(Block {
                    section: section.clone(),
                    language: words.next().unwrap_or_default(),
                    attributes: words.collect(),
                    text: String::new(),
                    start: offset,
                    line: number + 1,
                });
                open = true;
            }
        } else if open {
            out.last_mut().unwrap().text.push_str(line);
        } else if let Some(heading) = text.strip_prefix("## ") {
            section = heading.to_string();
        }
    }
    assert!(!open, "a block is never closed");
    out
}

/// Modules in memory: path without ending to text.
#[derive(Debug, Default)]
pub struct Files(pub HashMap<String, String>);

impl sbt_driver::World for Files {
    fn module(&self, path: &str) -> Option<(String, String)> {
        self.0
            .get(path)
            .map(|text| (format!("{path}.sbt"), text.clone()))
    }
}

/// Checks a program among modules.
pub fn check(text: &str, files: &Files) -> sbt_driver::Checked {
    sbt_driver::check(files, "strategy.sbt", text, &HashMap::new())
}

/// The codes of errors, each once, in order of appearance.
pub fn error_codes(checked: &sbt_driver::Checked) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for d in checked.diagnostics.iter().filter(|d| d.is_error()) {
        if !out.iter().any(|c| c == d.code.0) {
            out.push(d.code.0.to_string());
        }
    }
    out
}

/// Whether a text is in the canonical layout.
pub fn is_laid_out(text: &str) -> bool {
    sbt_syntax::format(text).is_ok_and(|t| t == text)
}

/// A path below the root of the repository.
pub fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// Files of a folder with an ending, by name.
pub fn files_of(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut out: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == ending))
        .collect();
    out.sort();
    out
}

/// Whether pages are to be written anew instead of compared.
pub fn updating() -> bool {
    std::env::var_os("UPDATE_PAGES").is_some()
}
