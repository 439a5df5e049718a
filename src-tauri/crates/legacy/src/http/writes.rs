//! Which requests may change something at the other end.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use url::{Host, Url};
use wire::HttpRequest;

/// Methods that change nothing by definition (RFC 9110 §9.2.1).
const SAFE: [&str; 3] = ["GET", "HEAD", "OPTIONS"];

/// Whether a request may change something. A request for a token is a question, though it has to be posted: a client's or a
/// user's credentials for a token (RFC 6749 §4.3, §4.4).
pub(super) fn may_write(request: &HttpRequest, url: &Url) -> bool {
    let method = request.method.to_ascii_uppercase();
    let is_question = SAFE.contains(&method.as_str())
        || (method == "POST" && (asks_for_token(request, url) || asks_aws(request, url)));
    !is_question
}

/// Challenges whose answer only proves who somebody is. Others set a password or register a device, or run a trigger that does
/// whatever it does.
const PROOFS: [&str; 7] = [
    "PASSWORD_VERIFIER",
    "DEVICE_SRP_AUTH",
    "DEVICE_PASSWORD_VERIFIER",
    "SMS_MFA",
    "SOFTWARE_TOKEN_MFA",
    "EMAIL_OTP",
    "SMS_OTP",
];

/// Whether a request to AWS only asks. Its JSON protocols post everything, and name the operation in a header, e.g.
/// `AmazonSSM.GetParameter` (the services' API models, `aws-sdk` 2.1693.0). Signing in is a question as a request for a token is.
///
/// What is not known to only read counts as a write: `GetUserAttributeVerificationCode` sends a message to somebody.
fn asks_aws(request: &HttpRequest, url: &Url) -> bool {
    let target = request.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("x-amz-target"));
    let Some((service, operation)) = target.and_then(|(_, target)| target.rsplit_once('.')) else { return false };
    if !is_aws(url) {
        return false;
    }
    let begins = |prefixes: &[&str]| prefixes.iter().any(|prefix| operation.starts_with(prefix));
    let is_one = |names: &[&str]| names.contains(&operation);
    match service {
        "AWSCognitoIdentityProviderService" => match operation {
            "InitiateAuth" | "AdminInitiateAuth" => true,
            "RespondToAuthChallenge" | "AdminRespondToAuthChallenge" => body_of(request)
                .and_then(|body| body["ChallengeName"].as_str().map(|name| PROOFS.contains(&name)))
                .unwrap_or(false),
            _ => {
                begins(&["List", "Describe", "AdminGet", "AdminList"])
                    || is_one(&["GetUser", "GetGroup", "GetDevice", "GetUserPoolMfaConfig", "GetSigningCertificate"])
            }
        },
        "AWSCognitoIdentityService" => begins(&["List", "Describe"]) || is_one(&["GetCredentialsForIdentity"]),
        "DynamoDB_20120810" => {
            begins(&["List", "Describe"]) || is_one(&["GetItem", "BatchGetItem", "TransactGetItems", "Query", "Scan"])
        }
        "AmazonSSM" => begins(&["GetParameter", "List", "Describe"]),
        "secretsmanager" => begins(&["List", "Describe"]) || is_one(&["GetSecretValue", "BatchGetSecretValue"]),
        "TrentService" => begins(&["List", "Describe"]) || is_one(&["GetPublicKey", "Decrypt", "Verify", "VerifyMac"]),
        _ => false,
    }
}

