//! One exchange: connect to checked addresses, TLS, send, take the answer whole.

use std::{net::SocketAddr, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::header::{CONTENT_LENGTH, HOST, HeaderName, HeaderValue, TRANSFER_ENCODING};
use hyper::{Request, Response, Version, body::Incoming, client::conn::http1};
use hyper_util::rt::TokioIo;
use serde_json::Map;
use tokio::io::{AsyncRead, AsyncWrite};
use wire::{Fault, FaultKind, HttpRequest, HttpResponse};

use super::Target;
use crate::{
    SessionOptions, driver,
    fault::{self, fault},
    net,
    socket::hung_up,
    stage::Probe,
    tls::{self, TlsSettings},
};

/// Sends the request and brings the whole answer.
pub(super) async fn exchange(
    request: &HttpRequest,
    target: &Target,
    options: &SessionOptions,
    probe: &Probe,
) -> Result<HttpResponse, Fault> {
    let limit = options.limits.http_bytes;
    let message = message(request, target, limit)?;
    let addresses = net::resolve(&options.policy, &target.host, target.port).await?;
    probe.looked_up(&addresses);
    let wait = request.connect_timeout_ms.filter(|wait| *wait > 0).unwrap_or(options.limits.wall_ms);
    let dialled = driver::Target {
        parameters: &Map::new(),
        host: &target.host,
        addresses: &addresses,
        connect_timeout: Duration::from_millis(wait),
        reached: &|_, _| {},
    };
    let stream = net::dial(&dialled).await?;
    let peer = stream.peer_addr().unwrap_or(addresses[0]);
    probe.connected(peer);
    if target.is_tls {
        let settings = TlsSettings::from(request.tls.clone().unwrap_or_default());
        let stream = tls::wrap(stream, &settings, &target.host).await?;
        probe.secured(tls::version(stream.get_ref().1), settings.verify);
        over(TokioIo::new(stream), message, peer, true, limit).await
    } else {
        over(TokioIo::new(stream), message, peer, false, limit).await
    }
}

/// The request as hyper takes it. Node checks names and values before they come here.
fn message(request: &HttpRequest, target: &Target, limit: u64) -> Result<Request<Full<Bytes>>, Fault> {
    let invalid = |what: &str| fault(FaultKind::Statement, format!("Invalid {what} in the request"));
    let body = STANDARD.decode(request.body.as_deref().unwrap_or_default()).map_err(|_| invalid("body"))?;
    if body.len() as u64 > limit {
        return Err(too_large("request", limit));
    }
    let path = match target.url.query() {
        Some(query) => format!("{}?{query}", target.url.path()),
        None => target.url.path().to_owned(),
    };
    let mut message = Request::builder().method(request.method.as_str()).uri(path).version(Version::HTTP_11);
    let has = |name: &HeaderName| request.headers.iter().any(|(header, _)| header.eq_ignore_ascii_case(name.as_str()));
    let (names_host, names_length) = (has(&HOST), has(&CONTENT_LENGTH) || has(&TRANSFER_ENCODING));
    for (name, value) in &request.headers {
        // Node writes header values as Latin-1.
        let bytes: Option<Vec<u8>> = value.chars().map(|letter| u8::try_from(u32::from(letter)).ok()).collect();
        let bytes = bytes.ok_or_else(|| invalid(&format!("value of header {name}")))?;
        let value = HeaderValue::from_bytes(&bytes).map_err(|_| invalid(&format!("value of header {name}")))?;
        message = message.header(name.as_str(), value);
    }
    if !names_host {
        let usual = target.url.port().is_none();
        let host = target.url.host_str().unwrap_or_default();
        message = message.header(HOST, if usual { host.to_owned() } else { format!("{host}:{}", target.port) });
    }
    if !names_length && !body.is_empty() {
        message = message.header(CONTENT_LENGTH, body.len());
    }
    message.body(Full::new(Bytes::from(body))).map_err(|error| invalid(&error.to_string()))
}

async fn over<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    stream: TokioIo<S>,
    message: Request<Full<Bytes>>,
    peer: SocketAddr,
    tls: bool,
    limit: u64,
) -> Result<HttpResponse, Fault> {
    let mut builder = http1::Builder::new();
    builder.title_case_headers(false).max_headers(2000);
    let (mut sender, connection) = builder.handshake(stream).await.map_err(|error| failed(&error))?;
    let answered = async {
        let response = sender.send_request(message).await.map_err(|error| failed(&error))?;
        whole(response, peer, tls, limit).await
    };
    // The connection does the work; it goes away with this future, and with it whatever is still under way.
    tokio::pin!(answered, connection);
    tokio::select! {
        biased;
        answer = &mut answered => answer,
        ended = &mut connection => match ended {
            Ok(()) => answered.await,
            Err(error) => Err(failed(&error)),
        },
    }
}

async fn whole(response: Response<Incoming>, peer: SocketAddr, tls: bool, limit: u64) -> Result<HttpResponse, Fault> {
    let (head, body) = response.into_parts();
    let (body, complete) = take(body, limit).await?;
    let text = |bytes: &[u8]| bytes.iter().map(|byte| char::from(*byte)).collect::<String>();
    let reason = head.extensions.get::<hyper::ext::ReasonPhrase>().map(|reason| text(reason.as_bytes()));
    let usual = head.status.canonical_reason().unwrap_or_default();
    Ok(HttpResponse {
        http_version: if head.version == Version::HTTP_10 { "1.0" } else { "1.1" }.to_owned(),
        status: head.status.as_u16(),
        status_text: reason.unwrap_or_else(|| usual.to_owned()),
        headers: head.headers.iter().map(|(name, value)| (name.to_string(), text(value.as_bytes()))).collect(),
        body: STANDARD.encode(body),
        complete,
        address: peer.ip().to_string(),
        port: peer.port(),
        tls,
    })
}

/// What came of a body, and whether that is all of it.
async fn take(mut body: Incoming, limit: u64) -> Result<(Vec<u8>, bool), Fault> {
    let mut taken = Vec::new();
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else { return Ok((taken, false)) };
        if let Ok(data) = frame.into_data() {
            if (taken.len() + data.len()) as u64 > limit {
                return Err(too_large("response", limit));
            }
            taken.extend_from_slice(&data);
        }
    }
    Ok((taken, true))
}

fn failed(error: &hyper::Error) -> Fault {
    if error.is_parse() {
        let mut found = fault(FaultKind::Connection, format!("Parse Error: {error}"));
        found.code = Some("HPE_INVALID_CONSTANT".to_owned());
        found.hint = Some("What answers there speaks no HTTP/1.1; does it want TLS (https:)?".to_owned());
        return found;
    }
    if is_reset(error) {
        return hung_up();
    }
    let mut found = fault(FaultKind::Connection, "socket hang up");
    found.code = Some("ECONNRESET".to_owned());
    found.hint = Some("The server ended the connection without an answer.".to_owned());
    found
}

/// Whether the server reset the connection rather than ending it.
fn is_reset(error: &hyper::Error) -> bool {
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        if let Some(io) = cause.downcast_ref::<std::io::Error>() {
            return io.kind() == std::io::ErrorKind::ConnectionReset;
        }
        source = cause.source();
    }
    false
}

fn too_large(which: &str, limit: u64) -> Fault {
    fault::limit(&format!("{limit} bytes per HTTP {which} body"), "ask for less at once, e.g. page by page")
}
