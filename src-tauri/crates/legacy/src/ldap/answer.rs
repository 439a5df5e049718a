//! What a server answers (RFC 4511 §4.1.9), and answers of our own.

use super::ber::{self, ENUMERATED, INTEGER, Malformed, Reader, SEQUENCE, STRING};

/// Search entry.
pub(super) const ENTRY: u8 = 0x64;
/// Search reference.
const REFERENCE: u8 = 0x73;
/// Intermediate response.
const INTERMEDIATE: u8 = 0x79;

/// There is no entry of that name, or none that this account may know of.
pub(super) const NO_SUCH_OBJECT: i32 = 32;
/// A limit of ours, as the server's own would be told.
pub(super) const ADMIN_LIMIT_EXCEEDED: i32 = 11;
/// A wrong password, or nobody of that name.
pub(super) const INVALID_CREDENTIALS: i32 = 49;
/// A refusal of ours.
pub(super) const UNWILLING_TO_PERFORM: i32 = 53;

/// A message of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    /// The request it answers; 0 for a notice nobody asked for.
    pub(super) id: i32,
    /// What kind of answer.
    pub(super) tag: u8,
    /// How it went; none where more answers follow.
    pub(super) outcome: Option<Outcome>,
}

/// An entry's name, and its attributes with their values.
pub(super) type Entry = (String, Vec<(String, Vec<String>)>);

/// How a request went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) code: i32,
    pub(super) diagnostic: String,
    /// Of an extended request.
    pub(super) value: Option<String>,
}

impl Answer {
    /// Reads one whole message.
    pub(super) fn read(message: &[u8]) -> Result<Answer, Malformed> {
        let mut reader = Reader::new(message).inside(SEQUENCE)?;
        let id = reader.number(INTEGER)?;
        let (tag, content) = reader.element()?;
        let outcome = match tag {
            ENTRY | REFERENCE | INTERMEDIATE => None,
            _ => Some(Outcome::read(Reader::new(content))?),
        };
        Ok(Answer { id, tag, outcome })
    }

    /// The name and the values of an entry.
    pub(super) fn entry(message: &[u8]) -> Result<Entry, Malformed> {
        let mut reader = Reader::new(message).inside(SEQUENCE)?;
        reader.number(INTEGER)?;
        let mut entry = reader.inside(ENTRY)?;
        let name = entry.text(STRING)?;
        let mut list = entry.inside(SEQUENCE)?;
        let mut attributes = Vec::new();
        while !list.is_empty() {
            let mut attribute = list.inside(SEQUENCE)?;
            let name = attribute.text(STRING)?;
            attributes.push((name, attribute.inside(ber::SET)?.texts()?));
        }
        Ok((name, attributes))
    }
}

impl Outcome {
    fn read(mut reader: Reader<'_>) -> Result<Outcome, Malformed> {
        let code = reader.number(ENUMERATED)?;
        reader.expect(STRING)?; // how far the name was found
        let diagnostic = reader.text(STRING)?;
        let mut value = None;
        while !reader.is_empty() {
            let (tag, content) = reader.element()?;
            if tag == 0x8b {
                value = Some(ber::text(content));
            }
        }
        Ok(Outcome { code, diagnostic, value })
    }

    /// Whether the request went as it should: done, a comparison's yes or no, the next step of SASL. A referral means that
    /// another server would have to be asked.
    pub(super) fn is_good(&self) -> bool {
        matches!(self.code, 0 | 5 | 6 | 14)
    }

    /// `noSuchObject (32): what the server says about it`
    pub(super) fn words(&self) -> String {
        let diagnostic = self.diagnostic.trim_end_matches('\0').trim();
        let more = if diagnostic.is_empty() { String::new() } else { format!(": {diagnostic}") };
        match name(self.code) {
            Some(name) => format!("{name} ({}){more}", self.code),
            None => format!("result {}{more}", self.code),
        }
    }
}

/// The answer to a request that was not sent, or whose answers are not waited for.
pub(super) fn ours(id: i32, tag: u8, code: i32, diagnostic: &str) -> Vec<u8> {
    let result =
        [ber::number(ENUMERATED, code), ber::element(STRING, b""), ber::element(STRING, diagnostic.as_bytes())];
    ber::elements(SEQUENCE, &[ber::number(INTEGER, id), ber::elements(tag, &result)])
}

/// The names of RFC 4511 §4.1.9.
fn name(code: i32) -> Option<&'static str> {
    Some(match code {
        0 => "success",
        1 => "operationsError",
        2 => "protocolError",
        3 => "timeLimitExceeded",
        4 => "sizeLimitExceeded",
        5 => "compareFalse",
        6 => "compareTrue",
        7 => "authMethodNotSupported",
        8 => "strongerAuthRequired",
        10 => "referral",
        ADMIN_LIMIT_EXCEEDED => "adminLimitExceeded",
        12 => "unavailableCriticalExtension",
        13 => "confidentialityRequired",
        14 => "saslBindInProgress",
        16 => "noSuchAttribute",
        17 => "undefinedAttributeType",
        18 => "inappropriateMatching",
        19 => "constraintViolation",
        20 => "attributeOrValueExists",
        21 => "invalidAttributeSyntax",
        NO_SUCH_OBJECT => "noSuchObject",
        33 => "aliasProblem",
        34 => "invalidDNSyntax",
        36 => "aliasDereferencingProblem",
        48 => "inappropriateAuthentication",
        INVALID_CREDENTIALS => "invalidCredentials",
        50 => "insufficientAccessRights",
        51 => "busy",
        52 => "unavailable",
        UNWILLING_TO_PERFORM => "unwillingToPerform",
        54 => "loopDetect",
        64 => "namingViolation",
        65 => "objectClassViolation",
        66 => "notAllowedOnNonLeaf",
        67 => "notAllowedOnRDN",
        68 => "entryAlreadyExists",
        69 => "objectClassModsProhibited",
        71 => "affectsMultipleDSAs",
        80 => "other",
        _ => return None,
    })
}
