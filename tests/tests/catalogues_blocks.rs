//! The catalogue of pattern blocks and what became of each, held against the library; the table of conditions likewise.
//!
//! `UPDATE_PAGES=1 cargo test -p sixbtc-tests --test catalogues_blocks` writes the pages of `docs/catalogues` anew.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod blocks;

use blocks::{repository, updating};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write;

/// What became of a block of the catalogue.
#[derive(Debug, Clone)]
struct Entry {
    id: String,
    name: String,
    category: String,
    direction: String,
    documented: bool,
    verdict: String,
    module: String,
    call: String,
    reason: String,
}

impl Entry {
    /// The definition that it calls.
    fn definition(&self) -> &str {
        self.call.split('(').next().unwrap()
    }
}

/// Cells of a CSV line; quotes keep commas together.
fn cells(line: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => out.push(String::new()),
            _ => out.last_mut().unwrap().push(c),
        }
    }
    out
}

fn account() -> Vec<Entry> {
    let text = std::fs::read_to_string(repository("tests/data/catalogues/blocks.csv")).unwrap();
    let mut lines = text.lines();
    assert_eq!(
        lines.next(),
        Some("id,name,category,direction,documented,verdict,module,call,reason")
    );
    lines
        .map(|line| {
            let c: [String; 9] = cells(line).try_into().expect("nine cells");
            let [
                id,
                name,
                category,
                direction,
                documented,
                verdict,
                module,
                call,
                reason,
            ] = c;
            Entry {
                id,
                name,
                category,
                direction,
                documented: documented == "yes",
                verdict,
                module,
                call,
                reason,
            }
        })
        .collect()
}

/// A definition of a module, with the blocks that its doc comment names.
struct Definition {
    name: String,
    ids: Vec<String>,
}

/// The pattern-block modules with their definitions, by path.
fn modules() -> BTreeMap<&'static str, Vec<Definition>> {
    let mut out = BTreeMap::new();
    for module in sbt_std_modules() {
        let mut found = Vec::new();
        let mut doc = String::new();
        for line in module.1.lines() {
            if let Some(comment) = line.strip_prefix("/// ") {
                if !doc.is_empty() {
                    doc.push(' ');
                }
                doc.push_str(comment);
            } else if let Some(rest) = line.strip_prefix("indicator ") {
                let ids = doc
                    .split_once("Catalogue: ")
                    .and_then(|(_, tail)| tail.split(';').next())
                    .map(|ids| ids.split(", ").map(String::from).collect())
                    .unwrap_or_default();
                found.push(Definition {
                    name: rest.split('(').next().unwrap().to_string(),
                    ids,
                });
                doc.clear();
            } else {
                doc.clear();
            }
        }
        out.insert(module.0, found);
    }
    out
}

/// Paths and texts of the library's modules of pattern blocks.
fn sbt_std_modules() -> Vec<(&'static str, &'static str)> {
    sbt_std::modules()
        .iter()
        .filter(|m| m.path.starts_with("patterns/blocks"))
        .map(|m| (m.path, m.text))
        .collect()
}

/// Errors of a program, as text.
fn errors(text: &str) -> String {
    let none: HashMap<String, i64> = HashMap::new();
    let checked = sbt_driver::check(&sbt_driver::NoFiles, "catalogue.sbt", text, &none);
    let wrong: Vec<_> = checked
        .diagnostics
        .iter()
        .filter(|d| d.is_error())
        .cloned()
        .collect();
    sbt_diagnostics::plain(&wrong, &checked.sources)
}

#[test]
fn every_block_has_one_verdict() {
    let entries = account();
    assert_eq!(entries.len(), 838);
    let ids: BTreeSet<&str> = entries.iter().map(|e| e.id.as_str()).collect();
    assert_eq!(ids.len(), entries.len(), "an id stands twice");
    assert_eq!(entries.iter().filter(|e| e.documented).count(), 36);
    for e in &entries {
        match e.verdict.as_str() {
            "refused" => {
                assert!(e.call.is_empty() && e.module.is_empty(), "{}", e.id);
                assert!(e.reason.len() > 20, "{}: refused without a reason", e.id);
                assert!(!e.documented, "{} is documented", e.id);
            }
            "taken" => assert!(!e.call.is_empty(), "{}", e.id),
            "merged" => assert!(!e.call.is_empty() && !e.reason.is_empty(), "{}", e.id),
            other => panic!("{}: {other} is no verdict", e.id),
        }
        if e.documented {
            assert_eq!(e.module, "patterns/blocks", "{}", e.id);
        }
    }
}

