//! A connection's settings as text.

use studio::view::ConnectionView;

use super::environment_word;
use super::table::Table;

/// What `sluice.toml` says about a connection, and what holds where it says nothing.
pub(crate) fn settings(connection: &ConnectionView) -> String {
    let mut table = Table::new([connection.name.as_str(), ""]);
    let mut row = |name: &str, value: &str| table.row([format!("  {name}"), value.to_owned()]);
    row("environment", environment_word(connection.environment));
    row("read-only", if connection.read_only { "yes, no script may write" } else { "no" });
    row("runtime", connection.runtime.word());
    let mut name = "may reach";
    for endpoint in &connection.allowed {
        row(name, endpoint);
        name = "";
    }
    row(name, "SQLite files inside the workspace");
    let mut name = "only ask";
    for request in &connection.safe_requests {
        row(name, request);
        name = "";
    }
    table.to_string()
}
