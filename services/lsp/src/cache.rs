//! The library's sources as files that every editor can open, and reports.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The directory for what can be made again.
fn root() -> PathBuf {
    let from = |name: &str| {
        std::env::var_os(name)
            .filter(|v| !v.is_empty())
            .map(PathBuf::from)
    };
    from("SIXBTC_CACHE")
        .or_else(|| from("XDG_CACHE_HOME").map(|d| d.join("sixbtc")))
        .or_else(|| from("LOCALAPPDATA").map(|d| d.join("sixbtc").join("cache")))
        .or_else(|| from("HOME").map(|d| d.join(".cache").join("sixbtc")))
        .unwrap_or_else(|| std::env::temp_dir().join("sixbtc-cache"))
}

/// The directory of the library's sources; its name holds their hash, so that two versions do not meet.
pub fn library_dir() -> &'static Path {
    static DIR: OnceLock<PathBuf> = OnceLock::new();
    DIR.get_or_init(|| {
        let hash = sbt_std::content_hash().to_hex();
        let root = std::path::absolute(root()).unwrap_or_else(|_| root());
        root.join(format!("library-{}", &hash[..12]))
    })
}

/// The file of a module of the library, written when it is missing.
pub fn library_file(module: &str) -> std::io::Result<PathBuf> {
    let text = sbt_std::module(module)
        .ok_or_else(|| std::io::Error::other(format!("the library has no module `{module}`")))?
        .text;
    let path = library_dir().join(format!("{module}.sbt"));
    let same = std::fs::metadata(&path).is_ok_and(|m| m.len() == text.len() as u64);
    if !same {
        write(&path, text.as_bytes(), true)?;
    }
    Ok(path)
}

/// The module of the library that a file shows.
pub fn library_module(path: &Path) -> Option<String> {
    let rest = path.strip_prefix(library_dir()).ok()?;
    let name = rest.to_str()?.strip_suffix(".sbt")?.replace('\\', "/");
    sbt_std::module(&name).map(|_| name)
}

/// A file for the report of a strategy.
pub fn report_file(strategy: &str, hash: &str) -> PathBuf {
    let short: String = hash.chars().take(12).collect();
    root()
        .join("reports")
        .join(format!("{strategy}-{short}.html"))
}

/// Writes a file so that others see it whole or not at all.
fn write(path: &Path, bytes: &[u8], read_only: bool) -> std::io::Result<()> {
    let dir = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(dir)?;
    let mut file = tempfile::NamedTempFile::new_in(dir)?;
    file.write_all(bytes)?;
    let mut rights = file.as_file().metadata()?.permissions();
    rights.set_readonly(read_only);
    file.as_file().set_permissions(rights)?;
    file.persist(path).map_err(|e| e.error)?;
    Ok(())
}

/// A page of the book as a file, written when it is missing or another.
pub fn page_file(name: &str, text: &[u8]) -> std::io::Result<PathBuf> {
    let path = library_dir().join("errors").join(name);
    let same = std::fs::metadata(&path).is_ok_and(|m| m.len() == text.len() as u64);
    if !same {
        write(&path, text, true)?;
    }
    Ok(path)
}
