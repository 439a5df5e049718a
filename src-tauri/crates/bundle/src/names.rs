//! Names for the target's keyword mapping (contract §15.7 B2, B3).

use std::collections::{BTreeMap, BTreeSet};

use crate::json::quoted;
use crate::{ConfigurationEntry, ConfigurationValue, Connection, Plan, Problem, placeholder};

/// Which names are taken, and who needs them.
pub(crate) struct Names {
    /// Names that references already use, in any connection.
    referred: BTreeSet<String>,
    /// Names made for plain values: connection and key by name.
    made: BTreeMap<String, (String, String)>,
    used: BTreeMap<String, BTreeSet<String>>,
    pub(crate) notes: Vec<Problem>,
}

impl Names {
    pub(crate) fn of(connections: &[&Connection]) -> Names {
        let mut by_name: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for connection in connections {
            for entry in connection.configuration() {
                if let ConfigurationValue::Reference(name) = entry.value {
                    let users = by_name.entry(name).or_default();
                    if users.last() != Some(&connection.name.as_str()) {
                        users.push(&connection.name);
                    }
                }
            }
        }
        let shared = by_name.iter().filter(|(_, users)| users.len() > 1);
        let notes = shared.map(|(name, users)| {
            let message = format!(
                "{} share the name {name}; the target's mapping has one value for all of them",
                users.join(" and ")
            );
            Problem::note("", "shared_name", message)
        });
        Names {
            notes: notes.collect(),
            referred: by_name.keys().cloned().collect(),
            made: BTreeMap::new(),
            used: BTreeMap::new(),
        }
    }

    /// What stands behind a key in the export, as JSON: never a value (B2).
    pub(crate) fn reference(
        &mut self,
        connection: &Connection,
        entry: &ConfigurationEntry,
        json_path: &str,
        plan: &mut Plan,
    ) -> String {
        match &entry.value {
            ConfigurationValue::Null => "null".to_owned(),
            // `@@` encodes the value; `##` breaks on quotes and line breaks (contract §15.4).
            ConfigurationValue::Reference(name) => quoted(&format!("@@{name}@@")),
            ConfigurationValue::Plain(_) => {
                let name = self.name_for(connection, &entry.key);
                self.need(&name, &connection.name);
                let message = format!("configuration.{} goes out as @@{name}@@, without its value", entry.key);
                let note = Problem::note(json_path, "value_replaced", message);
                if !plan.notes.contains(&note) {
                    plan.notes.push(note);
                }
                quoted(&format!("@@{name}@@"))
            }
        }
    }

    /// Notes that a connection needs a name of the mapping.
    pub(crate) fn need(&mut self, name: &str, connection: &str) {
        self.used.entry(name.to_owned()).or_default().insert(connection.to_owned());
    }

    pub(crate) fn used(&self) -> &BTreeMap<String, BTreeSet<String>> {
        &self.used
    }

    /// A name no other key of the bundle uses: two plain values must not end up behind one name.
    fn name_for(&mut self, connection: &Connection, key: &str) -> String {
        let owner = (connection.name.clone(), key.to_owned());
        if let Some((name, _)) = self.made.iter().find(|(_, made)| **made == owner) {
            return name.clone();
        }
        let short = placeholder::name_for(key);
        let long = format!("{}_{short}", placeholder::name_for(&connection.name));
        let numbered = (2u32..).map(|n| format!("{long}_{n}"));
        let free = |name: &String| !self.referred.contains(name) && !self.made.contains_key(name);
        let name = [short, long.clone()].into_iter().chain(numbered).find(free).unwrap_or(long);
        self.made.insert(name.clone(), owner);
        name
    }
}
