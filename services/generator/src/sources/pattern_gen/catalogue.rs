//! The blocks: the library's table, read once, and which of them may stand together.

use crate::draw::Draw;
use crate::source::SourceError;
use crate::sources::parts::{Chosen, Condition, Index, index};
use serde::Deserialize;
use sixbtc_abi::Side;
use sixbtc_core::model::StrategyType;
use std::collections::HashMap;

/// Share of the draws that goes to the documented blocks, which are few among many.
const DOCUMENTED: f64 = 0.5;

/// A pattern block.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Block {
    /// What it asks.
    #[serde(flatten)]
    pub condition: Condition,
    /// What it is like: decides what it may be joined with.
    pub category: String,
    /// What a strategy of it lives on.
    pub kind: StrategyType,
    /// Whether it is one of the documented ones.
    #[serde(default)]
    pub documented: bool,
    /// Categories that it may be joined with, where they are not those of its category.
    #[serde(default)]
    pub combines_with: Vec<String>,
}

#[derive(Deserialize)]
struct Category {
    id: String,
    combines_with: Vec<String>,
}

#[derive(Deserialize)]
struct Table {
    category: Vec<Category>,
    block: Vec<Block>,
}

/// All blocks.
#[derive(Debug, Clone)]
pub struct Catalogue {
    blocks: Vec<Block>,
    by_id: Index,
}

impl Catalogue {
    /// Reads the library's table.
    pub fn read() -> Result<Self, SourceError> {
        let table: Table =
            toml::from_str(sbt_std::BLOCKS).map_err(|e| SourceError::Wrong(e.to_string()))?;
        let rules: HashMap<String, Vec<String>> = table
            .category
            .into_iter()
            .map(|c| (c.id, c.combines_with))
            .collect();
        let mut blocks = table.block;
        for block in &mut blocks {
            if block.combines_with.is_empty() {
                block.combines_with = rules.get(&block.category).cloned().unwrap_or_default();
            }
        }
        let by_id = index(blocks.iter().map(|b| &b.condition))?;
        Ok(Self { blocks, by_id })
    }

    /// All blocks, in the table's order.
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// A block by name.
    pub fn block(&self, id: &str) -> Result<&Block, SourceError> {
        self.by_id
            .get(id)
            .and_then(|&at| self.blocks.get(at))
            .ok_or_else(|| SourceError::Recipe(format!("there is no block {id}")))
    }

    /// A block that passes, drawn with weight for the documented ones.
    pub fn pick(&self, draw: &mut Draw, passes: impl Fn(&Block) -> bool) -> Option<&Block> {
        let documented = draw.chance(DOCUMENTED);
        let all: Vec<&Block> = self.blocks.iter().filter(|b| passes(b)).collect();
        let some: Vec<&Block> = all
            .iter()
            .copied()
            .filter(|b| b.documented == documented)
            .collect();
        draw.pick(if some.is_empty() { &all } else { &some })
            .copied()
    }

    /// The mirror image of chosen blocks, with their lengths; `None` when one of them has none.
    pub fn mirrored(&self, blocks: &[Chosen], draw: &mut Draw) -> Option<Vec<Chosen>> {
        blocks
            .iter()
            .map(|chosen| {
                let block = self.block(&chosen.id).ok()?;
                if block.condition.side.fits(Side::Long) && block.condition.side.fits(Side::Short) {
                    return Some(chosen.clone());
                }
                let twin = self.block(block.condition.mirror.as_deref()?).ok()?;
                let mut drawn = twin.condition.draw(draw);
                // lengths are those of the other side, levels mirror in their own lists
                for (at, argument) in twin.condition.args.iter().enumerate() {
                    let same = block.condition.args.get(at).is_some_and(|a| a == argument);
                    if let (true, Some(&value)) = (same, chosen.args.get(at)) {
                        drawn.args[at] = value;
                    }
                }
                if twin.condition.ordered(&drawn.args) {
                    Some(drawn)
                } else {
                    None
                }
            })
            .collect()
    }
}

impl Block {
    /// Whether another may be joined to this one.
    pub fn allows(&self, other: &Self) -> bool {
        self.condition.call != other.condition.call && self.combines_with.contains(&other.category)
    }
}
