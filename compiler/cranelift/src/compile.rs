//! From a program to finalised machine code.

use crate::code::Owner;
use crate::emit::{Emitter, Plan, describe};
use crate::host::{self, Extensions};
use cranelift_codegen::Context;
use cranelift_codegen::ir::types::I64;
use cranelift_codegen::ir::{AbiParam, InstBuilder, Signature, UserFuncName};
use cranelift_codegen::isa::CallConv;
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use cranelift_jit::{ArenaMemoryProvider, JITBuilder, JITModule};
use cranelift_module::{FuncId, Linkage, Module as _, default_libcall_names};
use sbt_ir::{Layout, Program, Stage};
use sbt_native::CompileError;
use sbt_native::memory::{Keep, Memory};
use sbt_native::routines::Routine;
use sbt_native::{CompiledKernel, check};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt::Write as _;

/// Addresses set aside for the code and constants of a kernel; memory is taken only as they are filled.
const RESERVED: usize = 64 << 20;

/// Compiles a scheduled program for this processor.
///
/// ```
/// # use sbt_ir::{InterpKernel, Program};
/// # use sixbtc_abi::Kernel;
/// # let mut program = Program::default();
/// # program.module.frames.push(sixbtc_abi::FrameSpec { symbol: None, period_ms: 60_000, columns: vec![] });
/// # program.signal.push(vec![]);
/// let kernel = sbt_cranelift::compile(&program)?;
/// assert_eq!(kernel.manifest().values.len(), 0);
/// # Ok::<(), sbt_cranelift::CompileError>(())
/// ```
pub fn compile(program: &Program) -> Result<CompiledKernel, CompileError> {
    build(program, Extensions::of_host()?, None)
}

/// As [`compile`], with a call wherever an older processor of the family lacks the instruction: the same bits, slower. It
/// is there for tests to run that code on any processor.
pub fn compile_baseline(program: &Program) -> Result<CompiledKernel, CompileError> {
    build(program, Extensions::NONE, None)
}

/// The functions of a program in Cranelift's IR, as they are handed to its optimiser.
pub fn clif_text(program: &Program) -> Result<String, CompileError> {
    let mut listing = Listing {
        assembly: false,
        text: String::new(),
    };
    build(program, Extensions::of_host()?, Some(&mut listing))?;
    Ok(listing.text)
}

/// The machine code of a program, disassembled.
pub fn asm(program: &Program) -> Result<String, CompileError> {
    let mut listing = Listing {
        assembly: true,
        text: String::new(),
    };
    build(program, Extensions::of_host()?, Some(&mut listing))?;
    Ok(listing.text)
}

struct Listing {
    assembly: bool,
    text: String,
}

fn build(
    program: &Program,
    extensions: Extensions,
    mut listing: Option<&mut Listing>,
) -> Result<CompiledKernel, CompileError> {
    check(program)?;
    let memory = Memory::plan(program, 1)?;
    let layout = Layout::new(program);
    let isa = host::isa()?;
    let native = isa.default_call_conv();
    let mut slot_of = vec![None; program.module.nodes.len()];
    for (slot, id) in program.run.iter().enumerate() {
        slot_of[id.index()] = u32::try_from(slot).ok();
    }
    let plan = Plan {
        program,
        memory: &memory,
        guarded: layout.guarded.iter().copied().collect(),
        slot_of,
        extensions,
        // a rare call must not make the loop around it spill its registers
        quiet: if cfg!(target_arch = "x86_64") {
            CallConv::PreserveAll
        } else {
            native
        },
    };
    let mut builder = JITBuilder::with_isa(isa, default_libcall_names());
    // one reservation for code and constants: apart, they could lie too far from each other for a 32-bit offset
    let arena = ArenaMemoryProvider::new_with_size(RESERVED)
        .map_err(|e| CompileError::Host(e.to_string()))?;
    builder.memory_provider(Box::new(arena));
    builder.symbol_lookup_fn(Box::new(|name| {
        Routine::all()
            .find(|r| r.symbol().0 == name)
            .map(|r| r.symbol().1)
    }));
    let mut unit = Unit {
        module: JITModule::new(builder),
        context: Context::new(),
        scratch: FunctionBuilderContext::new(),
    };
    let built = unit.functions(&plan, &mut listing);
    // JITModule leaks its memory unless it is told otherwise; `Owner` does so from here on
    let owner = Owner(Some(unit.module));
    let [signal, position, bracket] = built?;
    owner.kernel(program, memory, signal, position, bracket)
}

