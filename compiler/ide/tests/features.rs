//! Each feature on small programs with a cursor, against goldens that hold the question with the answer.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::format_push_string)]

mod fixture;

use fixture::{Fixture, fixture, strategy};
use insta::assert_snapshot;
use sbt_ide::{Edit, Outline, apply};

/// Labels that are offered, nearest first, without the library's and the language's own.
fn offered(f: &Fixture) -> Vec<String> {
    let mut all = f
        .analysis
        .complete(f.at, &["mine".to_owned(), "deep/other".to_owned()]);
    all.sort_by_key(|c| c.rank);
    all.into_iter()
        .filter(|c| c.rank < 4)
        .map(|c| c.label)
        .collect()
}

fn complete(body: &str) -> String {
    offered(&fixture(&strategy(body))).join("\n")
}

fn has(body: &str, wanted: &[&str], unwanted: &[&str]) {
    let f = fixture(&strategy(body));
    let all: Vec<String> = f
        .analysis
        .complete(f.at, &["mine".to_owned()])
        .into_iter()
        .map(|c| c.label)
        .collect();
    for w in wanted {
        assert!(
            all.iter().any(|l| l == w),
            "`{w}` is missing after {body:?}: {all:?}"
        );
    }
    for u in unwanted {
        assert!(
            all.iter().all(|l| l != u),
            "`{u}` is offered after {body:?}"
        );
    }
}

fn hover(text: &str) -> String {
    let f = fixture(text);
    f.analysis.hover(f.at).map_or("nothing".into(), |h| {
        let on = &f.analysis.text()[h.start..h.end];
        format!("on `{on}`\n\n{}", h.text)
    })
}

#[test]
fn hovers() {
    assert_snapshot!("hover_value", hover(&strategy("  let up = close > m$0ean")));
    assert_snapshot!(
        "hover_library",
        hover(&strategy("  let x = rs$0i(close, 14)"))
    );
    assert_snapshot!(
        "hover_parameter",
        hover(&strategy("  let x = sma(close, $0n)"))
    );
    assert_snapshot!("hover_module", hover(&strategy("  let x = tw$0ice(close)")));
    assert_snapshot!(
        "hover_keyword",
        hover(&strategy("  ent$0er long when close > open"))
    );
    assert_snapshot!("hover_builtin", hover(&strategy("  let x = clo$0se")));
    assert_snapshot!(
        "hover_function",
        hover(&strategy("  let x = high$0est(close, 3)"))
    );
    assert_snapshot!("hover_field", hover(&strategy("  let x = bands.t$0op")));
    assert_snapshot!(
        "hover_position",
        hover(&strategy("  exit when position.ba$0rs > 3"))
    );
    assert_snapshot!(
        "hover_own",
        hover(
            "/// Half of it.\nfn half(x: num) -> num = x / 2\n\nindicator q() -> price {\n  give ha$0lf(close)\n}\n"
        )
    );
    assert_snapshot!(
        "hover_inside",
        hover("indicator q(n: bars) -> price {\n  let m = sma(close, n)\n  give $0m\n}\n")
    );
    assert_eq!(hover("// comm$0ent\n"), "nothing");
    assert_eq!(hover("strategy x \"ti$0tle\" {\n  on 1h\n}\n"), "nothing");
}

#[test]
fn completions_of_statements() {
    assert_snapshot!("complete_statement", complete("  $0"));
    assert_snapshot!(
        "complete_leg",
        complete("  enter long when close > mean {\n    $0\n  }")
    );
    assert_snapshot!("complete_item", offered(&fixture("$0")).join("\n"));
    has(
        "  on 4h {\n    $0\n  }",
        &["let", "rec"],
        &["enter long", "stop"],
    );
    has(
        "  en$0",
        &["enter long", "enter short"],
        &["stop to breakeven"],
    );
    let f = fixture("indicator a(n: bars) -> price {\n  let x = sma(close, n)\n  $0\n}\n");
    assert_eq!(offered(&f), ["let", "rec", "give"]);
    let f = fixture("test \"x\" {\n  $0\n}\n");
    assert_eq!(offered(&f), ["given", "forall", "assert", "let", "rec"]);
}

