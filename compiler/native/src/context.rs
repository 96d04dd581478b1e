//! Words of the context that the wrapper hands to the functions, by index. Pointers are biased so that the number of a
//! row, counted from the first row of the run, is the index into what they point to.

/// First row (signal).
pub const FIRST: usize = 0;
/// One past the last row (signal); flags of the bar (position).
pub const LAST: usize = 1;
/// Run-fixed values.
pub const SLOTS: usize = 2;
/// State.
pub const STATE: usize = 3;
/// Column of flags (signal); signal values of the bar (position, bracket).
pub const FLAGS: usize = 4;
/// Position inputs (position); bits of the fill price (bracket); with lanes, the table of output columns: for each lane
/// its flags and its values (signal).
pub const INPUTS: usize = 5;
/// Values of the bar (position, bracket); the first of the value columns (signal).
pub const OUT: usize = 6;

/// First word of a frame in the signal function's context.
pub fn frame(values: usize, columns_before: usize, frame: usize) -> usize {
    OUT + values + 3 * frame + columns_before
}
/// Open times, relative to [`frame`].
pub const TIME: usize = 0;
/// Confirmed rows by row of frame 0, relative to [`frame`].
pub const CONFIRMED: usize = 1;
/// Bits of the price scale, relative to [`frame`].
pub const SCALE: usize = 2;
/// First column, relative to [`frame`].
pub const COLUMNS: usize = 3;
