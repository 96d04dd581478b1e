//! Settings, store and the harness of every service.
