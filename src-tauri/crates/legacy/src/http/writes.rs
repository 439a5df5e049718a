//! Which requests may change something at the other end.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use url::Url;
use wire::HttpRequest;

/// Methods that change nothing by definition (RFC 9110 §9.2.1).
const SAFE: [&str; 3] = ["GET", "HEAD", "OPTIONS"];

/// Whether a request may change something. A request for a token is a question, though it has to be posted: a client's or a
/// user's credentials for a token (RFC 6749 §4.3, §4.4).
pub(super) fn may_write(request: &HttpRequest, url: &Url) -> bool {
    let method = request.method.to_ascii_uppercase();
    let is_question =
        SAFE.contains(&method.as_str()) || (method == "POST" && (asks_for_token(request, url) || asks_aws(request)));
    !is_question
}

/// Whether a request to AWS only asks. Its JSON protocols post everything, and name the operation in a header, e.g.
/// `AmazonSSM.GetParameter` (the services' API models, `aws-sdk` 2.1693.0). Signing in is a question as a request for a token is;
/// answering a challenge with a new password is none.
fn asks_aws(request: &HttpRequest) -> bool {
    let target = request.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("x-amz-target"));
    let Some((service, operation)) = target.and_then(|(_, target)| target.rsplit_once('.')) else { return false };
    let reads = |prefixes: &[&str]| prefixes.iter().any(|prefix| operation.starts_with(prefix));
    if service == "AWSCognitoIdentityProviderService" && operation.ends_with("RespondToAuthChallenge") {
        return body_of(request)
            .and_then(|body| body.get("ChallengeName").cloned())
            .is_some_and(|name| name != "NEW_PASSWORD_REQUIRED");
    }
    match service {
        "AWSCognitoIdentityProviderService" => {
            reads(&["Get", "List", "Describe", "AdminGet", "AdminList"])
                || matches!(operation, "InitiateAuth" | "AdminInitiateAuth")
        }
        "AWSCognitoIdentityService" => {
            reads(&["List", "Describe", "Lookup"]) || matches!(operation, "GetCredentialsForIdentity")
        }
        "DynamoDB_20120810" => {
            reads(&["Get", "BatchGet", "List", "Describe", "TransactGet"]) || matches!(operation, "Query" | "Scan")
        }
        "AmazonSSM" => reads(&["Get", "List", "Describe"]),
        // A random password is made and forgotten.
        "secretsmanager" => reads(&["Get", "List", "Describe", "BatchGet"]),
        "TrentService" => {
            reads(&["Get", "List", "Describe"]) || matches!(operation, "Decrypt" | "Verify" | "VerifyMac")
        }
        _ => false,
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
        let url = "https://service.eu-west-1.amazonaws.com/";
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
