//! Trying a script: once, against the real legacy store, undone unless the admin says otherwise.

use std::path::PathBuf;
use std::time::Duration;

use contract::{Action, ImportMode, Outcome, Runtime};
use legacy::{Session, SessionOptions, Writes};
use sandbox::{RunRecord, RunSpec, Watched};
use secrecy::SecretString;
use serde_json::{Value, json};
use store::{NewRun, RunKind};
use tokio_util::sync::CancellationToken;
use vault::Redactor;

use crate::arguments::argument_values;
use crate::doctor;
use crate::leaks::{self, Known};
use crate::open::Workspace;
use crate::report::{self, RunFacts};
use crate::settings::{ConnectionSettings, Settings};
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
    /// The runtime to imitate instead of the connection's own.
    pub runtime: Option<Runtime>,
    /// Login and Get User of a try: run a second time, in a container of its own, and compare (contract §18 P27).
    pub twice: bool,
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
        may_repeat(request.action, &request.options)?;
        let connection = self.find(&request.connection)?;
        self.may_commit(&connection.name, request.action, &request.options)?;
        let text = match request.text {
            Some(text) => text,
            None => script_text(&connection, request.action)?,
        };
        let prepared = self.prepare(&connection, request.action, &request.options).await?;
        let script = Script { kind: RunKind::Try, action: request.action, file: request.action.file_name(), text };
        let (arguments, password) = (&request.arguments, request.password.as_ref());
        let again = request.options.twice.then(|| script.clone());
        let (mut report, _) = self.run_prepared(&prepared, script, arguments, password, events, cancel.clone()).await?;
        if let Some(script) = again {
            self.studio.run_again(&prepared, script, arguments, password, cancel, &mut report).await?;
        }
        Ok(report)
    }

    /// Refuses to keep what a script writes where none may write; the connection's settings otherwise.
    fn may_commit(
        &self,
        connection: &str,
        action: Action,
        options: &RunOptions,
    ) -> Result<ConnectionSettings, StudioError> {
        let mine = Settings::read(&self.root)?.connection(connection);
        if options.commit && mine.read_only {
            return Err(StudioError::ReadOnly { connection: connection.to_owned(), action });
        }
        Ok(mine)
    }

    /// Everything a run of this connection needs besides the script and its arguments.
    pub(crate) async fn prepare(
        &self,
        connection: &bundle::Connection,
        action: Action,
        options: &RunOptions,
    ) -> Result<Prepared, StudioError> {
        let mine = self.may_commit(&connection.name, action, options)?;
        let configuration = self.configuration(connection, &options.set).await?;
        let folder = self.root.join(&connection.folder);
        let policy = crate::policy::policy(folder, &self.root, &mine.allow, &options.allow)?
            .with_safe_requests(mine.safe_requests);
        let writes = match (options.commit, mine.read_only) {
            (true, _) => Writes::Committed,
            (false, true) => Writes::ReadOnly,
            (false, false) => Writes::RolledBack,
        };
        let saved = [Action::Login, Action::GetUser].into_iter();
        let saved =
            saved.filter_map(|action| Some((action, doctor::fingerprint(&connection.scripts.get(&action)?.bytes))));
        Ok(Prepared {
            connection: connection.name.clone(),
            mode: connection.import_mode(),
            script_context: connection.script_context(),
            configuration: configuration.values,
            secrets: configuration.secrets,
            policy,
            writes,
            limits: limits(options.timeout),
            runtime: options.runtime.unwrap_or(mine.runtime),
            saved: saved.collect(),
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
        let container = Some(self.container(&prepared.connection));
        let subject = doctor::Subject::new(prepared, &script, arguments, password);
        let (mut report, record) =
            self.studio.run_script(prepared, script, arguments, password, container, events, cancel).await?;
        self.compare_with_earlier(prepared, &subject, &mut report).await?;
        let mut json = serde_json::to_value(&report).unwrap_or(Value::Null);
        subject.note(&mut json);
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
        may_repeat(request.action, &request.options)?;
        let path = request.path;
        let text = std::fs::read_to_string(&path).map_err(|cause| StudioError::Io { path: path.clone(), cause })?;
        let folder = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
            _ => PathBuf::from("."),
        };
        let folder = folder.canonicalize().map_err(|cause| StudioError::Io { path: folder, cause })?;
        // Relative SQLite paths start at the current folder, as in Node, or beside the script.
        let current = std::env::current_dir().unwrap_or_else(|_| folder.clone());
        let prepared = Prepared {
            connection: String::new(),
            mode: ImportMode::Off,
            script_context: request.arguments.context.is_some(),
            configuration: request.options.set.iter().map(|(key, value)| (key.clone(), value.clone().into())).collect(),
            secrets: Vec::new(),
            policy: crate::policy::policy(current, &folder, &[], &request.options.allow)?,
            writes: if request.options.commit { Writes::Committed } else { Writes::RolledBack },
            limits: limits(request.options.timeout),
            runtime: request.options.runtime.unwrap_or_default(),
            saved: Vec::new(),
        };
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        let file = name.unwrap_or_else(|| request.action.file_name());
        let script = Script { kind: RunKind::Try, action: request.action, file, text };
        let (arguments, password) = (&request.arguments, request.password.as_ref());
        let again = request.options.twice.then(|| script.clone());
        let (mut report, _) =
            self.run_script(&prepared, script, arguments, password, None, events, cancel.clone()).await?;
        if let Some(script) = again {
            self.run_again(&prepared, script, arguments, password, cancel, &mut report).await?;
        }
        Ok(report)
    }

    /// Runs a good Login or Get User once more, in a container of its own, and reports what differs.
    async fn run_again(
        &self,
        prepared: &Prepared,
        script: Script,
        arguments: &TryArguments,
        password: Option<&SecretString>,
        cancel: CancellationToken,
        report: &mut RunReport,
    ) -> Result<(), StudioError> {
        if report.outcome == Outcome::Success {
            let (again, _) = self.run_script(prepared, script, arguments, password, None, &|_| {}, cancel).await?;
            doctor::compare_twice(report, &again);
        } else {
            report.again = Some("no second run: the first one did not succeed".to_owned());
        }
        Ok(())
    }

    #[allow(clippy::too_many_arguments)] // one private function with few callers; a struct would only rename the list
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
        let redactor = prepared.redactor(password);
        let spec = RunSpec {
            file: script.file,
            script: script.text.clone(),
            arguments: values,
            context: takes_context.then(|| arguments.context.clone().unwrap_or_else(|| json!({}))),
            configuration: prepared.configuration.clone(),
            limits: prepared.limits.clone(),
            profile: prepared.profile(),
            seed: None,
            container,
            watched: Watched {
                identifier: arguments.identifier.clone(),
                password: password.cloned(),
                secrets: prepared.secrets.clone(),
            },
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
            runtime: prepared.runtime,
            committed: prepared.commits(),
            notices,
            finish,
            finished_at_ms: at_ms,
            finish_ms,
        };
        let mut report = report::report(&record, facts, &redactor);
        let known = Known { password, secrets: &prepared.secrets, script: &script.text };
        report.warnings.extend(leaks::in_error(&record.ending, &known));
        Ok((report, record))
    }
}

