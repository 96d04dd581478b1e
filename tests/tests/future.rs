//! Programs that try to see the future are refused, each with the code that it names; the examples of the book are not.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod blocks;

use blocks::{Files, check, error_codes, files_of, is_laid_out, repository};
use sbt_driver::{Backend, compile};

/// Code and reason of the line `// refused: E0301 why`.
fn verdict(text: &str) -> Option<(&str, &str)> {
    let line = text.lines().find_map(|l| l.strip_prefix("// refused: "))?;
    line.split_once(' ')
}

#[test]
fn no_program_sees_the_future() {
    let mut wrongs: Vec<String> = Vec::new();
    let programs = files_of(&repository("tests/future"), "sbt");
    assert!(programs.len() >= 40, "only {} programs", programs.len());
    for path in programs {
        let name = path.file_name().unwrap().to_str().unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let Some((code, _)) = verdict(&text) else {
            wrongs.push(format!("{name}: no line `// refused: CODE why`"));
            continue;
        };
        let checked = check(&text, &Files::default());
        let found = error_codes(&checked);
        if found != [code] {
            let plain = sbt_diagnostics::plain(&checked.diagnostics, &checked.sources);
            wrongs.push(format!("{name}: {found:?} instead of {code}\n{plain}"));
        }
        if checked.is_ok() {
            wrongs.push(format!("{name}: can be compiled"));
        }
    }
    assert!(wrongs.is_empty(), "{}", wrongs.join("\n"));
}

#[test]
fn examples_check_format_and_compile() {
    let mut examples = files_of(&repository("docs/examples"), "sbt");
    examples.extend(files_of(&repository("docs/examples/mechanisms"), "sbt"));
    assert!(!examples.is_empty());
    for path in examples {
        let name = path.file_name().unwrap().to_str().unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(is_laid_out(&text), "{name} is not laid out");
        let checked = check(&text, &Files::default());
        assert!(
            checked.diagnostics.is_empty(),
            "{name}: {:?}",
            checked.diagnostics
        );
        assert!(!checked.hir.strategies.is_empty(), "{name}");
        for strategy in &checked.hir.strategies {
            for backend in [Backend::Cranelift, Backend::Interpreter] {
                assert!(
                    compile(strategy, backend).is_ok(),
                    "{name} does not compile with {}",
                    backend.name()
                );
            }
        }
    }
}
