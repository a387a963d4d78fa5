//! How far items are folded: at how many bits of their hashes they are told apart.

/// Bits of a full item hash.
pub(super) const FULL_DEPTH: u32 = u64::BITS;

/// The deepest prefix at which these sorted hashes have at most `capacity` distinct values: 64 bits less the place of
/// the first bit in which enough neighbours agree.
pub(super) fn fitting_depth<'h>(
    hashes: impl Iterator<Item = &'h u64> + Clone,
    capacity: usize,
) -> u32 {
    // Two sorted neighbours stay apart at depth d iff they differ within the first d bits.
    let mut differ_at = [0usize; FULL_DEPTH as usize + 1];
    for (a, b) in hashes.clone().zip(hashes.skip(1)) {
        differ_at[(a ^ b).leading_zeros() as usize] += 1;
    }
    let mut entries = 1;
    for (depth, apart) in (0u32..).zip(differ_at) {
        entries += apart;
        if entries > capacity {
            return depth;
        }
    }
    FULL_DEPTH
}

/// Most entries of folded items, where so many are kept apart.
pub(super) fn most_folded(capacity: usize) -> usize {
    /// Groups of fewer would make intervals shakier.
    const ENOUGH: usize = 1_024;
    (capacity / 16).max(capacity.min(ENOUGH))
}

/// Most entries at this depth.
pub(super) fn most_entries(capacity: usize, depth: u32) -> usize {
    match depth {
        FULL_DEPTH => capacity,
        _ => most_folded(capacity),
    }
}

/// The bits of a hash that tell items apart at this depth.
pub(super) fn mask(depth: u32) -> u64 {
    u64::MAX.checked_shl(FULL_DEPTH - depth).unwrap_or(0)
}
