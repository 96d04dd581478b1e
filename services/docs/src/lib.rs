//! Serves the book: its pages are part of the program, or a directory of a built book.

mod book;
mod page;

pub use book::Book;

use async_trait::async_trait;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use sixbtc_core::daemon::{Context, Service, ServiceError, ServiceName, Worker};
use std::sync::Arc;

/// The service `docs`: no workers, only pages.
#[derive(Debug, Clone)]
pub struct Docs {
    book: Arc<Book>,
}

impl Docs {
    /// Serves this book.
    pub fn new(book: Book) -> Self {
        Self {
            book: Arc::new(book),
        }
    }
}

#[async_trait]
impl Service for Docs {
    fn name(&self) -> ServiceName {
        ServiceName::Docs
    }

    async fn start(&self, _cx: &Context) -> Result<Vec<Box<dyn Worker>>, ServiceError> {
        tracing::info!("serves {}", self.book.place());
        Ok(Vec::new())
    }

    fn pages(&self) -> Option<Router> {
        let front = async |State(book): State<Arc<Book>>| answer(book, String::new()).await;
        let any = async |State(book): State<Arc<Book>>, Path(path): Path<String>| {
            answer(book, path).await
        };
        Some(
            Router::new()
                .route("/", get(front))
                .route("/{*path}", get(any))
                .with_state(Arc::clone(&self.book)),
        )
    }
}

async fn answer(book: Arc<Book>, path: String) -> Response {
    let (status, file) = match book.find(&path).await {
        Some(file) => (StatusCode::OK, file),
        None => (StatusCode::NOT_FOUND, Book::nothing_at(&path)),
    };
    let headers = [
        (header::CONTENT_TYPE, file.kind),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (
            header::CONTENT_SECURITY_POLICY,
            // a built book brings scripts of its own, and nothing from elsewhere
            "default-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:",
        ),
    ];
    (status, headers, file.body).into_response()
}
