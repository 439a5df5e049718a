//! Templates as text.

use studio::view::{ConnectionView, TemplateView};

use super::table::Table;

/// Every template: what it is for, and what it needs.
pub(crate) fn templates(all: &[TemplateView]) -> String {
    let mut table = Table::new(["template", "for", "needs"]);
    for template in all {
        table.row([template.key.clone(), template.name.clone(), template.needs.clone()]);
    }
    format!(
        "{table}\n`sluice new TEMPLATE NAME` makes a connection, `sluice new TEMPLATE --schema` shows what its scripts expect.\n"
    )
}

/// A connection that was just made, and what is left to do.
pub(crate) fn from_template(made: &ConnectionView, template: &TemplateView) -> String {
    let mut out = format!("Made the connection {} for {}\n{}\n", made.name, template.name, template.needs);
    let plain = made.configuration.iter().filter_map(|entry| Some((&entry.key, entry.plain.as_ref()?)));
    let mut table = Table::new(["configuration", "now"]);
    plain.for_each(|(key, value)| table.row([key.clone(), value.clone()]));
    out.push_str(&format!("\nFill in database-connections/{}/database.json:\n\n{table}", made.name));
    if !template.secrets.is_empty() {
        out.push_str("\nSet the secrets:\n");
        for secret in &template.secrets {
            out.push_str(&format!("  sluice secret set {secret} --connection {}\n", made.name));
        }
    }
    let in_a_file = template.modules.iter().any(|module| module == "sqlite3");
    if !in_a_file {
        out.push_str("\nLet its scripts reach the store, then test the way there:\n");
        out.push_str(&format!("  sluice settings {} --allow HOST:PORT\n", made.name));
    } else {
        out.push_str("\nTest the way to the store:\n");
    }
    out.push_str(&format!("  sluice connect {}\n", made.name));
    out
}
