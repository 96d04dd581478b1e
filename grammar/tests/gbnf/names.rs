//! Names that are no words of the language, as a rule without look-ahead.

use std::collections::BTreeMap;

/// Reserved words by letter.
#[derive(Default)]
struct Tree {
    word: bool,
    next: BTreeMap<char, Tree>,
}

/// The right-hand side of the rule of names: every name but the reserved ones.
pub fn name_rule(reserved: &[String]) -> String {
    let mut tree = Tree::default();
    for word in reserved {
        let mut at = &mut tree;
        for c in word.chars() {
            at = at.next.entry(c).or_default();
        }
        at.word = true;
    }
    let first: Vec<char> = tree.next.keys().copied().collect();
    let mut parts = vec![format!("[{}] more", others(&first, false))];
    parts.extend(tree.next.iter().map(|(c, t)| with(*c, t)));
    parts.join(" | ")
}

/// A letter and what may follow it so that no reserved word comes out.
fn with(c: char, tree: &Tree) -> String {
    if tree.next.is_empty() {
        // a whole reserved word: it must go on
        return format!("\"{c}\" some");
    }
    let taken: Vec<char> = tree.next.keys().copied().collect();
    let mut parts = vec![format!("[{}] more", others(&taken, true))];
    parts.extend(tree.next.iter().map(|(c, t)| with(*c, t)));
    let rest = parts.join(" | ");
    // a word that goes on may end here only if it is none itself
    let end = if tree.word { "" } else { "?" };
    format!("\"{c}\" ({rest}){end}")
}

/// The characters of names without some letters, as ranges.
fn others(without: &[char], digits: bool) -> String {
    let mut out = String::new();
    let mut run: Vec<char> = Vec::new();
    let mut flush = |run: &mut Vec<char>| {
        match run.as_slice() {
            [] => {}
            [one] => out.push(*one),
            [one, two] => out.extend([*one, *two]),
            [first, .., last] => out.extend([*first, '-', *last]),
        }
        run.clear();
    };
    for c in 'a'..='z' {
        if without.contains(&c) {
            flush(&mut run);
        } else {
            run.push(c);
        }
    }
    flush(&mut run);
    out.push_str("A-Z");
    if digits {
        out.push_str("0-9");
    }
    out.push('_');
    out
}