#[test]
fn completions_in_statements() {
    has("  enter $0", &["long", "short"], &["close"]);
    has("  enter long $0", &["when"], &["close"]);
    has(
        "  enter long when $0",
        &["close", "mean", "n", "rsi", "twice", "position", "not"],
        &["when", "enter long"],
    );
    has(
        "  enter long when close $0",
        &["and", "crosses above", "at limit", "at stop", "size"],
        &["mean"],
    );
    has(
        "  enter long when close crosses $0",
        &["above", "below", "mean"],
        &[],
    );
    has(
        "  enter long when close > mean at $0",
        &["limit", "stop"],
        &["close"],
    );
    has(
        "  enter long #in when close > mean\n  exit #$0",
        &["#in"],
        &["close"],
    );
    has(
        "  exit $0",
        &["long", "when", "after", "at session end"],
        &["close"],
    );
    has(
        "  limit $0",
        &["leverage", "cooldown", "pyramid", "trades"],
        &["close"],
    );
    has("  size $0", &["risk", "target vol", "100% of equity"], &[]);
    has("  limit trades 1 per $0", &["1d", "4h"], &["close"]);
    has("  let h = on $0", &["4h", "1d"], &["close"]);
    has(
        "  param bias: $0",
        &["bars", "price", "Bias", "Mood"],
        &["close"],
    );
    has("  param bias: Bias = $0", &["up", "down"], &[]);
    has("  param k: bars = 3 $0", &["in"], &["step"]);
    has("  param k: bars = 3 in 1..9 $0", &["step"], &["in 1"]);
    has("  let x = if close > open $0", &["then", "and"], &["else"]);
    has(
        "  let x = 20$0",
        &["20%", "20 bars", "20R", "20h", "20m"],
        &["close"],
    );
    has("  let x = 2.5$0", &["2.5%", "2.5R"], &["2.5 bars", "2.5h"]);
    has("  exit after 48 $0", &["bars"], &[]);
    has("  let y = ema(close, $0", &["n", "n =", "close"], &["x ="]);
    has("  let mine = $0", &["mean", "bands"], &["mine"]);
    has(
        "  let x = position.$0",
        &["bars", "profit", "is_flat"],
        &["close"],
    );
    has("  let x = bands.$0", &["top", "low", "mid"], &["close"]);
    has("  let x = band(10).$0", &["top", "low"], &["close"]);
    has("  let x = Bias.$0", &["up", "down"], &["close"]);
    has(
        "  let day = forming(1d)\n  let x = day.$0",
        &["open", "volume"],
        &["mean"],
    );
    has("  let x = weekday == $0", &["monday", "sunday"], &[]);
    has("  // $0", &[], &["let", "close"]);
    has("  alert \"$0\" when close > open", &[], &["close"]);
    let f = fixture("use $0\n");
    assert_eq!(
        offered(&f)[..2],
        ["mine".to_owned(), "deep/other".to_owned()]
    );
    assert!(offered(&f).contains(&"patterns/unger".to_owned()));
    let f = fixture("use patterns/un$0\n");
    let all = f.analysis.complete(f.at, &[]);
    let c = all.iter().find(|c| c.label == "patterns/unger").unwrap();
    assert_eq!(&f.analysis.text()[c.start..c.end], "patterns/un");
    has(
        "  rec e = e[1] + 0.1 * (close - e[1]) $0",
        &["init"],
        &["mean"],
    );
}

#[test]
fn what_completions_insert() {
    let f = fixture(&strategy("  let x = em$0"));
    let all = f.analysis.complete(f.at, &[]);
    let ema = all.iter().find(|c| c.label == "ema").unwrap();
    assert!(
        ema.template && ema.insert.starts_with("ema(${1:x}"),
        "{}",
        ema.insert
    );
    assert_eq!(&f.analysis.text()[ema.start..ema.end], "em");
    assert!(
        sbt_ide::documentation("ema")
            .unwrap()
            .contains("**Formula:**")
    );
    assert!(
        sbt_ide::documentation("unger").is_some() && sbt_ide::documentation("no_such").is_none()
    );
}

