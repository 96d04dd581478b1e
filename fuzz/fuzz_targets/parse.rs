//! Any text is parsed or refused.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (_, found) = sbt_syntax::parse(text, sbt_diagnostics::FileId(0));
    for span in found.iter().flat_map(|d| d.labels.iter().map(|l| l.span)) {
        assert!(
            text.get(span.start as usize..span.end as usize).is_some(),
            "a message points nowhere"
        );
    }
});
