//! The connection test: with the parameters the script itself uses, stage by stage.

use contract::{Action, Ending, TraceKind};
use legacy::{Session, SessionOptions, Stage, StageState, Writes};
use sandbox::{RunRecord, RunSpec, Watched};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use vault::Redactor;

use crate::StudioError;
use crate::open::Workspace;
use crate::run::{RunOptions, limits, script_text};
use crate::view::StageView;

/// Where stages go as they end.
pub type StageSink<'a> = &'a (dyn Fn(StageView) + Send + Sync);

/// An address nobody has (RFC 2606), for a look-up that is only there to make the script connect.
const NOBODY: &str = "sluice-connection-test@example.invalid";

impl Workspace {
    /// Tests a connection: Get User (or Login) is run read-only to learn how the script connects, then the same
    /// parameters are tried stage by stage (design §6).
    pub async fn test_connection(
        &self,
        name: &str,
        allow: &[String],
        on_stage: StageSink<'_>,
        cancel: CancellationToken,
    ) -> Result<Vec<StageView>, StudioError> {
        let connection = self.find(name)?;
        let action = [Action::GetUser, Action::Login]
            .into_iter()
            .find(|action| connection.scripts.contains_key(action))
            .unwrap_or(Action::Login);
        let options = RunOptions { allow: allow.to_vec(), ..RunOptions::default() };
        let prepared = self.prepare(&connection, action, &options).await?;
        let (steps, mut told) = mpsc::unbounded_channel();
        let options =
            SessionOptions { policy: prepared.policy.clone(), writes: Writes::ReadOnly, limits: limits(None) };
        let session = Session::probing(options, Box::new(move |stage| drop(steps.send(stage))));
        let redactor = prepared.redactor(None);
        let mut arguments = vec![Value::String(NOBODY.into())];
        if action == Action::Login {
            arguments.push(Value::String("none".into()));
        }
        let spec = RunSpec {
            file: action.file_name(),
            script: script_text(&connection, action)?,
            arguments,
            context: connection.script_context().then(|| json!({})),
            configuration: prepared.configuration.clone(),
            limits: limits(None),
            profile: prepared.profile(),
            seed: None,
            container: None,
            watched: Watched::default(),
        };
        let show = |stage: Stage| on_stage(view(&stage, &redactor));
        let ran = {
            let running = self.studio.inner.sandbox.run(spec, &session, &redactor, &|_| {}, cancel.clone());
            tokio::pin!(running);
            loop {
                tokio::select! {
                    biased;
                    Some(stage) = told.recv() => show(stage),
                    ran = &mut running => break ran,
                }
            }
        };
        let why = redactor.redact(&ran.as_ref().map_or_else(ToString::to_string, |record| stopped(&record.ending)));
        let (opened, stages) = (session.opened(), session.stages(&why));
        session.finish().await;
        while let Ok(stage) = told.try_recv() {
            show(stage);
        }
        let record = ran?;
        if !stages.is_empty() {
            return Ok(stages.iter().map(|stage| view(stage, &redactor)).collect());
        }
        let Some(opened) = opened.first() else {
            return Err(StudioError::ScriptFailed {
                script: action.file_name(),
                message: redactor.redact(&nothing_opened(&record)),
                exit_code: 3,
            });
        };
        tokio::select! {
            stages = legacy::test_connection(opened, &prepared.policy, &show) => {
                Ok(stages.iter().map(|stage| view(stage, &redactor)).collect())
            }
            () = cancel.cancelled() => Err(StudioError::ScriptFailed {
                script: action.file_name(),
                message: "the connection test was stopped".into(),
                exit_code: 3,
            }),
        }
    }
}

/// What a run's end says about a connection that came to nothing.
fn stopped(ending: &Ending) -> String {
    match ending {
        Ending::CalledBack { error: Some(error), .. } => format!("{}: {}", error.class, error.message_with_cause()),
        Ending::Threw { fault, .. } | Ending::Invalid { fault } => {
            format!("{}: {}", fault.class, fault.message_with_cause())
        }
        Ending::TimedOut { limit_ms, .. } => format!("still waiting after {} s", *limit_ms as f64 / 1000.0),
        _ => "the script asked nothing more on this connection".to_owned(),
    }
}

/// Why there is nothing to test.
fn nothing_opened(record: &RunRecord) -> String {
    let held_back = record.trace.iter().find(|entry| entry.kind == TraceKind::Blocked);
    match held_back.and_then(|entry| entry.error.as_deref()) {
        Some(error) => format!("the script connects to nothing in a connection test, which only reads: {error}"),
        None => match &record.ending {
            Ending::CalledBack { error: Some(_), .. } | Ending::Threw { .. } | Ending::Invalid { .. } => {
                format!("the script ends before it opens a connection: {}", stopped(&record.ending))
            }
            _ => "the script opened no connection to a legacy store, so there is none to test".into(),
        },
    }
}

fn view(stage: &Stage, redactor: &Redactor) -> StageView {
    StageView {
        stage: stage.name.words().into(),
        state: match stage.state {
            StageState::Passed => "passed".into(),
            StageState::Failed => "failed".into(),
            StageState::Skipped => "skipped".into(),
            StageState::Warned => "warned".into(),
        },
        ms: stage.ms,
        detail: redactor.redact(&stage.detail),
        hint: stage.hint.clone(),
    }
}
