//! The server as an editor meets it: the built binary over its pipes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::needless_pass_by_value
)]

mod client;

use client::Editor;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

const PROGRAM: &str = "#sbt 1

strategy cross \"Cross\" {
  on 1h

  param fast: bars = 20 in 5..60
  let f = ema(close, fast)
  let s = ema(close, 50)

  enter long when f crosses above s
  exit long when f crosses below s

  size 100% of equity
  plot f, s
}
";

fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/data/sample/BTCUSD-30m.csv.gz")
        .canonicalize()
        .unwrap()
}

fn uri(path: &Path) -> String {
    format!("file://{}", path.display())
}

/// A place by what stands before it.
fn after(text: &str, mark: &str) -> Value {
    let at = text.find(mark).unwrap() + mark.len();
    let before = &text[..at];
    let line = before.matches('\n').count();
    let column = before.rsplit('\n').next().unwrap().encode_utf16().count();
    json!({ "line": line, "character": column })
}

fn at(uri: &str, text: &str, mark: &str) -> Value {
    json!({ "textDocument": { "uri": uri }, "position": after(text, mark) })
}

fn params(root: &Path, data: Option<&Path>) -> Value {
    json!({
        "processId": null,
        "rootUri": uri(root),
        "capabilities": {
            "textDocument": {
                "completion": { "completionItem": { "snippetSupport": true } },
                "hover": { "contentFormat": ["markdown"] },
            },
            "window": { "showDocument": { "support": true } },
        },
        "initializationOptions": { "sixbtc": { "data": data } },
    })
}

#[test]
fn a_session_from_opening_to_shutdown() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().canonicalize().unwrap();
    let (mut e, about) = Editor::start(&root.join("cache"), params(&root, Some(&sample())));
    assert_eq!(about["capabilities"]["positionEncoding"], "utf-16");
    let doc = uri(&root.join("cross.sbt"));
    e.open(&doc, PROGRAM);
    assert_eq!(e.diagnostics(&doc, 1), json!([]));

    let hover = e.ask("textDocument/hover", at(&doc, PROGRAM, "let f = em"));
    let text = hover["contents"]["value"].as_str().unwrap();
    assert!(
        text.contains("ema(x: num, n: bars") && text.contains("`price`"),
        "{text}"
    );

    let list = e.ask(
        "textDocument/completion",
        at(&doc, PROGRAM, "exit long when "),
    );
    let labels: Vec<&str> = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|i| i["label"].as_str())
        .collect();
    for wanted in ["f", "s", "fast", "close", "rsi", "position", "highest"] {
        assert!(labels.contains(&wanted), "{wanted} is not in {labels:?}");
    }

    let place = e.ask(
        "textDocument/definition",
        at(&doc, PROGRAM, "exit long when "),
    );
    assert_eq!(place["uri"], doc);
    assert_eq!(place["range"]["start"], after(PROGRAM, "  let "));

    let place = e.ask("textDocument/definition", at(&doc, PROGRAM, "let s = e"));
    let file = PathBuf::from(
        place["uri"]
            .as_str()
            .unwrap()
            .strip_prefix("file://")
            .unwrap(),
    );
    let library = std::fs::read_to_string(&file).unwrap();
    let line = place["range"]["start"]["line"].as_u64().unwrap() as usize;
    assert!(
        library
            .lines()
            .nth(line)
            .unwrap()
            .starts_with("indicator ema(")
    );
    assert!(std::fs::metadata(&file).unwrap().permissions().readonly());

    let mut rename = at(&doc, PROGRAM, "exit long when ");
    rename["newName"] = json!("quick");
    let edit = e.ask("textDocument/rename", rename.clone());
    assert_eq!(edit["changes"][&doc].as_array().unwrap().len(), 4);
    for (name, why) in [
        ("when", "word of the language"),
        ("s", "something else"),
        ("ema", "library"),
        ("1x", "not a name"),
    ] {
        rename["newName"] = json!(name);
        let error = e.refused("textDocument/rename", rename.clone());
        assert!(
            error["message"].as_str().unwrap().contains(why),
            "{name}: {error}"
        );
    }
    let mut library_name = at(&doc, PROGRAM, "let f = em");
    library_name["newName"] = json!("mine");
    let error = e.refused("textDocument/rename", library_name);
    assert!(error["message"].as_str().unwrap().contains("library"));

    let edits = e.ask(
        "textDocument/formatting",
        json!({ "textDocument": { "uri": doc }, "options": {} }),
    );
    assert_eq!(edits, json!([]));

    let lenses = e.ask(
        "textDocument/codeLens",
        json!({ "textDocument": { "uri": doc } }),
    );
    let title = lenses[0]["command"]["title"].as_str().unwrap();
    assert!(
        title.contains("trades · return") && title.ends_with("BTCUSD"),
        "{title}"
    );
    assert_ne!(&title[..2], "0 ");

    let preview = e.ask("sixbtc/preview", json!({ "uri": doc }));
    let candles = preview["candles"]["time"].as_array().unwrap().len();
    assert_eq!(
        preview["plots"][0]["values"].as_array().unwrap().len(),
        candles
    );
    assert_eq!(preview["plots"][0]["name"], "f");
    assert_eq!(preview["equity"].as_array().unwrap().len(), candles);
    assert!(!preview["signals"].as_array().unwrap().is_empty());

    let report = e.ask(
        "workspace/executeCommand",
        json!({ "command": "sixbtc.openReport", "arguments": [doc, "cross"] }),
    );
    let page = std::fs::read_to_string(report["path"].as_str().unwrap()).unwrap();
    assert!(page.contains("<html"));
    let shown = e.until(|m| m["method"] == "window/showDocument");
    assert_eq!(shown["params"]["uri"], report["uri"]);
    let sweep = e.ask(
        "workspace/executeCommand",
        json!({ "command": "sixbtc.sweep", "arguments": [doc, "cross"] }),
    );
    assert!(
        sweep["command"]
            .as_str()
            .unwrap()
            .starts_with("sixbtc sweep ")
    );

    assert_eq!(e.quit(), 0);
}

