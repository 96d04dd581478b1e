//! Bars before a strategy's first, read beside everything else: with many symbols the exchange's limits make it minutes, and
//! nobody waits for them.

use super::Office;
use super::hire::{HireError, Post, compile};
use std::collections::HashMap;
use tokio::task::JoinHandle;
use uuid::Uuid;

/// The past of one strategy.
enum Past {
    /// On its way to disk.
    Read(JoinHandle<Result<(), HireError>>),
    /// There; what has closed since is little.
    Known,
}

/// The pasts of all that are to trade.
#[derive(Default)]
pub struct Pasts(HashMap<Uuid, Past>);

impl Pasts {
    /// Keeps those that somebody still wants.
    pub fn retain(&mut self, wanted: impl Fn(&Uuid) -> bool) {
        self.0.retain(|id, past| {
            let stays = wanted(id);
            if let (false, Past::Read(task)) = (stays, past) {
                task.abort();
            }
            stays
        });
    }
}

impl Drop for Pasts {
    fn drop(&mut self) {
        self.retain(|_| false);
    }
}

impl Office {
    /// Whether the bars before a strategy's first are on disk; they are asked for if nobody has.
    pub(super) async fn knows_past(
        &self,
        pasts: &mut Pasts,
        post: &Post,
    ) -> Result<bool, HireError> {
        let id = post.strategy.made.id;
        match pasts.0.get_mut(&id) {
            None => {
                let reading = self.read_past(post, &compile(&post.strategy).await?)?;
                pasts.0.insert(id, Past::Read(tokio::spawn(reading)));
                Ok(false)
            }
            Some(Past::Known) => Ok(true),
            Some(Past::Read(task)) if !task.is_finished() => Ok(false),
            Some(Past::Read(task)) => {
                let read = task.await;
                pasts.0.remove(&id);
                read.map_err(|e| HireError::Strategy(format!("a defect: {e}")))??;
                pasts.0.insert(id, Past::Known);
                Ok(true)
            }
        }
    }
}
