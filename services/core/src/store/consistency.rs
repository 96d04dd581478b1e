//! Whether the tables tell one story: what holds after any number of crashes.
//!
//! Each rule is one query that lists what breaks it; a healthy store yields nothing. `sixbtc db check` and the chaos test ask.

use super::sql::{Columns, Sql};
use super::{Store, StoreError};

/// A rule that the tables keep.
struct Rule {
    /// Said of what breaks it, behind its name.
    says: &'static str,
    /// Lists what breaks it, as `what`.
    query: &'static str,
}

/// Names shown of what breaks one rule.
const SHOWN: usize = 3;

const RULES: &[Rule] = &[
    Rule {
        says: "is in the store, but its making is not in the audit trail exactly once",
        query: "SELECT s.name AS what FROM strategies s WHERE \
                (SELECT COUNT(*) FROM events e WHERE e.strategy = s.id AND e.stage = 'generation' AND e.what = 'created') <> 1",
    },
    Rule {
        says: "has a program or behaviour that is not among those ever seen",
        query: "SELECT s.name AS what FROM strategies s WHERE NOT EXISTS \
                (SELECT 1 FROM seen x WHERE x.what = 'normal' AND x.hash = s.normal_hash AND x.strategy = s.id)",
    },
    Rule {
        says: "left GENERATED, but no claim of it was ever completed",
        query: "SELECT s.name AS what FROM strategies s WHERE s.status <> 'GENERATED' \
                AND COALESCE(s.reason, '') <> 'crashed_worker' \
                AND NOT EXISTS (SELECT 1 FROM completions c WHERE c.strategy = s.id)",
    },
    Rule {
        says: "is past VALIDATED, but did not pass validation in the audit trail exactly once",
        query: "SELECT s.name AS what FROM strategies s WHERE s.status NOT IN ('GENERATED', 'FAILED') AND \
                (SELECT COUNT(*) FROM events e WHERE e.strategy = s.id AND e.stage = 'validation' AND e.outcome = 'passed') <> 1",
    },
    Rule {
        says: "is or was in the pool, but did not enter it in the audit trail exactly once",
        query: "SELECT s.name AS what FROM strategies s WHERE s.status IN ('ACTIVE', 'LIVE') AND \
                (SELECT COUNT(*) FROM events e WHERE e.strategy = s.id AND e.stage = 'pool' AND e.what = 'entered') <> 1",
    },
    Rule {
        says: "failed, but the audit trail does not say why",
        query: "SELECT s.name AS what FROM strategies s WHERE s.status = 'FAILED' AND NOT EXISTS \
                (SELECT 1 FROM events e WHERE e.strategy = s.id AND e.outcome IN ('refused', 'error'))",
    },
    Rule {
        says: "entered the pool in the audit trail, but the store has it nowhere behind it",
        query: "SELECT s.name AS what FROM events e JOIN strategies s ON s.id = e.strategy WHERE e.stage = 'pool' \
                AND e.what = 'entered' AND s.status NOT IN ('ACTIVE', 'LIVE', 'RETIRED')",
    },
    Rule {
        says: "has a completed claim newer than any claim given out",
        query: "SELECT s.name AS what FROM strategies s WHERE s.claim_token < \
                (SELECT MAX(c.token) FROM completions c WHERE c.strategy = s.id)",
    },
    Rule {
        says: "is claimed, but nothing is to be done with it any more",
        query: "SELECT s.name AS what FROM strategies s WHERE s.claim_until IS NOT NULL \
                AND s.status NOT IN ('GENERATED', 'VALIDATED', 'ACTIVE')",
    },
    Rule {
        says: "is LIVE without a subaccount",
        query: "SELECT s.name AS what FROM strategies s WHERE s.status = 'LIVE' AND NOT EXISTS \
                (SELECT 1 FROM subaccounts a WHERE a.strategy = s.id)",
    },
    Rule {
        says: "holds a subaccount, but is not LIVE and not being closed",
        query: "SELECT s.name AS what FROM subaccounts a JOIN strategies s ON s.id = a.strategy \
                WHERE s.status <> 'LIVE' AND a.status <> 'CLOSING'",
    },
    Rule {
        says: "is a position without an open trade",
        query: "SELECT p.symbol AS what FROM positions p WHERE NOT EXISTS (SELECT 1 FROM trades t \
                WHERE t.subaccount = p.subaccount AND t.position_id = p.position_id AND t.closed_at IS NULL)",
    },
    Rule {
        says: "is a run of a strategy that the store does not have",
        query: "SELECT r.hash AS what FROM runs r WHERE NOT EXISTS (SELECT 1 FROM strategies s WHERE s.id = r.strategy)",
    },
    Rule {
        says: "is a trial that came twice with different results",
        query: "SELECT e.data AS what FROM events e WHERE e.what = 'trial_conflict'",
    },
];

impl Store {
    /// What in the store contradicts itself, a sentence each; nothing when all is well. Reads everything: minutes on a large
    /// store.
    pub async fn contradictions(&self) -> Result<Vec<String>, StoreError> {
        let mut found = Vec::new();
        for rule in RULES {
            let rows = Sql::of(rule.query).all(self.reader()).await?;
            if rows.is_empty() {
                continue;
            }
            let mut names = Vec::with_capacity(SHOWN);
            for row in rows.iter().take(SHOWN) {
                names.push(row.text("what")?);
            }
            let more = rows.len().saturating_sub(SHOWN);
            let and = if more > 0 {
                format!(" and {more} more")
            } else {
                String::new()
            };
            found.push(format!("{}{and}: {}", names.join(", "), rule.says));
        }
        found.extend(self.contradicting_trials().await?);
        Ok(found)
    }

    /// The running sum of trials against the trials themselves.
    async fn contradicting_trials(&self) -> Result<Option<String>, StoreError> {
        let summed = self.tally(None).await?;
        let row = Sql::of("SELECT COUNT(*) AS n FROM trials")
            .first(self.reader())
            .await?;
        let there = row.map_or(Ok(0), |r| r.int("n"))? as u64;
        Ok((summed.runs != there).then(|| {
            format!(
                "the ledger has {there} runs of trials, but their sum counts {}",
                summed.runs
            )
        }))
    }
}
