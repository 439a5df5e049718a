//! Trying a script: once, against the real legacy store, undone unless the admin says otherwise.

use std::path::PathBuf;
use std::time::Duration;

use contract::{Action, ImportMode};
use legacy::{Endpoint, Session, SessionOptions, Writes};
use sandbox::{RunRecord, RunSpec, Watched};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use store::{NewRun, RunKind};
use tokio_util::sync::CancellationToken;
use vault::Redactor;

use crate::open::Workspace;
use crate::report::{self, RunFacts};
use crate::view::{RunEvent, RunReport, TryArguments};
use crate::{Studio, StudioError};

/// Where the events of a run go while it goes on.
pub type EventSink<'a> = &'a (dyn Fn(RunEvent) + Send + Sync);

/// What holds for every kind of run.
#[derive(Debug, Clone, Default)]
pub struct RunOptions {
    /// Keep what the script writes.
    pub commit: bool,
    /// Wall clock instead of the platform's 20 s.
    pub timeout: Option<Duration>,
    /// Values of `configuration` that replace those of the connection, as plain text.
    pub set: Vec<(String, String)>,
    /// Hosts (`name:port`) and files this run may reach besides those the connection allows.
    pub allow: Vec<String>,
}

/// A try of one of a connection's scripts.
pub struct TryRequest {
    /// The connection.
    pub connection: String,
    /// Which script.
    pub action: Action,
    /// Text to run instead of the saved one, e.g. the editor's.
    pub text: Option<String>,
    /// Arguments as typed.
    pub arguments: TryArguments,
    /// The typed password (login), the new password (change_password), the user's password (create).
    pub password: Option<SecretString>,
    /// Options.
    pub options: RunOptions,
}

/// A run of a script file that belongs to no workspace.
pub struct FileRequest {
    /// The file.
    pub path: PathBuf,
    /// As which action.
    pub action: Action,
    /// Arguments as typed.
    pub arguments: TryArguments,
    /// As in [`TryRequest`].
    pub password: Option<SecretString>,
    /// Options; `set` is the whole configuration.
    pub options: RunOptions,
}

impl Workspace {
    /// Runs one of a connection's scripts and says what came of it.
    pub async fn try_script(
        &self,
        request: TryRequest,
        events: EventSink<'_>,
        cancel: CancellationToken,
    ) -> Result<RunReport, StudioError> {
        let connection = self.find(&request.connection)?;
        let prepared = self.prepare(&connection, request.action, &request.options).await?;
        let text = match request.text {
            Some(text) => text,
            None => script_text(&connection, request.action)?,
        };
        let (report, _) = self
            .run_prepared(
                &prepared,
                Script { kind: RunKind::Try, action: request.action, file: request.action.file_name(), text },
                &request.arguments,
                request.password.as_ref(),
                events,
                cancel,
            )
            .await?;
        Ok(report)
    }

    /// Everything a run of this connection needs besides the script and its arguments.
    pub(crate) async fn prepare(
        &self,
        connection: &bundle::Connection,
        action: Action,
        options: &RunOptions,
    ) -> Result<Prepared, StudioError> {
        let mine = crate::settings::Settings::read(&self.root)?.connection(&connection.name);
        if options.commit && mine.read_only {
            return Err(StudioError::ReadOnly { connection: connection.name.clone(), action });
        }
        let configuration = self.configuration(connection, &options.set).await?;
        let allowed = mine.allow.iter().chain(&options.allow);
        let policy = crate::policy::policy(self.root.join(&connection.folder), &self.root, allowed)?;
        let writes = match (options.commit, mine.read_only) {
            (true, _) => Writes::Committed,
            (false, true) => Writes::ReadOnly,
            (false, false) => Writes::RolledBack,
        };
        Ok(Prepared {
            connection: connection.name.clone(),
            mode: connection.import_mode(),
            script_context: connection.script_context(),
            configuration: configuration.values,
            redactor_secrets: configuration.secrets,
            policy,
            writes,
            limits: limits(options.timeout),
        })
    }

    /// Runs a script in a session of its own, keeps the report, and gives back the unredacted record for flows.
    pub(crate) async fn run_prepared(
        &self,
        prepared: &Prepared,
        script: Script,
        arguments: &TryArguments,
        password: Option<&SecretString>,
        events: EventSink<'_>,
        cancel: CancellationToken,
    ) -> Result<(RunReport, RunRecord), StudioError> {
        let store = &self.studio.inner.store;
        let key = self.key(&prepared.connection);
        let new =
            NewRun { connection: key, kind: script.kind, action: Some(script.action), committed: prepared.commits() };
        let run = store.begin_run(&new).await?;
        let container = Some(format!("{}/{}", self.root.display(), prepared.connection));
        let (report, record) =
            self.studio.run_script(prepared, script, arguments, password, container, events, cancel).await?;
        let json = serde_json::to_value(&report).unwrap_or(Value::Null);
        store.end_run(run, report.outcome, &json).await?;
        Ok((report, record))
    }
}

