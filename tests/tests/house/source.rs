//! The committed files and what of a Rust source is code.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A Rust source.
pub struct Source {
    /// From the root, with `/` between parts.
    pub path: String,
    /// The text with comments and the insides of strings taken out; lines keep their numbers.
    pub code: String,
    /// Whether all of it is test, benchmark or example.
    pub is_test: bool,
}

impl Source {
    /// Empties the modules that are compiled for tests alone.
    pub fn cut_tests(&mut self) {
        let mut kept = String::new();
        let mut lines = self.code.lines();
        while let Some(line) = lines.next() {
            if line != "#[cfg(test)]" {
                kept.push_str(line);
                kept.push('\n');
                continue;
            }
            let mut item = lines.by_ref().skip_while(|l| l.starts_with("#["));
            let opens = item.next().is_some_and(|l| l.ends_with('{'));
            if opens {
                lines.by_ref().find(|inner| *inner == "}");
            }
        }
        self.code = kept;
    }
}

/// Paths of the committed files; where this is no repository, of all files but what builds and tools leave behind.
pub fn committed() -> Vec<String> {
    let listed = Command::new("git")
        .arg("-C")
        .arg(root())
        .args(["ls-files", "-z"])
        .output();
    if let Ok(output) = listed
        && output.status.success()
        && !output.stdout.is_empty()
    {
        let text = String::from_utf8(output.stdout).unwrap();
        let paths = text.split('\0').filter(|p| !p.is_empty());
        return paths
            .filter(|p| root().join(p).is_file())
            .map(str::to_owned)
            .collect();
    }
    let mut paths = Vec::new();
    walk(&root(), "", &mut paths);
    paths.sort();
    paths
}

fn walk(dir: &Path, prefix: &str, paths: &mut Vec<String>) {
    const LEFT_BEHIND: &[&str] = &["target", "node_modules", ".git", ".venv", "report"];
    for entry in std::fs::read_dir(dir).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        let left_behind = name == "target" || prefix.is_empty() && LEFT_BEHIND.contains(&&*name);
        if left_behind || name == "node_modules" {
            continue;
        }
        if entry.file_type().unwrap().is_dir() {
            walk(&entry.path(), &format!("{path}/"), paths);
        } else {
            paths.push(path);
        }
    }
}

/// Every Rust source.
pub fn rust_sources() -> Vec<Source> {
    let sources: Vec<Source> = committed()
        .into_iter()
        .filter(|path| Path::new(path).extension().is_some_and(|e| e == "rs"))
        .map(|path| Source {
            code: code_of(&std::fs::read_to_string(root().join(&path)).unwrap()),
            is_test: is_test(&path),
            path,
        })
        .collect();
    assert!(sources.len() > 50, "the sources were not found");
    sources
}

fn is_test(path: &str) -> bool {
    let mut parts = path.rsplit('/');
    let file = parts.next().unwrap_or("");
    file == "tests.rs"
        || file.ends_with("_tests.rs")
        || path.starts_with("fuzz/")
        // `testing` is the kit that other crates' tests share, behind a feature
        || parts.any(|dir| ["tests", "benches", "examples", "testing"].contains(&dir))
}

/// A source without comments and without the insides of its strings and characters.
fn code_of(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut code: Vec<u8> = Vec::with_capacity(bytes.len());
    let mut at = 0;
    let keep_lines = |from: &[u8], code: &mut Vec<u8>| {
        code.extend(from.iter().filter(|b| **b == b'\n'));
    };
    while at < bytes.len() {
        let rest = &bytes[at..];
        let in_word = code
            .last()
            .is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
        let end = if rest.starts_with(b"//") {
            rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len())
        } else if rest.starts_with(b"/*") {
            block_comment(rest)
        } else if let Some(end) = (!in_word).then(|| raw_string(rest)).flatten() {
            code.extend(b"\"\"");
            end
        } else if rest[0] == b'"' {
            code.extend(b"\"\"");
            string(rest)
        } else if let Some(end) = character(rest) {
            code.extend(b"' '");
            end
        } else {
            code.push(rest[0]);
            at += 1;
            continue;
        };
        keep_lines(&rest[..end], &mut code);
        at += end;
    }
    String::from_utf8(code).unwrap()
}

fn block_comment(rest: &[u8]) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        if rest[at..].starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                break;
            }
        } else {
            at += 1;
        }
    }
    at
}

fn string(rest: &[u8]) -> usize {
    let mut at = 1;
    while at < rest.len() && rest[at] != b'"' {
        at += if rest[at] == b'\\' { 2 } else { 1 };
    }
    (at + 1).min(rest.len())
}

/// The length of `r"…"`, `br#"…"#` and their kin, if one begins here.
fn raw_string(rest: &[u8]) -> Option<usize> {
    let prefix = [&b"br"[..], b"cr", b"r"]
        .into_iter()
        .find(|p| rest.starts_with(p))?
        .len();
    let hashes = rest[prefix..].iter().take_while(|b| **b == b'#').count();
    let open = prefix + hashes;
    if rest.get(open) != Some(&b'"') {
        return None;
    }
    let close: Vec<u8> = std::iter::once(b'"')
        .chain(std::iter::repeat_n(b'#', hashes))
        .collect();
    let body = &rest[open + 1..];
    let length = body.windows(close.len()).position(|w| w == close)?;
    Some(open + 1 + length + close.len())
}

/// The length of a character literal, if one begins here and not a lifetime.
fn character(rest: &[u8]) -> Option<usize> {
    if rest[0] != b'\'' {
        return None;
    }
    if rest.get(1) == Some(&b'\\') {
        let close = rest.iter().skip(3).position(|b| *b == b'\'')?;
        return Some(close + 4);
    }
    let text = std::str::from_utf8(&rest[1..rest.len().min(6)])
        .or_else(|e| std::str::from_utf8(&rest[1..=e.valid_up_to()]))
        .ok()?;
    let first = text.chars().next()?;
    let close = 1 + first.len_utf8();
    (rest.get(close) == Some(&b'\'')).then_some(close + 1)
}

#[test]
fn comments_and_strings_are_no_code() {
    let text = "a // unsafe\n/* x\n/* y */ */ b \"un\\\"safe\" r#\"q\"#; 'x' '\\'' &'a T '→'";
    assert_eq!(code_of(text), "a \n\n b \"\" \"\"; ' ' ' ' &'a T ' '");
}
