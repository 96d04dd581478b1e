//! Small files beside the candles: replaced as a whole or not at all.

use crate::ExchangeError;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

/// Writes a file so that a crash leaves the old one or the new one.
pub(crate) fn write_whole(path: &Path, content: &[u8]) -> Result<(), ExchangeError> {
    let failed = |error: std::io::Error| ExchangeError::Disk {
        path: path.to_owned(),
        action: "write it",
        reason: error.to_string(),
    };
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let unfinished = path.with_file_name(format!(".{name}.{}.tmp", std::process::id()));
    let written = (|| {
        if let Some(directory) = path.parent() {
            fs::create_dir_all(directory)?;
        }
        let mut file = File::create(&unfinished)?;
        file.write_all(content)?;
        file.sync_all()?;
        drop(file);
        fs::rename(&unfinished, path)
    })();
    written.map_err(|error| {
        let _ = fs::remove_file(&unfinished);
        failed(error)
    })
}

/// Gives a damaged file another name, so that a good one can take its place and nothing is thrown away.
pub(crate) fn put_aside(path: &Path) -> Result<(), ExchangeError> {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".damaged");
    tracing::warn!(file = %path.display(), "damaged: put aside, and fetched again");
    fs::rename(path, path.with_file_name(name)).map_err(|error| ExchangeError::Disk {
        path: path.to_owned(),
        action: "put it aside",
        reason: error.to_string(),
    })
}