#[test]
fn signatures() {
    let show = |body: &str| {
        let f = fixture(&strategy(body));
        f.analysis.signature(f.at).map_or("nothing".into(), |s| {
            let active = s.active.map_or("–", |i| {
                let (a, b) = s.parameters[i];
                &s.label[a..b]
            });
            format!("{} | {active}", s.label)
        })
    };
    let all = [
        "  let x = ema($0",
        "  let x = ema(close, $0",
        "  let x = ema(close, 20, $0",
        "  let x = ema(n = $0",
        "  let x = ema(sma(close, 3$0), 20)",
        "  let x = ema(sma(close, 3), $0)",
        "  let x = macd(close,\n    12, $0",
        "  let x = band($0)",
        "  let x = max(close, $0)",
        "  let x = (close + $0",
        "  let x = none_such($0)",
    ];
    let out: Vec<String> = all
        .iter()
        .map(|b| format!("{}\n  {}", b.trim(), show(b)))
        .collect();
    assert_snapshot!(out.join("\n"));
}

#[test]
fn definitions() {
    let show = |text: &str| {
        let f = fixture(text);
        match f.analysis.definition(f.at) {
            None => "nothing".to_owned(),
            Some(sbt_ide::Place::Here { start, .. }) => {
                let line = f.analysis.text()[..start].matches('\n').count();
                format!(
                    "here: {}",
                    f.analysis.text().lines().nth(line).unwrap().trim()
                )
            }
            Some(sbt_ide::Place::Library { module, start, .. }) => {
                let text = sbt_std::module(&module).unwrap().text;
                let line = text[..start].matches('\n').count();
                format!("std/{module}: {}", text.lines().nth(line).unwrap())
            }
            Some(sbt_ide::Place::Module { name, start, end }) => format!("{name} {start}..{end}"),
        }
    };
    let all = [
        "  let x = me$0an",
        "  let x = sma(close, $0n)",
        "  let x = em$0a(close, 3)",
        "  let x = ema(close, $0n = 3)",
        "  let x = bollinger(close, 20).to$0p",
        "  let x = bands.l$0ow",
        "  let x = tw$0ice(close)",
        "  let x = band(3).to$0p",
        "  let x = Bias.u$0p",
        "  param b: Bia$0s = down",
        "  param b: Bias = do$0wn",
        "  param b: Mood = ca$0lm",
        "  enter long #a when close > open\n  exit #$0a when close < open",
        "  let x = sum(i in 0..3: close[$0i])",
        "  let x = clo$0se",
    ];
    let mut out: Vec<String> = all
        .iter()
        .map(|b| format!("{}\n  {}", b.trim(), show(&strategy(b))))
        .collect();
    out.push(show("use mi$0ne\n"));
    out.push(show("use patterns/un$0ger\n"));
    assert_snapshot!(out.join("\n"));
}

#[test]
fn uses_and_renames() {
    let uses = |body: &str| f_uses(&strategy(body));
    assert_eq!(uses("  let x = me$0an + mean"), 3);
    assert_eq!(uses("  let x = sum(i in 0..3: close[$0i] * i)"), 3);
    // a fold's index hides a value of that name
    assert_eq!(
        uses("  let i = 3\n  let x = sum(i in 0..3: close[$0i])\n  let y = i"),
        2
    );
    assert_eq!(
        f_uses("fn a(x: num) -> num = $0x\n\nfn b(x: num) -> num = a(x = x)\n"),
        3
    );

    let renamed = |text: &str, new: &str| {
        let f = fixture(text);
        match f.analysis.rename(f.at, new) {
            Ok(places) => {
                let edits: Vec<Edit> = places
                    .iter()
                    .map(|(s, e)| Edit {
                        start: *s,
                        end: *e,
                        new: new.to_owned(),
                    })
                    .collect();
                apply(f.analysis.text(), &edits)
            }
            Err(e) => e.to_string(),
        }
    };
    assert_snapshot!(
        "rename",
        renamed(
            &strategy(
                "  enter long #go when close > me$0an {\n    exit when mean > mean[1]\n  }\n  exit #go when close < open"
            ),
            "average"
        )
    );
    assert!(
        renamed(
            &strategy("  enter long #g$0o when close > mean\n  exit #go when close < open"),
            "run"
        )
        .contains("exit #run")
    );
    let member = renamed(
        &strategy("  param b: Bias = u$0p in {up, down}\n  let x = b == Bias.up"),
        "rising",
    );
    assert!(
        member.contains("Bias = rising in {rising, down}")
            && member.contains("Bias.rising")
            && member.contains("{ rising, down }")
    );
    for (new, why) in [
        ("when", "a word of the language"),
        ("n", "something else"),
        ("twice", "something else"),
        ("close", "a name of the language"),
        ("ema", "a name of the language or its library"),
        ("highest", "a name of the language"),
        ("a b", "not a name"),
        ("", "not a name"),
        ("é", "not a name"),
    ] {
        let got = renamed(&strategy("  let x = me$0an"), new);
        assert!(got.contains(why), "{new}: {got}");
    }
    assert!(renamed(&strategy("  let x = em$0a(close, 3)"), "mine").contains("library"));
    assert!(renamed(&strategy("  let x = clo$0se"), "mine").contains("library"));
    // a fold's index may not take the name of what its body reads, nor the other way round
    assert!(
        renamed(&strategy("  let x = sum(i$0 in 0..3: mean[i])"), "mean")
            .contains("something else")
    );
    assert!(
        renamed(&strategy("  let x = me$0an + sum(i in 0..3: mean[i])"), "i")
            .contains("something else")
    );
}

