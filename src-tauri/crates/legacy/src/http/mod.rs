//! HTTP and HTTPS: legacy stores behind an API. One whole exchange per request, HTTP/1.1, no redirects, nothing decoded: all
//! that is Node's packages' own business, in the runner.
//!
//! Why hyper's connection and not reqwest: a name is looked up once, checked against the policy, and connected to exactly those
//! addresses ([`net`]); TLS words its failures as Node does ([`tls`]); and nothing pools, follows or retries behind our back.
//!
//! There is no rollback for a web service. A safe try therefore holds back what may change something ([`writes`]), before
//! anything is sent, and shows what would have been sent. What an admin knows to ask only, whatever its method, is listed in the
//! connection's settings ([`SafeRequest`]).

mod exchange;
mod safe_requests;
mod writes;

use contract::Effect;
use url::Url;
use wire::{Fault, FaultKind, HttpRequest, HttpResponse};

pub use safe_requests::{SafeRequest, SafeRequestError};

use crate::{
    Handled, SessionOptions, StageName, Writes,
    fault::{fault, refused},
    stage::Probe,
    trace::Line,
};

/// Sends a request, unless policy or safe try say no.
pub(crate) async fn handle(request: &HttpRequest, options: &SessionOptions, probe: &Probe) -> Handled {
    let line = Line::of_request(request);
    let target = match Target::of(request) {
        Ok(target) => target,
        Err(fault) => return line.failed((fault, Vec::new()), Effect::Read),
    };
    let may_write = may_write(request, &target.url, options);
    if may_write && options.writes != Writes::Committed {
        return line.refused(held_back(request, &target, options.writes));
    }
    let effect = if may_write { Effect::Committed } else { Effect::Read };
    let probe = probe.begin(&target.host);
    let answer = exchange::exchange(request, &target, options, &probe).await;
    match &answer {
        Ok(response) => tell(&probe, request, response),
        Err(fault) => probe.failed(fault),
    }
    match answer {
        Ok(response) => line.answered(response, effect),
        Err(fault) if matches!(fault.kind, FaultKind::Policy) => line.refused(fault),
        Err(fault) => line.not_answered(fault, effect),
    }
}

/// Whether a request may change something, as far as is known; what cannot be sent does not.
pub(crate) fn writes(request: &HttpRequest, options: &SessionOptions) -> bool {
    Target::of(request).is_ok_and(|target| may_write(request, &target.url, options))
}

/// Where a request goes, in the trace's words.
pub(crate) fn place(request: &HttpRequest) -> String {
    Target::of(request).map_or_else(|_| request.url.clone(), |target| format!("{}:{}", target.host, target.port))
}

fn may_write(request: &HttpRequest, url: &Url, options: &SessionOptions) -> bool {
    writes::may_write(request, url) && !options.policy.is_safe_request(&request.method, url)
}

/// Where a request goes.
struct Target {
    url: Url,
    /// Without brackets.
    host: String,
    port: u16,
    is_tls: bool,
}

impl Target {
    fn of(request: &HttpRequest) -> Result<Target, Fault> {
        let wrong = |why: &str| {
            let mut wrong = fault(FaultKind::Statement, format!("Invalid URL: {why}"));
            wrong.code = Some("ERR_INVALID_URL".to_owned());
            wrong
        };
        let url = Url::parse(&request.url).map_err(|error| wrong(&error.to_string()))?;
        let is_tls = match url.scheme() {
            "https" => true,
            "http" => false,
            other => return Err(wrong(&format!("{other}: is neither http: nor https:"))),
        };
        let host = url.host_str().ok_or_else(|| wrong("it names no host"))?.trim_matches(['[', ']']).to_owned();
        let port = url.port_or_known_default().ok_or_else(|| wrong("it names no port"))?;
        Ok(Target { url, host, port, is_tls })
    }
}

