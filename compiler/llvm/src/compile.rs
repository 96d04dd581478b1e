//! From a program to finalised machine code.

use crate::code::{OwnContext, Owner};
use crate::emit::{Emitter, Plan};
use crate::target::{Description, Processor, machine};
use inkwell::OptimizationLevel;
use inkwell::context::Context;
use inkwell::module::Module;
use inkwell::passes::PassBuilderOptions;
use inkwell::targets::{FileType, TargetMachine, TargetTriple};
use sbt_ir::{Layout, Program};
use sbt_native::memory::Memory;
use sbt_native::routines::Routine;
use sbt_native::{CompileError, CompiledKernel, check};

/// Parameter points side by side at most: a vector of the widest processors.
const LANES: usize = 8;
/// The passes LLVM runs.
const PASSES: &str = "default<O3>";

/// Compiles a scheduled program for this processor. With `lanes` over 1 (at most 8) the kernel can also run as many
/// parameter points side by side ([`sixbtc_abi::Kernel::run_lanes`]).
///
/// ```
/// # use sbt_ir::Program;
/// # use sixbtc_abi::Kernel;
/// # let mut program = Program::default();
/// # program.module.frames.push(sixbtc_abi::FrameSpec { symbol: None, period_ms: 60_000, columns: vec![] });
/// # program.signal.push(vec![]);
/// let kernel = sbt_llvm::compile(&program, 8)?;
/// assert_eq!(kernel.lanes(), 8);
/// # Ok::<(), sbt_llvm::CompileError>(())
/// ```
pub fn compile(program: &Program, lanes: usize) -> Result<CompiledKernel, CompileError> {
    with(program, lanes, Processor::Host)
}

/// As [`compile`], for [`Processor::Baseline`].
pub fn compile_baseline(program: &Program, lanes: usize) -> Result<CompiledKernel, CompileError> {
    with(program, lanes, Processor::Baseline)
}

fn with(
    program: &Program,
    lanes: usize,
    processor: Processor,
) -> Result<CompiledKernel, CompileError> {
    let context = OwnContext::new();
    let built = build(context.get(), program, lanes, processor)?;
    let engine = built
        .module
        .create_jit_execution_engine(OptimizationLevel::Aggressive)
        .map_err(|e| CompileError::Host(e.to_string()))?;
    for routine in Routine::all() {
        let (name, address) = routine.symbol();
        if let Some(function) = built.module.get_function(name) {
            engine.add_global_mapping(&function, address as usize);
        }
    }
    // the engine keeps the module
    drop(built.module);
    let owner = Owner {
        engine,
        _context: context,
    };
    owner.kernel(program, built.memory, built.lanes)
}

/// The functions of a program in LLVM's IR, optimised.
pub fn llvm_text(
    program: &Program,
    lanes: usize,
    processor: Processor,
) -> Result<String, CompileError> {
    let context = Context::create();
    let built = build(&context, program, lanes, processor)?;
    Ok(built.module.print_to_string().to_string())
}

/// The functions of a program in assembly language.
pub fn asm(program: &Program, lanes: usize, processor: Processor) -> Result<String, CompileError> {
    let context = Context::create();
    let built = build(&context, program, lanes, processor)?;
    let text = built
        .machine
        .write_to_memory_buffer(&built.module, FileType::Assembly)
        .map_err(|e| CompileError::Backend(e.to_string()))?;
    let text = String::from_utf8_lossy(text.as_slice()).into_owned();
    Ok(text.trim_end_matches('\0').to_owned())
}

struct Built<'c> {
    module: Module<'c>,
    machine: TargetMachine,
    memory: Memory,
    lanes: Option<Memory>,
}

fn build<'c>(
    context: &'c Context,
    program: &Program,
    lanes: usize,
    processor: Processor,
) -> Result<Built<'c>, CompileError> {
    check(program)?;
    if lanes > LANES {
        return Err(CompileError::TooMany {
            what: "parameter points side by side",
            count: lanes as u64,
            limit: LANES as u64,
        });
    }
    let memory = Memory::plan(program, 1)?;
    let lanes = match lanes {
        0 | 1 => None,
        many => Some(Memory::plan(program, many)?),
    };
    let target = processor.describe();
    let machine = machine(&target)?;
    let module = context.create_module("kernel");
    module.set_triple(&TargetTriple::create(&target.triple));
    module.set_data_layout(&machine.get_target_data().get_data_layout());
    let one = plan(program, &memory, &target);
    Emitter::signal(context, &module, &one, "signal")?;
    Emitter::position(context, &module, &one)?;
    Emitter::bracket(context, &module, &one)?;
    if let Some(memory) = &lanes {
        let several = plan(program, memory, &target);
        Emitter::signal(context, &module, &several, "signal_lanes")?;
    }
    if cfg!(debug_assertions) {
        let refuse = |e: inkwell::support::LLVMString| CompileError::Backend(e.to_string());
        module.verify().map_err(refuse)?;
    }
    let options = PassBuilderOptions::create();
    options.set_loop_vectorization(true);
    // it gathers what is faster loaded one by one
    options.set_loop_slp_vectorization(false);
    options.set_loop_unrolling(true);
    options.set_loop_interleaving(true);
    module
        .run_passes(PASSES, &machine, options)
        .map_err(|e| CompileError::Backend(e.to_string()))?;
    Ok(Built {
        module,
        machine,
        memory,
        lanes,
    })
}

fn plan<'p>(program: &'p Program, memory: &'p Memory, target: &'p Description) -> Plan<'p> {
    let mut slot_of = vec![None; program.module.nodes.len()];
    for (slot, id) in program.run.iter().enumerate() {
        slot_of[id.index()] = u32::try_from(slot).ok();
    }
    Plan {
        program,
        memory,
        guarded: Layout::new(program).guarded.into_iter().collect(),
        slot_of,
        target,
    }
}
