//! Deterministic text (contract §15.7 B7): two-space JSON as deploy-cli writes it, block YAML, LF, newline at the end.
//! Scalars keep the spelling of the source, so no number loses digits.

use std::collections::{BTreeMap, BTreeSet};

use crate::json::{Document, Member, Node, quoted};

/// A JSON text, indented. Text that is no JSON comes back unchanged.
pub(crate) fn json(text: &str) -> String {
    let Ok((document, _)) = Document::parse(text) else { return text.to_owned() };
    let mut out = String::new();
    json_node(&document, document.root(), 0, &mut out);
    out.push('\n');
    out
}

fn json_node(document: &Document<'_>, node: &Node, depth: usize, out: &mut String) {
    let open = |out: &mut String| {
        out.push('\n');
        out.push_str(&"  ".repeat(depth + 1));
    };
    let close = |out: &mut String, sign: char| {
        out.push('\n');
        out.push_str(&"  ".repeat(depth));
        out.push(sign);
    };
    match node {
        Node::Scalar(at) => out.push_str(document.source(at.clone())),
        Node::Array(_, items) if items.is_empty() => out.push_str("[]"),
        Node::Object(_, members) if members.is_empty() => out.push_str("{}"),
        Node::Array(_, items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index > 0 { "," } else { "" });
                open(out);
                json_node(document, item, depth + 1, out);
            }
            close(out, ']');
        }
        Node::Object(_, members) => {
            out.push('{');
            for (index, member) in members.iter().enumerate() {
                out.push_str(if index > 0 { "," } else { "" });
                open(out);
                out.push_str(document.source(member.key_at.clone()));
                out.push_str(": ");
                json_node(document, &member.value, depth + 1, out);
            }
            close(out, '}');
        }
    }
}

/// `tenant.yaml` with these connections (each a JSON text) under `databases`.
pub(crate) fn yaml(connections: &[&str]) -> String {
    if connections.is_empty() {
        return "databases: []\n".to_owned();
    }
    let mut out = "databases:\n".to_owned();
    for text in connections {
        let Ok((document, _)) = Document::parse(text) else { continue };
        yaml_item(&document, document.root(), 1, &mut out);
    }
    out
}

/// `- ` and the node; `depth` is the nesting of the dash.
fn yaml_item(document: &Document<'_>, node: &Node, depth: usize, out: &mut String) {
    out.push_str(&"  ".repeat(depth));
    out.push_str("- ");
    match node {
        Node::Object(_, members) if !members.is_empty() => {
            for (index, member) in members.iter().enumerate() {
                if index > 0 {
                    out.push_str(&"  ".repeat(depth + 1));
                }
                yaml_member(document, member, depth + 1, out);
            }
        }
        Node::Array(_, items) if !items.is_empty() => {
            out.push('\n');
            for item in items {
                yaml_item(document, item, depth + 1, out);
            }
        }
        _ => {
            out.push_str(&yaml_scalar(document, node));
            out.push('\n');
        }
    }
}

fn yaml_member(document: &Document<'_>, member: &Member, depth: usize, out: &mut String) {
    out.push_str(&yaml_text(&member.key));
    out.push(':');
    match &member.value {
        Node::Object(_, members) if !members.is_empty() => {
            out.push('\n');
            for inner in members {
                out.push_str(&"  ".repeat(depth + 1));
                yaml_member(document, inner, depth + 1, out);
            }
        }
        Node::Array(_, items) if !items.is_empty() => {
            out.push('\n');
            for item in items {
                yaml_item(document, item, depth + 1, out);
            }
        }
        value => {
            out.push(' ');
            out.push_str(&yaml_scalar(document, value));
            out.push('\n');
        }
    }
}

fn yaml_scalar(document: &Document<'_>, node: &Node) -> String {
    match node {
        Node::Array(..) => "[]".to_owned(),
        Node::Object(..) => "{}".to_owned(),
        Node::Scalar(at) => {
            let source = document.source(at.clone());
            match serde_json::from_str::<String>(source) {
                Ok(text) => yaml_text(&text),
                Err(_) => source.to_owned(), // a number, true, false or null: the same word in YAML
            }
        }
    }
}

/// Plain where no reader could take it for something else, otherwise double-quoted as in JSON.
fn yaml_text(text: &str) -> String {
    let letters = text.chars().all(|c| c.is_ascii_alphanumeric() || "_-./".contains(c));
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic()) || text.starts_with("./");
    let words = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    if letters && begins && !words.contains(&text.to_ascii_lowercase().as_str()) {
        return text.to_owned();
    }
    // YAML also breaks lines at NEL, LS and PS, and refuses most control characters and the byte order mark.
    quoted(text)
        .chars()
        .map(|c| match c {
            '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => {
                format!("\\u{:04x}", u32::from(c))
            }
            c => c.to_string(),
        })
        .collect()
}

/// The companion file: each name with the connections that use it.
pub(crate) fn mappings(used: &BTreeMap<String, BTreeSet<String>>) -> String {
    let names = used.iter().map(|(name, connections)| {
        let connections: Vec<String> = connections.iter().map(|name| quoted(name)).collect();
        format!("{}:[{}]", quoted(name), connections.join(","))
    });
    let about = "Names the import needs, as keys of AUTH0_KEYWORD_REPLACE_MAPPINGS or as environment variables, with the connections that use each. An unmapped name removes the stored value from the tenant.";
    json(&format!("{{\"about\":{},\"needed\":{{{}}}}}", quoted(about), names.collect::<Vec<_>>().join(",")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_indented_and_keeps_its_spelling() {
        assert_eq!(
            json("{\"a\":1.0,\"b\":[],\"c\":[1e400000,{\"d\":\"\\u00e9\"}]}").as_str(),
            "{\"a\":1.0,\"b\":[],\"c\":[1e400000,{\"d\":\"\\u00e9\"}]}"
        );
        assert_eq!(
            json("{\"a\":1.0,\"c\":[{\"d\":\"\\u00e9\"}]}"),
            "{\n  \"a\": 1.0,\n  \"c\": [\n    {\n      \"d\": \"\\u00e9\"\n    }\n  ]\n}\n"
        );
    }

    #[test]
    fn yaml_is_block_style_and_quotes_what_is_ambiguous() {
        let text = r#"{"name":"a-b","options":{"on":"yes","v":"1","p":"@@K@@","l":[1,[2],{}],"e":{}},"s":"x\ny"}"#;
        let expected = "databases:\n  - name: a-b\n    options:\n      \"on\": \"yes\"\n      v: \"1\"\n      p: \"@@K@@\"\n      l:\n        - 1\n        - \n          - 2\n        - {}\n      e: {}\n    s: \"x\\ny\"\n";
        assert_eq!(yaml(&[text]), expected);
    }
}
