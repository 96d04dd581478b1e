//! Reading programs, finding their modules, writing files whole or not at all.

use crate::failure::Failure;
use sbt_driver::World;
use std::io::Write;
use std::path::{Path, PathBuf};

/// A program with its name as the user wrote it.
pub struct Program {
    /// The path.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
}

/// Reads a program; `-` is standard input.
pub fn read_program(path: &Path) -> Result<Program, Failure> {
    if path.as_os_str() == "-" {
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut std::io::stdin().lock(), &mut bytes)
            .map_err(|e| Failure::outside(format!("standard input could not be read: {e}")))?;
        return Ok(Program {
            path: PathBuf::from("<stdin>"),
            text: String::from_utf8_lossy(&bytes).into_owned(),
        });
    }
    let shown = path.display();
    let bytes = std::fs::read(path).map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => {
            Failure::input(format!("there is no file `{shown}`{}", similar(path)))
        }
        std::io::ErrorKind::PermissionDenied => {
            Failure::outside(format!("`{shown}` may not be read; check its permissions"))
        }
        _ if path.is_dir() => Failure::input(format!(
            "`{shown}` is a directory; name a `.sbt` file in it"
        )),
        _ => Failure::outside(format!("`{shown}` could not be read: {e}")),
    })?;
    // bytes that are no text are shown as such by the parser
    Ok(Program {
        path: path.to_path_buf(),
        text: String::from_utf8_lossy(&bytes).into_owned(),
    })
}

fn similar(path: &Path) -> String {
    let (Some(name), dir) = (
        path.file_name().and_then(|n| n.to_str()),
        path.parent().unwrap_or(Path::new("")),
    ) else {
        return String::new();
    };
    let dir = if dir.as_os_str().is_empty() {
        Path::new(".")
    } else {
        dir
    };
    let stem = name.trim_end_matches(".sbt");
    let Ok(entries) = std::fs::read_dir(dir) else {
        return String::new();
    };
    let mut near: Vec<String> = entries
        .flatten()
        .filter_map(|e| e.file_name().into_string().ok())
        .filter(|n| {
            Path::new(n).extension().is_some_and(|e| e == "sbt")
                && (n.contains(stem) || stem.contains(n.trim_end_matches(".sbt")))
        })
        .collect();
    near.sort();
    near.first().map_or_else(String::new, |n| {
        format!("; did you mean `{}`?", dir.join(n).display())
    })
}

/// Modules lie next to the program.
pub struct Beside {
    dir: PathBuf,
}

impl Beside {
    /// Modules beside this file.
    pub fn of(path: &Path) -> Self {
        Self {
            dir: path.parent().map_or_else(PathBuf::new, Path::to_path_buf),
        }
    }
}

impl World for Beside {
    fn module(&self, path: &str) -> Option<(String, String)> {
        let file = self.dir.join(format!("{path}.sbt"));
        let bytes = std::fs::read(&file).ok()?;
        Some((
            file.display().to_string(),
            String::from_utf8_lossy(&bytes).into_owned(),
        ))
    }
}

/// Writes a file so that it is either wholly there or as it was.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let dir = match path.parent() {
        Some(d) if !d.as_os_str().is_empty() => d,
        _ => Path::new("."),
    };
    let failed = |e: std::io::Error| {
        Failure::outside(format!(
            "`{}` could not be written: {e}; what was there before is unharmed",
            path.display()
        ))
    };
    let mut temp = tempfile::NamedTempFile::new_in(dir).map_err(failed)?;
    temp.write_all(bytes).map_err(failed)?;
    temp.as_file().sync_all().map_err(failed)?;
    // a temporary file is private; the result is an ordinary one
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(path).map_or(0o644, |m| m.permissions().mode());
        temp.as_file()
            .set_permissions(std::fs::Permissions::from_mode(mode))
            .map_err(failed)?;
    }
    temp.persist(path).map_err(|e| failed(e.error))?;
    Ok(())
}
