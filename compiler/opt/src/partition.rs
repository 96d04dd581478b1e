//! Which parameters a node depends on: what a sweep computes once for many points.

use sbt_ir::{Module, Op, ValueId};

/// A set of parameters by index. From 127 on they are not told apart: the set only ever claims too much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct ParamSet(u128);

impl ParamSet {
    /// These parameters.
    pub fn of(params: impl IntoIterator<Item = u16>) -> Self {
        params.into_iter().fold(Self::default(), |set, p| {
            set.union(Self(1 << u32::from(p).min(127)))
        })
    }

    /// All of either.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// All of both.
    #[must_use]
    pub fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether nothing here is missing in `other`.
    pub fn is_within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether the parameter is (possibly) among them.
    pub fn contains(self, param: u16) -> bool {
        Self::of([param]).is_within(self)
    }

    /// Those from 0 to 126 that it holds, rising.
    pub fn iter(self) -> impl Iterator<Item = u16> {
        (0..127).filter(move |p| self.contains(*p))
    }

    /// How many there are, those from 127 on counted as one.
    pub fn len(self) -> usize {
        self.0.count_ones() as usize
    }
}

/// For each node of a module the parameters its value depends on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ParamSets {
    sets: Vec<ParamSet>,
}

impl ParamSets {
    /// Follows all operands, through recurrences too.
    pub fn new(module: &Module) -> Self {
        let mut sets: Vec<ParamSet> = module
            .nodes
            .iter()
            .map(|node| match node.op {
                Op::Param(p) => ParamSet::of([p]),
                _ => ParamSet::default(),
            })
            .collect();
        let mut again = true;
        while again {
            again = false;
            for at in 0..sets.len() {
                let mut set = sets[at];
                module.nodes[at]
                    .op
                    .each_operand(|v| set = set.union(sets[v.index()]));
                again |= set != sets[at];
                sets[at] = set;
            }
        }
        Self { sets }
    }

    /// The parameters a node depends on.
    pub fn get(&self, id: ValueId) -> ParamSet {
        self.sets.get(id.index()).copied().unwrap_or_default()
    }

    /// Groups nodes by which of the `swept` parameters they depend on: a group is evaluated once for each distinct value
    /// of its set. Groups in order of their set, nodes in the order given.
    pub fn groups(&self, nodes: &[ValueId], swept: ParamSet) -> Vec<(ParamSet, Vec<ValueId>)> {
        let mut groups: std::collections::BTreeMap<ParamSet, Vec<ValueId>> =
            std::collections::BTreeMap::new();
        for &id in nodes {
            groups
                .entry(self.get(id).intersection(swept))
                .or_default()
                .push(id);
        }
        groups.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn dependence_goes_through_recurrences() {
        let module: Module = "
            frame {symbol none period_ms 60000 columns [close]}
            param {name \"a\" kind number(number) default 1 range (0, 5) values []}
            param {name \"b\" kind number(number) default 1 range (0, 5) values []}
            %0 = field close  %1 = param 0  %2 = param 1  %3 = const 1
            %4 = rec %0, %3, %6
            %5 = prev %4, %3 max 1
            %6 = mul %5, %1
            %7 = add %5, %2
            %8 = mul %0, %3"
            .parse()
            .unwrap();
        let sets = ParamSets::new(&module);
        let (a, b) = (ParamSet::of([0]), ParamSet::of([1]));
        let id = |at: u32| ValueId(at);
        assert_eq!(
            sets.get(id(5)),
            a,
            "known only from what the recurrence reads later"
        );
        assert_eq!(sets.get(id(7)), a.union(b));
        assert!(sets.get(id(8)).is_empty());
        let all: Vec<ValueId> = [4, 7, 8].map(id).to_vec();
        assert_eq!(
            sets.groups(&all, b),
            [(ParamSet::default(), vec![id(4), id(8)]), (b, vec![id(7)])]
        );
    }

    #[test]
    fn sets_beyond_their_room_claim_too_much() {
        assert!(ParamSet::of([500]).contains(200));
        assert!(!ParamSet::of([500]).contains(3));
        assert_eq!(ParamSet::of([1, 2, 2]).len(), 2);
    }
}
