//! Answers over HTTP: for now how the services are, read-only.

use async_trait::async_trait;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::get;
use sixbtc_core::daemon::{Context, Overview, Service, ServiceError, ServiceName, Worker};
use sixbtc_core::store::Store;
use std::sync::{Arc, OnceLock};

/// The service `api`: no workers, only pages.
#[derive(Debug, Clone, Default)]
pub struct Api {
    /// There once the service has started.
    store: Arc<OnceLock<Store>>,
}

#[async_trait]
impl Service for Api {
    fn name(&self) -> ServiceName {
        ServiceName::Api
    }

    async fn start(&self, cx: &Context) -> Result<Vec<Box<dyn Worker>>, ServiceError> {
        // a second start has the same store
        let _ = self.store.set(cx.store.clone());
        Ok(Vec::new())
    }

    fn pages(&self) -> Option<Router> {
        Some(
            Router::new()
                .route("/api/status", get(status))
                .fallback(async || {
                    refuse(
                        StatusCode::NOT_FOUND,
                        "there are /api/status, /health, /ready and /metrics",
                    )
                })
                .with_state(Arc::clone(&self.store)),
        )
    }
}

async fn status(State(store): State<Arc<OnceLock<Store>>>) -> Response {
    let Some(store) = store.get() else {
        return refuse(
            StatusCode::SERVICE_UNAVAILABLE,
            "the store is not there yet",
        );
    };
    match Overview::of(store).await {
        Ok(overview) => ([(header::CACHE_CONTROL, "no-store")], Json(overview)).into_response(),
        Err(e) => refuse(StatusCode::SERVICE_UNAVAILABLE, &e.to_string()),
    }
}

fn refuse(code: StatusCode, why: &str) -> Response {
    (code, Json(serde_json::json!({ "error": why }))).into_response()
}
