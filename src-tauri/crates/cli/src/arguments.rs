//! The command line's grammar (design §10).

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use contract::{Action, Runtime};

/// Design §10.
const EXIT_CODES: &str = "\
Exit codes: 0 success · 1 the answer is no (wrong password, unknown user, not found, refused, failed check) · 2 usage or bad input ·
3 script fault or limit · 4 legacy store or policy · 5 secrets unavailable";

/// Try, check, migrate and export custom database connections.
#[derive(Parser)]
#[command(name = "sluice", version, about, max_term_width = 100, propagate_version = true, after_help = EXIT_CODES)]
pub(crate) struct Sluice {
    /// The workspace folder
    #[arg(short = 'w', long = "workspace", value_name = "DIR", default_value = ".", global = true)]
    pub(crate) workspace: PathBuf,
    /// Print one JSON document on stdout
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Take secrets from environment variables: the name with this in front
    #[arg(long, value_name = "PREFIX", global = true)]
    pub(crate) secrets_from_env: Option<String>,
    /// Say more on stderr
    #[arg(long, global = true)]
    pub(crate) verbose: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Make a workspace
    Init {
        /// The folder, empty or not there yet
        dir: PathBuf,
        /// With a legacy store of a thousand made-up users, and scripts for it
        #[arg(long)]
        sample: bool,
    },
    /// Make a connection from a template; without arguments list the templates
    New {
        /// The template, e.g. postgres
        template: Option<String>,
        /// The new connection's name
        name: Option<String>,
        /// Show what the template's scripts expect to find in the store
        #[arg(long, requires = "template", conflicts_with = "name")]
        schema: bool,
    },
    /// List the connections
    List,
    /// Run one of a connection's scripts; what it writes is undone unless told otherwise
    Try {
        connection: String,
        #[arg(value_parser = action, value_name = "ACTION")]
        action: Action,
        #[command(flatten)]
        with: RunArguments,
    },
    /// Run any script file, without a workspace
    Run {
        /// The script
        file: PathBuf,
        #[arg(value_parser = action, value_name = "ACTION")]
        action: Action,
        #[command(flatten)]
        with: RunArguments,
    },
    /// Go through both stores as the platform would; a good login moves the user
    Flow {
        connection: String,
        operation: Operation,
        #[command(flatten)]
        with: RunArguments,
    },
    /// Count who has moved
    Count {
        connection: String,
        /// Keep counting, until Ctrl-C
        #[arg(long)]
        watch: bool,
        /// Seconds between counts
        #[arg(long, value_name = "S", default_value = "2", value_parser = seconds, requires = "watch")]
        every: f64,
        /// A host or file the script may reach
        #[arg(long, value_name = "HOST:PORT")]
        allow: Vec<String>,
    },
    /// Test the way to the legacy store, stage by stage
    Connect {
        connection: String,
        /// A host or file the script may reach
        #[arg(long, value_name = "HOST:PORT")]
        allow: Vec<String>,
    },
    /// Set, list and remove secrets
    #[command(subcommand)]
    Secret(Secret),
    /// Write a bundle for auth0-deploy-cli; secrets go out as names only
    Export {
        /// The connections; all without names
        connections: Vec<String>,
        #[arg(long, value_enum, default_value_t = Format::Directory)]
        format: Format,
        /// Where to: a folder, or a file for the zip formats
        #[arg(long, value_name = "PATH")]
        out: PathBuf,
    },
    /// Take a bundle's connections into the workspace
    Import {
        /// A deploy-cli folder, a tenant.yaml, or a zip file of either
        path: PathBuf,
        /// A connection that may be replaced
        #[arg(long, value_name = "CONNECTION")]
        replace: Vec<String>,
        /// Only say what is inside
        #[arg(long)]
        preview: bool,
    },
    /// Look for what is certainly wrong
    Check {
        /// One connection; all without
        connection: Option<String>,
    },
    /// List the modules and globals scripts find here, and how they relate to Node's
    Modules {
        /// A module or global; with it its functions, and what differs
        name: Option<String>,
    },
}

#[derive(Subcommand)]
pub(crate) enum Secret {
    /// Store a value, read from stdin (or typed, in a terminal)
    Set {
        name: String,
        #[command(flatten)]
        of: SecretOf,
    },
    /// Names, state and age; never values
    List {
        #[command(flatten)]
        of: SecretOf,
    },
    /// Remove a value
    Remove {
        name: String,
        #[command(flatten)]
        of: SecretOf,
    },
    /// Choose where this machine keeps the workspace's secrets
    Keep {
        #[arg(value_enum)]
        place: Place,
    },
}