#[test]
fn messages_follow_the_text() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().canonicalize().unwrap();
    let (mut e, _) = Editor::start(&root.join("cache"), params(&root, None));
    let doc = uri(&root.join("a.sbt"));
    e.open(&doc, PROGRAM);
    e.diagnostics(&doc, 1);
    // a name with a slip, behind characters of two code units
    let start = after(PROGRAM, "  let s = ");
    let change = |v: i64, start: &Value, end: &Value, text: &str| {
        json!({
            "textDocument": { "uri": doc, "version": v },
            "contentChanges": [{ "range": { "start": start, "end": end }, "text": text }],
        })
    };
    let end =
        json!({ "line": start["line"], "character": start["character"].as_u64().unwrap() + 3 });
    e.tell("textDocument/didChange", change(2, &start, &end, "emma"));
    let found = e.diagnostics(&doc, 2);
    assert_eq!(found[0]["code"], "E0102");
    assert_eq!(found[0]["range"]["start"], start);
    let page = found[0]["codeDescription"]["href"].as_str().unwrap();
    assert!(Path::new(page.strip_prefix("file://").unwrap()).exists());
    let actions = e.ask(
        "textDocument/codeAction",
        json!({
            "textDocument": { "uri": doc },
            "range": found[0]["range"],
            "context": { "diagnostics": [found[0]] },
        }),
    );
    let edit = &actions[0]["edit"]["changes"][&doc][0];
    assert_eq!(edit["newText"], "ema");
    e.tell(
        "textDocument/didChange",
        change(3, &edit["range"]["start"], &edit["range"]["end"], "ema"),
    );
    assert_eq!(e.diagnostics(&doc, 3), json!([]));
    // a whole text, and a place that does not exist
    e.tell(
        "textDocument/didChange",
        json!({ "textDocument": { "uri": doc, "version": 4 }, "contentChanges": [{ "text": "#sbt 1\n// \u{1F600} " }] }),
    );
    e.diagnostics(&doc, 4);
    let far =
        json!({ "textDocument": { "uri": doc }, "position": { "line": 900, "character": 900 } });
    assert_eq!(e.ask("textDocument/hover", far), Value::Null);
    assert_eq!(e.quit(), 0);
}

#[test]
fn modules_are_seen_through_open_documents_and_the_disk() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().canonicalize().unwrap();
    let module = "#sbt 1\n\nfn twice(x: num) -> num = 2 * x\n";
    std::fs::write(root.join("mine.sbt"), module).unwrap();
    let (mut e, _) = Editor::start(&root.join("cache"), params(&root, None));
    let text = "#sbt 1\n\nuse mine\n\nstrategy a {\n  on 1h\n\n  enter long when close > twice(close)[1]\n  exit long when close < open\n\n  size 100% of equity\n}\n";
    let doc = uri(&root.join("a.sbt"));
    e.open(&doc, text);
    assert_eq!(e.diagnostics(&doc, 1), json!([]));
    let place = e.ask("textDocument/definition", at(&doc, text, "> twi"));
    assert_eq!(place["uri"], uri(&root.join("mine.sbt")));
    // the module is opened and changed: its users hear of it at once
    let other = uri(&root.join("mine.sbt"));
    e.open(&other, "#sbt 1\n\nfn thrice(x: num) -> num = 3 * x\n");
    let found = e.until(|m| {
        m["method"] == "textDocument/publishDiagnostics"
            && m["params"]["uri"] == doc.as_str()
            && m["params"]["diagnostics"] != json!([])
    });
    assert_eq!(found["params"]["diagnostics"][0]["code"], "E0102");
    e.tell(
        "textDocument/didClose",
        json!({ "textDocument": { "uri": other } }),
    );
    let mut rename = at(&doc, text, "> twi");
    rename["newName"] = json!("double");
    let edit = e.ask("textDocument/rename", rename);
    assert_eq!(edit["changes"].as_object().unwrap().len(), 2, "{edit}");
    // a file that is gone
    std::fs::remove_file(root.join("mine.sbt")).unwrap();
    e.tell(
        "workspace/didChangeWatchedFiles",
        json!({ "changes": [{ "uri": other, "type": 3 }] }),
    );
    let found = e.until(|m| {
        m["method"] == "textDocument/publishDiagnostics"
            && m["params"]["diagnostics"][0]["code"] == "E0802"
    });
    assert_eq!(found["params"]["uri"], doc);
    let gone = e.refused("textDocument/hover", at(&other, module, "fn "));
    assert!(gone["message"].as_str().unwrap().contains("no document"));
    assert_eq!(e.quit(), 0);
}

