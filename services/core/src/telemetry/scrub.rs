//! Keeps secrets out of the log, whoever lets one slip into a message.

use std::borrow::Cow;
use std::sync::{PoisonError, RwLock};

static SECRETS: RwLock<Vec<String>> = RwLock::new(Vec::new());

/// Shorter ones would take innocent words with them.
const SHORTEST: usize = 6;

/// What stands in a secret's place.
const MASK: &str = "***";

/// From now on this text appears in no log line. Call it with every secret as soon as it is read.
pub fn hide(secret: &str) {
    if secret.len() < SHORTEST {
        return;
    }
    let mut secrets = SECRETS.write().unwrap_or_else(PoisonError::into_inner);
    if !secrets.iter().any(|s| s == secret) {
        secrets.push(secret.to_owned());
        // a secret that holds another one goes first, or its rest would show
        secrets.sort_by_key(|s| std::cmp::Reverse(s.len()));
    }
}

/// The line without secrets: those that were told to [`hide`], and passwords in addresses (`scheme://user:password@host`).
pub(super) fn scrub(line: &str) -> Cow<'_, str> {
    let mut clean = Cow::Borrowed(line);
    let secrets = SECRETS.read().unwrap_or_else(PoisonError::into_inner);
    for secret in secrets.iter() {
        if clean.contains(secret.as_str()) {
            clean = Cow::Owned(clean.replace(secret.as_str(), MASK));
        }
    }
    drop(secrets);
    match without_passwords(&clean) {
        Some(masked) => Cow::Owned(masked),
        None => clean,
    }
}

fn without_passwords(line: &str) -> Option<String> {
    let mut masked = String::new();
    let mut rest = line;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        masked.push_str(before);
        let end = after
            .find(|c: char| c.is_whitespace() || matches!(c, '/' | '"' | '\'' | '`' | '?' | '#'))
            .unwrap_or(after.len());
        let authority = &after[..end];
        rest = &after[end..];
        // the last @ ends the password, which may hold one itself
        match authority
            .rsplit_once('@')
            .and_then(|(who, host)| Some((who.split_once(':')?.0, host)))
        {
            Some((user, host)) => {
                masked.push_str(user);
                masked.push(':');
                masked.push_str(MASK);
                masked.push('@');
                masked.push_str(host);
            }
            None => masked.push_str(authority),
        }
    }
    masked.push_str(rest);
    (masked != line).then_some(masked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_in_addresses_go() {
        let line = "cannot reach postgres://six:p@ss@db.local:5432/six (see https://x.io/a@b:c)";
        assert_eq!(
            scrub(line),
            "cannot reach postgres://six:***@db.local:5432/six (see https://x.io/a@b:c)"
        );
        assert!(matches!(scrub("no :// secret@here"), Cow::Borrowed(_)));
    }

    #[test]
    fn hidden_texts_go() {
        hide("hunter2-and-a-half");
        hide("hunter2-and-a-half-more");
        hide("abc");
        assert_eq!(
            scrub("token hunter2-and-a-half-more, hunter2-and-a-half. abc"),
            "token ***, ***. abc"
        );
    }
}
