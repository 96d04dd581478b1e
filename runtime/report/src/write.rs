//! Writing the file so that a reader never sees half of it.

use crate::error::ReportError;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;

/// Writes `text` beside `path`, then renames: `path` holds the old or the new report, whatever happens between.
pub(crate) fn atomically(path: &Path, text: &str) -> Result<(), ReportError> {
    let failed = |source| ReportError::Write {
        path: path.to_owned(),
        source,
    };
    let Some(name) = path.file_name() else {
        return Err(failed(std::io::Error::new(
            std::io::ErrorKind::InvalidInput,
            "the path names no file",
        )));
    };
    if let Some(parent) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
        fs::create_dir_all(parent).map_err(failed)?;
    }
    // Two runs that write one report at once must not share their unfinished file.
    let mut unfinished = name.to_os_string();
    unfinished.push(format!(".{}.part", std::process::id()));
    let unfinished = path.with_file_name(unfinished);
    let done = File::create(&unfinished)
        .and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()
        })
        .and_then(|()| fs::rename(&unfinished, path));
    if done.is_err() {
        // The first error is the one to tell; an unfinished file that stays is harmless.
        let _ = fs::remove_file(&unfinished);
    }
    done.map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_and_leaves_nothing_behind() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("deep/er/report.html");
        atomically(&path, "one").unwrap();
        atomically(&path, "two").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn says_where_it_failed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("taken");
        fs::create_dir(&path).unwrap();
        let error = atomically(&path, "x").unwrap_err();
        assert!(error.to_string().contains("taken"));
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
        assert!(atomically(Path::new("/"), "x").is_err());
    }
}
