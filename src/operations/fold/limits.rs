//! The limits of a fold.

/// The limits that bound the memory of a fold. The defaults add up to 256 MiB, apart from the effect of a single event: the
/// keyframes, the undo data, and up to three states, each of which holds what was written and read since its keyframe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FoldLimits {
    /// The number of events between two keyframes, and the most events that can be undone without a replay. It bounds the work
    /// of a jump, of a step back beyond the undo data, and of each part of a history, so it is small: a keyframe has only the
    /// keys written since the one before, and few keys are written again and again.
    pub segment_events: u64,
    /// The bytes of a state after which a keyframe is created earlier.
    pub segment_bytes: usize,
    /// The most bytes of undo data.
    pub undo_bytes: usize,
    /// The most bytes of keyframes in memory. Beyond that, first their values and then their keys are in an unlinked temporary
    /// file that only this process can read.
    pub memory: usize,
}

impl Default for FoldLimits {
    fn default() -> Self {
        Self { segment_events: 1_000, segment_bytes: 24 << 20, undo_bytes: 48 << 20, memory: 128 << 20 }
    }
}
