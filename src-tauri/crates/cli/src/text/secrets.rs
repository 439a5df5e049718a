//! Secrets as text: never a value.

use studio::view::{SecretView, VaultView};

use super::table::Table;
use crate::error::vault_advice;

/// Secrets by connection: names, state and age; and first what stands in the way of the rest.
pub(crate) fn secrets(vault: &VaultView, lists: &[(String, Vec<SecretView>)]) -> String {
    let backend = vault.backend.replace('_', " ");
    let mut out = format!("Secrets are kept in: {backend} ({})\n", vault.state);
    let closed = vault.state != "unlocked";
    if closed {
        let advice = vault_advice(&vault.state, vault.backend == "sealed_file", vault.hint.clone());
        out.push_str(&format!("{}\n", vault.message));
        advice.into_iter().for_each(|advice| out.push_str(&format!("{advice}\n")));
    }
    let mut table = Table::new(["connection", "name", "state", "set", "fingerprint", "used by"]);
    for (connection, secrets) in lists {
        for secret in secrets {
            let state = match secret.state.as_str() {
                "unknown" if closed => format!("unknown, {backend} {}", vault.state),
                state => state.replace('_', " "),
            };
            table.row([
                connection.clone(),
                secret.name.clone(),
                state,
                secret.set_at.clone().unwrap_or_else(|| "-".to_owned()),
                secret.fingerprint.clone().unwrap_or_else(|| "-".to_owned()),
                secret.used_by.join(", "),
            ]);
        }
    }
    if table.is_empty() {
        out.push_str("No connection refers to a secret\n");
    } else {
        out.push_str(&format!("\n{table}"));
    }
    out
}

/// The fingerprint of a secret that was set.
pub(crate) fn fingerprint(secret: &SecretView) -> String {
    secret.fingerprint.as_ref().map(|fingerprint| format!(" (fingerprint {fingerprint})")).unwrap_or_default()
}
