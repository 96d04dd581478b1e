//! Doc comments: sentences, of which `Formula:`, `Source:`, `Units:` and `Catalogue:` begin parts with a name.

/// A doc comment in parts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Comment {
    /// First sentence.
    pub summary: String,
    /// All of it as Markdown: the named parts stand in paragraphs of their own.
    pub text: String,
    /// After `Formula:`.
    pub formula: Option<String>,
    /// After `Source:` or `Catalogue:`.
    pub source: Option<String>,
    /// After `Units:`.
    pub units: Option<String>,
}

const LABELS: [&str; 4] = ["Formula:", "Source:", "Units:", "Catalogue:"];

impl Comment {
    /// The comment in front of a definition.
    pub(super) fn of(definition: &str) -> Self {
        let lines: Vec<&str> = definition
            .lines()
            .map_while(|l| l.strip_prefix("///"))
            .map(str::trim)
            .collect();
        Self::of_text(&lines.join(" "))
    }

    /// A comment without its slashes.
    pub(super) fn of_text(text: &str) -> Self {
        let text = text.trim();
        let mut out = Self::default();
        let mut prose = String::new();
        let mut named = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let label = LABELS.iter().find(|l| rest.starts_with(**l));
            // a formula has dots of its own: it goes on up to the next part
            let end = match label {
                Some(&"Formula:") => next_label(&rest[1..]).map(|n| n + 1),
                _ => None,
            }
            .unwrap_or_else(|| sentence_end(rest).min(next_label_from(rest, label.is_some())));
            let (piece, after) = rest.split_at(end);
            let piece = piece.trim();
            match label {
                None => {
                    if !prose.is_empty() {
                        prose.push(' ');
                    }
                    prose.push_str(piece);
                }
                Some(label) => {
                    let body = piece[label.len()..].trim();
                    let bare = body.strip_suffix('.').unwrap_or(body).to_string();
                    named.push(format!("{label} {body}"));
                    match *label {
                        "Formula:" => out.formula = Some(bare),
                        "Units:" => out.units = Some(bare),
                        "Catalogue:" => out.source = Some(format!("catalogue {bare}")),
                        _ => out.source = Some(bare),
                    }
                }
            }
            rest = after.trim_start();
        }
        out.summary = prose[..sentence_end(&prose)].trim().to_string();
        out.text = std::iter::once(prose)
            .chain(named)
            .filter(|p| !p.is_empty())
            .collect::<Vec<_>>()
            .join("\n\n");
        out
    }
}

/// Where the next named part begins.
fn next_label(text: &str) -> Option<usize> {
    LABELS
        .iter()
        .filter_map(|l| text.find(&format!(" {l}")))
        .min()
}

fn next_label_from(text: &str, labelled: bool) -> usize {
    let skip = usize::from(labelled);
    next_label(&text[skip..]).map_or(text.len(), |n| n + skip)
}

/// End of the first sentence: a full stop before a space and a capital, that is not an initial's or an abbreviation's.
fn sentence_end(text: &str) -> usize {
    for (at, _) in text.match_indices(". ") {
        let word = text[..at]
            .rsplit([' ', '('])
            .next()
            .unwrap_or_default()
            .trim_start_matches('`');
        let initial = word.len() == 1 && word.chars().all(|c| c.is_ascii_uppercase());
        let next = text[at + 2..].chars().next();
        let begins = next.is_some_and(|c| c.is_uppercase() || c == '`' || c == '*');
        if begins && !initial && !matches!(word, "vs" | "e.g" | "i.e" | "cf" | "St") {
            return at + 1;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn named_parts_are_found() {
        let c = Comment::of(
            "/// Wilder's moving average (also called smoothed), seeded.\n/// Formula: e = e[1] + (x - e[1]) / n. Source: J. W. Wilder, New Concepts, 1978;\n/// TA-Lib RMA. Units: those of `x`. After 4 n bars the bias is small.\nindicator rma() -> num {\n",
        );
        assert_eq!(
            c.summary,
            "Wilder's moving average (also called smoothed), seeded."
        );
        assert_eq!(c.formula.as_deref(), Some("e = e[1] + (x - e[1]) / n"));
        assert_eq!(
            c.source.as_deref(),
            Some("J. W. Wilder, New Concepts, 1978; TA-Lib RMA")
        );
        assert_eq!(c.units.as_deref(), Some("those of `x`"));
        assert!(
            c.text
                .starts_with("Wilder's moving average (also called smoothed), seeded. After 4 n")
        );
    }

    #[test]
    fn a_comment_without_parts_is_prose() {
        let c = Comment::of_text("One thing. Another thing.");
        assert_eq!(
            (c.summary.as_str(), c.text.as_str()),
            ("One thing.", "One thing. Another thing.")
        );
        assert_eq!(Comment::of_text(""), Comment::default());
    }

    #[test]
    fn a_formula_may_hold_full_stops() {
        let c = Comment::of_text("Bands. Formula: mid = a. Top = b. Source: J. Bollinger, 1983.");
        assert_eq!(c.formula.as_deref(), Some("mid = a. Top = b"));
        assert_eq!(c.source.as_deref(), Some("J. Bollinger, 1983"));
    }
}
