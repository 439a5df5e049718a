//! How far a migration is. Every number says where it comes from and how old it is.

use contract::{Ending, Outcome};
use jiff::Timestamp;
use legacy::{Session, SessionOptions, Writes};
use sandbox::{RunSpec, Watched};
use tokio_util::sync::CancellationToken;
use vault::Redactor;

use crate::StudioError;
use crate::open::Workspace;
use crate::run::{RunOptions, limits};
use crate::view::{CountsView, FailureCount, Figure, SeriesPoint};

/// Our own script beside the action scripts: `function countUsers(callback)` calls back a number.
pub(crate) const COUNT_SCRIPT: &str = "count_users.js";

/// Points of the burn-down, besides its two ends.
const SERIES_POINTS: usize = 120;

impl Workspace {
    /// The counts of a connection. With `refresh` the legacy store is counted now; otherwise the last count is used,
    /// and taken once if there is none. `allow` lists hosts and files it may reach besides those the connection allows;
    /// `cancel` stops a count under way.
    pub async fn counts(
        &self,
        connection: &str,
        refresh: bool,
        allow: &[String],
        cancel: CancellationToken,
    ) -> Result<CountsView, StudioError> {
        self.find(connection)?;
        let store = &self.studio.inner.store;
        let key = self.key(connection);
        let mut error = None;
        if refresh || store.legacy_total(&key).await?.is_none() {
            match self.count_legacy(connection, allow, cancel).await {
                Ok(Some(total)) => store.set_legacy_total(&key, total, COUNT_SCRIPT).await?,
                Ok(None) => {}
                Err(cause) => error = Some(cause),
            }
        }
        let total = store.legacy_total(&key).await?;
        let now = Timestamp::now();
        let ledger = store.counts(&key, now).await?;
        let series = store.series(&key, SERIES_POINTS).await?;
        let from_ledger = |value: f64, blind_spot: Option<&str>| Figure {
            value: Some(value),
            source: "ledger".into(),
            at: Some(now.to_string()),
            blind_spot: blind_spot.map(str::to_owned),
        };
        let legacy = total.as_ref().map(|total| total.value as f64);
        let migrated = ledger.migrated as f64;
        Ok(CountsView {
            connection: connection.to_owned(),
            legacy_total: Figure {
                value: legacy,
                source: total.as_ref().map_or_else(|| COUNT_SCRIPT.to_owned(), |total| total.source.clone()),
                at: total.as_ref().map(|total| total.taken_at.to_string()),
                blind_spot: None,
            },
            migrated: from_ledger(migrated, Some("logins rehearsed elsewhere")),
            percent: legacy.filter(|total| *total > 0.0 && *total >= migrated).map(|total| migrated / total * 100.0),
            left: Figure { at: total.as_ref().map(|total| total.taken_at.to_string()), ..left(legacy, migrated) },
            today: from_ledger(ledger.today as f64, None),
            last_hour: from_ledger(ledger.last_hour as f64, None),
            failed: ledger
                .failed
                .iter()
                .map(|(code, count)| FailureCount {
                    code: code.clone(),
                    meaning: meaning(code).into(),
                    count: *count as u32,
                })
                .collect(),
            series: burn_down(series, now),
            last_migration_at: ledger.last_migration_at.map(|at| at.to_string()),
            error_code: error.as_ref().map(StudioError::code),
            error: error.map(|cause| cause.to_string()),
        })
    }

