//! Requests that the admin knows to ask only, although their method may write: APIs that log in by POST.

use std::{fmt, str::FromStr};

use url::Url;

/// A method with the beginning of an address: `POST https://api.example/login`. It covers that path and what lies below it, with
/// any query; a query of its own must be the request's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SafeRequest {
    method: String,
    url: Url,
}

/// A text names no request.
#[derive(Debug, thiserror::Error)]
#[error("\"{0}\" is no METHOD and address, e.g. \"POST https://api.example/login\"")]
pub struct SafeRequestError(String);

impl SafeRequest {
    /// The narrowest one that covers a request; without its query, which may hold anything.
    pub(super) fn like(method: &str, url: &Url) -> SafeRequest {
        let mut url = url.clone();
        url.set_query(None);
        url.set_fragment(None);
        let _ = url.set_username("").and_then(|()| url.set_password(None)); // http: and https: addresses can be without
        SafeRequest { method: method.to_ascii_uppercase(), url }
    }

    /// Whether a request is one of these.
    pub(crate) fn covers(&self, method: &str, url: &Url) -> bool {
        let same_place = self.url.scheme() == url.scheme()
            && self.url.host() == url.host()
            && self.url.port_or_known_default() == url.port_or_known_default();
        let path = self.url.path();
        let below = url
            .path()
            .strip_prefix(path)
            .is_some_and(|rest| rest.is_empty() || path.ends_with('/') || rest.starts_with('/'));
        let same_query = self.url.query().is_none_or(|query| url.query() == Some(query));
        self.method.eq_ignore_ascii_case(method) && same_place && below && same_query
    }
}

impl fmt::Display for SafeRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.method, self.url)
    }
}

impl FromStr for SafeRequest {
    type Err = SafeRequestError;

    fn from_str(text: &str) -> Result<SafeRequest, SafeRequestError> {
        let wrong = || SafeRequestError(text.to_owned());
        let (method, address) = text.trim().split_once(char::is_whitespace).ok_or_else(wrong)?;
        let url = Url::parse(address.trim()).map_err(|_| wrong())?;
        let is_method =
            !method.is_empty() && method.chars().all(|letter| letter.is_ascii_alphabetic() || letter == '-');
        if !is_method || !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return Err(wrong());
        }
        Ok(SafeRequest { method: method.to_ascii_uppercase(), url })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covers(rule: &str, method: &str, url: &str) -> bool {
        rule.parse::<SafeRequest>().unwrap().covers(method, &Url::parse(url).unwrap())
    }

    #[test]
    fn a_request_is_covered_by_method_place_and_path() {
        let rule = "post https://API.example/v1/login";
        for url in [
            "https://api.example/v1/login",
            "https://api.example:443/v1/login?x=1",
            "https://api.example/v1/login/mfa",
            "https://api.example/v1/users/../login",
        ] {
            assert!(covers(rule, "POST", url), "{url}");
        }
        for (method, url) in [
            ("PUT", "https://api.example/v1/login"),
            ("POST", "http://api.example/v1/login"),
            ("POST", "https://api.example:8443/v1/login"),
            ("POST", "https://api.example/v1/logins"),
            ("POST", "https://api.example/v1/login/../users"),
            ("POST", "https://api.example.evil.example/v1/login"),
            ("POST", "https://evil.example/v1/login"),
        ] {
            assert!(!covers(rule, method, url), "{method} {url}");
        }
        assert!(covers("POST https://a.example/rpc?action=login", "POST", "https://a.example/rpc?action=login"));
        assert!(!covers("POST https://a.example/rpc?action=login", "POST", "https://a.example/rpc?action=delete"));
        assert!(covers("POST https://a.example/auth/", "post", "https://a.example/auth/x"));
    }

    #[test]
    fn what_names_no_request_is_refused() {
        for text in [
            "",
            "POST",
            "https://a.example/",
            "POST a.example/login",
            "POST ftp://a.example/",
            "P/ST https://a.example/",
        ] {
            assert!(text.parse::<SafeRequest>().is_err(), "{text}");
        }
        let like = SafeRequest::like("post", &Url::parse("https://u:p@a.example/login?token=x#y").unwrap());
        assert_eq!(like.to_string(), "POST https://a.example/login");
    }
}