#[test]
fn requests_are_cancelled_and_oddities_survived() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().canonicalize().unwrap();
    let (mut e, _) = Editor::start(&root.join("cache"), params(&root, Some(&sample())));
    let doc = uri(&root.join("a.sbt"));
    e.open(&doc, PROGRAM);
    e.diagnostics(&doc, 1);
    let id = e.request(
        "textDocument/codeLens",
        json!({ "textDocument": { "uri": doc } }),
    );
    e.tell("$/cancelRequest", json!({ "id": id }));
    let answer = e.answer(id);
    let cancelled = answer["error"]["code"] == -32800;
    assert!(cancelled || answer["result"].is_array(), "{answer}");
    assert_eq!(e.refused("sixbtc/unknown", json!({}))["code"], -32601);
    assert_eq!(
        e.refused("textDocument/hover", json!({ "x": 1 }))["code"],
        -32602
    );
    e.tell("textDocument/didChange", json!({ "nonsense": true }));
    e.tell("unknown/thing", json!([1, 2]));
    // a run of a text that is changed before it is asked for again
    let id = e.request(
        "textDocument/codeLens",
        json!({ "textDocument": { "uri": doc } }),
    );
    e.tell(
        "textDocument/didChange",
        json!({ "textDocument": { "uri": doc, "version": 2 }, "contentChanges": [{ "text": "#sbt 1\n" }] }),
    );
    let answer = e.answer(id);
    assert!(
        answer["error"]["code"] == -32801 || answer["result"].is_array(),
        "{answer}"
    );
    assert_eq!(
        e.ask(
            "textDocument/codeLens",
            json!({ "textDocument": { "uri": doc } })
        ),
        json!([])
    );
    assert_eq!(e.exit(), 1);
}

#[test]
fn without_data_the_lens_says_how_to_set_it() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().canonicalize().unwrap();
    let (mut e, _) = Editor::start(&root.join("cache"), params(&root, None));
    let doc = uri(&root.join("a.sbt"));
    e.open(&doc, PROGRAM);
    let lenses = e.ask(
        "textDocument/codeLens",
        json!({ "textDocument": { "uri": doc } }),
    );
    let title = lenses[0]["command"]["title"].as_str().unwrap();
    assert!(title.contains("sixbtc.data"), "{title}");
    // a file in `data/` is found by itself
    std::fs::create_dir(root.join("data")).unwrap();
    std::fs::copy(sample(), root.join("data/BTCUSD-30m.csv.gz")).unwrap();
    let lenses = e.ask(
        "textDocument/codeLens",
        json!({ "textDocument": { "uri": doc } }),
    );
    assert!(
        lenses[0]["command"]["title"]
            .as_str()
            .unwrap()
            .contains("trades")
    );
    assert_eq!(e.hang_up(), 1);
}

