//! What runs and flows are given: which options each action takes, and which it needs.

use clap::Args;
use contract::{Action, Runtime};

use super::{seconds, setting};
use crate::error::CliError;

/// What a run of one script is given.
#[derive(Args, Default)]
pub(crate) struct RunArguments {
    /// E-mail address, username or phone number
    #[arg(long, value_name = "S")]
    pub(crate) identifier: Option<String>,
    /// Read the password from stdin (login: the typed one; change_password: the new one; create: the user's)
    #[arg(long)]
    pub(crate) password_stdin: bool,
    /// The new password of change_password; --password-stdin keeps it out of the process list
    #[arg(long, value_name = "S", conflicts_with = "password_stdin")]
    pub(crate) new_password: Option<String>,
    /// The new address of change_email (new name of change_username, new number of change_phone_number)
    #[arg(long, value_name = "S")]
    pub(crate) new_email: Option<String>,
    /// Whether the new address counts as verified; false without
    #[arg(long, value_name = "BOOL")]
    pub(crate) verified: Option<bool>,
    /// The user's id for delete
    #[arg(long, value_name = "S")]
    pub(crate) id: Option<String>,
    /// The user for create; --identifier alone is enough for a user with an e-mail address
    #[arg(long, value_name = "JSON|@FILE")]
    pub(crate) user: Option<String>,
    /// The context, where the connection has it switched on
    #[arg(long, value_name = "JSON|@FILE")]
    pub(crate) context: Option<String>,
    /// Run login or get_user a second time and say what differs
    #[arg(long, conflicts_with = "commit")]
    pub(crate) twice: bool,
    #[command(flatten)]
    pub(crate) how: HowToRun,
}

/// What a login through both stores is given.
#[derive(Args)]
pub(crate) struct FlowArguments {
    /// E-mail address, username or phone number
    #[arg(long, value_name = "S")]
    pub(crate) identifier: String,
    /// Read the password from stdin
    #[arg(long)]
    pub(crate) password_stdin: bool,
    /// The context, where the connection has it switched on
    #[arg(long, value_name = "JSON|@FILE")]
    pub(crate) context: Option<String>,
    #[command(flatten)]
    pub(crate) how: HowToRun,
}

/// What runs and flows have in common.
#[derive(Args, Default)]
pub(crate) struct HowToRun {
    /// A value of configuration for this run, in the open
    #[arg(long, value_name = "KEY=VALUE", value_parser = setting)]
    pub(crate) set: Vec<(String, String)>,
    /// A host or file the script may reach in this run; `sluice settings` keeps it
    #[arg(long, value_name = "HOST:PORT|FILE")]
    pub(crate) allow: Vec<String>,
    /// Keep what the script writes
    #[arg(long)]
    pub(crate) commit: bool,
    /// The runtime to imitate: compatible, node18 or node22; the connection's own without
    #[arg(long, value_name = "RUNTIME")]
    pub(crate) runtime: Option<Runtime>,
    /// Wall clock, instead of 20 s
    #[arg(long, value_name = "S", value_parser = seconds)]
    pub(crate) timeout: Option<f64>,
}

/// An option that only some actions take.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Taken {
    Identifier,
    Password,
    NewPassword,
    NewEmail,
    Verified,
    Id,
    User,
    Context,
    Twice,
}

impl Taken {
    const ALL: [Taken; 9] = [
        Taken::Identifier,
        Taken::Password,
        Taken::NewPassword,
        Taken::NewEmail,
        Taken::Verified,
        Taken::Id,
        Taken::User,
        Taken::Context,
        Taken::Twice,
    ];

    fn option(self) -> &'static str {
        match self {
            Taken::Identifier => "--identifier",
            Taken::Password => "--password-stdin",
            Taken::NewPassword => "--new-password",
            Taken::NewEmail => "--new-email",
            Taken::Verified => "--verified",
            Taken::Id => "--id",
            Taken::User => "--user",
            Taken::Context => "--context",
            Taken::Twice => "--twice",
        }
    }

    fn given(self, with: &RunArguments) -> bool {
        match self {
            Taken::Identifier => with.identifier.is_some(),
            Taken::Password => with.password_stdin,
            Taken::NewPassword => with.new_password.is_some(),
            Taken::NewEmail => with.new_email.is_some(),
            Taken::Verified => with.verified.is_some(),
            Taken::Id => with.id.is_some(),
            Taken::User => with.user.is_some(),
            Taken::Context => with.context.is_some(),
            Taken::Twice => with.twice,
        }
    }

    /// What an action cannot do without, and what it takes besides. A password can be typed, a user can be made from an
    /// identifier: neither is missing when its option is.
    fn by(action: Action) -> (&'static [Taken], &'static [Taken]) {
        use Taken::{Context, Id, Identifier, NewEmail, NewPassword, Password, Twice, User, Verified};
        match action {
            Action::Login => (&[Identifier], &[Password, Context, Twice]),
            Action::GetUser => (&[Identifier], &[Context, Twice]),
            Action::Verify => (&[Identifier], &[Context]),
            Action::Create => (&[], &[Identifier, User, Password, Context]),
            Action::ChangePassword => (&[Identifier], &[Password, NewPassword, Context]),
            Action::Delete => (&[Id], &[Context]),
            Action::ChangeEmail | Action::ChangePhoneNumber => (&[Identifier, NewEmail], &[Verified]),
            Action::ChangeUsername => (&[Identifier, NewEmail], &[]),
        }
    }
}