fn f_uses(text: &str) -> usize {
    let f = fixture(text);
    f.analysis.highlights(f.at).len()
}

#[test]
fn outlines() {
    fn show(list: &[Outline], depth: usize, out: &mut String) {
        for o in list {
            out.push_str(&format!(
                "{}{:?} {} {}\n",
                "  ".repeat(depth),
                o.kind,
                o.name,
                o.detail
            ));
            show(&o.children, depth + 1, out);
        }
    }
    let f = fixture(&format!(
        "{}\nindicator w(n: bars) -> (a: price, b: price) {{\n  rec e = e[1] + 0.1 * (close - e[1]) init close\n  give e, e\n}}\n\ntest \"t\" {{\n  given close = [1]\n  assert close is [1]\n}}\n$0",
        strategy("  enter long #in when close > mean\n  size 1")
    ));
    let mut out = String::new();
    show(&f.analysis.outline(), 0, &mut out);
    assert_snapshot!(out);
}

#[test]
fn folds_and_selections() {
    let f = fixture(
        "// one\n// two\n\n/// Doc.\nstrategy a {\n  on 1h\n  enter long when close > ema(cl$0ose,\n    20) {\n    stop 1%\n  }\n}\n",
    );
    let text = f.analysis.text();
    let folds: Vec<String> = f
        .analysis
        .folds()
        .iter()
        .map(|x| {
            format!(
                "{:?}{}",
                &text[x.start..x.end],
                if x.comment { " comment" } else { "" }
            )
        })
        .collect();
    let wider: Vec<String> = f
        .analysis
        .selections(f.at)
        .iter()
        .map(|(s, e)| format!("{:?}", &text[*s..*e]))
        .collect();
    assert_snapshot!(format!("{}\n\n{}", folds.join("\n"), wider.join("\n")));
}

#[test]
fn colours() {
    let f = fixture(&strategy(
        "  /// Doc.\n  enter long #go when twice(close) > bands.top and n in 1..9 // why\n    at limit close * (1 + 2%) {\n    stop 2%\n  }\n  size risk 1%$0",
    ));
    let text = f.analysis.text();
    let out: Vec<String> = f
        .analysis
        .highlight(0, usize::MAX)
        .iter()
        .map(|t| format!("{} {:?} {}", &text[t.start..t.end], t.kind, t.modifiers))
        .collect();
    assert_snapshot!(out.join("\n"));
}

#[test]
fn layout() {
    let f = fixture("strategy a {\n on 1h\n  let x=close\n\n\n  let y = 1+2\n  size   1$0\n}\n");
    let whole = apply(f.analysis.text(), &f.analysis.format());
    assert_eq!(whole, sbt_syntax::format(f.analysis.text()).unwrap());
    let one = f.analysis.format_range(f.at, f.at);
    assert!(apply(f.analysis.text(), &one).contains("\n  let x=close\n"));
    assert!(apply(f.analysis.text(), &one).contains("  size 1\n"));
    // a new line is indented although the program does not parse yet
    let f = fixture("strategy a {\n  on 1h\n  enter long when close > open {\n$0\n");
    assert_eq!(
        f.analysis.format_typed(f.at, '\n'),
        [Edit {
            start: f.at,
            end: f.at,
            new: "    ".into()
        }]
    );
    let f = fixture("strategy a {\n  on 1h\n  let x = $0\n");
    assert!(f.analysis.format().is_empty());
}

