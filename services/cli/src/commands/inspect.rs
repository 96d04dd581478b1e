//! `sixbtc inspect FILE --emit STAGE`

use crate::args::Emit;
use crate::failure::Failure;
use crate::files::{self, Beside};
use crate::output;
use sbt_driver::Backend;
use std::collections::HashMap;
use std::fmt::Write;
use std::path::Path;

/// Shows what the compiler made of a program.
pub fn run(path: &Path, emit: Emit, backend: Backend) -> Result<u8, Failure> {
    let program = files::read_program(path)?;
    if emit == Emit::Tokens {
        let mut text = String::new();
        for t in sbt_grammar::lex(&program.text) {
            let _ = writeln!(
                text,
                "{:>6}..{:<6} {:?} {:?}",
                t.start,
                t.end,
                t.token,
                t.text(&program.text)
            );
        }
        output::out(&text);
        return Ok(0);
    }
    let name = program.path.display().to_string();
    if emit == Emit::Ast {
        let (file, diagnostics) = sbt_syntax::parse(&program.text, sbt_diagnostics::FileId(0));
        output::out(&format!("{file:#?}"));
        return Ok(u8::from(
            diagnostics
                .iter()
                .any(sbt_diagnostics::Diagnostic::is_error),
        ));
    }
    let checked = sbt_driver::check(&Beside::of(path), &name, &program.text, &HashMap::new());
    super::check::show_diagnostics(&checked);
    if !checked.is_ok() {
        return Ok(1);
    }
    for s in &checked.hir.strategies {
        let text = match emit {
            Emit::Hir => hir(s),
            Emit::Ir => each_module(s, |lowered| {
                let raw = lowered.to_string();
                let program =
                    sbt_opt::optimise(lowered).map_err(|e| Failure::defect(e.to_string()))?;
                Ok(format!(
                    "; as lowered\n{raw}\n; optimised\n{}",
                    program.module
                ))
            })?,
            Emit::Clif | Emit::Asm | Emit::Llvm => each_module(s, |lowered| {
                let program =
                    sbt_opt::optimise(lowered).map_err(|e| Failure::defect(e.to_string()))?;
                let text = match (emit, backend) {
                    (Emit::Clif, _) => sbt_cranelift::clif_text(&program),
                    (Emit::Llvm, _) | (_, Backend::Llvm) => {
                        return by_llvm(&program, emit == Emit::Asm);
                    }
                    _ => sbt_cranelift::asm(&program),
                };
                text.map_err(|e| Failure::input(e.to_string()))
            })?,
            Emit::Tokens | Emit::Ast => String::new(),
        };
        output::out(&text);
    }
    Ok(0)
}

/// LLVM's IR, optimised, or its assembly.
#[cfg(feature = "llvm")]
fn by_llvm(program: &sbt_ir::Program, assembly: bool) -> Result<String, Failure> {
    let host = sbt_llvm::Processor::Host;
    let text = if assembly {
        sbt_llvm::asm(program, 1, host)
    } else {
        sbt_llvm::llvm_text(program, 1, host)
    };
    text.map_err(|e| Failure::input(e.to_string()))
}

#[cfg(not(feature = "llvm"))]
fn by_llvm(_: &sbt_ir::Program, _: bool) -> Result<String, Failure> {
    Err(Failure::input(
        "this build has no LLVM backend: build with `--features llvm`; `--emit clif` shows Cranelift's IR",
    ))
}

/// The text of a strategy's module, or of all stages of a portfolio.
fn each_module(
    s: &sbt_hir::Strategy,
    text: impl Fn(sbt_ir::Module) -> Result<String, Failure>,
) -> Result<String, Failure> {
    let Some((mut modules, last, _)) = sbt_ir::lower::portfolio(s) else {
        return text(sbt_ir::lower::strategy(s));
    };
    modules.push(last);
    let texts: Vec<String> = modules.into_iter().map(text).collect::<Result<_, _>>()?;
    Ok(texts.join("\n"))
}

/// The checked graph, a node a line.
fn hir(s: &sbt_hir::Strategy) -> String {
    let mut out = format!("strategy {}\n", s.name);
    let enums: Vec<(String, Vec<String>)> = Vec::new();
    for (i, n) in s.graph.nodes.iter().enumerate() {
        let w = match (s.graph.as_const(n.lookback), s.graph.as_const(n.settled)) {
            (Some(l), Some(t)) => format!("{l}/{t}"),
            _ => format!("%{}/%{}", n.lookback.0, n.settled.0),
        };
        let _ = writeln!(
            out,
            "  %{i:<4} {:<10} {:?} warm-up {w} in [{}, {}]  {:?}",
            sbt_hir::program::type_name(n.ty, &enums),
            n.rate,
            n.interval.lo,
            n.interval.hi,
            n.kind
        );
    }
    out
}