#[derive(Args)]
pub(crate) struct SecretOf {
    /// The connection; may be left out when there is only one
    #[arg(short, long)]
    pub(crate) connection: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Place {
    /// The operating system's keychain
    Keychain,
    /// A file sealed with a passphrase, read from stdin (or typed)
    SealedFile,
    /// Nowhere: values are asked for each time
    AskEachTime,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Operation {
    /// A login
    Login,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Format {
    Directory,
    Yaml,
    DirectoryZip,
    YamlZip,
}

/// What a run is given.
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
    /// Whether the new address counts as verified
    #[arg(long, value_name = "BOOL")]
    pub(crate) verified: Option<bool>,
    /// The user's id for delete
    #[arg(long, value_name = "S")]
    pub(crate) id: Option<String>,
    /// The user for create
    #[arg(long, value_name = "JSON|@FILE")]
    pub(crate) user: Option<String>,
    /// The context, where the connection has it switched on
    #[arg(long, value_name = "JSON|@FILE")]
    pub(crate) context: Option<String>,
    /// A value of configuration for this run, in the open
    #[arg(long, value_name = "KEY=VALUE", value_parser = setting)]
    pub(crate) set: Vec<(String, String)>,
    /// A host or file the script may reach in this run
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) allow: Vec<String>,
    /// Keep what the script writes
    #[arg(long)]
    pub(crate) commit: bool,
    /// The runtime to imitate: compatible, node18 or node22; the connection's own without
    #[arg(long, value_name = "RUNTIME")]
    pub(crate) runtime: Option<Runtime>,
    /// Run login or get_user a second time and say what differs
    #[arg(long, conflicts_with = "commit")]
    pub(crate) twice: bool,
    /// Wall clock, instead of 20 s
    #[arg(long, value_name = "S", value_parser = seconds)]
    pub(crate) timeout: Option<f64>,
}

fn action(text: &str) -> Result<Action, String> {
    let keys: Vec<&str> = Action::ALL.iter().map(|action| action.key()).collect();
    Action::from_key(text).ok_or_else(|| format!("an action is one of {}", keys.join(", ")))
}

fn setting(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("write KEY=VALUE".to_owned()),
    }
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (0.001..=3600.0).contains(&seconds) => Ok(seconds),
        _ => Err("give seconds between 0.001 and 3600".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_grammar_holds_together() {
        Sluice::command().debug_assert();
    }

    #[test]
    fn options_of_a_try() {
        let parsed = Sluice::try_parse_from([
            "sluice",
            "try",
            "legacy",
            "change_email",
            "--identifier",
            "a@b.c",
            "--new-email",
            "d@e.f",
            "--verified",
            "true",
            "--set",
            "HOST=x=y",
            "--allow",
            "127.0.0.1:5432",
            "--timeout",
            "1.5",
            "--json",
            "-w",
            "/ws",
        ]);
        let Ok(Sluice { json: true, workspace, command: Command::Try { connection, action, with }, .. }) = parsed
        else {
            panic!("not understood")
        };
        assert_eq!((workspace, connection.as_str(), action), (PathBuf::from("/ws"), "legacy", Action::ChangeEmail));
        assert_eq!(with.set, [("HOST".to_owned(), "x=y".to_owned())]);
        assert_eq!((with.verified, with.timeout, with.commit), (Some(true), Some(1.5), false));
        let counting = Sluice::try_parse_from(["sluice", "count", "legacy", "--allow", "127.0.0.1:5432"]);
        assert!(
            matches!(&counting, Ok(Sluice { command: Command::Count { allow, watch: false, .. }, .. }) if allow == &["127.0.0.1:5432"])
        );
        for bad in [
            &["sluice", "try", "a", "log_in"][..],
            &["sluice", "try", "a", "login", "--set", "x"],
            &["sluice", "try", "a", "login", "--runtime", "node20"],
            &["sluice", "try", "a", "login", "--twice", "--commit"],
            &["sluice", "count", "a", "--every", "3"],
        ] {
            assert_eq!(Sluice::try_parse_from(bad).err().map(|error| error.exit_code()), Some(2), "{bad:?}");
        }
    }
}
