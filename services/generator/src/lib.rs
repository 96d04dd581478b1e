//! Makes strategies: sources, recipes, deduplication.
