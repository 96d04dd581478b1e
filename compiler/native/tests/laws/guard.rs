//! Kernels run with a page that must not be touched next to every block of memory: state, columns, outputs, constants.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, unsafe_code)]

use super::compile;
use sbt_ir::testing::{
    Drive, Rng, Size, drive, random_bars, random_drive, random_module, random_params,
};
use sixbtc_abi::{
    Constants, Frame, Input, Kernel, KernelError, Manifest, Outputs, PositionInputs, State,
};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Where allocations of this thread go.
#[derive(Clone, Copy, PartialEq)]
enum Guard {
    /// Anywhere.
    Off,
    /// The end of the block at a forbidden page.
    Behind,
    /// The beginning of the block at a forbidden page.
    Before,
}

thread_local! {
    static GUARD: Cell<Guard> = const { Cell::new(Guard::Off) };
}

/// Address space reserved for guarded blocks; each is used once.
const ARENA: usize = 1 << 38;
const PAGE: usize = 4096;
static NEXT: AtomicUsize = AtomicUsize::new(0);

struct GuardedAllocator;

fn arena() -> usize {
    static AT: std::sync::OnceLock<usize> = std::sync::OnceLock::new();
    *AT.get_or_init(|| {
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        // SAFETY: a new mapping
        unsafe { libc::mmap(std::ptr::null_mut(), ARENA, libc::PROT_NONE, flags, -1, 0) as usize }
    })
}

// SAFETY: guarded blocks are fresh, aligned and disjoint; the rest goes to the system
unsafe impl GlobalAlloc for GuardedAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let guard = GUARD.try_with(Cell::get).unwrap_or(Guard::Off);
        if guard == Guard::Off {
            // SAFETY: passed on
            return unsafe { System.alloc(layout) };
        }
        let size = layout.size().next_multiple_of(layout.align());
        let room = size.next_multiple_of(PAGE);
        let at = NEXT.fetch_add(room + PAGE, Ordering::Relaxed);
        if at + room + 2 * PAGE > ARENA {
            return std::ptr::null_mut();
        }
        // forbidden pages stay between blocks
        let first = arena() + at + PAGE;
        // SAFETY: pages of the arena that no one else uses
        let done =
            unsafe { libc::mprotect(first as *mut _, room, libc::PROT_READ | libc::PROT_WRITE) };
        if done != 0 {
            return std::ptr::null_mut();
        }
        match guard {
            Guard::Before => first as *mut u8,
            _ => (first + room - size) as *mut u8,
        }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        let arena = arena();
        if !(arena..arena + ARENA).contains(&(at as usize)) {
            // SAFETY: it came from there
            return unsafe { System.dealloc(at, layout) };
        }
        let first = at as usize / PAGE * PAGE;
        let room = layout
            .size()
            .next_multiple_of(layout.align())
            .next_multiple_of(PAGE);
        // SAFETY: the pages of this block alone; later use is an error we want to see
        unsafe {
            libc::madvise(first as *mut _, room, libc::MADV_DONTNEED);
            libc::mprotect(first as *mut _, room, libc::PROT_NONE);
        }
    }
}

#[global_allocator]
static ALLOCATOR: GuardedAllocator = GuardedAllocator;

/// A kernel that is given exactly what it may touch: every column in a block of its own, cut off where the input is.
struct Cornered<'k>(&'k dyn Kernel);

