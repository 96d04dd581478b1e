//! What a user may change.

/// All settings.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Settings {}
