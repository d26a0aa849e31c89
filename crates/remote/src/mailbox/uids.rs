//! A set of UIDs as sorted ranges: what a mailbox holds and what was reported of it, in a few bytes even for a million messages.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// Ranges are sorted, apart from each other by at least one, and hold no zero.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct UidSet {
    ranges: Vec<(u32, u32)>,
}

impl UidSet {
    /// From ranges in any order, overlapping or reversed.
    pub(super) fn from_ranges(mut ranges: Vec<(u32, u32)>) -> UidSet {
        for range in &mut ranges {
            *range = (range.0.min(range.1).max(1), range.0.max(range.1));
        }
        ranges.retain(|range| range.1 > 0);
        ranges.sort_unstable();
        let mut set = UidSet::default();
        for (first, last) in ranges {
            match set.ranges.last_mut() {
                Some(before) if first <= before.1.saturating_add(1) => before.1 = before.1.max(last),
                _ => set.ranges.push((first, last)),
            }
        }
        set
    }

    pub(super) fn from_uids(uids: impl IntoIterator<Item = u32>) -> UidSet {
        UidSet::from_ranges(uids.into_iter().map(|uid| (uid, uid)).collect())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    pub(super) fn len(&self) -> u64 {
        self.ranges.iter().map(|(first, last)| u64::from(last - first) + 1).sum()
    }

    /// The smallest; 0 when there is none.
    pub(super) fn min(&self) -> u32 {
        self.ranges.first().map_or(0, |range| range.0)
    }

    pub(super) fn max(&self) -> u32 {
        self.ranges.last().map_or(0, |range| range.1)
    }

    pub(super) fn contains(&self, uid: u32) -> bool {
        let at = self.ranges.partition_point(|range| range.1 < uid);
        self.ranges.get(at).is_some_and(|range| range.0 <= uid)
    }

    pub(super) fn extend(&mut self, other: &UidSet) {
        if !other.is_empty() {
            let all = self.ranges.iter().chain(&other.ranges).copied().collect();
            *self = UidSet::from_ranges(all);
        }
    }

    /// What is in `self` and not in `other`.
    pub(super) fn without(&self, other: &UidSet) -> UidSet {
        let mut left = Vec::new();
        for &(first, last) in &self.ranges {
            let mut from = u64::from(first);
            let at = other.ranges.partition_point(|range| range.1 < first);
            for &(out_first, out_last) in other.ranges.iter().skip(at).take_while(|range| range.0 <= last) {
                if u64::from(out_first) > from {
                    left.push((from as u32, out_first - 1));
                }
                from = u64::from(out_last) + 1;
            }
            if from <= u64::from(last) {
                left.push((from as u32, last));
            }
        }
        UidSet { ranges: left }
    }

    /// What is greater than `floor`.
    pub(super) fn above(&self, floor: u32) -> UidSet {
        let kept = self.ranges.iter().filter(|range| range.1 > floor);
        UidSet { ranges: kept.map(|&(first, last)| (first.max(floor + 1), last)).collect() }
    }

    /// The greatest first.
    pub(super) fn newest_first(&self) -> impl Iterator<Item = u32> + '_ {
        self.ranges.iter().rev().flat_map(|&(first, last)| (first..=last).rev())
    }
}

impl fmt::Display for UidSet {
    /// As IMAP writes it: `1:7,9`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (first, last)) in self.ranges.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            if first == last { write!(f, "{comma}{first}")? } else { write!(f, "{comma}{first}:{last}")? }
        }
        Ok(())
    }
}

#[derive(Debug, thiserror::Error)]
#[error("not a set of UIDs")]
pub(super) struct NotUids;

impl FromStr for UidSet {
    type Err = NotUids;

    fn from_str(text: &str) -> Result<UidSet, NotUids> {
        let mut ranges = Vec::new();
        for range in text.split(',').filter(|range| !range.is_empty()) {
            let (first, last) = range.split_once(':').unwrap_or((range, range));
            ranges.push((first.parse().map_err(|_| NotUids)?, last.parse().map_err(|_| NotUids)?));
        }
        Ok(UidSet::from_ranges(ranges))
    }
}

impl Serialize for UidSet {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for UidSet {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<UidSet, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn numbers() -> impl Strategy<Value = BTreeSet<u32>> {
        prop::collection::btree_set(prop_oneof![1u32..60, (u32::MAX - 5)..=u32::MAX], 0..40)
    }

    proptest! {
        #[test]
        fn a_set_of_ranges_is_the_set_of_its_numbers(a in numbers(), b in numbers(), floor in 0u32..70) {
            let (set_a, set_b) = (UidSet::from_uids(a.clone()), UidSet::from_uids(b.clone()));
            prop_assert_eq!(set_a.len(), a.len() as u64);
            prop_assert_eq!(set_a.newest_first().collect::<Vec<_>>(), a.iter().rev().copied().collect::<Vec<_>>());
            prop_assert_eq!(set_a.without(&set_b), UidSet::from_uids(a.difference(&b).copied()));
            prop_assert_eq!(set_a.above(floor), UidSet::from_uids(a.iter().copied().filter(|uid| *uid > floor)));
            for uid in a.union(&b) {
                prop_assert_eq!(set_a.contains(*uid), a.contains(uid));
            }
            prop_assert_eq!(set_a.to_string().parse::<UidSet>().unwrap(), set_a.clone());
            let mut both = set_a;
            both.extend(&set_b);
            prop_assert_eq!(both, UidSet::from_uids(a.union(&b).copied()));
        }
    }

    #[test]
    fn ranges_in_disorder_are_put_in_order() {
        assert_eq!(UidSet::from_ranges(vec![(9, 7), (0, 2), (3, 3), (8, 12)]).to_string(), "1:3,7:12");
        assert_eq!(UidSet::from_ranges(vec![(0, 0)]).to_string(), "");
    }
}
