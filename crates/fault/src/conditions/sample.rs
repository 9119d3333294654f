//! How many looks it takes to see that a share of something is hit no more.
//!
//! A fault that hits one in ten spares twelve in a row more often than one time in four, and whoever looks again until he sees that
//! sees it soon, though nothing has changed. So the look at an end is long enough that it would pass over a fault that is still there
//! less than once in a million times: whatever the users ask meanwhile, and however that is mixed with what is looked at.

use units::Share;

/// How often a look may miss a fault that is still there.
const MISSED: f64 = 1e-6;
/// More than that takes longer than a proof should.
const LOOKS_MAX: usize = 5_000;

/// How many there are in a look at the end of a fault of that share: at least `least`, which is enough where all are hit.
pub(super) fn looks(share: Share, least: usize) -> Result<usize, String> {
    // Of all there is nothing that would be spared: the logarithm of 0 makes this 0.
    let needed = (MISSED.ln() / (1.0 - share.fraction()).ln()).ceil().max(0.0) as usize;
    if needed > LOOKS_MAX {
        return Err(format!("{share} is so little that its end can't be seen: that takes more than {LOOKS_MAX} looks"));
    }
    Ok(needed.max(least))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_smaller_share_takes_more_looks_and_a_tiny_one_too_many() {
        let looks_at = |share: &str| looks(share.parse().unwrap_or(Share::NONE), 12).ok();
        let cases = [("100%", Some(12)), ("90%", Some(12)), ("50%", Some(20)), ("10%", Some(132)), ("1%", Some(1_375))];
        for (share, expected) in cases.into_iter().chain([("0.3%", Some(4_599)), ("0.2%", None)]) {
            assert_eq!(looks_at(share), expected, "{share}");
        }
    }
}
