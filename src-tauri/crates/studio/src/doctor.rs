//! Findings that take more than one run: whether a user looks the same each time, and to both scripts (contract §18 P27, P28).

use contract::{Action, Outcome, Warning, consistency};
use secrecy::SecretString;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::StudioError;
use crate::open::Workspace;
use crate::run::{Prepared, Script};
use crate::view::{RunReport, TryArguments};

/// Rules that compare Login with Get User.
const DIFFER: &str = "profiles_differ";

/// A fingerprint of a script's text.
pub(crate) fn fingerprint(text: &[u8]) -> String {
    hex::encode(&Sha256::digest(text)[..16])
}

/// What a run was about: kept with its report, so that later runs can be compared with it.
pub(crate) struct Subject {
    action: Action,
    /// As typed, without secrets.
    identifier: Option<String>,
    script: String,
}

impl Subject {
    pub(crate) fn new(
        prepared: &Prepared,
        script: &Script,
        arguments: &TryArguments,
        password: Option<&SecretString>,
    ) -> Subject {
        let identifier = arguments.identifier.as_deref();
        Subject {
            action: script.action,
            identifier: identifier.map(|identifier| prepared.redactor(password).redact(identifier)),
            script: fingerprint(script.text.as_bytes()),
        }
    }

    /// Puts it into a report that is kept.
    pub(crate) fn note(&self, report: &mut Value) {
        if let Value::Object(report) = report {
            report.insert("identifier".to_owned(), json!(self.identifier));
            report.insert("script".to_owned(), json!(self.script));
        }
    }
}

/// Adds what two runs of one script with the same arguments disagree about, or that they agree.
pub(crate) fn compare_twice(report: &mut RunReport, again: &RunReport) {
    let before = report.warnings.len();
    differences(report, again);
    report.again = Some(if report.warnings.len() > before {
        "a second run right after it answers differently: see the warnings".to_owned()
    } else if report.result == again.result {
        "a second run right after it answers the same".to_owned()
    } else {
        "a second run right after it finds the same user; other parts of the answer differ".to_owned()
    });
}

fn differences(report: &mut RunReport, again: &RunReport) {
    if again.outcome != Outcome::Success {
        let message = format!(
            "the first run ended with success, a second one right after it with {}: the script does not answer the same \
             question the same way",
            again.outcome.word()
        );
        report.warnings.push(Warning::new("answer_unstable", message));
        return;
    }
    if let (Some(first), Some(second)) = (&report.result, &again.result) {
        report.warnings.extend(consistency::unstable_id(first, second, "a second run right after it"));
    }
}

/// Adds what Login and Get User of one flow disagree about; it replaces the comparison with an earlier run.
pub(crate) fn compare_in_flow(login: &mut RunReport, get_user: &RunReport) {
    let found = match (get_user.outcome, &login.result, &get_user.result) {
        (Outcome::Success, Some(in_login), Some(in_get_user)) => {
            consistency::differing_profiles(in_login, in_get_user, "run one after the other")
        }
        (Outcome::NotFound, ..) => Some(Warning::new(
            DIFFER,
            "login lets this user in, and get_user does not find them: sign-up and password reset would take them for \
             unknown",
        )),
        (Outcome::UnusableResult, ..) => Some(Warning::new(
            DIFFER,
            "login lets this user in, and get_user answers a profile that the platform cannot use: see a try of get_user",
        )),
        _ => return,
    };
    login.warnings.retain(|warning| warning.rule != DIFFER);
    login.warnings.extend(found);
}

impl Workspace {
    /// Adds what a good run and the latest good ones for the same identifier disagree about. Only runs of the texts that
    /// count now are compared: this one's own, and the other script as saved.
    pub(crate) async fn compare_with_earlier(
        &self,
        prepared: &Prepared,
        subject: &Subject,
        report: &mut RunReport,
    ) -> Result<(), StudioError> {
        let other = match subject.action {
            Action::Login => Action::GetUser,
            Action::GetUser => Action::Login,
            _ => return Ok(()),
        };
        let (Outcome::Success, Some(result), Some(identifier)) = (report.outcome, &report.result, &subject.identifier)
        else {
            return Ok(());
        };
        let saved = prepared.saved.iter().find(|(action, _)| *action == other).map(|(_, script)| script.as_str());
        let mut found = Vec::new();
        for (action, script) in [(subject.action, Some(subject.script.as_str())), (other, saved)] {
            let store = &self.studio.inner.store;
            let earlier = store.latest_success(&self.key(&prepared.connection), action, identifier).await?;
            let Some((at, earlier)) = earlier else { continue };
            let (Some(before), true) = (earlier.get("result"), earlier["script"].as_str() == script) else { continue };
            let when = format!("the run of {}", at.strftime("%Y-%m-%d %H:%M:%S UTC"));
            found.extend(match (action == subject.action, action) {
                (true, _) => consistency::unstable_id(result, before, &when),
                (false, Action::GetUser) => {
                    consistency::differing_profiles(result, before, &format!("get_user in {when}"))
                }
                (false, _) => consistency::differing_profiles(before, result, &format!("login in {when}")),
            });
        }
        report.warnings.extend(found);
        Ok(())
    }
}
