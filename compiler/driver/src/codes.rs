//! The codes of this stage with their titles; each has a page in the docs.

/// Code and title.
pub const CODES: &[(&str, &str)] = &[
    ("E0701", "too much work on each bar"),
    ("E0702", "too much memory"),
    ("E0802", "unknown module"),
    ("E0804", "modules in a circle"),
    ("E0805", "module with errors"),
    ("E0806", "module with a name of the library"),
];
