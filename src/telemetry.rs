//! Logs: on stderr, as text for people or JSON for programs (`[log]`).
//!
//! Only `server` uses this; every other room calls `tracing`. At `info` and above, logs name hosts and our own
//! ids, never handles, actor URLs, names or texts: they must not become a record of people.

use std::io::IsTerminal as _;

use tracing_subscriber::{EnvFilter, fmt};

use crate::config::{LogConfig, LogFormat};

/// Starts writing logs. Only the first call of a process has an effect.
pub fn start(log: &LogConfig) {
    // Libraries log warnings only; our own level comes from the configuration.
    let filter = EnvFilter::new(format!("warn,undersigned={}", log.level.as_str()));
    let builder = fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match log.format {
        LogFormat::Text => builder
            .with_ansi(std::io::stderr().is_terminal())
            .with_target(false)
            .try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    if started.is_err() {
        tracing::debug!("logging was already started");
    }
}
