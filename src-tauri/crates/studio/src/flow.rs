//! Flows across scripts and stores: `contract` says which step comes next, this carries it out.

use contract::flow::{LoginEnd, LoginFlow, LoginStep};
use contract::{Action, ImportMode, LogEvent, Outcome, Warning, profile};
use sandbox::RunRecord;
use secrecy::SecretString;
use serde_json::Value;
use store::{LedgerEntry, LedgerKind, LoginFacts, RunKind, StoredUser};
use tokio_util::sync::CancellationToken;

use crate::StudioError;
use crate::doctor;
use crate::open::Workspace;
use crate::run::{EventSink, RunOptions, Script, script_text};
use crate::view::{FlowReport, RunReport, TryArguments};

/// A login through both stores.
pub struct LoginRequest {
    /// The connection.
    pub connection: String,
    /// What the end user typed.
    pub identifier: String,
    /// The password the end user typed.
    pub password: SecretString,
    /// The `context` argument, for connections that have it.
    pub context: Option<Value>,
    /// Options; without `commit` what the script writes to the legacy store is undone, while the move into the user
    /// store is kept.
    pub options: RunOptions,
}

impl Workspace {
    /// Logs a user in as the platform would (contract §9.1): our user store first when import is on, then the Login
    /// script, and after a good login the user moves.
    pub async fn login(
        &self,
        request: LoginRequest,
        events: EventSink<'_>,
        cancel: CancellationToken,
    ) -> Result<FlowReport, StudioError> {
        let store = &self.studio.inner.store;
        let connection = self.find(&request.connection)?;
        let key = self.key(&connection.name);
        let mode = connection.import_mode();
        let begin = std::time::Instant::now();
        let mut flow = LoginFlow::new(mode);
        let mut user: Option<StoredUser> = None;
        let mut run: Option<(RunReport, RunRecord)> = None;
        let mut refusal = None;
        let end = loop {
            match flow.step() {
                LoginStep::LookUp => {
                    user = store.find_user(&key, &request.identifier).await?.filter(|user| user.has_password());
                    flow.found(user.is_some());
                }
                LoginStep::CheckPassword => {
                    let matches = match &user {
                        Some(user) => store.check_password(user, &request.password).await?,
                        None => false,
                    };
                    flow.checked(matches);
                }
                LoginStep::RunLogin => {
                    let prepared = self.prepare(&connection, Action::Login, &request.options).await?;
                    let script = Script {
                        kind: RunKind::Flow,
                        action: Action::Login,
                        file: Action::Login.file_name(),
                        text: script_text(&connection, Action::Login)?,
                    };
                    let arguments = TryArguments {
                        identifier: Some(request.identifier.clone()),
                        context: request.context.clone(),
                        ..TryArguments::default()
                    };
                    let password = Some(&request.password);
                    let ran =
                        self.run_prepared(&prepared, script, &arguments, password, events, cancel.clone()).await?;
                    flow.ran(ran.0.outcome);
                    run = Some(ran);
                }
                LoginStep::KeepProfile | LoginStep::Migrate => {
                    let profile =
                        run.as_ref().and_then(|(_, record)| record.ending.result()).cloned().unwrap_or_default();
                    let took = begin.elapsed().as_secs_f64() * 1000.0;
                    let facts = LoginFacts::now(request.identifier.clone(), took);
                    let stored = match mode {
                        ImportMode::On => store.migrate(&key, &profile, &request.password, &facts).await,
                        ImportMode::Off => store.keep_profile(&key, &profile).await,
                    };
                    refusal = stored.err().map(|error| error.to_string());
                    flow.stored(refusal.is_none());
                }
                LoginStep::End(end) => break end,
            }
        };
        let duration_ms = begin.elapsed().as_secs_f64() * 1000.0;
        if let Some((report, _)) = &mut run
            && let Err(error) = self.compare_get_user(&connection, &request, report, cancel).await
        {
            // The login stands, whatever becomes of the comparison.
            report.warnings.push(Warning::new(
                "get_user_not_compared",
                format!("get_user could not be run to compare it with login: {error}"),
            ));
        }
        let report = flow_report(end, user.as_ref(), run, refusal);
        if let Some(kind) = ledger_kind(end, &report) {
            let entry = LedgerEntry {
                at: jiff::Timestamp::now(),
                kind,
                user_id: user.map(|user| user.user_id),
                identifier: Some(request.identifier),
                code: Some(report.log_event.as_ref().map_or("f", |event| &event.code).to_owned()),
                reason: report.refusal.clone().or_else(|| Some(report.headline.clone())),
                duration_ms,
            };
            store.record(&key, &entry).await?;
        }
        Ok(report)
    }
}

