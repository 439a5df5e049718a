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
    let is_question = SAFE.contains(&method.as_str()) || (method == "POST" && asks_for_token(request, url));
    !is_question
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
