//! The few words of an exchange that more than "no" hangs on. Matched by their beginnings: exchanges add to them.

/// Only what rests is taken, for a while after the exchange was changed.
pub(super) fn post_only(text: &str) -> bool {
    text.starts_with("Only post-only orders allowed")
}

/// Its dead man's switch ended the order, not anything about the order itself.
pub(super) fn scheduled(why: &str) -> bool {
    why == "scheduledCancel"
}