#[test]
fn doc_comments_name_the_blocks_they_cover() {
    let mut said: BTreeSet<(String, String, String)> = BTreeSet::new();
    for (path, definitions) in modules() {
        for d in definitions {
            for id in &d.ids {
                assert!(
                    said.insert((id.clone(), path.to_string(), d.name.clone())),
                    "{id}"
                );
            }
        }
    }
    let counted: BTreeSet<_> = account()
        .into_iter()
        .filter(|e| e.module.starts_with("patterns/"))
        .map(|e| (e.id.clone(), e.module.clone(), e.definition().to_string()))
        .collect();
    let unknown: Vec<_> = said.difference(&counted).collect();
    let missing: Vec<_> = counted.difference(&said).collect();
    assert!(
        unknown.is_empty() && missing.is_empty(),
        "in comments alone: {unknown:?}; in the account alone: {missing:?}"
    );
    // a definition is taken once, by the first block that it covers
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    for e in account()
        .iter()
        .filter(|e| e.module.starts_with("patterns/"))
    {
        *taken.entry(e.definition().to_string()).or_default() += usize::from(e.verdict == "taken");
    }
    assert!(taken.values().all(|n| *n == 1), "{taken:?}");
}

#[test]
fn every_call_is_a_condition() {
    let mut calls: BTreeMap<String, Vec<Entry>> = BTreeMap::new();
    for e in account().into_iter().filter(|e| !e.call.is_empty()) {
        calls.entry(e.module.clone()).or_default().push(e);
    }
    for (module, entries) in calls {
        let mut text = String::from("#sbt 1\n\n");
        if module != "prelude" {
            let _ = writeln!(text, "use {module}\n");
        }
        for (i, e) in entries.iter().enumerate() {
            let _ = writeln!(
                text,
                "/// {}\nindicator catalogue_{i}() -> bool {{\n  give {}\n}}\n",
                e.id, e.call
            );
        }
        let wrong = errors(&text);
        assert!(wrong.is_empty(), "{module}\n{wrong}");
    }
}

/// The table of conditions.
fn table() -> toml::Table {
    let text = std::fs::read_to_string(repository("stdlib/catalogue/conditions.toml")).unwrap();
    text.parse().unwrap()
}

/// The entries under a heading of the table.
fn list(table: &toml::Table, key: &str) -> Vec<toml::Table> {
    table[key]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v.as_table().unwrap().clone())
        .collect()
}

fn text(table: &toml::Table, key: &str) -> String {
    table[key].as_str().unwrap().to_string()
}

fn texts(table: &toml::Table, key: &str) -> Vec<String> {
    table[key]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v.as_str().unwrap().to_string())
        .collect()
}

/// A number of the table as the language writes it.
fn number(value: &toml::Value) -> String {
    match value {
        toml::Value::Integer(i) => i.to_string(),
        toml::Value::Float(f) => f.to_string(),
        other => panic!("{other} is no number"),
    }
}

/// All levels of an indicator, rising.
fn levels(indicator: &toml::Table) -> Vec<String> {
    let mut all: Vec<(f64, String)> = indicator["levels"]
        .as_table()
        .unwrap()
        .values()
        .flat_map(|v| v.as_array().unwrap())
        .map(|v| (number(v).parse().unwrap(), number(v)))
        .collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    all.dedup();
    all.into_iter().map(|(_, n)| n).collect()
}

#[test]
fn table_of_conditions_is_closed() {
    let table = table();
    let counts: Vec<usize> = [
        "indicator",
        "condition",
        "category",
        "incompatible",
        "recommended",
    ]
    .iter()
    .map(|k| list(&table, k).len())
    .collect();
    assert_eq!(counts, [42, 7, 8, 19, 15]);
    let ids = |key: &str| -> BTreeSet<String> {
        list(&table, key).iter().map(|t| text(t, "id")).collect()
    };
    let (indicators, conditions, categories) =
        (ids("indicator"), ids("condition"), ids("category"));
    assert_eq!(
        (indicators.len(), conditions.len(), categories.len()),
        (42, 7, 8)
    );
    for i in list(&table, "indicator") {
        assert!(
            categories.contains(&text(&i, "category")),
            "{}",
            text(&i, "id")
        );
        for (name, p) in i
            .get("params")
            .and_then(toml::Value::as_table)
            .into_iter()
            .flatten()
        {
            let values = p["values"].as_array().unwrap();
            assert!(
                values.contains(&p["default"]),
                "{}: the default of {name} is not among its values",
                text(&i, "id")
            );
        }
    }
    for c in list(&table, "category") {
        assert!(
            texts(&c, "conditions")
                .iter()
                .all(|x| conditions.contains(x))
        );
        assert!(texts(&c, "joins").iter().all(|x| categories.contains(x)));
    }
    for c in list(&table, "incompatible") {
        let pair = texts(&c, "pair");
        assert!(pair.len() == 2 && pair.iter().all(|x| indicators.contains(x)));
    }
    for c in list(&table, "recommended") {
        let set = texts(&c, "indicators");
        assert!(set.iter().all(|x| indicators.contains(x)));
        for bad in list(&table, "incompatible") {
            let pair = texts(&bad, "pair");
            assert!(
                !pair.iter().all(|x| set.contains(x)),
                "{set:?} is recommended and incompatible"
            );
        }
    }
}

