//! deploy-cli's keyword markers, `@@NAME@@` and `##NAME##` (contract §15.4).

/// A marker found in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Marker<'a> {
    /// The name between the signs.
    pub name: &'a str,
    /// The marker as written.
    pub text: &'a str,
    /// Line of the text, from 1.
    pub line: u32,
}

/// The name of a marker that is the whole value.
pub(crate) fn whole(value: &str) -> Option<&str> {
    let name = ["@@", "##"].into_iter().find_map(|sign| value.strip_prefix(sign)?.strip_suffix(sign))?;
    is_name(name).then_some(name)
}

/// Whether deploy-cli notices when no mapping has the name; others go up verbatim (contract §15.4, §15.7 B3).
pub fn is_upper_case(name: &str) -> bool {
    is_name(name) && !name.contains(|c: char| c.is_ascii_lowercase())
}

/// Every marker in a text, in the order of its lines.
pub fn find(text: &str) -> Vec<Marker<'_>> {
    let mut found = Vec::new();
    for (number, line) in text.split('\n').enumerate() {
        for sign in ["@@", "##"] {
            let mut rest = line;
            while let Some(start) = rest.find(sign) {
                let after = &rest[start + sign.len()..];
                match after.find(sign) {
                    Some(end) if is_name(&after[..end]) => {
                        let text = &rest[start..start + end + 2 * sign.len()];
                        let line = u32::try_from(number + 1).unwrap_or(u32::MAX);
                        found.push(Marker { name: &after[..end], text, line });
                        rest = &after[end + sign.len()..];
                    }
                    // `###X##`: the marker may begin one sign further on.
                    _ => rest = &rest[start + 1..],
                }
            }
        }
    }
    found.sort_by_key(|marker| marker.line);
    found
}

/// A name deploy-cli catches when it is missing, made from a configuration key (contract §15.7 B2, B3).
pub(crate) fn name_for(key: &str) -> String {
    let name: String =
        key.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect();
    if name.is_empty() { "_".to_owned() } else { name }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_values_only() {
        assert_eq!(whole("@@DB@@"), Some("DB"));
        assert_eq!(whole("##db_1##"), Some("db_1"));
        for text in ["@@DB##", "@@DB@@ ", "x@@DB@@", "@@@@", "@@A B@@", "@@", ""] {
            assert_eq!(whole(text), None, "{text}");
        }
    }

    #[test]
    fn markers_are_found_where_they_stand() {
        let found = find("a\nvar x = @@one@@ + '##TWO##';\n### heading ## @@ no @@ ###X##");
        let names: Vec<_> = found.iter().map(|marker| (marker.name, marker.line)).collect();
        assert_eq!(names, [("one", 2), ("TWO", 2), ("X", 3)]);
        assert_eq!(found[0].text, "@@one@@");
    }

    #[test]
    fn names_for_keys() {
        assert_eq!(name_for("dbHost"), "DBHOST");
        assert_eq!(name_for("a-b.ü"), "A_B__");
        assert!(is_upper_case(&name_for("weird key")));
    }
}
