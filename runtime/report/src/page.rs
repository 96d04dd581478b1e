//! The page: skeleton, look, code and data joined into one text that asks the network for nothing.

use crate::data::ReportData;
use crate::error::ReportError;
use crate::payload;
use std::fmt::Write as _;

const FRAME: &str = include_str!("../assets/frame.html");
const STYLE: &str = include_str!("../assets/report.css");
const CHART_LIBRARY: &str = include_str!("../assets/lightweight-charts.standalone.production.js");
const BODY: &str = include_str!("../assets/report.html");
/// Joined in this order inside one function, so that the page adds no global name.
const CODE: &[&str] = &[
    include_str!("../assets/base.js"),
    include_str!("../assets/run.js"),
    include_str!("../assets/frame.js"),
    include_str!("../assets/time_chart.js"),
    include_str!("../assets/charts.js"),
    include_str!("../assets/layer.js"),
    include_str!("../assets/analysis.js"),
    include_str!("../assets/trades.js"),
    include_str!("../assets/main.js"),
];

/// The whole page. The same data gives the same text.
pub fn render(data: &ReportData) -> Result<String, ReportError> {
    Ok(Page {
        title: shown_title(&data.title, &data.strategy),
        kind: "backtest report",
        eyebrow: "Backtest report",
        sections: &[
            ("equity", "Equity"),
            ("chart", "Chart"),
            ("trades", "Trades"),
            ("analysis", "Analysis"),
            ("figures", "Figures"),
            ("run", "Run"),
        ],
        promise: "A backtest is a simulation on past prices. It promises nothing about future ones.",
        body: BODY,
        styles: &[STYLE],
        charts_over_time: true,
        code: CODE,
    }
    .with(&payload::json(data)?))
}

/// A title, or the identifier in its place.
pub(crate) fn shown_title<'a>(title: &'a str, identifier: &'a str) -> &'a str {
    if title.trim().is_empty() {
        identifier
    } else {
        title
    }
}

/// What distinguishes one kind of page from another.
pub(crate) struct Page<'a> {
    /// As the reader sees it; the only text here that is not ours.
    pub(crate) title: &'a str,
    /// What the browser's tab says behind the title.
    pub(crate) kind: &'a str,
    /// What stands above the title.
    pub(crate) eyebrow: &'a str,
    /// Elements that the navigation leads to, and their names.
    pub(crate) sections: &'a [(&'a str, &'a str)],
    /// The first line of the foot.
    pub(crate) promise: &'a str,
    /// The sections.
    pub(crate) body: &'a str,
    /// Style sheets.
    pub(crate) styles: &'a [&'a str],
    /// Whether the page draws with the chart library.
    pub(crate) charts_over_time: bool,
    /// Scripts, joined in this order inside one function.
    pub(crate) code: &'a [&'a str],
}

impl Page<'_> {
    /// The page of this data.
    pub(crate) fn with(&self, json: &str) -> String {
        let json = in_script(json);
        // The policy admits only scripts with this nonce. Text of a strategy cannot carry it: the nonce is a hash over that text.
        let nonce = blake3::hash(json.as_bytes()).to_hex();
        let mut nav = String::new();
        for (id, name) in self.sections {
            // Writing to a String cannot fail.
            let _ = write!(nav, "<a href=\"#{id}\">{name}</a>");
        }
        let mut code = String::from("(() => {\n\"use strict\";\n");
        for part in self.code {
            code.push_str(part);
            code.push('\n');
        }
        code.push_str("})();\n");
        let mut foot = format!("  <p>{}</p>\n  <p>All times are UTC.", self.promise);
        let mut library = String::new();
        if self.charts_over_time {
            foot.push_str(ATTRIBUTION);
            library = format!("<script nonce=\"{nonce}\">{CHART_LIBRARY}</script>\n");
        }
        foot.push_str("</p>\n");
        fill(
            FRAME,
            &[
                ("title", &in_text(self.title)),
                ("kind", self.kind),
                ("eyebrow", self.eyebrow),
                ("nonce", nonce.as_str()),
                ("style", self.styles.concat().trim_end()),
                ("nav", &nav),
                ("body", self.body),
                ("foot", &foot),
                ("library", &library),
                ("data", &json),
                ("code", &code),
            ],
        )
    }
}

/// What the licence of the chart library asks for.
const ATTRIBUTION: &str = " Charts by TradingView Lightweight Charts™, Copyright © 2026 TradingView, Inc., <a href=\"https://www.tradingview.com/\" rel=\"noreferrer noopener\">tradingview.com</a>, under the <a href=\"https://www.apache.org/licenses/LICENSE-2.0\" rel=\"noreferrer noopener\">Apache License 2.0</a>.";

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
