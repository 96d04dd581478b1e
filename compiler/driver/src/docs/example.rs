//! A call of a library entry that a reader could try as it stands.

use super::{Entry, Kind};

/// A call with plausible arguments where the definition has no default: the close for a series, 20 bars for a length.
/// `None` for what is no callable, or takes something that no plain expression gives (an enum of its module, say).
pub fn example_call(entry: &Entry) -> Option<String> {
    if !matches!(entry.kind, Kind::Indicator | Kind::Fn) {
        return None;
    }
    let mut given: Vec<String> = Vec::new();
    let mut series = 0;
    let mut defaults = false;
    for p in &entry.parameters {
        if p.default.is_some() {
            defaults = true;
            continue;
        }
        let value = match p.ty.as_str() {
            "num" | "num2" | "price" => {
                series += 1;
                ["close", "open", "high", "low"].get(series - 1).copied()?
            }
            "float" => "2",
            "percent" => "2%",
            "quantity" => "volume",
            "bool" => "close > open",
            "bars" => "20",
            "int" => "1",
            _ => return None,
        };
        given.push(if defaults {
            // what stands behind a default can only be named
            format!("{} = {value}", p.name)
        } else {
            value.to_string()
        });
    }
    Some(if given.is_empty() {
        format!("{}()", entry.name)
    } else {
        format!("{}({})", entry.name, given.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::super::{entries, entry};
    use super::*;

    #[test]
    fn calls_read_like_a_users() {
        let call = |name: &str| entry(name).and_then(example_call);
        assert_eq!(call("sma").as_deref(), Some("sma(close)"));
        assert_eq!(call("true_range").as_deref(), Some("true_range()"));
        assert_eq!(call("close"), None);
    }

    #[test]
    fn calls_of_the_prelude_pass_the_checker() {
        let mut wrongs = Vec::new();
        let mut calls = 0;
        for e in entries().iter().filter(|e| e.needs_use.is_none()) {
            let Some(call) = example_call(e) else {
                continue;
            };
            calls += 1;
            let (_, diagnostics, _) = crate::expression(&call, 3_600_000);
            if diagnostics
                .iter()
                .any(sbt_diagnostics::Diagnostic::is_error)
            {
                wrongs.push(format!("{call}: {}", diagnostics[0].message));
            }
        }
        assert!(calls > 250, "only {calls} calls");
        assert!(wrongs.is_empty(), "{}", wrongs.join("\n"));
    }
}