/// What an answer says to a connection test.
fn tell(probe: &Probe, request: &HttpRequest, response: &HttpResponse) {
    let (status, words) = (response.status, format!("{} {}", response.status, response.status_text));
    let authorises = |(name, _): &(String, String)| name.eq_ignore_ascii_case("authorization");
    let asked = request.headers.iter().any(authorises);
    if matches!(status, 401 | 403 | 407) {
        let mut refused = fault(FaultKind::Authentication, format!("the service answers {words}"));
        refused.hint = Some(match asked {
            true => "check the credentials that the script sends".to_owned(),
            false => "the script sends no authorization header: does the service want one?".to_owned(),
        });
        return probe.failed(&refused);
    }
    let nothing_there = (400..500).contains(&status);
    match (asked, nothing_there) {
        (false, _) => probe.reached(StageName::Authentication, "the script sends no authorization header".to_owned()),
        (true, false) => probe.reached(
            StageName::Authentication,
            format!("not refused: the authorization header is answered with {words}"),
        ),
        (true, true) => probe.warned(
            StageName::Authentication,
            format!("not refused, but {words} does not show that the service looked at the credentials"),
            "ask an address that exists and needs them",
        ),
    }
    let about = "a web service does not tell; see its own documentation".to_owned();
    probe.skipped(StageName::Rights, &about);
    probe.skipped(StageName::Schema, &about);
    let padding = response.body.bytes().rev().take_while(|byte| *byte == b'=').count();
    let bytes = response.body.len() / 4 * 3 - padding;
    let answered = format!("{} answered {words}, {bytes} bytes", request.method.to_ascii_uppercase());
    if status >= 500 {
        probe.warned(StageName::Query, answered, "the service reports a fault of its own: look into its log");
    } else if nothing_there {
        probe.warned(
            StageName::Query,
            answered,
            "the service is there, but does not answer this request: check the address",
        );
    } else {
        probe.reached(StageName::Query, answered);
    }
}

fn held_back(request: &HttpRequest, target: &Target, mode: Writes) -> Fault {
    let place = format!("{}:{}", target.host, target.port);
    let method = request.method.to_ascii_uppercase();
    // Other methods than POST are there to change something.
    let only_asks = match method.as_str() {
        "POST" => format!(
            "; if it only asks, as a login does, say so in sluice.toml, in the connection's own table: safe_requests = [\"{}\"]",
            SafeRequest::like(&method, &target.url)
        ),
        _ => String::new(),
    };
    match mode {
        Writes::ReadOnly => refused(
            &format!(
                "refused before it was sent: this connection is read-only, and {method} to {place} may change something"
            ),
            &format!("allow writes for this connection in its settings if that is meant{only_asks}"),
        ),
        _ => refused(
            &format!("held back: {method} to {place} may change something there, and a web service has no rollback"),
            &format!(
                "run it with commit (the switch, or --commit) to send it; the trace shows what would have been sent{only_asks}"
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(url: &str) -> Result<(String, u16, bool), String> {
        let request = HttpRequest {
            method: "GET".to_owned(),
            url: url.to_owned(),
            headers: Vec::new(),
            body: None,
            tls: None,
            connect_timeout_ms: None,
        };
        Target::of(&request).map(|target| (target.host, target.port, target.is_tls)).map_err(|fault| fault.message)
    }

    #[test]
    fn only_a_post_may_be_a_question() {
        for (method, is_told) in [("POST", true), ("post", true), ("PUT", false), ("PATCH", false), ("DELETE", false)] {
            let request = HttpRequest {
                method: method.to_owned(),
                url: "https://api.example/users".to_owned(),
                headers: Vec::new(),
                body: None,
                tls: None,
                connect_timeout_ms: None,
            };
            for mode in [Writes::RolledBack, Writes::ReadOnly] {
                let hint = held_back(&request, &Target::of(&request).unwrap(), mode).hint.unwrap();
                assert_eq!(hint.contains("safe_requests"), is_told, "{method}: {hint}");
            }
        }
    }

    #[test]
    fn addresses_name_host_port_and_scheme() {
        assert_eq!(target("https://api.example/x"), Ok(("api.example".to_owned(), 443, true)));
        assert_eq!(target("http://[::1]:8080/"), Ok(("::1".to_owned(), 8080, false)));
        // An odd spelling of an address is the address: the policy judges that.
        assert_eq!(target("http://0x7f.1/"), Ok(("127.0.0.1".to_owned(), 80, false)));
        assert!(target("ftp://a.example/").is_err() && target("no address").is_err());
    }
}