/// A script to run.
#[derive(Clone)]
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
    /// Those values of the configuration that are secrets.
    pub(crate) secrets: Vec<(String, SecretString)>,
    pub(crate) policy: legacy::Policy,
    pub(crate) writes: Writes,
    pub(crate) limits: wire::Limits,
    pub(crate) runtime: Runtime,
    /// Fingerprints of Login and Get User as saved.
    pub(crate) saved: Vec<(Action, String)>,
}

impl Prepared {
    /// Knows the secrets of the configuration, and the password of a run.
    pub(crate) fn redactor(&self, password: Option<&SecretString>) -> Redactor {
        Redactor::new(self.secrets.iter().map(|(_, secret)| secret.clone()).chain(password.cloned()))
    }

    /// The runtime as the runner knows it.
    pub(crate) fn profile(&self) -> wire::RuntimeProfile {
        match self.runtime {
            Runtime::Compatible => wire::RuntimeProfile::Compatible,
            Runtime::Node18 => wire::RuntimeProfile::Node18,
            Runtime::Node22 => wire::RuntimeProfile::Node22,
        }
    }

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

/// Refuses to repeat what writes.
fn may_repeat(action: Action, options: &RunOptions) -> Result<(), StudioError> {
    if !options.twice || matches!(action, Action::Login | Action::GetUser) {
        return Ok(());
    }
    let problem = format!("only login and get_user are run twice and compared; {action} writes");
    Err(StudioError::BadArgument { argument: "twice".to_owned(), problem })
}
