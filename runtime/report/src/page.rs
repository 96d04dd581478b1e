//! The page: skeleton, look, code and data joined into one text that asks the network for nothing.

use crate::data::ReportData;
use crate::error::ReportError;
use crate::payload;
use std::fmt::Write as _;

const SKELETON: &str = include_str!("../assets/report.html");
const STYLE: &str = include_str!("../assets/report.css");
const CHART_LIBRARY: &str = include_str!("../assets/lightweight-charts.standalone.production.js");
/// Joined in this order inside one function, so that the page adds no global name.
const CODE: [&str; 6] = [
    include_str!("../assets/base.js"),
    include_str!("../assets/charts.js"),
    include_str!("../assets/layer.js"),
    include_str!("../assets/analysis.js"),
    include_str!("../assets/trades.js"),
    include_str!("../assets/main.js"),
];

/// The whole page. The same data gives the same text.
pub fn render(data: &ReportData) -> Result<String, ReportError> {
    let json = in_script(&payload::json(data)?);
    // The policy admits only scripts with this nonce. Text of a strategy cannot carry it: the nonce is a hash over that text.
    let nonce = blake3::hash(json.as_bytes()).to_hex();
    let title = if data.title.trim().is_empty() {
        &data.strategy
    } else {
        &data.title
    };
    let mut code = String::from("(() => {\n\"use strict\";\n");
    for part in CODE {
        code.push_str(part);
        code.push('\n');
    }
    code.push_str("})();\n");
    Ok(fill(
        SKELETON,
        &[
            ("title", &in_text(title)),
            ("nonce", nonce.as_str()),
            ("style", STYLE),
            ("library", CHART_LIBRARY),
            ("data", &json),
            ("code", &code),
        ],
    ))
}

/// Replaces each `{{name}}` of the skeleton once; what is put in is never searched again.
fn fill(skeleton: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(
        skeleton.len() + values.iter().map(|(_, value)| value.len()).sum::<usize>(),
    );
    let mut rest = skeleton;
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        let Some((name, after)) = after.split_once("}}") else {
            out.push_str("{{");
            rest = after;
            continue;
        };
        if let Some((_, value)) = values.iter().find(|(known, _)| *known == name) {
            out.push_str(value);
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Text for an element or a quoted attribute.
fn in_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// JSON for a script element: nothing in it can end the element, open a comment or read as HTML.
fn in_script(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn embedded_assets_cannot_end_their_element() {
        for asset in CODE.iter().chain([&CHART_LIBRARY]) {
            let lower = asset.to_lowercase();
            assert!(!lower.contains("</script") && !lower.contains("<!--"));
        }
        assert!(!STYLE.to_lowercase().contains("</style"));
        for part in CODE {
            assert!(!part.contains("innerHTML") && !part.contains("insertAdjacentHTML"));
        }
    }

    #[test]
    fn marks_are_filled_once() {
        assert_eq!(
            fill("a{{x}}b{{y}}c{{z", &[("x", "{{y}}"), ("y", "2")]),
            "a{{y}}b2c{{z"
        );
    }

    proptest! {
        #[test]
        fn any_text_survives_the_script_element(text in "\\PC*") {
            let json = serde_json::to_string(&text).unwrap();
            let embedded = in_script(&json);
            prop_assert!(!embedded.contains('<') && !embedded.contains('>') && !embedded.contains('&'));
            prop_assert_eq!(serde_json::from_str::<String>(&embedded).unwrap(), text);
        }
    }
}
