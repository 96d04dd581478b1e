//! Parts of a rendered page.
#![allow(dead_code)] // Each user takes its part.

/// The page with style and code left out: they are files of their own.
pub fn skeleton(page: &str) -> String {
    let mut out = String::new();
    let mut rest = page;
    while let Some(start) = rest
        .find("<style>")
        .into_iter()
        .chain(rest.find("<script nonce"))
        .min()
    {
        let open = start + rest[start..].find('>').unwrap() + 1;
        out.push_str(&rest[..open]);
        let end = if rest[start..].starts_with("<style") {
            "</style>"
        } else {
            "</script>"
        };
        rest = &rest[open + rest[open..].find(end).unwrap()..];
    }
    out.push_str(rest);
    out
}

/// The nonce of the page's policy.
pub fn nonce(page: &str) -> String {
    let at = page.find("'nonce-").unwrap() + 7;
    page[at..at + 64].to_owned()
}

/// The data as a reader gets it.
pub fn data_of(page: &str) -> serde_json::Value {
    let open = page.find("id=\"data\">").unwrap() + "id=\"data\">".len();
    let json = &page[open..open + page[open..].find("</script>").unwrap()];
    serde_json::from_str(json).unwrap()
}