#[test]
fn hints() {
    let f = fixture(&strategy(
        "  rec e = e[1] + 0.1 * (close - e[1]) init close\n  let q: price = ema(close, 9)\n  let up = close > e\n  let (line, signal, hist) = macd(close, 12, 26, 9)\n  plot q$0",
    ));
    let mut text = f.analysis.text().to_owned();
    for h in f.analysis.hints(0, text.len()).iter().rev() {
        text.insert_str(h.at, &format!("«{}»", h.text));
    }
    assert_snapshot!(text);
}

#[test]
fn actions() {
    let show = |body: &str| {
        let f = fixture(&strategy(body));
        let text = f.analysis.text().to_owned();
        f.analysis
            .actions(f.at, f.end)
            .iter()
            .map(|a| {
                let new = apply(&text, &a.edits);
                let changed: Vec<String> = new
                    .lines()
                    .filter(|l| !text.lines().any(|o| o == *l))
                    .map(|l| format!("    + {}", l.trim()))
                    .collect();
                format!("  {:?}: {}\n{}", a.kind, a.title, changed.join("\n"))
            })
            .collect::<Vec<_>>()
            .join("\n")
    };
    let all = [
        "  let x = em$0aa(close, 3)",
        "  let x = emaa(close, 3)\n  let y = sm$0aa(close, 3)",
        "  let x = close; $0",
        "  enter long when $0close > mean$0 and n > 3",
        "  enter long when close > $0mean and$0 n > 3",
        "  let x = sum(i in 0..3: $0close[i]$0)",
        "  let x = ema(close, 2$00)",
        "  enter long when rsi(close, 14) < 3$00",
        "  enter long when close > open {\n    stop $02%\n  }",
        "  let x = $0n",
    ];
    let out: Vec<String> = all
        .iter()
        .map(|b| format!("{}\n{}", b.trim(), show(b)))
        .collect();
    assert_snapshot!(out.join("\n"));
}

#[test]
fn calls() {
    let f = fixture(
        "fn a$0(x: num) -> num = x\n\nfn b(x: num) -> num = a(x) + a(x)\n\nindicator c() -> price {\n  give b(ema(close, 3)) + a(close)\n}\n\ntest \"t\" {\n  given close = [1]\n  assert a(close) is [1]\n}\n",
    );
    let incoming: Vec<(String, usize)> = f
        .analysis
        .incoming(f.at)
        .iter()
        .map(|c| (c.item.name.clone(), c.sites.len()))
        .collect();
    assert_eq!(
        incoming,
        [("b".into(), 2), ("c".into(), 1), ("t".into(), 1)]
    );
    let at = f.analysis.text().find("indicator c").unwrap() + 10;
    let outgoing: Vec<String> = f
        .analysis
        .outgoing(at)
        .iter()
        .map(|c| c.item.name.clone())
        .collect();
    assert_eq!(outgoing, ["b", "ema", "a"]);
}

#[test]
fn links_and_exports() {
    let f = fixture(&strategy("  let x = tw$0ice(close)"));
    let links = f.analysis.links();
    assert_eq!(&f.analysis.text()[links[0].start..links[0].end], "mine");
    let (module, item, part) = f.analysis.exported(f.at).unwrap();
    assert_eq!(
        (module.as_deref(), item.as_str(), part),
        (Some("/w/mine.sbt"), "twice", None)
    );
    assert_eq!(
        f.analysis
            .uses_of_export(module.as_deref(), &item, None)
            .len(),
        1
    );
    assert_eq!(f.analysis.module_names(), ["/w/mine.sbt"]);
}

#[test]
fn ten_thousand_lines_are_answered() {
    let mut text = String::from("#sbt 1\n");
    let mut k = 0;
    while text.lines().count() < 10_000 {
        k += 1;
        text.push_str(&format!("\nindicator i{k}(n: bars) -> price {{\n  let a = sma(close, n)\n  let b = ema(close, n)\n  give if a > b then a else b\n}}\n"));
    }
    let a = sbt_ide::Analysis::new(&fixture::Beside, "big", &text);
    assert!(a.diagnostics().is_empty(), "{:?}", &a.diagnostics()[..1]);
    let at = text.rfind("a > b").unwrap();
    assert!(a.hover(at).unwrap().text.contains("sma(close, n)"));
    assert_eq!(a.highlights(at).len(), 3);
    assert!(!a.complete(at, &[]).is_empty());
    assert_eq!(a.outline().len(), k);
}
