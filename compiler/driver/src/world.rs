//! The door to files.

/// Where modules named by `use` come from.
pub trait World {
    /// The text of the module `path` (as written, without ending), with the name to show for it; `None` when there is none.
    fn module(&self, path: &str) -> Option<(String, String)>;
}

/// A world without files: only the standard library can be used.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoFiles;

impl World for NoFiles {
    fn module(&self, _: &str) -> Option<(String, String)> {
        None
    }
}
