//! The connection test: with the parameters the script itself uses, stage by stage.

use contract::Action;
use legacy::{Session, SessionOptions, Stage, StageState, Writes};
use sandbox::{RunSpec, Watched};
use serde_json::{Value, json};
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
        let session = Session::new(SessionOptions {
            policy: prepared.policy.clone(),
            writes: Writes::ReadOnly,
            limits: limits(None),
        });
        let redactor = Redactor::new(prepared.redactor_secrets.iter().cloned());
        let mut arguments = vec![Value::String(NOBODY.into())];
        if action == Action::Login {
            arguments.push(Value::String("none".into()));
        }
        let spec = RunSpec {
            file: action.file_name(),
            script: script_text(&connection, action)?,
            arguments,
            context: connection.script_context().then(|| json!({})),
            configuration: prepared.configuration,
            limits: limits(None),
            profile: wire::RuntimeProfile::Node22,
            seed: None,
            container: None,
            watched: Watched { identifier: None, password: None },
        };
        let ran = self.studio.inner.sandbox.run(spec, &session, &redactor, &|_| {}, cancel.clone()).await;
        let opened = session.opened();
        session.finish().await;
        ran?;
        let Some(opened) = opened.first() else {
            return Err(StudioError::ScriptFailed {
                script: action.file_name(),
                message: "the script opened no connection to a legacy store, so there is none to test".into(),
                exit_code: 3,
            });
        };
        let show = |stage: Stage| on_stage(view(&stage, &redactor));
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