/// AWS itself, or what stands in for it on this machine. Elsewhere the header says nothing.
fn is_aws(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => {
            name == "localhost" || name.ends_with(".amazonaws.com") || name.ends_with(".amazonaws.com.cn")
        }
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn body_of(request: &HttpRequest) -> Option<serde_json::Value> {
    serde_json::from_slice(&STANDARD.decode(request.body.as_deref()?).ok()?).ok()
}

fn asks_for_token(request: &HttpRequest, url: &Url) -> bool {
    let last = url.path().trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    if !["token", "access_token"].contains(&last) {
        return false;
    }
    let Some(body) = request.body.as_deref().and_then(|body| STANDARD.decode(body).ok()) else { return false };
    let Ok(text) = String::from_utf8(body) else { return false };
    match serde_json::from_str::<serde_json::Value>(&text) {
        Ok(json) => json.get("grant_type").is_some_and(serde_json::Value::is_string),
        Err(_) => url::form_urlencoded::parse(text.as_bytes()).any(|(name, _)| name == "grant_type"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn writes(method: &str, url: &str, body: &str) -> bool {
        let request = HttpRequest {
            method: method.to_owned(),
            url: url.to_owned(),
            headers: Vec::new(),
            body: (!body.is_empty()).then(|| STANDARD.encode(body)),
            tls: None,
            connect_timeout_ms: None,
        };
        may_write(&request, &Url::parse(url).unwrap())
    }

    fn aws_writes(target: &str, body: &str) -> bool {
        aws_writes_at("https://service.eu-west-1.amazonaws.com/", target, body)
    }

    fn aws_writes_at(url: &str, target: &str, body: &str) -> bool {
        let headers = vec![("X-Amz-Target".to_owned(), target.to_owned())];
        let body = Some(STANDARD.encode(body));
        let request = HttpRequest {
            method: "POST".to_owned(),
            url: url.to_owned(),
            headers,
            body,
            tls: None,
            connect_timeout_ms: None,
        };
        may_write(&request, &Url::parse(url).unwrap())
    }

    #[test]
    fn an_aws_operation_is_judged_by_its_name() {
        let cognito =
            |operation: &str, body: &str| aws_writes(&format!("AWSCognitoIdentityProviderService.{operation}"), body);
        for target in [
            "AmazonSSM.GetParameter",
            "DynamoDB_20120810.Query",
            "secretsmanager.GetSecretValue",
            "TrentService.Decrypt",
        ] {
            assert!(!aws_writes(target, "{}"), "{target}");
        }
        for target in [
            "AmazonSSM.PutParameter",
            "DynamoDB_20120810.PutItem",
            "DynamoDB_20120810.ExecuteStatement",
            "Other.GetThing",
            "GetItem",
        ] {
            assert!(aws_writes(target, "{}"), "{target}");
        }
        assert!(!cognito("AdminInitiateAuth", "{}") && !cognito("AdminGetUser", "{}"));
        assert!(cognito("AdminSetUserPassword", "{}") && cognito("SignUp", "{}") && cognito("ForgotPassword", "{}"));
        assert!(!cognito("RespondToAuthChallenge", r#"{"ChallengeName":"PASSWORD_VERIFIER"}"#));
        assert!(cognito("AdminRespondToAuthChallenge", r#"{"ChallengeName":"NEW_PASSWORD_REQUIRED"}"#));
        assert!(cognito("RespondToAuthChallenge", "no json"));
        for challenge in ["MFA_SETUP", "CUSTOM_CHALLENGE", "anything new"] {
            assert!(cognito("RespondToAuthChallenge", &format!(r#"{{"ChallengeName":"{challenge}"}}"#)), "{challenge}");
        }
        assert!(cognito("GetUserAttributeVerificationCode", "{}"), "it sends a message to somebody");
        for elsewhere in ["https://api.example/", "https://amazonaws.com.example/", "https://notamazonaws.com/"] {
            assert!(aws_writes_at(elsewhere, "AmazonSSM.GetParameter", "{}"), "{elsewhere}");
        }
        assert!(!aws_writes_at("http://127.0.0.1:4566/", "AmazonSSM.GetParameter", "{}"));
    }

    #[test]
    fn only_questions_pass() {
        for method in ["GET", "get", "HEAD", "OPTIONS"] {
            assert!(!writes(method, "https://api.example/users", ""), "{method}");
        }
        for method in ["POST", "PUT", "PATCH", "DELETE", "TRACE", "anything"] {
            assert!(writes(method, "https://api.example/users", "{}"), "{method}");
        }
    }

    #[test]
    fn a_token_request_is_a_question() {
        let token = "https://tenant.example/oauth/token";
        assert!(!writes("POST", token, r#"{"grant_type":"client_credentials"}"#));
        assert!(!writes("POST", "https://a.example/connect/token/", "client_id=x&grant_type=password"));
        assert!(writes("POST", token, r#"{"user":"x"}"#));
        assert!(writes("POST", token, ""));
        assert!(writes("DELETE", token, "grant_type=x"));
        assert!(writes("POST", "https://a.example/tokens", "grant_type=password"));
    }
}
