//! Judgement: statistics that tell luck from skill, and the gates of the pipeline. Pure: numbers in, numbers out.

pub mod pipeline;
