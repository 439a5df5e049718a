//! What a run's `configuration` says about the store: which account and which place are set there, and by what name.

use std::sync::atomic::{AtomicBool, Ordering};

use secrecy::{ExposeSecret, SecretString};

/// The values of a run's `configuration`, to recognise in what the script sends. Never printed.
#[derive(Default)]
pub struct Configured {
    values: Vec<(String, SecretString)>,
    /// The script has used an account that the configuration names: what else it uses is somebody's.
    names_accounts: AtomicBool,
}

/// Words in the names of settings that hold passwords.
const SECRETS: [&str; 6] = ["PASS", "PWD", "SECRET", "CREDENTIAL", "_PW", "BINDPW"];

impl Configured {
    /// From names and values, as the script finds them.
    pub fn new(values: Vec<(String, SecretString)>) -> Configured {
        Configured { values, names_accounts: AtomicBool::new(false) }
    }

    /// The setting that holds this distinguished (or other) name, however it is spaced.
    pub(crate) fn account(&self, name: &str) -> Option<&str> {
        let wanted = folded(name);
        let setting = self.first(|_, value| !wanted.is_empty() && folded(value) == wanted);
        self.names_accounts.fetch_or(setting.is_some(), Ordering::Relaxed);
        setting
    }

    /// The setting that holds this password, where the account stands in the script's text alone. Settings that are no secrets
    /// are left out: somebody's password may well be `true`.
    pub(crate) fn password(&self, password: &[u8]) -> Option<&str> {
        if self.names_accounts.load(Ordering::Relaxed) {
            return None;
        }
        self.first(|name, value| {
            let name = name.to_ascii_uppercase();
            !password.is_empty() && value.as_bytes() == password && SECRETS.iter().any(|word| name.contains(word))
        })
    }

    /// The base of searches in a directory, and the setting that holds it.
    pub(crate) fn base(&self) -> Option<(&str, &str)> {
        let (name, value) = self.values.iter().find(|(name, value)| {
            name.to_ascii_uppercase().contains("BASE") && is_distinguished(value.expose_secret())
        })?;
        Some((name, value.expose_secret()))
    }

    fn first(&self, fits: impl Fn(&str, &str) -> bool) -> Option<&str> {
        self.values.iter().find(|(name, value)| fits(name, value.expose_secret())).map(|(name, _)| name.as_str())
    }
}

/// A distinguished name without case, and without spaces where they mean nothing (RFC 4514).
fn folded(name: &str) -> String {
    let parts = name.split(',').map(|part| match part.split_once('=') {
        Some((kind, value)) => format!("{}={}", kind.trim(), value.trim()),
        None => part.trim().to_owned(),
    });
    parts.collect::<Vec<_>>().join(",").to_lowercase()
}

/// `dc=example,dc=org`, not an address or a number.
fn is_distinguished(text: &str) -> bool {
    !text.is_empty()
        && !text.contains("://")
        && text.split(',').all(|part| {
            part.split_once('=').is_some_and(|(kind, value)| {
                let kind = kind.trim();
                let named = kind.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.'));
                !kind.is_empty() && named && !value.trim().is_empty()
            })
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn configured(pairs: &[(&str, &str)]) -> Configured {
        Configured::new(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect())
    }

    #[test]
    fn accounts_are_recognised_however_they_are_spaced() {
        let known = configured(&[
            ("EMPTY", ""),
            ("LDAP_BIND_DN", "cn=Reader, dc=example,dc=org"),
            ("AD_USER", "svc@corp.example"),
        ]);
        assert_eq!(known.account("CN=reader,DC=example, DC=org"), Some("LDAP_BIND_DN"));
        assert_eq!(known.account("svc@corp.example"), Some("AD_USER"));
        assert_eq!(known.account("uid=reader,dc=example,dc=org"), None);
        assert_eq!(known.account(""), None);
    }

    #[test]
    fn passwords_are_recognised_only_in_settings_for_passwords() {
        let known = configured(&[("STRICT", "true"), ("LDAP_PASSWORD", "s3cret"), ("OLD_PASSWORD", "")]);
        assert_eq!(known.password(b"s3cret"), Some("LDAP_PASSWORD"));
        assert_eq!((known.password(b"true"), known.password(b"")), (None, None));
        assert_eq!(known.account("s3cret"), Some("LDAP_PASSWORD"));
        assert_eq!(known.password(b"s3cret"), None, "accounts are known by name");
    }

    #[test]
    fn a_base_is_a_distinguished_name_in_a_setting_of_that_name() {
        let known = configured(&[
            ("BASE_URL", "https://a.example/?a=b"),
            ("DATABASE", "users"),
            ("LDAP_BASE_DN", "ou=p, dc=x"),
        ]);
        assert_eq!(known.base(), Some(("LDAP_BASE_DN", "ou=p, dc=x")));
        assert_eq!(configured(&[("LDAP_BIND_DN", "cn=a,dc=x"), ("BASE", "a=,b=c")]).base(), None);
    }
}
