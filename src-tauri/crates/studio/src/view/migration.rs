//! The login flow and how far a migration is.

use contract::LogEvent;
use serde::Serialize;

use super::RunReport;

/// How a login flow ended, beside the run it needed (if any).
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
pub struct FlowReport {
    /// How.
    pub end: contract::flow::LoginEnd,
    /// In words for people, e.g. `Logged in; the user was migrated`.
    pub headline: String,
    /// The tenant log event.
    pub log_event: Option<LogEvent>,
    /// What the end user sees.
    pub user_sees: String,
    /// The Login script's run, when the legacy store was asked.
    pub run: Option<RunReport>,
    /// Why the user store refused the user, when it did.
    pub refusal: Option<String>,
}

/// A number with its source and age (design: every number names its source and age).
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
pub struct Figure {
    /// The number; none when it is not known yet.
    pub value: Option<f64>,
    /// Where it comes from, e.g. `count_users.js`, `ledger`.
    pub source: String,
    /// When it was taken, RFC 3339.
    pub at: Option<String>,
    /// What it cannot see, in a few words.
    pub blind_spot: Option<String>,
}

/// Failures of one kind.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
pub struct FailureCount {
    /// Log event code: `fp`, `fu`, `f`.
    pub code: String,
    /// In words.
    pub meaning: String,
    /// How many in the last 24 hours.
    pub count: u32,
}

/// A point of the burn-down.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
pub struct SeriesPoint {
    /// Unix time in seconds.
    #[cfg_attr(feature = "typescript", specta(type = u32))] // a number, and never NaN
    pub at: f64,
    /// Users migrated by then.
    pub migrated: u32,
}

/// How far a connection's migration is.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(specta::Type))]
pub struct CountsView {
    /// The connection.
    pub connection: String,
    /// Users in the legacy store.
    pub legacy_total: Figure,
    /// Users moved.
    pub migrated: Figure,
    /// `migrated / legacy_total`, in percent; none when more have moved than the legacy store has now.
    pub percent: Option<f64>,
    /// Legacy users that have not moved.
    pub left: Figure,
    /// Moved in the last 24 hours.
    pub today: Figure,
    /// Moved in the last hour.
    pub last_hour: Figure,
    /// Failed logins of the last 24 hours by code.
    pub failed: Vec<FailureCount>,
    /// The burn-down, oldest first.
    pub series: Vec<SeriesPoint>,
    /// When the last user moved, RFC 3339.
    pub last_migration_at: Option<String>,
    /// Why `count_users.js` could not be asked, when it could not.
    pub error: Option<String>,
    /// The error's stable code, e.g. `unresolved_secret`.
    pub error_code: Option<String>,
}