impl Workspace {
    /// After a good Login, asks Get User for the same user: both must tell the same (contract §6.1).
    async fn compare_get_user(
        &self,
        connection: &bundle::Connection,
        request: &LoginRequest,
        login: &mut RunReport,
        cancel: CancellationToken,
    ) -> Result<(), StudioError> {
        if login.outcome != Outcome::Success || !connection.scripts.contains_key(&Action::GetUser) {
            return Ok(());
        }
        let options = RunOptions { commit: false, ..request.options.clone() };
        let prepared = self.prepare(connection, Action::GetUser, &options).await?;
        let script = Script {
            kind: RunKind::Flow,
            action: Action::GetUser,
            file: Action::GetUser.file_name(),
            text: script_text(connection, Action::GetUser)?,
        };
        let arguments = TryArguments {
            identifier: Some(request.identifier.clone()),
            context: request.context.clone(),
            ..TryArguments::default()
        };
        let (get_user, _) = self.run_prepared(&prepared, script, &arguments, None, &|_| {}, cancel).await?;
        doctor::compare_in_flow(login, &get_user);
        Ok(())
    }
}

/// What the ledger keeps of a login. A migration writes its own row, together with the user.
fn ledger_kind(end: LoginEnd, report: &FlowReport) -> Option<LedgerKind> {
    match end {
        LoginEnd::Migrated => None,
        LoginEnd::NativeLogin => Some(LedgerKind::NativeLogin),
        LoginEnd::LegacyLogin => Some(LedgerKind::LegacyLogin),
        LoginEnd::NotLoggedIn if report.run.as_ref().is_some_and(|run| run.outcome == Outcome::Cancelled) => None,
        LoginEnd::NativeWrongPassword => Some(LedgerKind::NativeWrongPassword),
        LoginEnd::NotLoggedIn => Some(LedgerKind::FailedLogin),
        LoginEnd::NotStored => Some(LedgerKind::NotStored),
    }
}

fn flow_report(
    end: LoginEnd,
    user: Option<&StoredUser>,
    run: Option<(RunReport, RunRecord)>,
    refusal: Option<String>,
) -> FlowReport {
    let report = run.as_ref().map(|(report, _)| report.clone());
    let user_id = run
        .as_ref()
        .and_then(|(_, record)| record.ending.result().and_then(profile::user_id))
        .or_else(|| user.map(|user| user.user_id.clone()))
        .unwrap_or_default();
    let event = |code: &str, meaning: &str, description: &str| LogEvent {
        code: code.into(),
        meaning: meaning.into(),
        user_id: format!("auth0|{user_id}"),
        description: description.into(),
        certain: true,
    };
    let ran = |pick: fn(&RunReport) -> String| report.as_ref().map(pick).unwrap_or_default();
    let (headline, log_event, user_sees) = match end {
        LoginEnd::Migrated => (
            "Logged in; the user was migrated".to_owned(),
            report.as_ref().and_then(|run| run.log_event.clone()),
            "is signed in".to_owned(),
        ),
        LoginEnd::LegacyLogin => (
            "Logged in against the legacy store; import is off, nothing migrates".to_owned(),
            report.as_ref().and_then(|run| run.log_event.clone()),
            "is signed in".to_owned(),
        ),
        LoginEnd::NativeLogin => (
            "Logged in against the user store; the legacy store was not asked".to_owned(),
            Some(event("s", "success login", "")),
            "is signed in".to_owned(),
        ),
        LoginEnd::NativeWrongPassword => (
            "Wrong password in the user store; the legacy store was not asked".to_owned(),
            Some(event("fp", "failed login (wrong password)", "Wrong email or password.")),
            "wrong e-mail or password".to_owned(),
        ),
        LoginEnd::NotLoggedIn => (
            ran(|run| run.headline.clone()),
            report.as_ref().and_then(|run| run.log_event.clone()),
            ran(|run| run.user_sees.clone()),
        ),
        LoginEnd::NotStored => (
            "The script let the user in, the user store refused the user".to_owned(),
            Some(event("f", "failed login", refusal.as_deref().unwrap_or_default())),
            "something went wrong, try again later".to_owned(),
        ),
    };
    FlowReport { end, headline, log_event, user_sees, run: report, refusal }
}