/// What an action takes, as one writes it.
fn usage(action: Action) -> String {
    match action {
        Action::Login => "--identifier S --password-stdin [--context JSON|@FILE] [--twice]",
        Action::GetUser => "--identifier S [--context JSON|@FILE] [--twice]",
        Action::Verify => "--identifier S [--context JSON|@FILE]",
        Action::Create => "--identifier S and/or --user JSON|@FILE, --password-stdin [--context JSON|@FILE]",
        Action::ChangePassword => "--identifier S --password-stdin (or --new-password S) [--context JSON|@FILE]",
        Action::Delete => "--id S [--context JSON|@FILE]",
        Action::ChangeEmail | Action::ChangePhoneNumber => "--identifier S --new-email S [--verified BOOL]",
        Action::ChangeUsername => "--identifier S --new-email S",
    }
    .to_owned()
}

/// What each action takes, for the help.
pub(super) fn taken_by_each() -> String {
    let lines = Action::ALL.map(|action| format!("  {:<20} {}", action.key(), usage(action)));
    format!("What each action takes:\n{}", lines.join("\n"))
}

impl RunArguments {
    /// Refuses what the action does not take, and names what it lacks by its option.
    pub(crate) fn fit(&self, action: Action) -> Result<(), CliError> {
        let (needed, besides) = Taken::by(action);
        let hint = || format!("{action} takes {}", usage(action));
        let given = Taken::ALL.into_iter().filter(|option| option.given(self));
        let unused: Vec<&str> =
            given.filter(|option| !needed.contains(option) && !besides.contains(option)).map(Taken::option).collect();
        if !unused.is_empty() {
            return Err(CliError::usage(format!("{action} takes no {}", unused.join(" and no ")), hint()));
        }
        let missing: Vec<&str> =
            needed.iter().filter(|option| !option.given(self)).map(|option| option.option()).collect();
        if !missing.is_empty() {
            return Err(CliError::usage(format!("{action} needs {}", missing.join(" and ")), hint()));
        }
        if action == Action::Create && self.identifier.is_none() && self.user.is_none() {
            return Err(CliError::usage("create needs --user or --identifier", hint()));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(with: &RunArguments, action: Action) -> (String, String) {
        let error = with.fit(action).expect_err("it does not fit");
        (error.to_string(), error.hint().unwrap_or_default())
    }

    #[test]
    fn what_is_missing_is_named_by_its_option() {
        let ada = RunArguments { identifier: Some("ada".into()), ..RunArguments::default() };
        let (message, hint) = said(&ada, Action::ChangeEmail);
        assert_eq!(message, "change_email needs --new-email");
        assert_eq!(hint, "change_email takes --identifier S --new-email S [--verified BOOL]");
        assert_eq!(said(&RunArguments::default(), Action::Delete).0, "delete needs --id");
        assert_eq!(
            said(&RunArguments::default(), Action::ChangeEmail).0,
            "change_email needs --identifier and --new-email"
        );
        assert_eq!(said(&RunArguments::default(), Action::Create).0, "create needs --user or --identifier");
        assert!(ada.fit(Action::Create).is_ok() && ada.fit(Action::Login).is_ok());
    }

    #[test]
    fn what_an_action_does_not_take_is_refused() {
        let with = RunArguments {
            identifier: Some("ada".into()),
            new_email: Some("b".into()),
            id: Some("1".into()),
            ..RunArguments::default()
        };
        assert_eq!(said(&with, Action::Login).0, "login takes no --new-email and no --id");
        let twice = RunArguments { identifier: Some("ada".into()), twice: true, ..RunArguments::default() };
        assert!(twice.fit(Action::GetUser).is_ok());
        assert_eq!(said(&twice, Action::Verify).0, "verify takes no --twice");
    }

    #[test]
    fn every_usage_names_what_its_action_takes() {
        for action in Action::ALL {
            let (needed, besides) = Taken::by(action);
            let usage = usage(action);
            assert!(needed.iter().chain(besides).all(|option| usage.contains(option.option())), "{action}: {usage}");
        }
    }
}
