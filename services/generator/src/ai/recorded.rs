//! Answers from files: for tests, and to make a dialogue again without a provider.
//!
//! A file is named after the hash of its question, so that another question never gets its answer.

use super::{AiError, Answer, Provider, Request};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// A question with its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Record {
    request: Request,
    answer: Answer,
}

fn file(dir: &Path, request: &Request) -> PathBuf {
    dir.join(format!("{}.json", &request.hash()[..32]))
}

/// Answers what was recorded, and nothing else.
pub struct Recorded {
    dir: PathBuf,
}

impl Recorded {
    /// The records of a directory.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into() }
    }
}

#[async_trait]
impl Provider for Recorded {
    fn name(&self) -> String {
        "recorded answers".into()
    }

    async fn ask(&self, request: &Request) -> Result<Answer, AiError> {
        let path = file(&self.dir, request);
        let text = match tokio::fs::read(&path).await {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                return Err(AiError::NotRecorded(request.hash()));
            }
            Err(e) => return Err(AiError::Unreachable(format!("{}: {e}", path.display()))),
        };
        let record: Record = serde_json::from_slice(&text)
            .map_err(|e| AiError::Garbage(format!("{}: {e}", path.display())))?;
        Ok(record.answer)
    }
}

/// Asks a provider and keeps what it answers.
pub struct Recorder<P> {
    inner: P,
    dir: PathBuf,
}

impl<P: Provider> Recorder<P> {
    /// Keeps the answers of a provider in a directory.
    pub fn new(inner: P, dir: impl Into<PathBuf>) -> Self {
        Self {
            inner,
            dir: dir.into(),
        }
    }
}

#[async_trait]
impl<P: Provider> Provider for Recorder<P> {
    fn name(&self) -> String {
        self.inner.name()
    }

    async fn ask(&self, request: &Request) -> Result<Answer, AiError> {
        let answer = self.inner.ask(request).await?;
        let path = file(&self.dir, request);
        let record = Record {
            request: request.clone(),
            answer: answer.clone(),
        };
        let text = serde_json::to_vec_pretty(&record)
            .map_err(|e| AiError::Garbage(format!("it cannot be kept: {e}")))?;
        let kept = async {
            tokio::fs::create_dir_all(&self.dir).await?;
            let part = path.with_extension("part");
            tokio::fs::write(&part, text).await?;
            tokio::fs::rename(&part, &path).await
        };
        kept.await
            .map_err(|e| AiError::Settings(format!("{}: {e}", path.display())))?;
        Ok(answer)
    }
}
