//! Making a failing program smaller.

/// Drops lines and blocks as long as the rest still fails. Returns the smallest text found.
pub fn shrink(text: &str, mut fails: impl FnMut(&str) -> bool) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let mut tries = 2_000_usize;
    loop {
        let before = lines.len();
        let mut at = lines.len();
        while at > 1 && tries > 0 {
            at -= 1;
            let end = block(&lines, at);
            let mut rest = lines.clone();
            rest.drain(at..end);
            tries -= 1;
            if fails(&join(&rest)) {
                lines = rest;
                at = at.min(lines.len());
            }
        }
        if lines.len() == before || tries == 0 {
            break;
        }
    }
    // then the conditions and sums within a line
    for at in 0..lines.len() {
        while let Some(shorter) = simpler(&lines[at])
            .into_iter()
            .filter(|_| {
                tries = tries.saturating_sub(1);
                tries > 0
            })
            .find(|line| {
                let mut rest = lines.clone();
                rest[at].clone_from(line);
                fails(&join(&rest))
            })
        {
            lines[at] = shorter;
        }
    }
    join(&lines)
}

fn join(lines: &[String]) -> String {
    let mut text = lines.join("\n");
    text.push('\n');
    text
}

/// The line after the block that begins at a line; the next line when none begins.
fn block(lines: &[String], at: usize) -> usize {
    let count = |line: &str, c: char| line.matches(c).count();
    let mut open = 0;
    for (row, line) in lines.iter().enumerate().skip(at) {
        open += count(line, '{');
        let closed = count(line, '}');
        if closed > open {
            return at + 1;
        }
        open -= closed;
        if open == 0 {
            return row + 1;
        }
    }
    at + 1
}

/// The same line with one pair of parentheses and what is in it replaced by something plain.
fn simpler(line: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut opens = Vec::new();
    for (at, c) in line.char_indices() {
        if c == '(' {
            opens.push(at);
        }
        if c == ')'
            && let Some(open) = opens.pop()
        {
            let head =
                line[..open].trim_end_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
            for plain in ["close", "1.5", "close > open"] {
                let shorter = format!("{head}({plain}){}", &line[at + 1..]);
                if shorter.len() < line.len() {
                    out.push(shorter);
                }
            }
        }
    }
    for word in [" and ", " or ", " + ", " - ", " * "] {
        for (at, _) in line.match_indices(word) {
            out.push(line[..at].to_owned());
        }
    }
    out.sort_by_key(String::len);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_matter_goes() {
        let text = "#sbt 1\nstrategy s {\n  on 1h\n  on 4h {\n    let a = 1\n  }\n  let bad = 1\n  let c = 2\n}\n";
        assert_eq!(
            shrink(text, |t| t.contains("bad") && t.starts_with("#sbt")),
            "#sbt 1\n  let bad = 1\n"
        );
        let text = "#sbt 1\nstrategy s {\n  let bad = 1 + (2 * (3 + 4))\n}\n";
        let got = shrink(text, |t| {
            t.contains("bad") && t.contains("strategy") && t.matches(['{', '}']).count() == 2
        });
        assert!(!got.contains("3 + 4"), "{got}");
    }
}
