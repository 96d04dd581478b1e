//! From Markdown to a page.

use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, html};

const STYLE: &str = "
:root { color-scheme: light dark; --edge: #8884; }
body { margin: 0; display: flex; font: 16px/1.55 system-ui, sans-serif; }
nav { width: 19rem; height: 100vh; overflow: auto; position: sticky; top: 0; padding: 1rem; box-sizing: border-box; border-right: 1px solid var(--edge); font-size: .9rem; }
nav ul { list-style: none; padding-left: .8rem; margin: .2rem 0; }
main { flex: 1; min-width: 0; max-width: 52rem; padding: 1rem 2.5rem 4rem; }
pre { overflow: auto; padding: .8rem; border: 1px solid var(--edge); border-radius: 6px; }
code { font: .9em ui-monospace, monospace; }
table { border-collapse: collapse; display: block; overflow: auto; }
td, th { border: 1px solid var(--edge); padding: .25rem .6rem; text-align: left; }
img { max-width: 100%; }
a { color: light-dark(#0550ae, #79b8ff); text-decoration: none; }
a:hover { text-decoration: underline; }
@media (max-width: 50rem) { body { display: block; } nav { width: auto; height: auto; max-height: 12rem; position: static; border-bottom: 1px solid var(--edge); } main { padding: 1rem; } }
";

/// A whole page.
pub(crate) fn lay_out(markdown: &str, contents: &str) -> String {
    let title = markdown
        .lines()
        .find_map(|l| l.strip_prefix("# "))
        .unwrap_or("sixbtc");
    let title = title.replace('&', "&amp;").replace('<', "&lt;");
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title} · sixbtc</title><style>{STYLE}</style></head>\n<body><nav>{contents}</nav><main>\n"
    );
    html::push_html(&mut page, with_ids(events(markdown, "")).into_iter());
    page.push_str("</main></body></html>\n");
    page
}

/// The contents, with links that hold from every page.
pub(crate) fn contents(summary: &str) -> String {
    let mut list = String::new();
    // the page's own heading says nothing here
    let body = summary.strip_prefix("# Summary").unwrap_or(summary);
    html::push_html(&mut list, events(body, "/"));
    list
}

fn events<'a>(markdown: &'a str, root: &'static str) -> impl Iterator<Item = Event<'a>> {
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_FOOTNOTES;
    Parser::new_ext(markdown, options).map(move |event| match event {
        Event::Start(Tag::Link {
            link_type,
            dest_url,
            title,
            id,
        }) => Event::Start(Tag::Link {
            link_type,
            dest_url: link(&dest_url, root).map_or(dest_url, CowStr::from),
            title,
            id,
        }),
        other => other,
    })
}

/// Where a link between pages leads on this site; nothing for links elsewhere.
fn link(target: &str, root: &str) -> Option<String> {
    if target.contains("://") || target.starts_with('#') {
        return None;
    }
    let (page, place) = match target.split_once('#') {
        Some((page, place)) => (page, format!("#{place}")),
        None => (target, String::new()),
    };
    let page = page.strip_suffix(".md")?;
    Some(format!("{root}{page}.html{place}"))
}

/// Gives headings the names by which links find them.
fn with_ids<'a>(events: impl Iterator<Item = Event<'a>>) -> Vec<Event<'a>> {
    let mut out: Vec<Event<'a>> = Vec::new();
    let mut heading: Option<(usize, String)> = None;
    for event in events {
        match (&event, &mut heading) {
            (Event::Start(Tag::Heading { .. }), _) => heading = Some((out.len(), String::new())),
            (Event::Text(t) | Event::Code(t), Some((_, text))) => text.push_str(t),
            (Event::End(TagEnd::Heading(_)), Some((at, text))) => {
                if let Some(Event::Start(Tag::Heading { id, .. })) = out.get_mut(*at)
                    && id.is_none()
                {
                    *id = Some(slug(text).into());
                }
                heading = None;
            }
            _ => {}
        }
        out.push(event);
    }
    out
}

fn slug(text: &str) -> String {
    text.chars()
        .filter_map(|c| match c {
            c if c.is_alphanumeric() || c == '_' || c == '-' => {
                Some(c.to_lowercase().next().unwrap_or(c))
            }
            c if c.is_whitespace() => Some('-'),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_and_headings() {
        let page = lay_out(
            "# A & B\n\n## Run `x` now\n\n[there](../guide/a.md#run-x-now) [out](https://x.io/a.md)\n",
            "",
        );
        assert!(page.contains("<title>A &amp; B · sixbtc</title>"));
        assert!(page.contains("<h2 id=\"run-x-now\">"));
        assert!(page.contains("href=\"../guide/a.html#run-x-now\""));
        assert!(page.contains("href=\"https://x.io/a.md\""));
    }
}
