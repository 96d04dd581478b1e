//! The syntax file of Vim and Neovim, made from the words of the language; for editors without tree-sitter.

use crate::WordClass;
use crate::highlight::{LAST, PAIRS, contextual, items_and_folds, never_operand, reserved};

fn group(class: WordClass) -> &'static str {
    match class {
        WordClass::Item => "sixbtcItem",
        WordClass::Statement => "sixbtcStatement",
        WordClass::Operator => "sixbtcOperator",
        WordClass::Constant => "sixbtcConstant",
        WordClass::Clause => "sixbtcClause",
        WordClass::Name => "sixbtcName",
    }
}

fn keywords(out: &mut String, class: WordClass) {
    let words = reserved(class);
    if !words.is_empty() {
        let line = format!("syn keyword {} {}\n", group(class), words.join(" "));
        out.push_str(&line);
    }
}

/// A word, not after a dot, with what must stand behind it.
fn word(out: &mut String, class: WordClass, words: &str, behind: &str) {
    let line = format!(
        "syn match {} \"\\v%(\\.\\s*)@<!<%({words})>{behind}\"\n",
        group(class)
    );
    out.push_str(&line);
}

/// The syntax file as text.
pub fn syntax() -> String {
    let mut out = String::from(
        "\" Generated from the sbt-grammar crate: UPDATE_PAGES=1 cargo test -p sbt-grammar\n\
         if exists(\"b:current_syntax\")\n  finish\nendif\n\nsyn case match\n\n",
    );
    for class in [
        WordClass::Item,
        WordClass::Statement,
        WordClass::Clause,
        WordClass::Operator,
        WordClass::Constant,
    ] {
        keywords(&mut out, class);
    }
    out.push_str("\n\" words that are names too: keywords where an operand follows\n");
    let operand = format!(
        "\\ze\\s+%(%({})>)@!%([A-Za-z0-9_(\\\"]|-[A-Za-z0-9_(])",
        never_operand().join("|")
    );
    for class in [WordClass::Statement, WordClass::Clause] {
        let words: Vec<_> = contextual()
            .into_iter()
            .filter(|(_, c)| *c == class)
            .map(|(w, _)| w)
            .collect();
        word(&mut out, class, &words.join("|"), &operand);
    }
    for (first, seconds) in PAIRS {
        let behind = format!("\\ze\\s+%({})>", seconds.join("|"));
        word(&mut out, crate::classify(first), first, &behind);
    }
    for (before, last) in LAST {
        let line = format!(
            "syn match {} \"\\v%(<{before}\\s+)@<=<{last}>\"\n",
            group(crate::classify(last))
        );
        out.push_str(&line);
    }
    word(&mut out, WordClass::Clause, "is", "\\ze\\s+\\[");
    word(&mut out, WordClass::Statement, "universe", "\\ze\\s*\\{");
    let (_, folds) = items_and_folds();
    out.push_str("\n\" names and values\n");
    let rest = format!(
        r#"syn match sixbtcFold "\v<%({folds})>\ze\s*\(\s*\h\w*\s+in>"
syn match sixbtcNumber "\v<[0-9]+%(_[0-9]+)*%(\.[0-9]+)?%([eE][+-]?[0-9]+)?%(R>|\%|\s+bars?>|>)"
syn match sixbtcNumber "\v<[0-9]+[smhdw]>"
syn match sixbtcLabel "\v#\h\w*"
syn region sixbtcString start=+"+ end=+"+ oneline
syn match sixbtcType "\v%(:\s*|-\>\s*)@<=<%(bool|int|float|num|price|percent|quantity|money|bars|duration|time|timeframe|side)>"
syn match sixbtcHeader "\v^#sbt\s+[0-9]+>"
syn match sixbtcComment "//.*$" contains=@Spell
syn match sixbtcDoc "\v///%(/)@!.*$" contains=@Spell

hi def link sixbtcItem Keyword
hi def link sixbtcStatement Statement
hi def link sixbtcClause Statement
hi def link sixbtcOperator Operator
hi def link sixbtcConstant Boolean
hi def link sixbtcFold Function
hi def link sixbtcNumber Number
hi def link sixbtcLabel Label
hi def link sixbtcString String
hi def link sixbtcType Type
hi def link sixbtcHeader PreProc
hi def link sixbtcComment Comment
hi def link sixbtcDoc SpecialComment

let b:current_syntax = "sixbtc"
"#,
        folds = folds.join("|")
    );
    out.push_str(&rest);
    out
}
