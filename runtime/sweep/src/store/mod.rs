//! What a sweep keeps on disk: parts while it runs, one file at its end.

mod columns;
mod csv;
mod disk;
mod identity;
mod merge;
mod parquet;
mod parts;
mod read;

pub use disk::{Disk, Lock, RealDisk, Sink};
pub use identity::Identity;
pub use merge::{Merged, merge};
pub use read::{Chunk, ResultsFile, read_results};

pub(crate) use columns::{Columns, Meta, Writer, is_parquet, temporary};
pub(crate) use identity::SHARD;
pub(crate) use parts::{Part, Parts, failure, listed, parts_dir, remove_parts};
