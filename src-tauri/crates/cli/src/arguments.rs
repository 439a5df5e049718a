//! The command line's grammar (design §10).

mod run;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use contract::{Action, Runtime};
use studio::view::Environment;

pub(crate) use run::{FlowArguments, HowToRun, RunArguments};

/// Design §10.
const EXIT_CODES: &str = "\
Exit codes: 0 success · 1 the answer is no (wrong password, unknown user, not found, refused, failed check) · 2 usage or bad input ·
3 script fault or limit, or an answer the platform cannot use · 4 legacy store or policy · 5 secrets unavailable";

/// Heading of the options every command has.
const EVERYWHERE: &str = "With every command";

/// Try, check, migrate and export custom database connections.
#[derive(Parser)]
#[command(name = "sluice", version, max_term_width = 100, propagate_version = true, after_help = EXIT_CODES)]
pub(crate) struct Sluice {
    /// The workspace folder
    #[arg(short = 'w', long = "workspace", value_name = "DIR", default_value = ".", global = true, help_heading = EVERYWHERE)]
    pub(crate) workspace: PathBuf,
    /// Print one JSON document on stdout
    #[arg(long, global = true, help_heading = EVERYWHERE)]
    pub(crate) json: bool,
    /// Take secrets from environment variables: the name with this in front
    #[arg(long, value_name = "PREFIX", global = true, help_heading = EVERYWHERE)]
    pub(crate) secrets_from_env: Option<String>,
    /// Say more on stderr
    #[arg(long, global = true, help_heading = EVERYWHERE)]
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
    #[command(after_help = run::taken_by_each())]
    Try {
        /// The connection's name
        connection: String,
        /// Which script: login, get_user, create, verify, change_password, delete, change_email, change_username,
        /// change_phone_number
        #[arg(value_parser = action, value_name = "ACTION")]
        action: Action,
        #[command(flatten)]
        with: RunArguments,
    },
    /// Run any script file, without a workspace
    ///
    /// A relative SQLite path starts at the current folder, as in Node, or beside the script. Files beside the script (and below)
    /// may be opened, others with --allow.
    #[command(after_help = run::taken_by_each())]
    Run {
        /// The script
        file: PathBuf,
        /// Which script: login, get_user, create, verify, change_password, delete, change_email, change_username,
        /// change_phone_number
        #[arg(value_parser = action, value_name = "ACTION")]
        action: Action,
        #[command(flatten)]
        with: RunArguments,
    },
    /// Go through both stores as the platform would; a good login moves the user
    Flow {
        /// The connection's name
        connection: String,
        /// What the end user does
        operation: Operation,
        #[command(flatten)]
        with: FlowArguments,
    },
    /// Count who has moved
    Count {
        /// The connection's name
        connection: String,
        /// Keep counting, until Ctrl-C
        #[arg(long)]
        watch: bool,
        /// Seconds between counts
        #[arg(long, value_name = "S", default_value = "2", value_parser = seconds, requires = "watch")]
        every: f64,
        /// A host or file the script may reach this time; `sluice settings` keeps it
        #[arg(long, value_name = "HOST:PORT|FILE")]
        allow: Vec<String>,
    },
    /// Test the way to the legacy store, stage by stage
    Connect {
        /// The connection's name
        connection: String,
        /// A host or file the script may reach this time; `sluice settings` keeps it
        #[arg(long, value_name = "HOST:PORT|FILE")]
        allow: Vec<String>,
    },
    /// Show a connection's settings, or change them; sluice.toml keeps them
    Settings {
        /// The connection's name
        connection: String,
        #[command(flatten)]
        change: SettingsArguments,
    },
    /// Set, list and remove secrets
    #[command(subcommand)]
    Secret(Secret),
    /// Write a bundle for auth0-deploy-cli; secrets go out as names only
    Export {
        /// The connections; all without names
        connections: Vec<String>,
        /// What to write
        #[arg(long, value_enum, default_value_t = Format::Directory)]
        format: Format,
        /// Where to: a folder, or for the zip formats a file that ends in .zip
        #[arg(long, value_name = "PATH")]
        out: PathBuf,
        /// Replace another bundle that is there already, as a whole: files of the export before that this one does not
        /// have go. Files that Sluice did not write, or that were changed since, stay and are named; where this export has
        /// other text for one of them, it is refused and names them: move them away or import them first. The same
        /// export again needs no --replace and leaves everything alone
        #[arg(long)]
        replace: bool,
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
        /// The secret's name, e.g. DB_PASSWORD
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
        /// The secret's name
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
    Login,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Format {
    Directory,
    Yaml,
    DirectoryZip,
    YamlZip,
}

/// What changes in a connection's settings.
#[derive(Args, Default)]
pub(crate) struct SettingsArguments {
    /// A host or file its scripts may reach from now on
    #[arg(long, value_name = "HOST:PORT|FILE")]
    pub(crate) allow: Vec<String>,
    /// A host or file they may no longer reach
    #[arg(long, value_name = "HOST:PORT|FILE")]
    pub(crate) disallow: Vec<String>,
    /// A request that only asks although its method may write: a safe try sends it, and what lies below its address
    #[arg(long, value_name = "METHOD URL")]
    pub(crate) safe_request: Vec<String>,
    /// A safe request that is held back again
    #[arg(long, value_name = "METHOD URL")]
    pub(crate) hold_back: Vec<String>,
    /// The runtime its runs imitate: compatible, node18 or node22
    #[arg(long, value_name = "RUNTIME")]
    pub(crate) runtime: Option<Runtime>,
    /// What kind of store it is
    #[arg(long, value_enum)]
    pub(crate) environment: Option<Kind>,
    /// Whether its scripts may write at all
    #[arg(long, value_name = "BOOL")]
    pub(crate) read_only: Option<bool>,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Kind {
    Development,
    Staging,
    Production,
}

impl From<Kind> for Environment {
    fn from(kind: Kind) -> Environment {
        match kind {
            Kind::Development => Environment::Development,
            Kind::Staging => Environment::Staging,
            Kind::Production => Environment::Production,
        }
    }
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
        assert_eq!(with.how.set, [("HOST".to_owned(), "x=y".to_owned())]);
        assert_eq!((with.verified, with.how.timeout, with.how.commit), (Some(true), Some(1.5), false));
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
            &["sluice", "flow", "a", "login", "--identifier", "x", "--new-email", "y"],
            &["sluice", "settings", "a", "--runtime", "node20"],
        ] {
            assert_eq!(Sluice::try_parse_from(bad).err().map(|error| error.exit_code()), Some(2), "{bad:?}");
        }
    }
}
