//! Serves the dashboard.