#[test]
fn every_indicator_takes_the_conditions_of_its_category() {
    let table = table();
    let conditions: BTreeMap<String, String> = list(&table, "condition")
        .iter()
        .map(|c| (text(c, "id"), text(c, "call")))
        .collect();
    let categories: BTreeMap<String, Vec<String>> = list(&table, "category")
        .iter()
        .map(|c| (text(c, "id"), texts(c, "conditions")))
        .collect();
    for i in list(&table, "indicator") {
        let levels = levels(&i);
        let mut program = String::from(
            "#sbt 1\n\nuse patterns/conditions\n\nstrategy catalogue \"check\" {\n  on 1h\n",
        );
        for (name, p) in i
            .get("params")
            .and_then(toml::Value::as_table)
            .into_iter()
            .flatten()
        {
            let values: Vec<String> = p["values"].as_array().unwrap().iter().map(number).collect();
            let _ = writeln!(
                program,
                "  param {name}: {} = {} in {{{}}}",
                p["type"].as_str().unwrap(),
                number(&p["default"]),
                values.join(", ")
            );
        }
        let _ = writeln!(program, "  let value = {}", text(&i, "value"));
        let mut asked = Vec::new();
        for id in &categories[&text(&i, "category")] {
            let call = &conditions[id];
            if call.contains("low_end") {
                for pair in levels.windows(2) {
                    asked.push(
                        call.replace("low_end", &pair[0])
                            .replace("high_end", &pair[1]),
                    );
                }
            } else if call.contains("level)") {
                for level in &levels {
                    asked.push(call.replace("level)", &format!("{level})")));
                }
            } else {
                asked.push(call.clone());
            }
        }
        let _ = writeln!(program, "  enter long when {}\n}}", asked.join(" or "));
        assert!(!asked.is_empty(), "{} has no condition", text(&i, "id"));
        let wrong = errors(&program);
        assert!(wrong.is_empty(), "{program}\n{wrong}");
    }
}

/// Compares a page with what it should be, or writes it.
fn page(name: &str, text: &str) {
    let path = repository(&format!("docs/catalogues/{name}"));
    if updating() {
        std::fs::write(path, text).unwrap();
        return;
    }
    let is = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        is == text,
        "docs/catalogues/{name} is out of date: UPDATE_PAGES=1 writes it"
    );
}

