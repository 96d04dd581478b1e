//! Paths and URIs.

use gen_lsp_types::Uri;
use std::fmt::Write as _;
use std::path::{Component, Path, PathBuf};

/// The path of a `file:` URI; nothing for any other.
pub fn path_of(uri: &str) -> Option<PathBuf> {
    let rest = uri.strip_prefix("file://")?;
    let rest = rest.strip_prefix("localhost").unwrap_or(rest);
    let mut bytes = Vec::with_capacity(rest.len());
    let mut raw = rest.bytes();
    while let Some(b) = raw.next() {
        if b == b'%' {
            let mut pair = [0_u8; 2];
            for p in &mut pair {
                *p = raw.next()?;
            }
            let hex = std::str::from_utf8(&pair).ok()?;
            bytes.push(u8::from_str_radix(hex, 16).ok()?);
        } else {
            bytes.push(b);
        }
    }
    let text = String::from_utf8(bytes).ok()?;
    // `/C:/x` of Windows
    let text = match text.as_bytes() {
        [b'/', drive, b':', ..] if drive.is_ascii_alphabetic() => text[1..].to_owned(),
        _ => text,
    };
    Some(normal(Path::new(&text)))
}

/// A path without `.` and `..`.
pub fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

/// The URI of an absolute path.
pub fn uri_of(path: &Path) -> Uri {
    let text = path.to_string_lossy().replace('\\', "/");
    let mut out = String::from("file://");
    if !text.starts_with('/') {
        out.push('/');
    }
    for b in text.bytes() {
        match b {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => {
                out.push(char::from(b));
            }
            other => {
                // writing to a text cannot fail
                let _ = write!(out, "%{other:02X}");
            }
        }
    }
    Uri(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        for p in ["/a/b c.sbt", "/ä/ö%/x.sbt"] {
            let uri = uri_of(Path::new(p));
            assert_eq!(path_of(&uri.0).as_deref(), Some(Path::new(p)));
        }
        assert_eq!(path_of("untitled:1"), None);
        assert_eq!(path_of("file:///a/%zz"), None);
        assert_eq!(
            path_of("file:///a/./b/../c.sbt").as_deref(),
            Some(Path::new("/a/c.sbt"))
        );
    }
}
