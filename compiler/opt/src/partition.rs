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
