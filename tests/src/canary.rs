//! Canaries: values that must come back nowhere, and the search for them.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;

/// A value typed as a secret or a password.
#[derive(Debug, Clone, Copy)]
pub struct Canary(pub &'static str);

impl Canary {
    /// Whether bytes hold the value: raw, JSON-escaped, base64 at any alignment, hex, URL-encoded, or as UTF-16.
    pub fn is_in(self, bytes: &[u8]) -> bool {
        self.forms().iter().any(|form| bytes.windows(form.len()).any(|window| window == form))
    }

    /// Names of the files below a folder that hold the value; zip files are looked into.
    pub fn files_below(self, folder: &Path) -> Vec<String> {
        let mut found = Vec::new();
        for entry in fs::read_dir(folder).expect("a folder of the test's own") {
            let path = entry.expect("a folder of the test's own").path();
            let kind = path.symlink_metadata().expect("it is there").file_type();
            if kind.is_dir() {
                found.extend(self.files_below(&path));
            } else if kind.is_file() {
                let shown = path.display().to_string();
                if self.is_in(shown.as_bytes()) || self.is_in(&fs::read(&path).expect("a readable file")) {
                    found.push(shown);
                } else if path.extension().is_some_and(|extension| extension == "zip") && self.is_zipped(&path) {
                    found.push(format!("{shown} (inside)"));
                }
            }
        }
        found
    }

    fn is_zipped(self, path: &Path) -> bool {
        let mut zip = zip::ZipArchive::new(File::open(path).expect("a readable file")).expect("a zip file");
        (0..zip.len()).any(|place| {
            let mut entry = zip.by_index(place).expect("a whole zip file");
            let mut bytes = entry.name().expect("a name").as_bytes().to_vec();
            entry.read_to_end(&mut bytes).expect("a whole zip file");
            self.is_in(&bytes)
        })
    }

    fn forms(self) -> Vec<Vec<u8>> {
        let value = self.0;
        let hex = |upper: bool| {
            let byte = |byte: u8| if upper { format!("{byte:02X}") } else { format!("{byte:02x}") };
            value.bytes().map(byte).collect::<String>().into_bytes()
        };
        let quoted = serde_json::json!(value).to_string();
        let url: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
        let mut forms = vec![
            value.as_bytes().to_vec(),
            quoted.trim_matches('"').as_bytes().to_vec(),
            hex(false),
            hex(true),
            url.replace('+', "%20").into_bytes(),
            url.into_bytes(),
            value.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            value.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        ];
        forms.extend((0..3).map(|shift| base64_part(value.as_bytes(), shift)));
        forms
    }
}

/// The letters of base64 that stand for these bytes alone, when `shift` bytes come before them.
fn base64_part(bytes: &[u8], shift: usize) -> Vec<u8> {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bits: Vec<u8> = bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1)).collect();
    let letters = bits[(6 - shift * 8 % 6) % 6..].chunks_exact(6);
    letters.map(|six| LETTERS[six.iter().fold(0, |sum, bit| sum << 1 | usize::from(*bit))]).collect()
}

#[cfg(test)]
mod tests {
    use super::{Canary, base64_part};

    #[test]
    fn base64_at_every_alignment() {
        for (shift, before) in [(0, ""), (1, "x"), (2, "xy"), (3, "xyz")] {
            let part = base64_part(b"canary-1234", shift % 3);
            let whole = ["Y2FuYXJ5LTEyMzQ=", "eGNhbmFyeS0xMjM0", "eHljYW5hcnktMTIzNA==", "eHl6Y2FuYXJ5LTEyMzQ="];
            let text = std::str::from_utf8(&part).unwrap();
            assert!(whole[shift].contains(text) && text.len() >= 13, "{before:?}: {text}");
        }
    }

    #[test]
    fn every_form_is_found_and_others_are_not() {
        let canary = Canary("cAn4ry k/\"e");
        for form in
            ["x cAn4ry k/\"e y", "cAn4ry k/\\\"e", "63416e347279206b2f2265", "cAn4ry%20k%2F%22e", "cAn4ry+k%2F%22e"]
        {
            assert!(canary.is_in(form.as_bytes()), "{form}");
        }
        assert!(canary.is_in(&"cAn4ry k/\"e".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>()));
        assert!(!canary.is_in(b"cAn4ry k/e"));
    }
}