impl Kernel for Cornered<'_> {
    fn manifest(&self) -> &Manifest {
        self.0.manifest()
    }

    fn bind(&self, params: &[f64]) -> Result<Constants, KernelError> {
        self.0.bind(params)
    }

    fn new_state(&self, constants: &Constants) -> State {
        self.0.new_state(constants)
    }

    fn run(
        &self,
        input: &Input<'_>,
        offset: &[usize],
        rows: Range<usize>,
        constants: &Constants,
        state: &mut State,
        out: &mut Outputs,
    ) -> Result<(), KernelError> {
        // nothing after the block's last row, nothing of another frame that is not confirmed by then
        let end = rows.end - offset.first().copied().unwrap_or(0);
        let copies: Vec<_> = input
            .frames
            .iter()
            .enumerate()
            .map(|(at, frame)| {
                let there = match frame.confirmed[..end.min(frame.confirmed.len())].last() {
                    Some(confirmed) => *confirmed as usize - offset.get(at).copied().unwrap_or(0),
                    None => end,
                };
                let columns: Vec<Vec<f64>> =
                    frame.columns.iter().map(|c| c[..there].to_vec()).collect();
                let confirmed = if at == 0 {
                    vec![]
                } else {
                    frame.confirmed[..end].to_vec()
                };
                (
                    frame.time[..there].to_vec(),
                    columns,
                    confirmed,
                    frame.price_scale,
                )
            })
            .collect();
        let frames = copies
            .iter()
            .map(|(time, columns, confirmed, price_scale)| Frame {
                time,
                columns: columns.iter().map(Vec::as_slice).collect(),
                confirmed,
                price_scale: *price_scale,
            })
            .collect();
        self.0
            .run(&Input { frames }, offset, rows, constants, state, out)
    }

    fn position(
        &self,
        signal: (u64, &[f64]),
        position: &PositionInputs,
        constants: &Constants,
        state: &mut State,
        out: &mut [f64],
    ) -> Result<u64, KernelError> {
        self.0.position(signal, position, constants, state, out)
    }

    fn bracket(
        &self,
        signal: &[f64],
        entry: f64,
        constants: &Constants,
        out: &mut [f64],
    ) -> Result<(), KernelError> {
        self.0.bracket(signal, entry, constants, out)
    }
}

fn cases() -> u64 {
    std::env::var("SIXBTC_FUZZ_N")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(60)
}

#[test]
fn kernels_touch_nothing_beyond_their_memory() {
    for seed in 0..cases() {
        let mut rng = Rng::new(3_000_000 + seed);
        let size = Size {
            nodes: 20,
            length: if seed % 2 == 0 { 5 } else { 40 },
            ..Size::default()
        };
        let program = sbt_opt::schedule(random_module(&mut rng, &size)).unwrap();
        let params = random_params(&mut rng, &program.module);
        let kernel = compile(&program).unwrap();
        let rows = 60;
        let how = random_drive(&mut rng, rows);
        let steps = Drive {
            cuts: (1..rows).collect(),
            drop_rows: true,
            ..how.clone()
        };
        for guard in [Guard::Behind, Guard::Before] {
            GUARD.set(guard);
            let bars = random_bars(&mut rng.clone(), &program.module.frames, rows, size.wild);
            let cut = drive(&Cornered(&kernel), &bars, &params, &how);
            let stepped = drive(&Cornered(&kernel), &bars, &params, &steps);
            let same = cut == stepped;
            GUARD.set(Guard::Off);
            assert!(same, "seed {seed}");
        }
    }
}

#[test]
fn a_snapshot_in_mid_run_goes_on_as_if_nothing_had_happened() {
    for seed in 0..cases() {
        let mut rng = Rng::new(4_000_000 + seed);
        let size = Size {
            position: false,
            ..Size::default()
        };
        let program = sbt_opt::schedule(random_module(&mut rng, &size)).unwrap();
        let params = random_params(&mut rng, &program.module);
        let bars = random_bars(&mut rng, &program.module.frames, 80, true);
        let kernel = compile(&program).unwrap();
        let Ok(constants) = kernel.bind(&params) else {
            continue;
        };
        let input = bars.input();
        let mut state = kernel.new_state(&constants);
        let mut out = Outputs::new(kernel.manifest(), 80);
        kernel
            .run(&input, &[], 0..35, &constants, &mut state, &mut out)
            .unwrap();
        let snapshot = state.clone();
        let quiet_nan = |w: &u64| !f64::from_bits(*w).is_nan() || *w == f64::NAN.to_bits();
        let negative = |w: &u64| (*w as i64) < 0 && (*w as i64) > -(1 << 50);
        assert!(
            snapshot.words.iter().all(|w| quiet_nan(w) || negative(w)),
            "seed {seed}"
        );
        kernel
            .run(&input, &[], 35..80, &constants, &mut state, &mut out)
            .unwrap();
        let mut again = Outputs::new(kernel.manifest(), 80);
        let mut restored = snapshot.clone();
        // the same kernel compiled anew, as after a restart
        let kernel = compile(&program).unwrap();
        kernel
            .run(&input, &[], 35..80, &constants, &mut restored, &mut again)
            .unwrap();
        assert_eq!(restored, state, "seed {seed}");
        assert_eq!(out.flags[..45], again.flags[..45], "seed {seed}");
        for (a, b) in out.values.iter().zip(&again.values) {
            assert!(
                a[..45]
                    .iter()
                    .zip(&b[..45])
                    .all(|(a, b)| a.to_bits() == b.to_bits()),
                "seed {seed}"
            );
        }
    }
}