impl Studio {
    /// Runs a script file with the options alone: no workspace, no vault, nothing kept.
    pub async fn run_file(
        &self,
        request: FileRequest,
        events: EventSink<'_>,
        cancel: CancellationToken,
    ) -> Result<RunReport, StudioError> {
        let path = request.path;
        let text = std::fs::read_to_string(&path).map_err(|cause| StudioError::Io { path: path.clone(), cause })?;
        let folder = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
            _ => PathBuf::from("."),
        };
        let folder = folder.canonicalize().map_err(|cause| StudioError::Io { path: folder, cause })?;
        let prepared = Prepared {
            connection: String::new(),
            mode: ImportMode::Off,
            script_context: request.arguments.context.is_some(),
            configuration: request.options.set.iter().map(|(key, value)| (key.clone(), value.clone().into())).collect(),
            redactor_secrets: Vec::new(),
            policy: crate::policy::policy(folder.clone(), &folder, request.options.allow.iter())?,
            writes: if request.options.commit { Writes::Committed } else { Writes::RolledBack },
            limits: limits(request.options.timeout),
        };
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        let file = name.unwrap_or_else(|| request.action.file_name());
        let script = Script { kind: RunKind::Try, action: request.action, file, text };
        let password = request.password.as_ref();
        Ok(self.run_script(&prepared, script, &request.arguments, password, None, events, cancel).await?.0)
    }

    #[allow(clippy::too_many_arguments)] // one private function with two callers; a struct would only rename the list
    async fn run_script(
        &self,
        prepared: &Prepared,
        script: Script,
        arguments: &TryArguments,
        password: Option<&SecretString>,
        container: Option<String>,
        events: EventSink<'_>,
        cancel: CancellationToken,
    ) -> Result<(RunReport, RunRecord), StudioError> {
        let mut notices = Vec::new();
        let values = argument_values(script.action, arguments, password, &mut notices)?;
        let takes_context = prepared.script_context && script.action.takes_context();
        let redactor = Redactor::new(prepared.redactor_secrets.iter().cloned().chain(password.cloned()));
        let spec = RunSpec {
            file: script.file,
            script: script.text,
            arguments: values,
            context: takes_context.then(|| arguments.context.clone().unwrap_or_else(|| json!({}))),
            configuration: prepared.configuration.clone(),
            limits: prepared.limits.clone(),
            profile: wire::RuntimeProfile::Node22,
            seed: None,
            container,
            watched: Watched { identifier: arguments.identifier.clone(), password: password.cloned() },
        };
        let session = Session::new(SessionOptions {
            policy: prepared.policy.clone(),
            writes: prepared.writes,
            limits: prepared.limits.clone(),
        });
        let forward = |event: sandbox::RunEvent| {
            events(match event {
                sandbox::RunEvent::Console(line) => RunEvent::Console(line),
                sandbox::RunEvent::Trace(entry) => RunEvent::Trace(entry),
            });
        };
        let begin = std::time::Instant::now();
        let ran = self.inner.sandbox.run(spec, &session, &redactor, &forward, cancel).await;
        let at_ms = begin.elapsed().as_secs_f64() * 1000.0;
        let finish = session.finish().await;
        let record = ran?;
        let finish_ms = begin.elapsed().as_secs_f64() * 1000.0 - at_ms;
        let facts = RunFacts {
            action: script.action,
            mode: prepared.mode,
            committed: prepared.commits(),
            notices,
            finish,
            finished_at_ms: at_ms,
            finish_ms,
        };
        Ok((report::report(&record, facts, &redactor), record))
    }
}

/// A script to run.
pub(crate) struct Script {
    pub(crate) kind: RunKind,
    pub(crate) action: Action,
    /// Its name in stacks.
    pub(crate) file: String,
    pub(crate) text: String,
}

/// A connection made ready for runs.
pub(crate) struct Prepared {
    pub(crate) connection: String,
    pub(crate) mode: ImportMode,
    pub(crate) script_context: bool,
    pub(crate) configuration: Vec<(String, SecretString)>,
    pub(crate) redactor_secrets: Vec<SecretString>,
    pub(crate) policy: legacy::Policy,
    pub(crate) writes: Writes,
    pub(crate) limits: wire::Limits,
}

impl Prepared {
    pub(crate) fn commits(&self) -> bool {
        matches!(self.writes, Writes::Committed)
    }
}

/// The saved text of a script; JavaScript has to be UTF-8.
pub(crate) fn script_text(connection: &bundle::Connection, action: Action) -> Result<String, StudioError> {
    let script = connection.scripts.get(&action).ok_or_else(|| StudioError::NoScript {
        connection: connection.name.clone(),
        script: action.key().to_owned(),
    })?;
    String::from_utf8(script.bytes.clone()).map_err(|_| StudioError::BrokenFile {
        path: script.path.display().to_string(),
        message: "the file is not UTF-8 text".into(),
        hint: Some("Save it as UTF-8; the platform replaces other bytes silently.".into()),
    })
}

pub(crate) fn limits(timeout: Option<Duration>) -> wire::Limits {
    let limits = wire::Limits::default();
    match timeout {
        Some(timeout) => wire::Limits { wall_ms: timeout.as_millis() as u64, ..limits },
        None => limits,
    }
}