#[test]
fn page_of_blocks_is_current() {
    let entries = account();
    let modules = modules();
    let definitions: usize = modules.values().map(Vec::len).sum();
    let count = |verdict: &str| entries.iter().filter(|e| e.verdict == verdict).count();
    let mut out = String::from("# Pattern blocks\n\n");
    let _ = writeln!(
        out,
        "The catalogue of pattern blocks has {} entries, {} of them documented. Each is a condition: true or false on the bar \
         that just closed. `tests/data/catalogues/blocks.csv` says of every entry what became of it and how it is called; this \
         page is made from it, and a test holds both against the library.\n",
        entries.len(),
        entries.iter().filter(|e| e.documented).count()
    );
    out.push_str("| verdict | entries | means |\n| --- | --- | --- |\n");
    for (verdict, means) in [
        ("taken", "a definition of its own"),
        (
            "merged",
            "the formula of another entry with other constants: the same definition, called with them",
        ),
        ("refused", "not in the library, with the reason below"),
    ] {
        let _ = writeln!(out, "| {verdict} | {} | {means} |", count(verdict));
    }
    let _ = writeln!(
        out,
        "\nThe modules hold {definitions} definitions; those that cover no entry are measures that several blocks share. \
         `use patterns/blocks_rsi` makes the definitions of one module visible.\n"
    );
    out.push_str(
        "## Modules\n\n| module | definitions | entries | example |\n| --- | --- | --- | --- |\n",
    );
    for (path, found) in &modules {
        let of: Vec<&Entry> = entries.iter().filter(|e| e.module == *path).collect();
        let _ = writeln!(
            out,
            "| `{path}` | {} | {} | `{}` |",
            found.len(),
            of.len(),
            of[0].call
        );
    }
    let prelude = entries.iter().filter(|e| e.module == "prelude").count();
    let _ = writeln!(
        out,
        "\n{prelude} entries are candlesticks that the prelude has already.\n"
    );
    let row = |out: &mut String, e: &Entry| {
        let _ = writeln!(
            out,
            "| {} | {} | {} | `{}` | {} |",
            e.id,
            e.name,
            e.direction,
            e.call,
            e.reason
                .split_once("mended: ")
                .map_or(e.reason.as_str(), |(_, why)| why)
        );
    };
    out.push_str(
        "## Mended\n\nThe formula of the catalogue was unsound; the block is taken as it was meant.\n\n\
         | entry | name | side | call | why |\n| --- | --- | --- | --- | --- |\n",
    );
    for e in entries.iter().filter(|e| e.reason.contains("mended")) {
        row(&mut out, e);
    }
    out.push_str(
        "\n## Derived\n\nThe catalogue gives no formula; name, parameters and the entries beside it say what is meant.\n\n\
         | entry | name | side | call |\n| --- | --- | --- | --- |\n",
    );
    for e in entries.iter().filter(|e| e.reason.contains("derived")) {
        let _ = writeln!(
            out,
            "| {} | {} | {} | `{}` |",
            e.id, e.name, e.direction, e.call
        );
    }
    out.push_str("\n## Refused\n\n| entry | name | category | why |\n| --- | --- | --- | --- |\n");
    for e in entries.iter().filter(|e| e.verdict == "refused") {
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} |",
            e.id, e.name, e.category, e.reason
        );
    }
    page("blocks.md", &out);
}

#[test]
fn page_of_conditions_is_current() {
    let table = table();
    let conditions = list(&table, "condition");
    let categories = list(&table, "category");
    let mut out = String::from(
        "# Conditions on indicators\n\n\
         `patterns/conditions` turns a measure into a signal in seven ways. Which of them suit an indicator depends on its \
         category. `stdlib/catalogue/conditions.toml` holds the table, with the levels and parameters worth trying; this page \
         is made from it, and a test checks that every indicator takes every condition of its category at every level.\n\n\
         | condition | call | side |\n| --- | --- | --- |\n",
    );
    for c in &conditions {
        let _ = writeln!(
            out,
            "| {} | `{}` | {} |",
            text(c, "id"),
            text(c, "call"),
            text(c, "side")
        );
    }
    out.push_str("\n## Categories\n\n| category |");
    for c in &conditions {
        let _ = write!(out, " {} |", text(c, "id"));
    }
    out.push_str(" may be joined with |\n| --- |");
    out.push_str(&" --- |".repeat(conditions.len() + 1));
    out.push('\n');
    for c in &categories {
        let suits = texts(c, "conditions");
        let _ = write!(out, "| {} |", text(c, "id"));
        for condition in &conditions {
            let mark = if suits.contains(&text(condition, "id")) {
                "yes"
            } else {
                ""
            };
            let _ = write!(out, " {mark} |");
        }
        let _ = writeln!(out, " {} |", texts(c, "joins").join(", "));
    }
    out.push_str(
        "\n## Indicators\n\n| indicator | name | category | for | value | unit |\n| --- | --- | --- | --- | --- | --- |\n",
    );
    for i in list(&table, "indicator") {
        let units = i.get("units").and_then(toml::Value::as_str).unwrap_or("");
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | `{}` | {units} |",
            text(&i, "id"),
            text(&i, "name"),
            text(&i, "category"),
            text(&i, "used_for"),
            text(&i, "value")
        );
    }
    out.push_str(
        "\n## Incompatible\n\nThese pairs say the same twice.\n\n| pair | why |\n| --- | --- |\n",
    );
    for c in list(&table, "incompatible") {
        let _ = writeln!(
            out,
            "| {} | {} |",
            texts(&c, "pair").join(", "),
            text(&c, "why")
        );
    }
    out.push_str(
        "\n## Recommended\n\nThese sets complete each other; they are allowed whatever the rule of categories says.\n\n\
         | set | for |\n| --- | --- |\n",
    );
    for c in list(&table, "recommended") {
        let _ = writeln!(
            out,
            "| {} | {} |",
            texts(&c, "indicators").join(", "),
            text(&c, "used_for")
        );
    }
    page("conditions.md", &out);
}
