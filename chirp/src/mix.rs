//! Numbers that look random and are the same on every machine: for the seeded graph, for jitter, for
//! the defect that drops one post in twenty. No generator of the operating system is asked.

/// One step of SplitMix64 (Steele et al., 2014): every input has its own, well spread output.
pub(crate) fn mix(value: u64) -> u64 {
    let mut mixed = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// A number for a text (FNV-1a, then mixed).
pub(crate) fn mix_text(text: &str) -> u64 {
    let hash = text
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    mix(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_the_same_everywhere_and_spread() {
        assert_eq!(mix(0), 0xe220_a839_7b1d_cdaf, "the published first output for seed 0");
        assert_ne!(mix_text("a"), mix_text("b"));
        let share = (0..10_000).filter(|n| mix_text(&format!("post-{n}")).is_multiple_of(20)).count();
        assert!((400..600).contains(&share), "one in twenty, but {share} of 10000");
    }
}
