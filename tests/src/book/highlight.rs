//! Colours for programs on the pages: a language for highlight.js, which mdBook brings along, made from the grammar's own words.

use sbt_grammar::word;

/// A script that registers the language and colours the blocks of it.
pub fn script() -> String {
    let quoted = |lists: &[&[&str]]| {
        let mut words: Vec<&str> = lists.iter().flat_map(|l| l.iter().copied()).collect();
        words.sort_unstable();
        words.dedup();
        words.join(" ")
    };
    let keywords = quoted(&[
        word::RESERVED,
        word::ITEMS,
        word::STATEMENTS,
        word::CLAUSES,
        word::OPERATORS,
    ]);
    format!(
        r#"(function () {{
  if (typeof hljs === "undefined") return;
  hljs.registerLanguage("sbt", function (hljs) {{
    return {{
      keywords: {{
        keyword: "{keywords}",
        literal: "true false",
        built_in: "open high low close volume bar_index hour minute weekday day month year time position entry",
      }},
      contains: [
        {{ className: "meta", begin: /^#sbt \d+/ }},
        {{ className: "comment", begin: /\/\//, end: /$/ }},
        {{ className: "string", begin: /"/, end: /"/ }},
        {{ className: "symbol", begin: /#[A-Za-z_]\w*/ }},
        {{ className: "number", begin: /\b\d[\d_]*(\.\d+)?(e-?\d+)?(%|R\b|[smhdw]\b)?/ }},
        {{ className: "title", begin: /\b[A-Za-z_]\w*(?=\()/ }},
      ],
    }};
  }});
  document.querySelectorAll("code.language-sbt").forEach(function (block) {{
    block.textContent = block.textContent;
    delete block.dataset.highlighted;
    (hljs.highlightElement || hljs.highlightBlock)(block);
  }});
}})();
"#
    )
}