/// The arguments before `context` and `callback`, by position (contract §2.1).
fn argument_values(
    action: Action,
    arguments: &TryArguments,
    password: Option<&SecretString>,
    notices: &mut Vec<contract::Warning>,
) -> Result<Vec<Value>, StudioError> {
    let text = |name: &str, value: &Option<String>| match value {
        Some(value) => Ok(Value::String(value.clone())),
        None => Err(StudioError::BadArgument { argument: name.to_owned(), problem: format!("{action} needs it") }),
    };
    let secret = |name: &str| match password {
        Some(password) => Ok(Value::String(password.expose_secret().to_owned())),
        None => Err(StudioError::BadArgument { argument: name.to_owned(), problem: format!("{action} needs it") }),
    };
    let identifier = || text("identifier", &arguments.identifier);
    Ok(match action {
        Action::Login => vec![identifier()?, secret("password")?],
        Action::GetUser | Action::Verify => vec![identifier()?],
        Action::Create => vec![new_user(arguments, password)?],
        Action::ChangePassword => vec![identifier()?, secret("new password")?],
        Action::Delete => vec![text("id", &arguments.id.as_deref().map(|id| without_prefix(id, notices)))?],
        Action::ChangeEmail => {
            let verified = Value::Bool(arguments.verified.unwrap_or(false));
            vec![identifier()?, text("new e-mail", &arguments.new_email)?, verified]
        }
        Action::ChangeUsername => vec![identifier()?, text("new username", &arguments.new_email)?],
        Action::ChangePhoneNumber => {
            let verified = Value::Bool(arguments.verified.unwrap_or(false));
            vec![identifier()?, text("new phone number", &arguments.new_email)?, verified]
        }
    })
}

/// Delete receives the id without the platform's prefix (contract §5.2, §21 O10).
fn without_prefix(id: &str, notices: &mut Vec<contract::Warning>) -> String {
    let Some(bare) = id.strip_prefix("auth0|") else { return id.to_owned() };
    notices.push(contract::Warning::new(
        "id_prefix_removed",
        "auth0| was taken off the id: the platform hands Delete the id that Login returned",
    ));
    bare.to_owned()
}

/// The `user` argument of Create (contract §5.1).
fn new_user(arguments: &TryArguments, password: Option<&SecretString>) -> Result<Value, StudioError> {
    let bad = |problem: &str| StudioError::BadArgument { argument: "user".into(), problem: problem.into() };
    let mut user = match &arguments.user {
        Some(Value::Object(user)) => user.clone(),
        Some(_) => return Err(bad("it must be a JSON object")),
        None => serde_json::Map::new(),
    };
    if let Some(identifier) = &arguments.identifier {
        let key = if identifier.contains('@') { "email" } else { "username" };
        user.entry(key).or_insert_with(|| Value::String(identifier.clone()));
    }
    if let Some(password) = password {
        user.insert("password".into(), Value::String(password.expose_secret().to_owned()));
    }
    if !user.contains_key("email") && !user.contains_key("username") {
        return Err(bad("it needs an email or a username; give --identifier or --user"));
    }
    if !user.contains_key("password") {
        return Err(bad("it needs a password"));
    }
    for (key, stand_in) in [("tenant", "rehearsal"), ("client_id", "sluice"), ("connection", "rehearsal")] {
        user.entry(key).or_insert_with(|| Value::String(stand_in.into()));
    }
    Ok(Value::Object(user))
}

/// An endpoint as typed by an admin.
pub(crate) fn endpoint(text: &str) -> Result<Endpoint, StudioError> {
    text.parse().map_err(|error| StudioError::BadArgument {
        argument: "allow".into(),
        problem: format!("{text:?} is no HOST:PORT and no file: {error}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_stand_by_position_and_what_is_missing_is_named() {
        let mut notices = Vec::new();
        let arguments = TryArguments { identifier: Some("a@b.c".into()), ..TryArguments::default() };
        let password = SecretString::from("pw");
        let values = argument_values(Action::Login, &arguments, Some(&password), &mut notices).unwrap();
        assert_eq!(values, [json!("a@b.c"), json!("pw")]);
        let error = argument_values(Action::ChangeEmail, &arguments, None, &mut notices).unwrap_err();
        assert_eq!(error.to_string(), "new e-mail: change_email needs it");
    }

    #[test]
    fn delete_gets_the_bare_id_with_a_notice() {
        let mut notices = Vec::new();
        let arguments = TryArguments { id: Some("auth0|42".into()), ..TryArguments::default() };
        assert_eq!(argument_values(Action::Delete, &arguments, None, &mut notices).unwrap(), [json!("42")]);
        assert_eq!(notices[0].rule, "id_prefix_removed");
    }

    #[test]
    fn create_builds_the_users_object() {
        let arguments = TryArguments { identifier: Some("a@b.c".into()), ..TryArguments::default() };
        let user = new_user(&arguments, Some(&SecretString::from("pw"))).unwrap();
        assert_eq!((user["email"].as_str(), user["password"].as_str()), (Some("a@b.c"), Some("pw")));
        assert!(new_user(&TryArguments::default(), None).is_err());
    }
}
