//! Heads of definitions as text: the same shape for the library and for built-ins.

use super::{Output, Parameter};

/// The word that begins a definition, and its head on one line without that word.
pub(super) fn head(definition: &str) -> (&str, String) {
    let (word, rest) = definition.split_once(' ').unwrap_or((definition, ""));
    let stop = if word == "fn" { '=' } else { '{' };
    let mut depth = 0_i32;
    let mut end = rest.len();
    for (at, c) in rest.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 && c == stop {
            end = at;
            break;
        }
    }
    let line: Vec<&str> = rest[..end].split_whitespace().collect();
    (word, line.join(" ").replace("( ", "(").replace(" )", ")"))
}

/// Parameters and results of a one-line signature.
pub(super) fn parts(signature: &str) -> (Vec<Parameter>, Vec<Output>) {
    let Some(open) = signature.find('(') else {
        let ty = signature.split_once(':').map(|(_, t)| t.trim());
        return (Vec::new(), ty.map(single).into_iter().collect());
    };
    let close = closing(signature, open);
    let parameters = split(&signature[open + 1..close])
        .into_iter()
        .filter_map(|p| {
            let (name, rest) = p.split_once(':')?;
            let (ty, default) = match rest.split_once('=') {
                Some((ty, default)) => (ty, Some(default.trim().to_string())),
                None => (rest, None),
            };
            Some(Parameter {
                name: name.trim().to_string(),
                ty: ty.trim().to_string(),
                default,
            })
        })
        .collect();
    let rest = signature.get(close + 1..).unwrap_or("");
    let results = rest.trim().strip_prefix("->").map(str::trim);
    let returns = match results {
        None | Some("") => Vec::new(),
        Some(many) if many.starts_with('(') => split(many.trim_matches(['(', ')']))
            .into_iter()
            .filter_map(|r| {
                let (name, ty) = r.split_once(':')?;
                Some(Output {
                    name: Some(name.trim().to_string()),
                    ty: ty.trim().to_string(),
                })
            })
            .collect(),
        Some(one) => vec![single(one)],
    };
    (parameters, returns)
}

fn single(ty: &str) -> Output {
    Output {
        name: None,
        ty: ty.to_string(),
    }
}

/// The bracket that closes the one at `open`.
fn closing(text: &str, open: usize) -> usize {
    let mut depth = 0_i32;
    for (at, c) in text.char_indices().skip_while(|(at, _)| *at < open) {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    text.len()
}

/// Parts between commas that stand outside of brackets.
fn split(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let (mut depth, mut from) = (0_i32, 0);
    for (at, c) in text.char_indices() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            ',' if depth == 0 => {
                out.push(text[from..at].trim());
                from = at + 1;
            }
            _ => {}
        }
    }
    out.push(text[from..].trim());
    out.retain(|p| !p.is_empty());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_over_several_lines_become_one() {
        let (word, line) = head(
            "indicator keltner(n: bars = 20, k: float = 2) -> (mid: price,\n  low: price) {\n  give 1\n}",
        );
        assert_eq!(word, "indicator");
        assert_eq!(
            line,
            "keltner(n: bars = 20, k: float = 2) -> (mid: price, low: price)"
        );
        let (parameters, returns) = parts(&line);
        assert_eq!(parameters[1].default.as_deref(), Some("2"));
        assert_eq!(returns[1].name.as_deref(), Some("low"));
    }

    #[test]
    fn functions_end_at_their_equals_sign() {
        let (_, line) = head("fn f(a: num = max(1, 2), b: bool) -> num = if b then a else 0");
        assert_eq!(line, "f(a: num = max(1, 2), b: bool) -> num");
        assert_eq!(parts(&line).0.len(), 2);
    }
}
