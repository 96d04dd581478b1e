//! Machine code by LLVM: one program over W parameter points at once.