    /// Runs `count_users.js`; nothing when the connection has none.
    async fn count_legacy(
        &self,
        name: &str,
        allow: &[String],
        cancel: CancellationToken,
    ) -> Result<Option<u64>, StudioError> {
        let connection = self.find(name)?;
        let path = self.root.join(&connection.folder).join(COUNT_SCRIPT);
        let script = match std::fs::read_to_string(&path) {
            Ok(script) => script,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(cause) => return Err(StudioError::Io { path, cause }),
        };
        let options = RunOptions { allow: allow.to_vec(), ..RunOptions::default() };
        let prepared = self.prepare(&connection, contract::Action::GetUser, &options).await?;
        let session = Session::new(SessionOptions {
            policy: prepared.policy.clone(),
            writes: Writes::ReadOnly,
            limits: limits(None),
        });
        let redactor = prepared.redactor(None);
        let spec = RunSpec {
            file: COUNT_SCRIPT.into(),
            script,
            arguments: Vec::new(),
            context: None,
            configuration: prepared.configuration.clone(),
            limits: limits(None),
            profile: prepared.profile(),
            seed: None,
            container: None,
            watched: Watched::default(),
        };
        let ran = self.studio.inner.sandbox.run(spec, &session, &redactor, &|_| {}, cancel).await;
        session.finish().await;
        let record = ran?;
        let counted = record
            .ending
            .result()
            .and_then(|result| result.as_u64().or_else(|| result.as_str().and_then(|text| text.parse().ok())));
        match counted {
            Some(total) => Ok(Some(total)),
            None => Err(not_counted(&record.ending, &redactor)),
        }
    }
}

/// Who is still to move. More may have moved than the legacy store has now: then those who moved were deleted there.
fn left(legacy: Option<f64>, migrated: f64) -> Figure {
    let blind_spot = Some("users deleted from the legacy store after they moved".to_owned());
    let difference = legacy.map(|total| total - migrated);
    match difference {
        Some(below) if below < 0.0 => Figure {
            value: None,
            source: format!(
                "{COUNT_SCRIPT} counts {} fewer than moved: users were deleted from the legacy store after they moved",
                -below
            ),
            at: None,
            blind_spot,
        },
        value => Figure { value, source: format!("{COUNT_SCRIPT} less ledger"), at: None, blind_spot },
    }
}

/// Moves over time, from the moment before the first one until now.
fn burn_down(moves: Vec<(i64, u32)>, now: Timestamp) -> Vec<SeriesPoint> {
    let (Some(first), Some(last)) = (moves.first().copied(), moves.last().copied()) else { return Vec::new() };
    let begin = [(first.0 - 1, 0)];
    let end = [(now.as_second().max(last.0 + 1), last.1)];
    let points = begin.into_iter().chain(moves).chain(end);
    points.map(|(at, migrated)| SeriesPoint { at: at as f64, migrated }).collect()
}

fn not_counted(ending: &Ending, redactor: &Redactor) -> StudioError {
    let outcome = Outcome::of(contract::Action::GetUser, ending);
    let message = match ending {
        Ending::CalledBack { error: Some(error), .. } => redactor.redact(&error.message_with_cause()),
        Ending::Threw { fault, .. } | Ending::Invalid { fault } => redactor.redact(&fault.message_with_cause()),
        Ending::CalledBack { error: None, .. } => "it called back something other than a number of users".into(),
        Ending::Cancelled => "stopped before it was done".into(),
        _ => format!("it ended with {}", outcome.word()),
    };
    StudioError::ScriptFailed { script: COUNT_SCRIPT.into(), message, exit_code: outcome.exit_code().max(3) }
}

fn meaning(code: &str) -> &'static str {
    match code {
        "fp" => "wrong password",
        "fu" => "unknown user",
        _ => "script fault, outage or refusal",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_left_below_zero() {
        assert_eq!(left(Some(10.0), 4.0).value, Some(6.0));
        assert_eq!((left(Some(4.0), 4.0).value, left(None, 4.0).value), (Some(0.0), None));
        let gone = left(Some(0.0), 1.0);
        assert_eq!(gone.value, None, "how many of those still there have moved is not known");
        assert!(gone.source.starts_with("count_users.js counts 1 fewer than moved"), "{}", gone.source);
    }

    #[test]
    fn one_move_is_a_line_already() {
        let now = Timestamp::from_second(1_000_100).unwrap();
        let points: Vec<(f64, u32)> =
            burn_down(vec![(1_000_000, 1)], now).into_iter().map(|point| (point.at, point.migrated)).collect();
        assert_eq!(points, [(999_999.0, 0), (1_000_000.0, 1), (1_000_100.0, 1)]);
        assert!(burn_down(vec![], now).is_empty());
    }
}
