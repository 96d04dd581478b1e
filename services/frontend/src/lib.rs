//! Serves the dashboard: for now one page that shows the services and the strategies.

use async_trait::async_trait;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Json, Response};
use axum::routing::get;
use sixbtc_core::daemon::{Context, Overview, Service, ServiceError, ServiceName, Worker};
use sixbtc_core::store::Store;
use std::sync::{Arc, OnceLock};

const PAGE: &str = include_str!("page.html");

/// The service `frontend`: no workers, only pages.
#[derive(Debug, Clone, Default)]
pub struct Frontend {
    /// There once the service has started.
    store: Arc<OnceLock<Store>>,
}

#[async_trait]
impl Service for Frontend {
    fn name(&self) -> ServiceName {
        ServiceName::Frontend
    }

    async fn start(&self, cx: &Context) -> Result<Vec<Box<dyn Worker>>, ServiceError> {
        // a second start has the same store
        let _ = self.store.set(cx.store.clone());
        Ok(Vec::new())
    }

    fn pages(&self) -> Option<Router> {
        Some(
            Router::new()
                .route("/", get(async || page()))
                .route("/state", get(state))
                .with_state(Arc::clone(&self.store)),
        )
    }
}

fn page() -> Response {
    // everything that the page needs is in it
    let policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'";
    ([(header::CONTENT_SECURITY_POLICY, policy)], Html(PAGE)).into_response()
}

async fn state(State(store): State<Arc<OnceLock<Store>>>) -> Response {
    let Some(store) = store.get() else {
        return refuse("the store is not there yet");
    };
    match Overview::of(store).await {
        Ok(overview) => ([(header::CACHE_CONTROL, "no-store")], Json(overview)).into_response(),
        Err(e) => refuse(&e.to_string()),
    }
}

fn refuse(why: &str) -> Response {
    let answer = Json(serde_json::json!({ "error": why }));
    (StatusCode::SERVICE_UNAVAILABLE, answer).into_response()
}