#[test]
fn every_other_feature_answers() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().canonicalize().unwrap();
    let (mut e, _) = Editor::start(&root.join("cache"), params(&root, None));
    let doc = uri(&root.join("a.sbt"));
    e.open(&doc, PROGRAM);
    let of = json!({ "textDocument": { "uri": doc } });
    let all =
        json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 99, "character": 0 } });
    let within = json!({ "textDocument": { "uri": doc }, "range": all, "options": {} });
    let symbols = e.ask("textDocument/documentSymbol", of.clone());
    assert_eq!(symbols[0]["name"], "cross");
    assert_eq!(symbols[0]["children"].as_array().unwrap().len(), 3);
    assert_eq!(
        e.ask("workspace/symbol", json!({ "query": "cross" }))[0]["name"],
        "cross"
    );
    assert!(
        !e.ask("textDocument/foldingRange", of.clone())
            .as_array()
            .unwrap()
            .is_empty()
    );
    let hints = e.ask("textDocument/inlayHint", within.clone());
    assert!(
        hints[0]["label"].as_str().unwrap().starts_with(": price"),
        "{hints}"
    );
    let tokens = e.ask("textDocument/semanticTokens/full", of.clone());
    let count = tokens["data"].as_array().unwrap().len();
    assert!(count > 100 && count % 5 == 0);
    let delta = e.ask(
        "textDocument/semanticTokens/full/delta",
        json!({ "textDocument": { "uri": doc }, "previousResultId": tokens["resultId"] }),
    );
    assert_eq!(delta["edits"], json!([]));
    let some = e.ask("textDocument/semanticTokens/range", within.clone());
    assert_eq!(some["data"].as_array().unwrap().len(), count);
    let mut refs = at(&doc, PROGRAM, "exit long when ");
    refs["context"] = json!({ "includeDeclaration": false });
    assert_eq!(
        e.ask("textDocument/references", refs)
            .as_array()
            .unwrap()
            .len(),
        3
    );
    let lights = e.ask(
        "textDocument/documentHighlight",
        at(&doc, PROGRAM, "exit long when "),
    );
    assert_eq!(lights.as_array().unwrap().len(), 4);
    let help = e.ask(
        "textDocument/signatureHelp",
        at(&doc, PROGRAM, "ema(close, fa"),
    );
    assert_eq!(help["activeParameter"], 1);
    let wider = e.ask(
        "textDocument/selectionRange",
        json!({ "textDocument": { "uri": doc }, "positions": [after(PROGRAM, "ema(close, fa")] }),
    );
    assert!(wider[0]["parent"]["parent"].is_object());
    let item = e.ask(
        "textDocument/prepareCallHierarchy",
        at(&doc, PROGRAM, "let f = em"),
    );
    assert_eq!(item[0]["name"], "ema");
    let callers = e.ask("callHierarchy/incomingCalls", json!({ "item": item[0] }));
    assert_eq!(callers[0]["from"]["name"], "cross");
    assert_eq!(callers[0]["fromRanges"].as_array().unwrap().len(), 2);
    let item = e.ask(
        "textDocument/prepareCallHierarchy",
        at(&doc, PROGRAM, "strategy cr"),
    );
    let called = e.ask("callHierarchy/outgoingCalls", json!({ "item": item[0] }));
    assert_eq!(called[0]["to"]["name"], "ema");
    assert_eq!(
        e.ask("textDocument/rangeFormatting", within.clone()),
        json!([])
    );
    let mut typed = at(&doc, PROGRAM, "on 1h\n");
    typed["ch"] = json!("\n");
    typed["options"] = json!({});
    e.ask("textDocument/onTypeFormatting", typed);
    assert_eq!(e.ask("textDocument/documentLink", of), json!([]));
    assert_eq!(e.quit(), 0);
}

#[test]
fn two_editors_do_not_meet() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().canonicalize().unwrap();
    let cache = root.join("cache");
    let (mut a, _) = Editor::start(&cache, params(&root, None));
    let (mut b, _) = Editor::start(&cache, params(&root, None));
    let doc = uri(&root.join("a.sbt"));
    a.open(&doc, PROGRAM);
    b.open(&doc, "#sbt 1\n\nstrategy x {\n");
    assert_eq!(a.diagnostics(&doc, 1), json!([]));
    assert_ne!(b.diagnostics(&doc, 1), json!([]));
    let first = a.ask("textDocument/definition", at(&doc, PROGRAM, "let f = em"));
    b.tell(
        "textDocument/didChange",
        json!({ "textDocument": { "uri": doc, "version": 2 }, "contentChanges": [{ "text": PROGRAM }] }),
    );
    let second = b.ask("textDocument/definition", at(&doc, PROGRAM, "let f = em"));
    assert_eq!(first, second);
    assert_eq!((a.quit(), b.quit()), (0, 0));
}

#[test]
fn columns_can_be_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().canonicalize().unwrap();
    let mut with = params(&root, None);
    with["capabilities"]["general"] = json!({ "positionEncodings": ["utf-8", "utf-16"] });
    let (mut e, about) = Editor::start(&root.join("cache"), with);
    assert_eq!(about["capabilities"]["positionEncoding"], "utf-8");
    let doc = uri(&root.join("a.sbt"));
    e.open(&doc, "#sbt 1\n\ntest \"\u{1F600}\" {\n  assert oops\n}\n");
    let found = e.diagnostics(&doc, 1);
    assert!(!found.as_array().unwrap().is_empty());
    let symbols = e.ask(
        "textDocument/documentSymbol",
        json!({ "textDocument": { "uri": doc } }),
    );
    assert_eq!(
        symbols[0]["range"]["start"],
        json!({ "line": 2, "character": 0 })
    );
    assert_eq!(e.quit(), 0);
}
