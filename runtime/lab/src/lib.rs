//! The laboratory: walk-forward and the whole judgement of one strategy, made of runs, sweeps and statistics.