struct Unit {
    module: JITModule,
    context: Context,
    scratch: FunctionBuilderContext,
}

impl Unit {
    fn functions(
        &mut self,
        plan: &Plan<'_>,
        listing: &mut Option<&mut Listing>,
    ) -> Result<[FuncId; 3], CompileError> {
        let mut quiet = BTreeMap::new();
        for accumulator in &plan.memory.accumulators {
            let routine = match accumulator.keep {
                Keep::Ticks { .. } => Routine::SumOfTicks,
                Keep::Seed { exact: true, .. } => Routine::SeedOfTicks,
                Keep::Seed { exact: false, .. } => Routine::SumOfValues,
                _ => continue,
            };
            if let Entry::Vacant(free) = quiet.entry(routine) {
                free.insert(self.trampoline(routine, plan.quiet)?);
            }
        }
        let mut ids = Vec::new();
        for (name, stage) in [
            ("signal", Stage::Signal),
            ("position", Stage::Position),
            ("bracket", Stage::Bracket),
        ] {
            let mut signature = Signature::new(self.module.isa().default_call_conv());
            signature.params.push(AbiParam::new(I64));
            if stage == Stage::Position {
                signature.returns.push(AbiParam::new(I64));
            }
            let id = self
                .module
                .declare_function(name, Linkage::Local, &signature)
                .map_err(backend)?;
            self.context.func.signature = signature;
            self.context.func.name = UserFuncName::user(0, id.as_u32());
            let b = FunctionBuilder::new(&mut self.context.func, &mut self.scratch);
            let emitter = Emitter::new(b, &mut self.module, &quiet, plan, stage);
            match stage {
                Stage::Run | Stage::Signal => emitter.signal()?,
                Stage::Position => emitter.position()?,
                Stage::Bracket => emitter.bracket()?,
            }
            self.define(name, id, listing)?;
            ids.push(id);
        }
        self.module.finalize_definitions().map_err(backend)?;
        match ids[..] {
            [signal, position, bracket] => Ok([signal, position, bracket]),
            _ => Err(CompileError::Backend("a function is missing".to_owned())),
        }
    }

    fn define(
        &mut self,
        name: &str,
        id: FuncId,
        listing: &mut Option<&mut Listing>,
    ) -> Result<(), CompileError> {
        if let Some(listing) = listing {
            if listing.assembly {
                self.context.set_disasm(true);
            } else {
                let separator = if listing.text.is_empty() { "" } else { "\n" };
                let _ = write!(
                    listing.text,
                    "{separator}; {name}\n{}",
                    self.context.func.display()
                );
            }
        }
        self.module
            .define_function(id, &mut self.context)
            .map_err(backend)?;
        if let Some(listing) = listing
            && listing.assembly
            && let Some(text) = self.context.compiled_code().and_then(|c| c.vcode.as_ref())
        {
            let separator = if listing.text.is_empty() { "" } else { "\n" };
            let _ = write!(listing.text, "{separator}; {name}\n{text}");
        }
        self.module.clear_context(&mut self.context);
        Ok(())
    }

    /// A function that calls a routine and leaves all registers of its caller as they were.
    fn trampoline(&mut self, routine: Routine, quiet: CallConv) -> Result<FuncId, CompileError> {
        let (name, _) = routine.symbol();
        let mut outer = Signature::new(quiet);
        describe(routine, &mut outer);
        let mut inner = Signature::new(self.module.isa().default_call_conv());
        describe(routine, &mut inner);
        let id = self
            .module
            .declare_function(&format!("{name}_quiet"), Linkage::Local, &outer)
            .map_err(backend)?;
        let target = self
            .module
            .declare_function(name, Linkage::Import, &inner)
            .map_err(backend)?;
        self.context.func.signature = outer;
        self.context.func.name = UserFuncName::user(0, id.as_u32());
        let mut b = FunctionBuilder::new(&mut self.context.func, &mut self.scratch);
        let entry = b.create_block();
        b.append_block_params_for_function_params(entry);
        b.switch_to_block(entry);
        b.seal_block(entry);
        let args = b.block_params(entry).to_vec();
        let target = self.module.declare_func_in_func(target, b.func);
        b.ins().call(target, &args);
        b.ins().return_(&[]);
        let config = self.module.target_config();
        b.finalize(config);
        self.define(name, id, &mut None)?;
        Ok(id)
    }
}

#[allow(clippy::needless_pass_by_value)]
fn backend(error: cranelift_module::ModuleError) -> CompileError {
    CompileError::Backend(error.to_string())
}
