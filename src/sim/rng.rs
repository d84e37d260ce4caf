//! A small seeded generator: the same seed gives the same numbers everywhere and for ever.

/// `SplitMix64` (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014). Not for secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rng {
    state: u64,
}

impl Rng {
    /// A generator for a seed.
    pub const fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// A generator of its own for each `stream` of a seed, so that one consumer's draws never move another's.
    pub fn stream(seed: u64, stream: u64) -> Self {
        let mut root = Self::new(seed ^ stream.wrapping_mul(0xd134_2543_de82_ef95));
        Self::new(root.bits())
    }

    /// 64 random bits.
    pub const fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.state;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// A number from 0 up to but not including `bound`; 0 where the bound is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        let wide = u128::from(self.bits()) * u128::from(bound);
        u64::try_from(wide >> 64).unwrap_or_default()
    }

    /// A number from `low` to `high`, both included; `low` where they are the wrong way round.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        let width = high.checked_sub(low).and_then(|width| u64::try_from(width).ok()).unwrap_or_default();
        let step = self.below(width.saturating_add(1));
        low.saturating_add(i64::try_from(step).unwrap_or(i64::MAX))
    }

    /// True once in `times` on average; never for 0.
    pub fn one_in(&mut self, times: u64) -> bool {
        times > 0 && self.below(times) == 0
    }

    /// True `percent` times of a hundred on average.
    pub fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

#[cfg(test)]
mod tests {
    use super::Rng;

    #[test]
    fn the_numbers_are_those_of_the_published_generator() {
        let mut rng = Rng::new(1_234_567);
        let first: Vec<u64> = (0..3).map(|_| rng.bits()).collect();
        assert_eq!(first, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn draws_stay_within_their_bounds() {
        let mut rng = Rng::stream(7, 1);
        assert!((0..10_000).map(|_| rng.between(-3, 5)).all(|value| (-3..=5).contains(&value)));
        assert_eq!((rng.below(0), rng.between(4, 1), rng.between(i64::MIN, i64::MIN)), (0, 4, i64::MIN));
    }
}
